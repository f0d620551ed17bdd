"""What a Jumpseller order payload says. Pure: text in, values out."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from invoicing.domain.texts import clean
from jumpseller_sync.fields import (
    Node,
    flag,
    identifier,
    load_order,
    mapping,
    moment,
    number,
    optional_number,
    rows,
    status_of,
    text,
)
from jumpseller_sync.readings import RawLine, RawOrder, Reading, resolve
from stores.domain.money import HUNDRED, ZERO, cent, minor_units, round_half_up
from stores.domain.order import (
    Address,
    Buyer,
    OrderFacts,
    OrderLine,
    OrderSnapshot,
    Shipping,
    UnreadableOrder,
)

T = TypeVar("T")

_CURRENCY = re.compile(r"[A-Z]{3}")
# Payloads before 2026 name no product type; a card sold there is known by its name alone.
_GIFT_CARD = re.compile(
    r"\b(gift\s*-?\s*cards?|(cart[ãa]o|cheque|vale)[\s-]+(oferta|presente|prenda)|tarjeta\s+de\s+regalo)\b",
    re.IGNORECASE,
)
_SENT = frozenset({"in_transit", "delivered", "fulfilled"})
_MAX_LINES = 1000
_MAX_FIELDS = 100
_ABSURD = Decimal(10) ** 13
_NOISE = Decimal("0.000001")


def parse_order(payload: str, *, prices_include_vat: bool | None = None) -> OrderSnapshot:
    """The order in a payload of the orders API or of a webhook.

    `prices_include_vat` is the merchant's setting; None leaves it to what each line says.

    Raises:
        UnreadableOrder: with the field or the arithmetic, and the reason to hold it under.
    """
    order = load_order(payload)
    try:
        return _snapshot(order, prices_include_vat)
    except ArithmeticError as error:
        raise UnreadableOrder(f"A figure is out of range ({type(error).__name__}).") from None


def quick_facts(payload: str) -> OrderFacts:
    """The facts that a payload gives on its own, each read apart from the others. Never raises."""
    try:
        order = load_order(payload)
    except UnreadableOrder:
        return OrderFacts()
    currency = text(order, "currency", 10).upper()
    return OrderFacts(
        shop_order_id=identifier(order, "id"),
        status=status_of(order),
        currency=currency if _CURRENCY.fullmatch(currency) else "",
        total=_attempt(lambda: _storable(optional_number(order, "total", "order"))),
        created_at=_attempt(lambda: moment(order, "created_at")),
        completed_at=_attempt(lambda: moment(order, "completed_at")),
        buyer_name=clean(_buyer_name(order), 255),
        payment_method=text(order, "payment_method_name", 200),
        payment_type=text(order, "payment_method_type", 60),
    )


def _storable(total: Decimal | None) -> Decimal | None:
    """Four decimals are kept of a total that may not add up; one of absurd size is not kept at all."""
    return None if total is None or abs(total) >= _ABSURD else round_half_up(total, 4)


def _attempt(read: Callable[[], T | None]) -> T | None:
    try:
        return read()
    except UnreadableOrder:
        return None


def _snapshot(order: Node, setting: bool | None) -> OrderSnapshot:
    shop_order_id = identifier(order, "id")
    if not shop_order_id:
        raise UnreadableOrder("order: id is missing.")
    status = status_of(order)
    if status is None:
        said = text(order, "status_enum", 40) or text(order, "status", 40)
        raise UnreadableOrder(f"order: the status {said!r} is not known.")
    raw = _raw_order(order)
    reading = resolve(raw, prices_include_vat=setting)
    delivery = mapping(order, "shipping_address")
    return OrderSnapshot(
        shop_order_id=shop_order_id,
        status=status,
        currency=raw.currency,
        lines=reading.lines,
        shipping=reading.shipping,
        total=raw.total,
        paid_gross=reading.paid_gross,
        tax_total=raw.tax if raw.tax is not None else ZERO,
        buyer=_buyer(order),
        billing=_address(mapping(order, "billing_address")),
        delivery=_address(delivery) if delivery else None,
        gift_card=raw.gift_card,
        created_at=moment(order, "created_at"),
        completed_at=moment(order, "completed_at"),
        shipped=_is_shipped(order),
        payment_method=text(order, "payment_method_name", 200),
        payment_type=text(order, "payment_method_type", 60),
        reading=reading.words,
        notes=_notes(raw, reading),
        fields=_additional_fields(order),
    )


def _raw_order(order: Node) -> RawOrder:
    currency = text(order, "currency", 10).upper()
    if not _CURRENCY.fullmatch(currency):
        raise UnreadableOrder("order: currency is missing or is no ISO code.")
    lines = rows(order, "products", "order")
    if not lines:
        raise UnreadableOrder("order: it has no products.")
    if len(lines) > _MAX_LINES:
        raise UnreadableOrder(f"order: {len(lines)} lines are more than can be read.")
    rate, includes_vat = _tax(rows(order, "shipping_taxes", "shipping"), "tax_on_shipping_price", "shipping")
    shipping = Shipping(
        price=number(order, "shipping", "order", ZERO),
        discount=number(order, "shipping_discount", "order", ZERO),
        tax_rate=rate,
        method=text(order, "shipping_method_name", 200),
    )
    return RawOrder(
        currency=currency,
        total=_without_noise(number(order, "total", "order"), currency),
        lines=tuple(_raw_line(line, position) for position, line in enumerate(lines, start=1)),
        shipping=shipping,
        shipping_includes_vat=includes_vat,
        discount=optional_number(order, "discount", "order"),
        subtotal=optional_number(order, "subtotal", "order"),
        tax=optional_number(order, "tax", "order"),
        shipping_tax=optional_number(order, "shipping_tax", "order"),
        gift_card=_without_noise(_gift_card(order), currency),
    )


def _without_noise(amount: Decimal, currency: str) -> Decimal:
    """A float's tail is dropped (24.599999999999998); a real fraction of a cent stays, and is held later."""
    rounded = round_half_up(amount, minor_units(currency))
    return rounded if abs(rounded - amount) < _NOISE else amount


def _raw_line(node: Node, position: int) -> RawLine:
    name = text(node, "name")
    where = f"line {position} ({name[:40]})" if name else f"line {position}"
    quantity = number(node, "qty", where)
    if quantity == ZERO:
        raise UnreadableOrder(f"{where}: qty is zero.")
    rate, includes_vat = _tax(rows(node, "taxes", where), "tax_on_product_price", where)
    kind = text(node, "type", 40).lower()
    line = OrderLine(
        sku=text(node, "sku", 200),
        name=name,
        quantity=quantity,
        unit_price=number(node, "price", where),
        price_includes_vat=bool(includes_vat),
        discount=number(node, "discount", where, ZERO),
        tax_rate=rate,
        product_type=kind or ("gift_card" if _GIFT_CARD.search(name) else "physical"),
        product_id=identifier(node, "id"),
        variant_id=identifier(node, "variant_id"),
    )
    return RawLine(line=line, includes_vat=includes_vat, tax=optional_number(node, "tax", where))


def _tax(taxes: list[Node], key: str, where: str) -> tuple[Decimal | None, bool | None]:
    """The rate in percent and whether the price includes it; (None, None) when no tax is named."""
    if not taxes:
        return None, None
    if len(taxes) > 1:
        rates = ", ".join(f"{text(tax, 'name', 40)} {text(tax, 'rate', 20)}" for tax in taxes[:5])
        raise UnreadableOrder(f"{where}: several taxes on one price ({rates}) are not supported yet.")
    tax = taxes[0]
    if flag(tax, "fixed"):
        raise UnreadableOrder(f"{where}: a tax of a fixed amount ({text(tax, 'name', 40)}) has no VAT rate.")
    rate = number(tax, "rate", f"{where}, tax")
    if rate > HUNDRED:
        raise UnreadableOrder(f"{where}: {rate} is no VAT rate.")
    return rate, flag(tax, key)


def _gift_card(order: Node) -> Decimal:
    """What was paid by gift card; two official pages name the field differently.

    Raises:
        UnreadableOrder: the two fields disagree.
    """
    found = {
        value
        for key in ("gift_cards_discount", "gift_cards_amount")
        if (value := abs(optional_number(order, key, "order") or ZERO))
    }
    if len(found) > 1:
        raise UnreadableOrder("order: gift_cards_discount and gift_cards_amount disagree.")
    return found.pop() if found else ZERO


def _buyer(order: Node) -> Buyer:
    customer = mapping(order, "customer")
    return Buyer(
        shop_customer_id=identifier(customer, "id"),
        full_name=_buyer_name(order),
        email=text(customer, "email", 254),
        phone=f"{text(customer, 'phone_prefix', 10)}{text(customer, 'phone', 40)}",
        tax_id=text(mapping(order, "billing_address"), "taxid", 60),
        company_name=text(mapping(order, "billing_information"), "company_name"),
    )


def _buyer_name(order: Node) -> str:
    """The shop puts the e-mail where it knows no name; that is no name."""
    typed = text(mapping(order, "customer"), "fullname")
    if typed and "@" not in typed:
        return typed
    for key in ("billing_address", "shipping_address"):
        name = _address(mapping(order, key)).full_name
        if name and "@" not in name:
            return name
    return ""


def _address(node: Node) -> Address:
    street, door, more = (text(node, key, 200) for key in ("address", "street_number", "complement"))
    if door and door not in street.replace(",", " ").split():
        street = f"{street} {door}".strip()
    country = text(node, "country", 100)
    code = text(node, "country_code", 10).upper()
    if not code and country.casefold() == "portugal":
        code = "PT"
    return Address(
        name=text(node, "name", 150),
        surname=text(node, "surname", 150),
        line=", ".join(part for part in (street, more) if part),
        city=text(node, "city", 150),
        postal_code=text(node, "postal", 30),
        region=text(node, "region", 100),
        region_code=text(node, "region_code", 20),
        country_code=code,
        country=country,
    )


def _additional_fields(order: Node) -> tuple[tuple[str, str], ...]:
    """A field of both addresses comes twice; one answer is enough. None of them can spoil an order."""
    nodes = _attempt(lambda: rows(order, "additional_fields", "order")) or []
    found = {(text(node, "label", 100), text(node, "value", 200)) for node in nodes[:_MAX_FIELDS]}
    return tuple(sorted((label, value) for label, value in found if label and value))


def _is_shipped(order: Node) -> bool:
    stated = {text(order, "shipment_status_enum", 40), text(order, "fulfillment_status", 40)}
    return not _SENT.isdisjoint(value.lower() for value in stated)


def _notes(raw: RawOrder, reading: Reading) -> tuple[str, ...]:
    notes = list(reading.notes)
    if raw.discount is None:
        notes.append("The order states no discount; only its total was checked.")
    if raw.gift_card:
        notes.append(f"{raw.gift_card} {raw.currency} were paid with a gift card.")
    if abs(reading.total_gap) > cent(raw.currency) / 2:
        notes.append("The lines differ from the total, within the shop's rounding of each line.")
    return tuple(notes)
