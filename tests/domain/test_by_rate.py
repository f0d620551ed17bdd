"""Net and VAT by rate come to the document's own figures, to the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.domain.by_rate import Taxed, by_rate
from invoicing.domain.exactness import amounts_of, predict
from invoicing.domain.plan import PlanLine, Tax

D = Decimal


def line(price: str | Decimal, rate: str = "23", *, quantity: str = "1", discount: str = "0") -> PlanLine:
    return PlanLine("A", "Artigo", D(quantity), D(price), Tax("IVA", D(rate)), D(discount))


def apart(*lines: PlanLine) -> dict[Decimal, Taxed]:
    figures = predict(lines)
    return by_rate(lines, net=figures.before_taxes, tax=figures.taxes)


def test_one_rate_has_it_all() -> None:
    assert apart(line("10.00"), line("3.2520")) == {D(23): Taxed(D("13.25"), D("3.05"))}


def test_rates_stand_in_their_order_and_shipping_with_its_rate() -> None:
    assert apart(line("10.00"), line("9.4340", "6"), line("4.00")) == {
        D(6): Taxed(D("9.43"), D("0.57")),
        D(23): Taxed(D("14.00"), D("3.22")),
    }


def test_parts_that_would_be_rounded_alone_come_to_the_whole() -> None:
    lines = (line("0.3349", "6"), line("0.3349", "13"), line("0.3349"))
    figures = predict(lines)

    parts = apart(*lines)

    assert figures.before_taxes == D("1.00")
    assert [part.net for part in parts.values()] == [D("0.34"), D("0.33"), D("0.33")]
    assert sum(part.tax for part in parts.values()) == figures.taxes


def test_a_line_without_vat_has_none() -> None:
    assert apart(line("10.00", "0"), line("10.00")) == {
        D(0): Taxed(D("10.00"), D("0.00")),
        D(23): Taxed(D("10.00"), D("2.30")),
    }


def test_goods_given_away_come_to_nothing() -> None:
    assert apart(line("10.00", discount="100")) == {D(23): Taxed(D(0), D(0))}


@pytest.mark.parametrize(("net", "tax"), [("10.01", "2.30"), ("10.00", "2.31"), ("0.00", "2.30")])
def test_figures_of_other_lines_are_refused(net: str, tax: str) -> None:
    with pytest.raises(ValueError, match="the lines come to"):
        by_rate([line("10.00")], net=D(net), tax=D(tax))


def test_figures_without_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="the lines come to 0"):
        by_rate([], net=D("0.00"), tax=D("0.01"))


def test_a_sign_makes_no_negative_zero() -> None:
    turned = Taxed(D("10.00"), D("0.00")).signed(-1)

    assert (str(turned.net), str(turned.tax)) == ("-10.00", "0.00")


prices = st.decimals(min_value=D("0.0001"), max_value=D("99999"), places=4)
lines = st.builds(
    line,
    prices,
    st.sampled_from(["0", "4", "5", "6", "9", "12", "13", "16", "21", "22", "23", "25.5"]),
    quantity=st.integers(min_value=1, max_value=300).map(str),
    discount=st.sampled_from(["0", "10", "33.3333", "99.9999"]),
)


@given(st.lists(lines, min_size=1, max_size=12))
def test_the_parts_always_add_up_and_are_within_a_cent(found: list[PlanLine]) -> None:
    figures = predict(found)

    parts = by_rate(found, net=figures.before_taxes, tax=figures.taxes)

    assert sum(part.net for part in parts.values()) == figures.before_taxes
    assert sum(part.tax for part in parts.values()) == figures.taxes
    for rate, part in parts.items():
        exact = amounts_of([one for one in found if one.tax.rate == rate])
        assert abs(part.net - exact.net) < D("0.011")
        assert abs(part.tax - exact.tax) < D("0.011")
        assert part.net == part.net.quantize(D("0.01"))
        assert part.tax == part.tax.quantize(D("0.01"))
