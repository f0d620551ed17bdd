"""Which way of reading an order's figures is taken, and when none or several are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from jumpseller_sync.parsing import parse_order

from .orders import as_text, payload, product, refused, vat

D = Decimal


@pytest.mark.parametrize(("per_line", "discount"), [(True, "4.92"), (False, "2.46")])
def test_figures_tell_a_discount_per_line_from_one_per_unit(per_line: bool, discount: str) -> None:
    order = payload(total=44.28, discount=4.92, products=[product(qty=2, discount=discount)])

    read = parse_order(as_text(order))

    assert read.lines[0].discount == D("4.92")
    assert ("per line" in read.reading) is per_line


def test_a_flag_that_is_missing_is_decided_by_the_total() -> None:
    order = payload(total=30.26, products=[product(taxes=vat(included=None))])
    assert not parse_order(as_text(order)).lines[0].price_includes_vat

    order = payload(products=[product(taxes=vat(included=None))])
    assert parse_order(as_text(order)).lines[0].price_includes_vat


def test_the_merchants_word_replaces_the_flag_and_must_add_up() -> None:
    on_top = payload(total=30.26, products=[product(taxes=vat(included=True))])

    assert refused(on_top).reason == "total_not_reproduced"
    assert not parse_order(as_text(on_top), prices_include_vat=False).lines[0].price_includes_vat
    assert refused(payload(), prices_include_vat=False).reason == "total_not_reproduced"


def test_lines_may_differ_in_holding_vat() -> None:
    order = payload(total=36.9, products=[product(), product(price=10, taxes=vat(included=False))], tax=6.9)

    read = parse_order(as_text(order))

    assert [line.price_includes_vat for line in read.lines] == [True, False]
    assert read.reading == "VAT included on some lines"


@pytest.mark.parametrize("inside", [True, False])
def test_a_shipping_discount_inside_or_beside_the_order_discount(inside: bool) -> None:
    order = payload(
        shipping=5,
        shipping_discount=5,
        shipping_taxes=[{"rate": "23.0", "tax_on_shipping_price": True}],
        shipping_tax=0.93,
        discount=5 if inside else 0,
    )

    read = parse_order(as_text(order))

    assert read.shipping.gross == 0
    assert ("inside" in read.reading) is inside


def test_shipping_that_does_not_say_is_decided_by_the_total() -> None:
    def included(total: float) -> bool:
        order = payload(total=total, shipping=5, shipping_taxes=[{"rate": 23}])
        return parse_order(as_text(order)).shipping.price_includes_vat

    assert included(29.6)
    assert not included(30.75)


def test_a_total_net_of_the_gift_card_or_not() -> None:
    net = parse_order(as_text(payload(total=4.6, gift_cards_discount=20)))
    whole = parse_order(as_text(payload(gift_cards_amount="-20.0")))

    assert (net.paid_gross, net.gift_card) == (D("24.6"), D(20))
    assert (whole.paid_gross, whole.gift_card) == (D("24.6"), D(20))
    assert "gift card" in net.notes[0]


def test_a_total_that_nothing_reproduces_shows_the_arithmetic() -> None:
    error = refused(payload(total=25, shipping=1, gift_cards_discount=1))

    assert error.reason == "total_not_reproduced"
    assert "lines 24.60, shipping 1, gift card -1 = 24.60; the total is 25" in error.detail


def test_a_discount_that_no_line_carries_is_shared_by_value() -> None:
    lines = [product(price=10), product(price=20), product(price=3.33, qty=3)]

    read = parse_order(as_text(payload(total=34.99, discount=5, products=lines, subtotal=39.99, tax=None)))

    assert [line.discount for line in read.lines] == [D("1.25"), D("2.50"), D("1.25")]
    assert read.reading == "prices include VAT, the order's discount shared by value"


def test_a_discount_beside_those_of_the_lines_is_not_guessed_at() -> None:
    """It would be shared, or be the lines' own per unit: both come to the same total."""
    lines = [product(price=10, qty=2, discount=1), product(price=11)]

    error = refused(payload(total=28, discount=3, products=lines, subtotal=31, tax=None))

    assert error.reason == "total_not_reproduced"


def test_a_discount_is_not_shared_where_its_side_of_vat_is_unknown() -> None:
    lines = [product(price=12.3), product(price=10, taxes=vat(included=False))]

    error = refused(payload(total=22.6, discount=2, products=lines, subtotal=None, tax=None))

    assert error.reason == "total_not_reproduced"
    assert "The lines carry a discount of 0, the order states 2" in error.detail


@pytest.mark.parametrize("subtotal", ["24.60", "20.00", "22.14", "18.00", 0, None])
def test_a_subtotal_may_be_gross_or_net_before_or_after_discounts(subtotal: Any) -> None:
    lines = [product(discount=2.46)]
    order = payload(total=22.14, discount=2.46, products=lines, subtotal=subtotal, tax=None)

    assert parse_order(as_text(order)).lines[0].discount == D("2.46")


def test_a_subtotal_that_is_none_of_them_contradicts_the_lines() -> None:
    error = refused(payload(subtotal=23.99))

    assert error.reason == "total_not_reproduced"
    assert error.detail == "The order states a subtotal of 23.99; its lines come to 24.60."


def test_a_subtotal_can_decide_between_two_readings() -> None:
    """A price whose side of VAT is not said, and a gift card that may or may not be in the total."""
    lines = [product(price=100, taxes=vat(included=None))]
    order = payload(total=100, gift_cards_discount=23, products=lines, tax=None, subtotal=None)
    assert refused(order).reason == "total_ambiguous"

    read = parse_order(as_text(order | {"subtotal": "81.30"}))

    assert (read.lines[0].price_includes_vat, read.paid_gross) == (True, 100)


def test_a_discount_above_the_price_is_refused() -> None:
    assert (
        refused(payload(total=0, discount=30, products=[product(discount=30)])).reason
        == "total_not_reproduced"
    )


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"tax": 3}, {}),
        ({"shipping": 5, "total": 29.6, "shipping_tax": 0.93}, {}),
        ({}, {"tax": 2}),
        ({}, {"tax": 4.6, "taxes": []}),
        ({"tax": 4.6}, {"taxes": None}),
    ],
)
def test_vat_that_the_rates_do_not_explain_is_refused(change: dict[str, Any], line: dict[str, Any]) -> None:
    error = refused(payload(**change, products=[product(**line)]))

    assert error.reason == "total_not_reproduced"
    assert "states VAT" in error.detail


@pytest.mark.parametrize("tax", [4.6, 0, None, 5.53])
def test_vat_before_or_after_shipping_or_not_stated_is_explained(tax: float | None) -> None:
    order = payload(
        tax=tax,
        total=29.6,
        shipping=5,
        shipping_tax=0.93,
        shipping_taxes=[{"rate": "23.0", "tax_on_shipping_price": True}],
    )

    assert parse_order(as_text(order)).paid_gross == D("29.6")


def test_stated_vat_decides_between_readings_that_both_fit() -> None:
    one = product(qty=2, price=10, discount=2)
    order = payload(total=16, gift_cards_discount=2, products=[one])
    del order["discount"]
    error = refused(order)
    assert error.reason == "total_ambiguous"
    assert error.detail.splitlines() == [
        "The total 16.00 can be read in 2 ways.",
        "prices include VAT, line discounts per line, total net of the gift card: "
        "lines 18, gift card -2 = 16, a document of 18",
        "prices include VAT, line discounts per unit, total before the gift card: "
        "lines 16 = 16, a document of 16",
    ]

    one["tax"] = 2.99  # of 16.00, so the discount is per unit
    read = parse_order(as_text(order))
    assert (read.paid_gross, read.lines[0].discount) == (D(16), D(4))


def test_missing_taxes_are_no_rate() -> None:
    one = product()
    del one["taxes"]

    assert parse_order(as_text(payload(products=[one]))).lines[0].tax_rate is None


def test_rounding_of_items_within_half_a_cent_each_is_noted() -> None:
    lines = [product(price=2.01, qty=3, taxes=vat(included=False))] * 3

    read = parse_order(as_text(payload(total=22.26, products=lines)))

    assert read.paid_gross == D("22.26")
    assert "rounding" in read.notes[-1]
