"""Every field of an order, its longest form, and every refusal with the place that it names."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from jumpseller_sync.parsing import parse_order, quick_facts
from stores.domain.order import Address, Buyer, OrderFacts, OrderLine, OrderStatus, Shipping

from .orders import as_text, payload, product, refused, vat

D = Decimal
LONG = "x" * 1000


def whole(**changes: Any) -> dict[str, Any]:
    """An order that states everything we read."""
    order = payload(
        currency="eur",
        total="26.45",
        subtotal="24.60",
        tax="4.95",
        shipping="2.85",
        shipping_discount="1.00",
        shipping_taxes=[{"name": "IVA", "rate": "23.0", "tax_on_shipping_price": True}],
        shipping_method_name="Correio",
        discount="1.00",
        created_at="2026-07-01 09:00:00 UTC",
        completed_at="2026-07-01 09:12:31 UTC",
        fulfillment_status="In_Transit",
        payment_method_name="Cartão",
        payment_method_type="card",
        products=[product(variant_id=9, type="Digital")],
        customer={
            "id": 77,
            "fullname": "Ana Inventada",
            "email": "ana@example.com",
            "phone_prefix": "+351",
            "phone": "910000000",
        },
        billing_address={
            "name": "Ana",
            "surname": "Inventada",
            "taxid": "123456789",
            "address": "Rua do Exemplo",
            "street_number": "5",
            "complement": "2.º Esq.",
            "city": "Braga",
            "postal": "4700-001",
            "region": "Braga",
            "region_code": "03",
            "country": "Portugal",
            "country_code": "pt",
        },
        billing_information={"company_name": "Exemplo, Lda."},
    )
    return order | changes


def test_every_field_is_read() -> None:
    read = parse_order(as_text(whole()))

    assert read.buyer == Buyer(
        shop_customer_id="77",
        full_name="Ana Inventada",
        email="ana@example.com",
        phone="+351910000000",
        tax_id="123456789",
        company_name="Exemplo, Lda.",
    )
    assert read.lines == (
        OrderLine(
            sku="CAM-1",
            name="Camisola",
            quantity=D(1),
            unit_price=D("24.6"),
            price_includes_vat=True,
            discount=D(0),
            tax_rate=D("23.0"),
            product_type="digital",
            product_id="5",
            variant_id="9",
        ),
    )
    assert read.shipping == Shipping(D("2.85"), True, D("1.00"), D("23.0"), "Correio")
    assert read.billing == Address(
        name="Ana",
        surname="Inventada",
        line="Rua do Exemplo 5, 2.º Esq.",
        city="Braga",
        postal_code="4700-001",
        region="Braga",
        region_code="03",
        country_code="PT",
        country="Portugal",
    )
    assert (read.currency, read.total, read.paid_gross) == ("EUR", D("26.45"), D("26.45"))
    assert read.tax_total == D("4.95")
    assert read.created_at == datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    assert read.completed_at == datetime(2026, 7, 1, 9, 12, 31, tzinfo=UTC)
    assert (read.shipped, read.payment_method, read.payment_type) == (True, "Cartão", "card")
    assert read.notes == ()


def test_the_quick_facts_are_each_read_by_themselves() -> None:
    assert quick_facts(as_text(whole(total="26.45678"))) == OrderFacts(
        shop_order_id="1001",
        status=OrderStatus.PAID,
        currency="EUR",
        total=D("26.4568"),
        buyer_name="Ana Inventada",
        created_at=datetime(2026, 7, 1, 9, 0, tzinfo=UTC),
        completed_at=datetime(2026, 7, 1, 9, 12, 31, tzinfo=UTC),
        payment_method="Cartão",
        payment_type="card",
    )


@pytest.mark.parametrize(("total", "kept"), [("9999999999999", D(9999999999999)), ("10000000000000", None)])
def test_a_total_of_absurd_size_is_no_fact(total: str, kept: Decimal | None) -> None:
    assert quick_facts(as_text(payload(total=total))).total == kept


def test_texts_beyond_all_length_are_cut() -> None:
    order = whole(
        customer={"id": 77, "fullname": LONG, "email": LONG, "phone_prefix": LONG, "phone": LONG},
        billing_address={"taxid": LONG},
        payment_method_name=LONG,
        payment_method_type=LONG,
        shipping_method_name=LONG,
        products=[product(sku=LONG, type=LONG)],
    )
    read = parse_order(as_text(order))

    assert (len(read.buyer.email), len(read.buyer.phone), len(read.buyer.tax_id)) == (254, 10 + 40, 60)
    assert (len(read.payment_method), len(read.payment_type)) == (200, 60)
    assert len(read.shipping.method) == 200
    assert (len(read.lines[0].sku), len(read.lines[0].product_type)) == (200, 40)
    assert len(quick_facts(as_text(order)).buyer_name) == 255


@pytest.mark.parametrize("key", ["shipment_status_enum", "fulfillment_status"])
def test_a_status_of_shipment_beyond_all_length_is_none(key: str) -> None:
    """Cut at 40 characters, so that no other text becomes a known one."""
    assert parse_order(as_text(payload(**{key: "delivered" + " " * 60}))).shipped
    assert not parse_order(as_text(payload(**{key: "not delivered"}))).shipped


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"products": [product(qty="many")]}, "line 1 (Camisola): qty is not a number."),
        ({"products": [product(qty=0)]}, "line 1 (Camisola): qty is zero."),
        ({"products": [product(), product(name="", qty=None)]}, "line 2: qty is missing."),
        ({"products": [product(name="n" * 50, qty=None)]}, f"line 1 ({'n' * 40}): qty is missing."),
        ({"products": [product(price="?")]}, "line 1 (Camisola): price is not a number."),
        ({"products": [product(discount=-1)]}, "line 1 (Camisola): discount is negative (-1)."),
        ({"products": [product(tax="?")]}, "line 1 (Camisola): tax is not a number."),
        ({"products": [product(taxes="23 %")]}, "line 1 (Camisola): taxes is not a list of objects."),
        ({"products": [product(taxes=[{"rate": "?"}])]}, "line 1 (Camisola), tax: rate is not a number."),
        ({"products": [product(taxes=[{"rate": 101}])]}, "line 1 (Camisola): 101 is no VAT rate."),
        (
            {"products": [product(taxes=[{"name": "IVA", "rate": 23}, {"name": "Eco", "rate": 1}])]},
            "line 1 (Camisola): several taxes on one price (IVA 23, Eco 1) are not supported yet.",
        ),
        (
            {"products": [product(taxes=[{"name": "Eco", "rate": 1, "fixed": True}])]},
            "line 1 (Camisola): a tax of a fixed amount (Eco) has no VAT rate.",
        ),
        ({"products": "none"}, "order: products is not a list of objects."),
        ({"products": []}, "order: it has no products."),
        ({"shipping": "?"}, "order: shipping is not a number."),
        ({"shipping_discount": "?"}, "order: shipping_discount is not a number."),
        ({"shipping_taxes": 5}, "shipping: shipping_taxes is not a list of objects."),
        ({"shipping_taxes": [{"rate": "?"}]}, "shipping, tax: rate is not a number."),
        ({"total": None}, "order: total is missing."),
        ({"discount": "?"}, "order: discount is not a number."),
        ({"subtotal": "?"}, "order: subtotal is not a number."),
        ({"tax": "?"}, "order: tax is not a number."),
        ({"shipping_tax": "?"}, "order: shipping_tax is not a number."),
        ({"gift_cards_discount": "?"}, "order: gift_cards_discount is not a number."),
        (
            {"gift_cards_discount": 1, "gift_cards_amount": 2},
            "order: gift_cards_discount and gift_cards_amount disagree.",
        ),
        ({"currency": "EURO"}, "order: currency is missing or is no ISO code."),
        ({"id": None}, "order: id is missing."),
        ({"status_enum": "strange"}, "order: the status 'strange' is not known."),
    ],
)
def test_a_refusal_names_its_place(changes: dict[str, Any], detail: str) -> None:
    assert refused(payload(**changes)).detail == detail


def test_notes_tell_what_was_not_checked_and_what_was_paid_how() -> None:
    silent = payload()
    del silent["discount"]
    assert parse_order(as_text(silent)).notes == (
        "The order states no discount; only its total was checked.",
    )

    by_card = payload(total="22.60", gift_cards_discount="2.00", tax="4.60")
    assert parse_order(as_text(by_card)).notes == ("2.00 EUR were paid with a gift card.",)


@pytest.mark.parametrize(
    ("total", "notes"),
    [
        ("24.605", ()),
        ("24.606", ("The lines differ from the total, within the shop's rounding of each line.",)),
    ],
)
def test_half_a_cent_is_rounding_and_more_of_it_is_told(total: str, notes: tuple[str, ...]) -> None:
    lines = [product(price="12.30", taxes=vat()), product(price="12.30", taxes=vat())]

    assert parse_order(as_text(payload(total=total, products=lines))).notes == notes


@pytest.mark.parametrize(("total", "read"), [("24.600001", "24.600001"), ("24.6000009", "24.60")])
def test_a_tail_below_a_millionth_is_a_floats(total: str, read: str) -> None:
    assert parse_order(as_text(payload(total=total))).total == D(read)
