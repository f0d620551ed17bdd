"""The provider's arithmetic against figures of real documents, and its open points."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from invoicing.domain.exactness import all_predictions, amounts_of, is_exact, net_unit_price, predict
from invoicing.domain.plan import Figures, PlanLine, Tax

# Unit prices with discount percent, then sum, discount, before taxes, taxes, total; quantity 1 at 23 %.
REAL_DOCUMENTS = {
    "002": ([("259.3496", "0")], "259.35 0.00 259.35 59.65 319.00"),
    "003": ([("121.1382", "10")], "121.14 12.11 109.02 25.08 134.10"),
    "004": ([("267.4797", "10")], "267.48 26.75 240.73 55.37 296.10"),
    "007": ([("202.4390", "10")], "202.44 20.24 182.20 41.90 224.10"),
    "008": ([("251.2195", "0")], "251.22 0.00 251.22 57.78 309.00"),
    "011": ([("210.5691", "0"), ("7.23", "0")], "217.80 0.00 217.80 50.09 267.89"),
    "012": ([("210.5691", "10")], "210.57 21.06 189.51 43.59 233.10"),
    "016": ([("174.88", "10")], "174.88 17.49 157.39 36.20 193.59"),
    "022": ([("251.2195", "10")], "251.22 25.12 226.10 52.00 278.10"),
    "027": ([("275.6098", "0")], "275.61 0.00 275.61 63.39 339.00"),
    "028": ([("243.0894", "10")], "243.09 24.31 218.78 50.32 269.10"),
    "030": ([("251.2195", "0"), ("56.8293", "0")], "308.05 0.00 308.05 70.85 378.90"),
    "031": ([("194.31", "10")], "194.31 19.43 174.88 40.22 215.10"),
}


def line(price: str, *, quantity: str = "1", discount: str = "0", rate: str = "23") -> PlanLine:
    tax = Tax("IVA", Decimal(rate))
    return PlanLine("A", "Artigo", Decimal(quantity), Decimal(price), tax, Decimal(discount))


@pytest.mark.parametrize("case", REAL_DOCUMENTS)
def test_the_model_gives_a_real_documents_figures_under_every_reading(case: str) -> None:
    lines, figures = REAL_DOCUMENTS[case]
    expected = Figures(*(Decimal(figure) for figure in figures.split()))

    predictions = all_predictions([line(price, discount=discount) for price, discount in lines])

    assert predictions == (expected,)


def test_figures_are_rounded_apart_from_each_other() -> None:
    figures = predict([line("121.1382", discount="10")])

    assert figures.sum - figures.discount != figures.before_taxes


def test_a_tie_is_read_both_ways() -> None:
    lines = [line("0.8761", quantity="50", rate="13")]

    assert predict(lines).before_taxes == Decimal("43.81")
    assert {figures.before_taxes for figures in all_predictions(lines)} == {
        Decimal("43.81"),
        Decimal("43.80"),
    }


def test_a_total_that_only_one_reading_gives_is_not_exact() -> None:
    lines = [line("0.8761", quantity="50", rate="13")]

    assert predict(lines).total == Decimal("49.50")
    assert not is_exact(lines, Decimal("49.50"))


def test_the_net_price_has_four_decimals() -> None:
    assert net_unit_price(Decimal("9.99"), Decimal(23)) == Decimal("8.1220")
    assert net_unit_price(Decimal("319.00"), Decimal(23)) == Decimal("259.3496")
    assert net_unit_price(Decimal("5.00"), Decimal(0)) == Decimal("5.0000")


def test_a_document_without_lines_is_zero() -> None:
    assert predict([]).total == Decimal("0.00")


def test_the_open_readings_differ_where_the_parts_round_apart() -> None:
    """10.0046 + 2.301058: the sum of the rounded parts is 12.30, the rounded sum 12.31."""
    apart = [line("10.0046")]

    assert [figures.total for figures in all_predictions(apart)] == [Decimal("12.31"), Decimal("12.30")]
    assert predict(apart).total == Decimal("12.31")
    assert not is_exact(apart, Decimal("12.31"))
    assert not is_exact(apart, Decimal("12.30"))


def test_the_open_readings_differ_where_half_a_cent_is_rounded() -> None:
    half = [line("0.125", rate="0")]

    assert [figures.total for figures in all_predictions(half)] == [Decimal("0.13"), Decimal("0.12")]
    assert predict(half).total == Decimal("0.13")


def test_sums_are_exact_however_many_digits_they_take() -> None:
    """More than the 28 digits that the decimal module keeps by itself."""
    long = [line("9999999999.9999", quantity="999999.99", discount="33.3333", rate="23")]
    price, quantity, discount = Fraction("9999999999.9999"), Fraction("999999.99"), Fraction("33.3333")

    assert Fraction(amounts_of(long).net) == price * quantity * (1 - discount / 100)
