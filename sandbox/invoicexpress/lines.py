"""Document lines: what is refused, what is rounded, which tax they get, what they do to the catalog."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.invoicexpress import answers
from sandbox.invoicexpress.arithmetic import DISCOUNT_STEP, PRICE_STEP, QUANTITY_STEP, LineFigures
from sandbox.invoicexpress.codes import UNITS
from sandbox.invoicexpress.desk import Desk, text_or_none
from sandbox.invoicexpress.numbers import cut, half_up, number_in
from sandbox.invoicexpress.records import Item, Line, Tax

TEXT_LENGTH = 255


def read_lines(desk: Desk, given: Any) -> tuple[list[Line], list[str]]:
    """The lines of a document and the complaints about them; nothing is changed yet."""
    if not isinstance(given, list):
        return [], [answers.ITEMS_NOT_ARRAY]
    if not given:
        return [], [answers.ITEMS_INVALID]
    lines: list[Line] = []
    problems: list[str] = []
    for entry in given:
        if not isinstance(entry, dict):
            problems.append(answers.ITEMS_INVALID)
            continue
        line = _read_line(desk, entry, problems)
        if line is not None:
            lines.append(line)
    if problems and problems != [answers.ITEMS_INVALID]:
        problems.insert(0, answers.ITEMS_INVALID)
    return lines, list(dict.fromkeys(problems))


def remember_items(desk: Desk, lines: list[Line]) -> None:
    """The side effect on the catalog: an unknown name is added, a known one is overwritten."""
    for line in lines:
        tax = desk.account.taxes[line.tax_id]
        known = item_named(desk, line.name)
        if known is None:
            item_id = desk.new_id(1)
            desk.account.items[item_id] = Item(
                item_id, line.name, line.description, line.figures.unit_price, line.unit, tax
            )
        else:
            known.description = line.description
            known.unit_price = line.figures.unit_price
            known.unit = line.unit
            known.tax = tax


def item_named(desk: Desk, name: str) -> Item | None:
    return next(
        (item for item in desk.account.items.values() if item.name == name and not item.deleted), None
    )


def chosen_tax(desk: Desk, given: Any) -> Tax:
    """The tax that a line or an item names; the default one when it names none, or an unknown one."""
    if isinstance(given, dict):
        name = given.get("name")
        if name is not None:
            return desk.account.tax_named(str(name)) or _instead_of_unknown(desk)
        tax_id = number_in(given.get("id"))
        if tax_id is not None and int(tax_id) in desk.account.taxes:
            return desk.account.taxes[int(tax_id)]
    return desk.account.default_tax()


def _instead_of_unknown(desk: Desk) -> Tax:
    """The default tax, as documented; or the one without VAT, as a text on updates can be read."""
    taxes = desk.account.taxes.values()
    exempt = next((tax for tax in taxes if tax.value == 0), None)
    return exempt if exempt and desk.switches.unknown_tax == "exempt" else desk.account.default_tax()


def tax_problem(desk: Desk, given: Any) -> str | None:
    name = given.get("name") if isinstance(given, dict) else None
    if desk.switches.unknown_tax != "refuse" or name is None or desk.account.tax_named(str(name)):
        return None
    return f"Tax {name} was not found"


def unit_problem(unit: Any) -> str | None:
    if unit in (None, "") or unit in UNITS:
        return None
    return f"Unit {unit} is not included in the list of accepted units"


def _read_line(desk: Desk, entry: dict[str, Any], problems: list[str]) -> Line | None:
    found: list[str] = []
    name = text_or_none(entry.get("name")) or ""
    description = text_or_none(entry.get("description"))
    if not name.strip():
        found.append("Name can't be blank")
    for label, text in (("Name", name), ("Description", description or "")):
        if len(text) > TEXT_LENGTH:
            found.append(f"{label} is too long (maximum is {TEXT_LENGTH} characters)")
    unit_price = _unit_price(desk, entry.get("unit_price"), found)
    quantity = number_in(entry.get("quantity"))
    if quantity is None or quantity <= 0:
        found.append("Quantity must be a number greater than 0")
    discount = _discount(entry.get("discount"), found)
    unit = entry.get("unit")
    for complaint in filter(None, (unit_problem(unit), tax_problem(desk, entry.get("tax")))):
        found.append(complaint)
    problems.extend(found)
    if found or unit_price is None or quantity is None or discount is None:
        return None
    tax = chosen_tax(desk, entry.get("tax"))
    figures = LineFigures(unit_price, half_up(quantity, QUANTITY_STEP), discount, tax.value)
    return Line(name, description, unit or None, tax.id, tax.name, figures)


def _unit_price(desk: Desk, given: Any, found: list[str]) -> Decimal | None:
    price = number_in(given)
    if price is None or price < 0:
        found.append("Unit price must be a number")
        return None
    if price != cut(price, PRICE_STEP):
        mode = desk.switches.price_over_4_decimals
        if mode == "refuse":
            found.append("Unit price must be a number")
            return None
        return cut(price, PRICE_STEP) if mode == "cut" else half_up(price, PRICE_STEP)
    return half_up(price, PRICE_STEP)


def _discount(given: Any, found: list[str]) -> Decimal | None:
    if given in (None, ""):
        return Decimal(0)
    discount = number_in(given)
    if discount is None:
        found.append("Discount is not a number")
        return None
    if not 0 <= discount <= 100:
        found.append("Discount must be between 0 and 100")
        return None
    return half_up(discount, DISCOUNT_STEP)
