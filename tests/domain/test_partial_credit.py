"""Notes that take back a part: exact each, never more than the document, and nothing left by rounding."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.domain.exactness import all_predictions, amounts_of, predict
from invoicing.domain.fit import Wanted, exact_lines
from invoicing.domain.partial_credit import credit_amount, credit_units, left_to_credit, units_left
from invoicing.domain.plan import PlanLine, Tax
from invoicing.domain.reasons import Hold, HoldReason
from stores.domain.money import round_half_up

D = Decimal
TAXES = {rate: Tax(f"IVA{rate}", D(rate)) for rate in (23, 13, 6, 0)}


def line(gross: str, *, quantity: int = 1, rate: int = 23, off: str = "0", sku: str = "A") -> PlanLine:
    net = round_half_up(D(gross) / (1 + D(rate) / 100), 4)
    code = "" if rate else "M07"
    return PlanLine(sku, "Artigo", D(quantity), net, TAXES[rate], D(off), exemption_code=code)


BOOK_AND_SHIRTS = (line("14.90", rate=6), line("9.99", quantity=3, sku="B"))


def test_some_units_of_a_line() -> None:
    (shirt,) = credit_units(BOOK_AND_SHIRTS, {1: D(1)})

    assert (shirt.sku, shirt.quantity, shirt.tax.name) == ("B", 1, "IVA23")
    assert predict([shirt]).total == D("9.99")


def test_units_in_turn_come_to_the_whole() -> None:
    notes: list[tuple[PlanLine, ...]] = []
    for units in ({1: D(1)}, {1: D(1)}, {0: D(1)}, {1: D(1)}):
        notes.append(credit_units(BOOK_AND_SHIRTS, units, notes))

    assert sum(predict(note).total for note in notes) == predict(BOOK_AND_SHIRTS).total == D("44.87")
    assert left_to_credit(BOOK_AND_SHIRTS, notes) == 0
    with pytest.raises(Hold) as caught:
        credit_units(BOOK_AND_SHIRTS, {1: D(1)}, notes)
    assert caught.value.reason is HoldReason.NOTHING_LEFT_TO_CREDIT


def test_an_amount_is_shared_by_what_is_left_at_each_rate() -> None:
    note = credit_amount(BOOK_AND_SHIRTS, D("10.00"))

    assert [(one.description, amounts_of([one]).total.quantize(D("0.01"))) for one in note] == [
        ("Devolução parcial (IVA6)", D("3.32")),
        ("Devolução parcial (IVA23)", D("6.68")),
    ]
    assert predict(note).total == D("10.00")


def test_the_last_amount_takes_what_is_left_of_each_rate() -> None:
    first = credit_amount(BOOK_AND_SHIRTS, D("10.00"))

    last = credit_amount(BOOK_AND_SHIRTS, D("34.87"), [first])

    both = amounts_of([*first, *last])
    assert abs(both.tax - amounts_of(BOOK_AND_SHIRTS).tax) < D("0.01")
    assert left_to_credit(BOOK_AND_SHIRTS, [first, last]) == 0


def test_units_after_an_amount_leave_what_the_amount_took() -> None:
    first = credit_amount(BOOK_AND_SHIRTS, D("4.97"))
    second = credit_units(BOOK_AND_SHIRTS, {1: D(3)}, [first])

    assert left_to_credit(BOOK_AND_SHIRTS, [first, second]) == D("9.93")
    with pytest.raises(Hold):
        credit_units(BOOK_AND_SHIRTS, {0: D(1)}, [first, second])


def test_two_lines_of_one_article_are_taken_in_turn() -> None:
    twice = (line("10.00", quantity=2), line("10.00", quantity=1))

    notes = [credit_units(twice, {0: D(2)})]
    notes.append(credit_units(twice, {1: D(1)}, notes))

    assert left_to_credit(twice, notes) == 0
    for position in (0, 1):
        with pytest.raises(Hold):
            credit_units(twice, {position: D(1)}, notes)


def test_the_reason_of_an_exemption_is_kept() -> None:
    (note,) = credit_amount([line("10.00", rate=0)], D("4.00"))

    assert (note.tax.rate, note.exemption_code) == (0, "M07")


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "1.005"])
def test_no_amount(amount: str) -> None:
    with pytest.raises(ValueError, match="cannot be credited"):
        credit_amount(BOOK_AND_SHIRTS, D(amount))


@pytest.mark.parametrize("units", [{}, {2: D(1)}, {-1: D(1)}, {0: D(0)}, {0: D(2)}, {1: D(-1)}])
def test_no_units(units: dict[int, Decimal]) -> None:
    with pytest.raises(ValueError, match="units"):
        credit_units(BOOK_AND_SHIRTS, units)


def test_more_than_the_document_is_refused_with_what_is_left() -> None:
    with pytest.raises(Hold) as caught:
        credit_amount(BOOK_AND_SHIRTS, D("40.00"), [credit_amount(BOOK_AND_SHIRTS, D("5.00"))])

    assert caught.value.reason is HoldReason.NOTHING_LEFT_TO_CREDIT
    assert caught.value.detail == "40.00 to be credited; 39.87 left."


def test_more_units_than_a_line_has_left_are_refused() -> None:
    earlier = credit_units(BOOK_AND_SHIRTS, {0: D(1)})

    with pytest.raises(Hold) as caught:
        credit_units(BOOK_AND_SHIRTS, {0: D(1)}, [earlier])

    assert caught.value.detail == "1 of A to be credited; 0 left."


@st.composite
def documents(draw: st.DrawFn) -> tuple[PlanLine, ...]:
    wanted, paid = [], D(0)
    for number in range(draw(st.integers(1, 6))):
        rate = draw(st.sampled_from((23, 13, 6)))
        quantity = draw(st.integers(1, 12))
        price = D(draw(st.integers(5, 20_000))) / 100
        off = round_half_up(price * quantity * draw(st.sampled_from((0, 0, 10, 33))) / 100, 2)
        paid += price * quantity - off
        net = price / (1 + D(rate) / 100)
        wanted.append(Wanted(f"S{number}", "Artigo", D(quantity), net, TAXES[rate], off / (price * quantity)))
    return exact_lines(wanted, paid=paid)


@given(documents(), st.lists(st.integers(1, 99), min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_amounts_in_turn_come_to_the_document(
    original: tuple[PlanLine, ...], percents: list[int]
) -> None:
    total = predict(original).total
    notes: list[tuple[PlanLine, ...]] = []
    for percent in [*percents, 100]:
        left = left_to_credit(original, notes)
        amount = round_half_up(left * percent / 100, 2)
        if amount > 0:
            notes.append(credit_amount(original, amount, notes))
            assert {figures.total for figures in all_predictions(notes[-1])} == {amount}

    assert sum(predict(note).total for note in notes) == total
    lines = [one for note in notes for one in note]
    for tax in TAXES.values():
        ours = amounts_of([one for one in lines if one.tax == tax]).total
        theirs = amounts_of([one for one in original if one.tax == tax]).total
        assert abs(ours - theirs) <= D("0.01") * len(notes) + D("0.005") * len(original)


@given(documents(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_any_units_in_turn_come_to_the_document(original: tuple[PlanLine, ...], chance: object) -> None:
    left = {index: one.quantity for index, one in enumerate(original)}
    notes: list[tuple[PlanLine, ...]] = []
    while left:
        chosen = {
            index: min(quantity, D(chance.randint(1, 12)))  # type: ignore[attr-defined]
            for index, quantity in left.items()
            if chance.random() < 0.5  # type: ignore[attr-defined]
        }
        if not chosen:
            chosen = dict(left)
        notes.append(credit_units(original, chosen, notes))
        left = {i: q - chosen.get(i, D(0)) for i, q in left.items() if q > chosen.get(i, D(0))}

    assert left_to_credit(original, notes) == 0


def test_two_lines_of_one_article_are_one_stock_of_units() -> None:
    """A note's unit is one of the line with its price; what is short on one line is taken from the other."""
    many = PlanLine("S0", "Artigo", D(2), D("19.1038"), TAXES[6])
    one = replace(many, quantity=D(1), unit_price=D("19.1037"))
    original = (many, one)

    first = credit_units(original, {1: D(1)})
    second = credit_units(original, {0: D(2)}, [first])

    assert left_to_credit(original, [first, second]) == 0
    assert [line.quantity for line in second] == [D(2)]
    with pytest.raises(Hold) as caught:
        credit_units(original, {0: D(1)}, [first, second])
    assert caught.value.detail == "1 of S0 to be credited; 0 left."


def test_units_are_left_on_the_line_that_was_not_credited() -> None:
    """Two lines of one article at different prices: the cheaper one is given back first."""
    dear = PlanLine("A", "Artigo", D(1), D(100), TAXES[23])
    original = (dear, replace(dear, unit_price=D(50)), replace(dear, sku="B", unit_price=D(10)))

    first = credit_units(original, {1: D(1)})

    assert units_left(original, [first]) == (D(1), D(0), D(1))
    second = credit_units(original, {0: D(1)}, [first])
    assert predict(second).total == D("123.00")
    assert left_to_credit(original, [first, second]) == D("12.30")
