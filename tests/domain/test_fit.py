"""Lines that come to what was paid, without a line of cents."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.domain.exactness import amounts_of, is_exact
from invoicing.domain.fit import Wanted, exact_lines
from invoicing.domain.plan import Tax
from invoicing.domain.reasons import Hold, HoldReason
from stores.domain.money import round_half_up

D = Decimal
NONE = D(0)
TAXES = {rate: Tax(f"IVA{rate}", D(rate)) for rate in (23, 13, 6)}


def wanted(net: Decimal, quantity: int = 1, rate: int = 23, share: Decimal = NONE, sku: str = "A") -> Wanted:
    return Wanted(sku, "Artigo", D(quantity), net, TAXES[rate], share)


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[Wanted], Decimal]:
    included = draw(st.booleans())
    lines, paid = [], D(0)
    for position in range(draw(st.integers(1, 10))):
        rate = draw(st.sampled_from((23, 13, 6)))
        quantity = draw(st.integers(1, 50))
        price = D(draw(st.integers(1, 50_000))) / 100
        share = D(draw(st.sampled_from((0, 0, 5, 10, 25, 33, 90)))) / 100
        discount = round_half_up(quantity * price * share, 2)
        value = quantity * price - discount
        factor = 1 + D(rate) / 100
        paid += value if included else value + round_half_up(value * D(rate) / 100, 2)
        net = price / factor if included else price
        lines.append(wanted(net, quantity, rate, discount / (quantity * price), f"S{position}"))
    return lines, paid


@given(orders())
@settings(max_examples=400, deadline=None)
def test_any_mainland_order_comes_to_what_was_paid(order: tuple[list[Wanted], Decimal]) -> None:
    lines, paid = order
    if paid == 0:
        return

    found = exact_lines(lines, paid=paid)

    assert is_exact(found, paid)
    assert [line.sku for line in found] == [line.sku for line in lines]
    assert all(line.unit_price > 0 and 0 <= line.discount_percent <= 100 for line in found)
    assert all(round(line.unit_price, 4) == line.unit_price for line in found)
    assert all(round(line.discount_percent, 4) == line.discount_percent for line in found)
    for rate in (23, 13, 6):
        ours = [line for line in found if line.tax.rate == rate]
        theirs = sum((line.vat for line in lines if line.tax.rate == rate), D(0))
        assert abs(amounts_of(ours).tax - theirs) <= D("0.005") * len(ours)
    assert exact_lines(lines, paid=paid) == found


def test_a_discount_stays_a_percent_where_that_is_exact() -> None:
    (line,) = exact_lines([wanted(D(10), 3, share=D("0.1"))], paid=D("33.21"))

    assert (line.unit_price, line.discount_percent) == (D("10.0000"), D("10.0000"))


def test_a_full_discount_keeps_the_price() -> None:
    paid, free = exact_lines([wanted(D(20)), wanted(D(5), 2, share=D(1))], paid=D("24.60"))

    assert (free.unit_price, free.discount_percent) == (D("5.0000"), D("100.0000"))
    assert paid.unit_price == D("20.0000")


def test_a_cent_of_rounding_goes_into_the_fourth_decimal_of_a_price() -> None:
    lines = [wanted(D("2.01"), 3, sku=f"S{n}") for n in range(3)]

    found = exact_lines(lines, paid=D("22.26"))

    assert [line.unit_price for line in found] == [D("2.0125"), D("2.0100"), D("2.0100")]
    assert all(line.discount_percent == 0 for line in found)


def test_a_large_quantity_is_met_by_a_small_discount() -> None:
    (line,) = exact_lines([wanted(D("0.99") / D("1.23"), 1000)], paid=D("990.00"))

    assert is_exact([line], D("990.00"))
    assert 0 < line.discount_percent < D("0.1")


def test_what_rounding_cannot_explain_is_held_with_the_nearest() -> None:
    with pytest.raises(Hold) as caught:
        exact_lines([wanted(D(20))], paid=D("24.80"))

    assert caught.value.reason is HoldReason.NOT_EXACT
    assert "24.60" in caught.value.detail
    assert "-0.20" in caught.value.detail


def test_a_quantity_that_the_provider_would_round_is_held() -> None:
    with pytest.raises(Hold) as caught:
        exact_lines([Wanted("Q", "Queijo", D("1.125"), D(20), TAXES[6])], paid=D("23.85"))

    assert caught.value.reason is HoldReason.NOT_EXACT
    assert "1.125" in caught.value.detail


def test_a_line_without_value_is_not_moved() -> None:
    with pytest.raises(Hold):
        exact_lines([wanted(D(20), share=D(1))], paid=D("0.01"))


def test_an_existing_discount_may_be_moved_by_its_fourth_decimal() -> None:
    share = D("7") / D("99.9")
    paid = round_half_up(D("92.90") * 17, 2)

    (line,) = exact_lines([wanted(D("99.90") / D("1.23"), 17, share=share)], paid=paid)

    assert is_exact([line], paid)
