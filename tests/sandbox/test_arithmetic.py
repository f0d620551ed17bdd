from decimal import Decimal

import pytest

from sandbox.invoicexpress.arithmetic import LineFigures, document_figures, shown, shown_line_figure
from tests.sandbox.conftest import Shop, line

# Figures of documents that were really issued (23 %, quantity 1): lines as (price, discount percent,
# subtotal, tax, discount, total), then sum, discount, before taxes, taxes, total.
REAL = {
    "002": ([("259.3496", "0", "259.3496", "59.6504", "0.0", "319.0")], "259.35 0.0 259.35 59.65 319.0"),
    "003": (
        [("121.1382", "10", "109.0244", "25.0756", "12.1138", "134.1")],
        "121.14 12.11 109.02 25.08 134.1",
    ),
    "004": (
        [("267.4797", "10", "240.7317", "55.3683", "26.748", "296.1")],
        "267.48 26.75 240.73 55.37 296.1",
    ),
    "007": ([("202.439", "10", "182.1951", "41.9049", "20.2439", "224.1")], "202.44 20.24 182.2 41.9 224.1"),
    "008": ([("251.2195", "0", "251.2195", "57.7805", "0.0", "309.0")], "251.22 0.0 251.22 57.78 309.0"),
    "011": (
        [
            ("210.5691", "0", "210.5691", "48.4309", "0.0", "259.0"),
            ("7.23", "0", "7.23", "1.6629", "0.0", "8.8929"),
        ],
        "217.8 0.0 217.8 50.09 267.89",
    ),
    "012": (
        [("210.5691", "10", "189.5122", "43.5878", "21.0569", "233.1")],
        "210.57 21.06 189.51 43.59 233.1",
    ),
    "016": (
        [("174.88", "10", "157.392", "36.2002", "17.488", "193.5922")],
        "174.88 17.49 157.39 36.2 193.59",
    ),
    "022": ([("251.2195", "10", "226.0976", "52.0024", "25.122", "278.1")], "251.22 25.12 226.1 52.0 278.1"),
    "027": ([("275.6098", "0", "275.6098", "63.3903", "0.0", "339.0001")], "275.61 0.0 275.61 63.39 339.0"),
    "028": (
        [("243.0894", "10", "218.7805", "50.3195", "24.3089", "269.1")],
        "243.09 24.31 218.78 50.32 269.1",
    ),
    "030": (
        [
            ("251.2195", "0", "251.2195", "57.7805", "0.0", "309.0"),
            ("56.8293", "0", "56.8293", "13.0707", "0.0", "69.9"),
        ],
        "308.05 0.0 308.05 70.85 378.9",
    ),
    "031": (
        [("194.31", "10", "174.879", "40.2222", "19.431", "215.1012")],
        "194.31 19.43 174.88 40.22 215.1",
    ),
}


def figures(price: str, discount: str = "0", quantity: str = "1", rate: str = "23") -> LineFigures:
    return LineFigures(Decimal(price), Decimal(quantity), Decimal(discount), Decimal(rate))


@pytest.mark.parametrize("case", REAL)
def test_real_documents_come_out_to_the_cent(case: str) -> None:
    lines, totals = REAL[case]

    held = [figures(price, discount) for price, discount, *_ in lines]
    document = document_figures(held)

    names = ("sum", "discount", "before_taxes", "taxes", "total")
    assert " ".join(str(shown(getattr(document, name))) for name in names) == totals
    for expected, found in zip(lines, held, strict=True):
        shown_figures = (found.subtotal, found.tax_amount, found.discount_amount, found.total)
        assert tuple(str(shown_line_figure(value, "half_up")) for value in shown_figures) == expected[2:]


@pytest.mark.parametrize("case", ["003", "007", "011", "031"])
def test_the_api_gives_the_same_figures(shop: Shop, case: str) -> None:
    lines, totals = REAL[case]

    document = shop.create(
        items=[
            line(name=f"P{number}", unit_price=price, discount=discount)
            for number, (price, discount, *_) in enumerate(lines)
        ]
    )

    names = ("sum", "discount", "before_taxes", "taxes", "total")
    assert " ".join(str(document[name]) for name in names) == totals
    assert [
        tuple(str(row[name]) for name in ("subtotal", "tax_amount", "discount_amount", "total"))
        for row in document["items"]
    ] == [expected[2:] for expected in lines]


def test_the_base_may_miss_sum_minus_discount_by_a_cent() -> None:
    document = document_figures([figures("121.1382", "10")])

    assert document.sum - document.discount == Decimal("109.03")
    assert document.before_taxes == Decimal("109.02")


def test_a_tie_goes_up_or_to_the_even_cent() -> None:
    lines = [figures("0.125", rate="0")]

    assert document_figures(lines).total == Decimal("0.13")
    assert document_figures(lines, tie="half_even").total == Decimal("0.12")


def test_the_total_is_its_own_sum_or_the_addition_of_two_rounded_figures() -> None:
    # Base 0.104 and tax 0.0312: rounded apart they are 0.10 and 0.03, together 0.1352.
    lines = [figures("0.104", rate="30")]

    assert document_figures(lines).total == Decimal("0.14")
    assert document_figures(lines, total="before_taxes_plus_taxes").total == Decimal("0.13")


def test_rates_are_per_line() -> None:
    document = document_figures([figures("10"), figures("10", rate="6"), figures("10", rate="0")])

    assert (document.before_taxes, document.taxes, document.total) == (
        Decimal("30.00"),
        Decimal("2.90"),
        Decimal("32.90"),
    )


def test_a_line_given_away_counts_in_sum_and_in_discount() -> None:
    document = document_figures([figures("10", discount="100")])

    assert (document.sum, document.discount, document.total) == (
        Decimal("10.00"),
        Decimal("10.00"),
        Decimal("0.00"),
    )
