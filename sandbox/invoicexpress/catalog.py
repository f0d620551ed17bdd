"""The catalog (items, keyed by name, without stock) and the taxes of an account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.invoicexpress import answers
from sandbox.invoicexpress.arithmetic import CENT, PRICE_STEP, shown
from sandbox.invoicexpress.client_rules import NAME_MISSING, NAME_TAKEN
from sandbox.invoicexpress.desk import Desk, body_root, page_of, text_or_none
from sandbox.invoicexpress.lines import chosen_tax, item_named, unit_problem
from sandbox.invoicexpress.numbers import half_up, number_in
from sandbox.invoicexpress.records import Item, Tax
from sandbox.messages import Request, Response, json_response, raw_response


def route_items(desk: Desk, request: Request, rest: list[str]) -> Response:
    match (request.method, rest):
        case ("GET", []):
            present = [item for item in desk.account.items.values() if not item.deleted]
            rows, pagination = page_of(request, present, desk.account.default_per_page)
            return answers.ok({"items": [_item_json(item) for item in rows], "pagination": pagination})
        case ("POST", []):
            item = Item(0, "", None, Decimal(0), None, desk.account.default_tax())
            _fill_item(desk, item, body_root(request, "item"), is_new=True)
            item.id = desk.new_id(1)
            desk.account.items[item.id] = item
            return answers.created({"item": _item_json(item)})
        case ("GET", [item_id]):
            return answers.ok({"item": _item_json(_item(desk, item_id))})
        case ("PUT", [item_id]):
            _fill_item(desk, _item(desk, item_id), body_root(request, "item"), is_new=False)
            return answers.done()
        case ("DELETE", [item_id]):
            _item(desk, item_id).deleted = True
            return answers.done()
    raise answers.no_such_page()


def route_taxes(desk: Desk, request: Request, rest: list[str]) -> Response:
    match (request.method, rest):
        case ("GET", []):
            return answers.ok({"taxes": [tax_json(tax) for tax in desk.account.taxes.values()]})
        case ("POST", []):
            tax = Tax(0, "", Decimal(0), None)
            _fill_tax(desk, tax, body_root(request, "tax"))
            tax.id = desk.new_id(1)
            desk.account.taxes[tax.id] = tax
            return answers.created({"tax": tax_json(tax)})
        case ("GET", [tax_id]):
            return answers.ok({"tax": tax_json(_tax(desk, tax_id))})
        case ("PUT", [tax_id]):
            _fill_tax(desk, _tax(desk, tax_id), body_root(request, "tax"))
            return answers.done()
        case ("DELETE", [tax_id]):
            tax = _tax(desk, tax_id)
            if tax.is_default:
                raise desk.refuse("The default tax can not be deleted")
            del desk.account.taxes[tax.id]
            return raw_response(200, b" ")
    raise answers.no_such_page()


def tax_json(tax: Tax) -> dict[str, Any]:
    return {
        "id": tax.id,
        "name": tax.name,
        "value": shown(tax.value),
        "region": tax.region,
        "default_tax": int(tax.is_default),
    }


def _item_json(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "description": item.description,
        "unit_price": format(shown(item.unit_price), "f"),
        "unit": item.unit,
        "tax": {"id": item.tax.id, "name": item.tax.name, "value": shown(item.tax.value)},
    }


def _item(desk: Desk, item_id: str) -> Item:
    item = desk.account.items.get(int(item_id)) if item_id.isdigit() else None
    if item is None or item.deleted:
        raise answers.not_found()
    return item


def _fill_item(desk: Desk, item: Item, root: dict[str, Any], *, is_new: bool) -> None:
    problems = []
    name = text_or_none(root.get("name", item.name)) or ""
    if not name.strip():
        problems.append(NAME_MISSING)
    namesake = item_named(desk, name)
    if namesake is not None and namesake is not item:
        problems.append(NAME_TAKEN)
    price = number_in(root.get("unit_price", None if is_new else item.unit_price))
    sent_price = root.get("unit_price")
    if sent_price in (None, "") and is_new:
        problems.append("Unit price can't be blank")
    elif price is None or price < 0:
        problems.append("Unit price is not a number")
    elif (
        sent_price is not None
        and not isinstance(sent_price, str)
        and desk.switches.item_price_as_number == "refuse"
    ):
        problems.append("Unit price is not valid")
    unit = root.get("unit", item.unit)
    complaint = unit_problem(unit)
    if complaint:
        problems.append(complaint)
    if problems or price is None:
        raise desk.refuse(*problems)
    item.name, item.unit_price, item.unit = name, half_up(price, PRICE_STEP), unit or None
    item.description = text_or_none(root.get("description", item.description))
    if is_new or "tax" in root:
        item.tax = chosen_tax(desk, root.get("tax"))


def _tax(desk: Desk, tax_id: str) -> Tax:
    tax = desk.account.taxes.get(int(tax_id)) if tax_id.isdigit() else None
    if tax is None:
        raise answers.tax_not_found()
    return tax


def _fill_tax(desk: Desk, tax: Tax, root: dict[str, Any]) -> None:
    name = text_or_none(root.get("name", tax.name)) or ""
    sent_value = root.get("value", format(tax.value, "f") if tax.id else None)
    if not isinstance(sent_value, (str, type(None))) and desk.switches.tax_value_as_number == "500":
        raise answers.broken()
    namesake = desk.account.tax_named(name)
    if namesake is not None and namesake is not tax:
        taken = "não está disponível." if desk.switches.language == "pt" else "has already been taken"
        raise answers.Refused(json_response(422, [["name", taken]]))
    problems = []
    if not name.strip():
        problems.append(NAME_MISSING)
    value = number_in(sent_value)
    if value is None or not 0 <= value <= 100:
        problems.append("Value can't be blank" if sent_value in (None, "") else "Value is not a number")
    region = text_or_none(root.get("region", tax.region))
    if not region and (not tax.id or "region" in root):
        problems.append("Region is empty")
    if problems or value is None:
        raise desk.refuse(*problems)
    tax.name, tax.value, tax.region = name, half_up(value, CENT), region
    if str(root.get("default_tax", "0")) in ("1", "True", "true"):
        for other in desk.account.taxes.values():
            other.is_default = False
        tax.is_default = True
