"""Builders of invented Jumpseller orders whose figures add up the way the shop's do.

VAT included: total = subtotal + shipping - discount. VAT on top: the taxes are added to that.
Line discounts and line taxes are line totals (or, on demand, per unit: the sources do not say which).
Everybody in here is made up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.order_parts import address, customer, shipping_part, source, tax_entry

CENT = Decimal("0.01")
Amount = Decimal | str | int | float

STATUS_WORDS = {
    "paid": ("Paid", "Pago"),
    "pending_payment": ("Pending Payment", "Pagamento pendente"),
    "canceled": ("Canceled", "Cancelado"),
    "abandoned": ("Abandoned", "Abandonado"),
}


@dataclass(frozen=True)
class Line:
    """One product of an order. Prices with VAT or without it, as the order says; `rate` in percent.

    `rate=None` means that no tax rule matched: the line has no taxes at all. `discount` is for the line.
    """

    name: str = "Caneca de barro"
    sku: str | None = "CAN-01"
    price: Amount = "12.30"
    qty: int = 1
    rate: Amount | None = "23"
    discount: Amount = "0"
    product_id: int = 41001
    variant_id: int | None = None
    type: str = "physical"


@dataclass(frozen=True)
class Shipping:
    """What sending costs, with VAT or without it as the order says. A discount equal to the price is free
    shipping; `rate=None` is shipping without a tax rule."""

    price: Amount = "4.92"
    rate: Amount | None = "23"
    discount: Amount = "0"
    method: str = "CTT Expresso"
    option: str = "delivery"


FREE_SHIPPING = Shipping(discount="4.92")


def money(value: Amount) -> Decimal:
    return Decimal(str(value)).quantize(CENT, rounding=ROUND_HALF_UP)


def order(
    order_id: int,
    *,
    lines: Sequence[Line] = (Line(),),
    shipping: Shipping | None = None,
    prices_include_vat: bool = True,
    status: str = "paid",
    taxid: str | None = None,
    company: str | None = None,
    name: str = "Beatriz",
    surname: str = "Fictícia",
    email: str = "beatriz@example.com",
    customer_id: int = 5550001,
    country_code: str = "PT",
    country: str = "Portugal",
    region: str = "Porto",
    postal: str = "4100-999",
    created_at: str = "2026-07-02 10:20:30 UTC",
    paid_at: str | None = "2026-07-02 10:24:05 UTC",
    currency: str = "EUR",
    gift_card: Amount = "0",
    coupon: str | None = None,
    line_values: str = "line",
    exact_line_tax: bool = False,
    shipment_status: str = "unfulfilled",
    store_code: str = "loja-exemplo",
    **overrides: Any,
) -> dict[str, Any]:
    """An order with the key set of 2026, ready for JSON (amounts are floats, as the shop's are).

    `line_values="unit"` writes the tax and the discount of lines per unit; `exact_line_tax` leaves the
    line taxes unrounded, as real payloads have them. Other keyword arguments replace whole keys.

    Raises:
        ValueError: an unknown status, or an unknown way of line values.
    """
    if status not in STATUS_WORDS or line_values not in ("line", "unit"):
        raise ValueError(f"unknown: {status}, {line_values}")
    figures = figures_of(lines, shipping, prices_include_vat, gift_card)
    billing = address(name, surname, country_code, country, region, postal)
    shown = _product(lines, prices_include_vat, line_values, exact_line_tax)
    english, portuguese = STATUS_WORDS[status]
    token = f"{order_id:032x}"
    base = f"https://{store_code}.jumpseller.com"
    paid = status == "paid" or (status == "canceled" and paid_at is not None)
    built: dict[str, Any] = {
        "id": order_id,
        "source": source(base),
        "created_at": created_at,
        "completed_at": paid_at if paid else None,
        "currency": currency,
        **{key: float(value) for key, value in figures.items()},
        **shipping_part(shipping),
        "fulfillment_status": "fulfilled" if shipment_status == "delivered" else "unfulfilled",
        "payment_method_name": "Multibanco",
        "payment_method_type": "ifthenpay",
        "payment_information": None,
        "payment_notification_id": None,
        "additional_information": None,
        "duplicate_url": f"{base}/cart/duplicate/{token}",
        "recovery_url": None,
        "review_url": None,
        "checkout_url": f"{base}/v2/checkout/information/{token}",
        "coupons": coupon,
        "promotions": [] if coupon is None else [{"id": 6101, "name": coupon, "code": coupon}],
        "customer": customer(customer_id, name, surname, email),
        "shipping_branch": {"id": None, "name": None},
        "shipping_address": None if shipping is None else {**billing, "latitude": None, "longitude": None},
        "billing_address": {**billing, "taxid": taxid},
        "pickup_address": None,
        "products": shown,
        "additional_fields": [{"value": "No", "label": "accepts_marketing", "id": None, "area": "contact"}],
        "shipping_taxes": _shipping_taxes(shipping, prices_include_vat),
        "status": english,
        "status_name": portuguese,
        "status_enum": status,
        "tracking_url": None,
        "tracking_company": None,
        "tracking_number": None,
        "same_day_delivery": False,
        "shipment_status": "Não Processado" if shipment_status == "unfulfilled" else shipment_status,
        "shipment_status_enum": shipment_status if shipping is not None else "not_applicable",
        "recovered_from": None,
        "external_shipping_rate_id": None,
        "external_shipping_rate_description": None,
        "billing_information": None
        if company is None
        else {"business_activity": None, "company_name": company, "taxpayer_type": None},
    }
    return built | overrides


def figures_of(
    lines: Iterable[Line], shipping: Shipping | None, prices_include_vat: bool, gift_card: Amount = "0"
) -> dict[str, Decimal]:
    """The money keys of an order. `total` is net of a gift card; `discount` includes the shipping's."""
    subtotal, tax, line_discounts = Decimal("0.00"), Decimal("0.00"), Decimal("0.00")
    for line in lines:
        subtotal += money(money(line.price) * line.qty)
        tax += money(line_tax(line, prices_include_vat))
        line_discounts += money(line.discount)
    sending, sending_discount, sending_tax = Decimal("0.00"), Decimal("0.00"), Decimal("0.00")
    if shipping is not None:
        sending, sending_discount = money(shipping.price), money(shipping.discount)
        sending_tax = money(tax_within(sending - sending_discount, shipping.rate, prices_include_vat))
    discount = line_discounts + sending_discount
    total = subtotal + sending - discount - money(gift_card)
    if not prices_include_vat:
        total += tax + sending_tax
    return {
        "subtotal": subtotal,
        "tax": tax,
        "shipping_tax": sending_tax,
        "shipping": sending,
        "total": total,
        "discount": discount,
        "shipping_discount": sending_discount,
        "gift_cards_discount": money(gift_card),
    }


def line_tax(line: Line, prices_include_vat: bool) -> Decimal:
    """The unrounded tax of a whole line, after its discount."""
    return tax_within(money(line.price) * line.qty - money(line.discount), line.rate, prices_include_vat)


def tax_within(amount: Decimal, rate: Amount | None, included: bool) -> Decimal:
    """The tax in an amount (included) or upon it; unrounded."""
    percent = Decimal(str(rate or 0))
    return amount * percent / (100 + percent) if included else amount * percent / 100


def nif(seed: int) -> str:
    """An invented Portuguese tax number of a person, with a right check digit; the same for the same seed."""
    digits = f"2{seed % 10_000_000:07d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(9, 1, -1), strict=True))
    return digits + str(0 if total % 11 < 2 else 11 - total % 11)


def _product(
    lines: Sequence[Line], included: bool, line_values: str, exact_line_tax: bool
) -> list[dict[str, Any]]:
    shown = []
    for line in lines:
        tax = line_tax(line, included)
        share = line.qty if line_values == "unit" else 1
        written_tax = (tax if exact_line_tax else money(tax)) / share
        amount = (money(tax) / share).quantize(Decimal("0.001"), rounding=ROUND_DOWN)
        taxes = []
        if line.rate is not None:
            entry = tax_entry(11 if Decimal(str(line.rate)) == 23 else 12, "IVA", line.rate)
            taxes = [{**entry, "amount": str(float(amount)), "tax_on_product_price": included}]
        shown.append(
            {
                "id": line.product_id,
                "variant_id": line.variant_id,
                "sku": line.sku,
                "name": line.name,
                "image": None,
                "qty": line.qty,
                "price": float(money(line.price)),
                "tax": float(written_tax),
                "discount": float(money(line.discount) / share),
                "weight": 0.4,
                "type": line.type,
                "taxes": taxes,
                "options": [],
                "stock_locations": [{"location_id": 2101, "stock": line.qty}],
                "files": [],
            }
        )
    return shown


def _shipping_taxes(shipping: Shipping | None, included: bool) -> list[dict[str, Any]]:
    if shipping is None or shipping.rate is None:
        return []
    entry = tax_entry(13, "IVA portes", shipping.rate)
    return [{**entry, "country": "PT", "region": None, "tax_on_shipping_price": included}]
