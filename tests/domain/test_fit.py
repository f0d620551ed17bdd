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
    assert list(dict.fromkeys(line.sku for line in found)) == [line.sku for line in lines]
    for line in lines:
        assert sum(one.quantity for one in found if one.sku == line.sku) == line.quantity
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


def test_of_many_units_one_is_set_apart() -> None:
    found = exact_lines([wanted(D("3.33") / D("1.23"), 80)], paid=D("266.40"))

    assert is_exact(found, D("266.40"))
    assert [(line.quantity, line.unit_price) for line in found] == [(79, D("2.7073")), (1, D("2.7087"))]
    assert all(line.discount_percent == 0 for line in found)


def test_where_one_unit_cannot_take_it_the_price_is_raised_and_discounted() -> None:
    (line,) = exact_lines([wanted(D("0.99") / D("1.23"), 1000)], paid=D("990.00"))

    assert is_exact([line], D("990.00"))
    assert line.unit_price == D("0.8050")
    assert 0 < line.discount_percent < D("0.1")


def test_a_line_keeps_its_price_where_another_one_is_too_coarse() -> None:
    lines = [wanted(D("11.07") / D("1.23"), 413, sku="MANY"), wanted(D("6.25") / D("1.23"), sku="ONE")]

    found = exact_lines(lines, paid=413 * D("11.07") + D("6.25"))

    (one,) = (line for line in found if line.sku == "ONE")
    assert abs(one.unit_price - lines[1].unit_net) < D("0.005")


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


def single(quantity: str, price: str, discount: str) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Quantity, price and percent of each line that stands for one at 23 %, VAT included."""
    units = D(quantity)
    whole = units * D(price)
    paid = round_half_up(whole - D(discount), 2)
    line = Wanted("A", "Artigo", units, D(price) / D("1.23"), TAXES[23], D(discount) / whole)
    found = exact_lines([line], paid=paid)
    assert is_exact(found, paid)
    return [(line.quantity, line.unit_price, line.discount_percent) for line in found]


def test_the_least_visible_change_is_taken() -> None:
    # The price alone; the discount that is there anyway; one unit apart.
    assert single("39", "462.99", "5958.68") == [(39, D("376.4147"), D("33.0000"))]
    assert single("959", "14.25", "4509.70") == [(959, D("11.5854"), D("33.0002"))]
    assert [units for units, _price, _off in single("1771", "567.24", "0.00")] == [1770, 1]


def test_hundreds_of_articles_of_a_few_cents_are_held_with_the_nearest() -> None:
    """Their prices are too small for one unit to take what four decimals leave of five hundred."""
    lines = [wanted(D("0.05") / D("1.23"), 500), wanted(D("0.03") / D("1.13"), 500, rate=13, sku="B")]

    with pytest.raises(Hold) as caught:
        exact_lines(lines, paid=D("40.00"))

    assert caught.value.reason is HoldReason.NOT_EXACT
    assert "33.60 + 6.40 VAT = 40.00" in caught.value.detail


def test_a_small_discount_is_not_moved_to_nothing() -> None:
    line = wanted(D("41.29") / D("1.23"), 61, share=D("0.0000004"))

    found = exact_lines([line], paid=D("2518.69"))

    assert is_exact(found, D("2518.69"))
    assert all(one.discount_percent >= 0 for one in found)


def test_vat_moves_by_half_a_cent_per_line_at_each_rate_and_no_more() -> None:
    lines = [wanted(D(100)), wanted(D(50), rate=6, sku="B"), wanted(D(50), rate=6, sku="C")]

    found = exact_lines(lines, paid=D("229.03"))

    # The largest line could take three cents, but its VAT would be more than half a cent off.
    assert found[0].unit_price == D("100.0000")
    assert is_exact(found, D("229.03"))


def test_cent_articles_share_what_none_of_them_can_take() -> None:
    lines = [wanted(D("0.01"), sku=f"S{n}") for n in range(6)]

    found = exact_lines(lines, paid=D("0.06"))

    assert is_exact(found, D("0.06"))
    assert all(0 < line.unit_price < D("0.01") for line in found)


def test_a_discount_of_almost_all_is_never_moved_to_all() -> None:
    found = exact_lines([wanted(D("29.65"), 500, 23, D("0.999999"))], paid=D("0.02"))

    assert is_exact(found, D("0.02"))
    assert [line.discount_percent for line in found] == [D("99.9999")]
