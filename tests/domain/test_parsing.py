"""What a payload says, however it was written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jumpseller_sync.parsing import parse_order, quick_facts
from stores.domain.order import OrderFacts, OrderStatus, UnreadableOrder

from .orders import as_text, payload, product, refused, vat
from .scenario_files import all_scenarios

D = Decimal
MOMENT = datetime(2026, 7, 1, 9, 12, 31, tzinfo=UTC)


def test_the_smallest_order_reads_wrapped_or_bare() -> None:
    wrapped = parse_order(as_text(payload()))
    bare = parse_order(json.dumps(payload()))

    assert wrapped == bare
    assert (wrapped.shop_order_id, wrapped.status, wrapped.paid_gross) == (
        "1001",
        OrderStatus.PAID,
        D("24.6"),
    )
    assert wrapped.delivery is None
    assert wrapped.reading == "prices include VAT"


def test_numbers_may_be_text_and_ids_text_or_numbers() -> None:
    order = payload(
        id="1001",
        total="24.60",
        discount="0.0",
        products=[product(id="5", qty="1", price=" 24.60 ", discount="0")],
    )

    assert parse_order(as_text(order)).lines == parse_order(as_text(payload())).lines


def test_floats_keep_their_digits() -> None:
    text = as_text(payload(currency="CLP", total=10000, tax=1597)).replace(
        '"price": 24.6', '"price": 10000.0, "tax": 1596.638655462185'
    )

    read = parse_order(text.replace("23.0", "19.0"))

    assert (read.paid_gross, read.tax_total) == (D(10000), D(1597))


def test_the_tail_of_a_float_is_dropped_from_the_total_and_a_real_fraction_is_not() -> None:
    def total(written: str) -> Decimal:
        return parse_order(as_text(payload()).replace('"total": 24.6', f'"total": {written}')).paid_gross

    assert total("24.599999999999998") == D("24.6")
    assert total("24.604") == D("24.604")


def test_doubled_keys_are_tolerated() -> None:
    assert (
        parse_order(as_text(payload()).replace('"id": 1001', '"id": 7, "id": 1001')).shop_order_id == "1001"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "null",
        '{"order": []}',
        '{"order": {"id": 1001}',
        "[" * 100_000,
        as_text(payload()).replace("24.6", "NaN"),
        as_text(payload()).replace("24.6", "-Infinity"),
        as_text(payload()).replace('"total": 24.6', '"total": 1e999999999'),
        as_text(payload()).replace('"total": 24.6', '"total": 1e9999999999999999999'),
        as_text(payload()).replace("24.6", "9" * 5000),
        as_text(payload()).replace("24.6", "9" * 36),
    ],
)
def test_what_is_no_order_is_refused(text: str) -> None:
    assert refused(text).reason == "order_unreadable"


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"id": 1.5},
        {"id": "9" * 65},
        {"status_enum": "refunded"},
        {"status_enum": None, "status": "Quelque chose"},
        {"currency": None},
        {"currency": "EURO"},
        {"total": None},
        {"total": True},
        {"total": "12,30"},
        {"total": -1},
        {"products": []},
        {"products": None},
        {"products": "none"},
        {"products": [1]},
        {"products": [product()] * 1001},
        {"products": [product(qty=None)]},
        {"products": [product(qty=0)]},
        {"products": [product(qty=-1)]},
        {"products": [product(price=-1)]},
        {"products": [product(price="free")]},
        {"products": [product(taxes=vat(rate="x"))]},
        {"products": [product(taxes=vat(rate=101))]},
        {"products": [product(taxes=vat(fixed=True))]},
        {"products": [product(taxes=vat(fixed="true"))]},
        {"products": [product(taxes=vat() + vat("6.0"))]},
        {"products": [product(taxes={"rate": 23})]},
        {"shipping_taxes": vat() + vat()},
        {"gift_cards_discount": 5, "gift_cards_amount": 6},
        {"created_at": "yesterday"},
        {"completed_at": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_a_field_that_cannot_be_read_is_named(change: dict[str, Any]) -> None:
    assert refused(payload(**change)).reason == "order_unreadable"


@pytest.mark.parametrize(
    ("stated", "status"),
    [
        ({"status_enum": "paid", "status": "Cancelado"}, OrderStatus.PAID),
        ({"status_enum": "canceled"}, OrderStatus.CANCELED),
        ({"status_enum": "pending_payment"}, OrderStatus.UNPAID),
        ({"status_enum": "created"}, OrderStatus.UNPAID),
        ({"status_enum": "abandoned"}, OrderStatus.ABANDONED),
        ({"status_enum": None, "status": "Paid"}, OrderStatus.PAID),
        ({"status_enum": None, "status": "Pago"}, OrderStatus.PAID),
        ({"status_enum": None, "status": "Pagado"}, OrderStatus.PAID),
        ({"status_enum": None, "status": "Pending Payment"}, OrderStatus.UNPAID),
        ({"status_enum": "", "status": "PAGO PENDIENTE"}, OrderStatus.UNPAID),
        ({"status_enum": None, "status": "Pagamento Pendente"}, OrderStatus.UNPAID),
        ({"status_enum": None, "status": "???", "status_name": "Cancelado"}, OrderStatus.CANCELED),
    ],
)
def test_status_by_its_stable_name_else_in_three_languages(
    stated: dict[str, Any], status: OrderStatus
) -> None:
    assert parse_order(as_text(payload(**stated))).status is status


@pytest.mark.parametrize(
    "written",
    ["2026-07-01 09:12:31 UTC", "2026-07-01T09:12:31Z", "2026-07-01T10:12:31+01:00", "2026-07-01 09:12:31"],
)
def test_dates_are_utc_however_written(written: str) -> None:
    assert parse_order(as_text(payload(created_at=written, completed_at=None))).created_at == MOMENT


def test_texts_are_unescaped_and_cleaned() -> None:
    order = payload(products=[product(name="Fato &amp; gravata&nbsp;\u0000\ud800<b>", sku=None)])

    (line,) = parse_order(as_text(order)).lines

    assert (line.name, line.sku) == ("Fato & gravata <b>", "")
    assert len(parse_order(as_text(payload(products=[product(name="x" * 9000)]))).lines[0].name) == 500


def test_the_buyer_is_put_together() -> None:
    order = payload(
        customer={"id": "123", "email": "a@example.com", "phone": 910000000, "phone_prefix": "+351"},
        billing_address={"name": "Ana", "surname": "Exemplo", "taxid": 123456789, "country": "Portugal"},
        shipping_address={
            "address": "Rua A",
            "street_number": "5",
            "complement": "2.º",
            "country_code": "pt",
        },
        billing_information={"company_name": "Empresa Exemplo Lda"},
    )

    read = parse_order(as_text(order))

    assert read.buyer.full_name == "Ana Exemplo"
    assert (read.buyer.phone, read.buyer.shop_customer_id) == ("+351910000000", "123")
    assert (read.buyer.tax_id, read.buyer.company_name) == ("123456789", "Empresa Exemplo Lda")
    assert read.billing.country_code == "PT"
    assert read.delivery is not None
    assert (read.delivery.line, read.delivery.country_code) == ("Rua A 5, 2.º", "PT")


def test_an_email_in_the_place_of_a_name_is_no_name() -> None:
    assert parse_order(as_text(payload(customer={"fullname": "a@example.com"}))).buyer.full_name == ""
    assert parse_order(as_text(payload(customer={"fullname": "Ana E."}))).buyer.full_name == "Ana E."


@pytest.mark.parametrize(
    "stated", [{"shipment_status_enum": "in_transit"}, {"fulfillment_status": "fulfilled"}]
)
def test_goods_on_their_way(stated: dict[str, str]) -> None:
    assert parse_order(as_text(payload(**stated))).shipped
    assert not parse_order(as_text(payload())).shipped


def test_a_gift_card_is_known_by_type_or_without_one_by_name() -> None:
    def kind(**changes: Any) -> str:
        return parse_order(as_text(payload(products=[product(**changes)]))).lines[0].product_type

    assert kind(type="gift_card", name="Cartão 50") == "gift_card"
    assert kind(name="Giftcard (Valor: 50)") == "gift_card"
    assert kind(name="Cheque-prenda 50") == "gift_card"
    assert kind(type="physical", name="Gift card holder") == "physical"
    assert kind() == "physical"


def test_quick_facts_need_no_sums() -> None:
    order = payload(
        total="25.123456",
        created_at="2026-07-01 09:12:31 UTC",
        completed_at="x",
        customer={"fullname": "Ana E."},
    )

    assert quick_facts(as_text(order)) == OrderFacts(
        shop_order_id="1001",
        status=OrderStatus.PAID,
        currency="EUR",
        total=D("25.1235"),
        buyer_name="Ana E.",
        created_at=MOMENT,
        completed_at=None,
    )


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"order": null}', '{"order": {}}', "[" * 100_000])
def test_quick_facts_of_nothing_are_empty(text: str) -> None:
    assert quick_facts(text) == OrderFacts()


def test_quick_facts_leave_out_what_cannot_be_stored() -> None:
    facts = quick_facts(as_text(payload(id="9" * 65, currency="EURO", total=1e20)))

    assert (facts.shop_order_id, facts.currency, facts.total) == ("", "", None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ORDERS = [scenario.order for scenario in all_scenarios()]


@given(st.sampled_from(ORDERS), st.data())
@settings(max_examples=600, deadline=None)
def test_any_change_of_a_payload_reads_or_is_refused_by_name(
    order: dict[str, Any], data: st.DataObject
) -> None:
    changed = json.loads(json.dumps(order))
    node = changed
    if data.draw(st.booleans()):
        nested = [value for value in (*changed.values(), *changed["products"]) if isinstance(value, dict)]
        node = data.draw(st.sampled_from(nested))
    for key in data.draw(st.lists(st.sampled_from(sorted(node)), min_size=1, max_size=3)):
        node[key] = data.draw(JSON)
    text = json.dumps(changed)

    quick_facts(text)
    try:
        parse_order(text)
    except UnreadableOrder as error:
        assert error.reason in ("order_unreadable", "total_not_reproduced", "total_ambiguous")


@given(JSON)
def test_quick_facts_never_raise(value: Any) -> None:
    quick_facts(json.dumps(value))
    quick_facts(json.dumps({"order": value}))
    quick_facts(json.dumps({"order": {"id": value, "total": value, "customer": value, "created_at": value}}))
