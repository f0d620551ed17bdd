"""A refund: what it asks for as values, the lines that it comes to, and the note that carries it out."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.domain.credit import build_partial_note
from invoicing.domain.credit_reasons import PRINTED, CreditReason
from invoicing.domain.exactness import all_predictions, amounts_of, predict
from invoicing.domain.linter import Circumstances, lint
from invoicing.domain.partial_credit import credit_amount, credit_rest, left_to_credit, units_left
from invoicing.domain.plan import DocumentKind, DocumentPlan, PlanLine
from invoicing.domain.plan_json import plan_from_json, plan_to_json
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.refund import RefundRequest, refund_from_json, refund_lines, refund_to_json
from stores.domain.money import round_half_up

from .orders import build, order_line, snapshot
from .test_partial_credit import BOOK_AND_SHIRTS, TAXES, documents, line

D = Decimal
Lines = tuple[PlanLine, ...]


def units(*chosen: tuple[int, int | str], **facts: Any) -> RefundRequest:
    named = tuple((position, D(quantity)) for position, quantity in chosen)
    return RefundRequest(CreditReason.PARTIAL_RETURN, goods_back=True, units=named, **facts)


def amount(value: str) -> RefundRequest:
    return RefundRequest(CreditReason.PRICE_ERROR, goods_back=False, amount=D(value))


# --- as values


@pytest.mark.parametrize("request_", [units((0, 1), (2, "0.50")), amount("12.30")])
def test_a_request_survives_json(request_: RefundRequest) -> None:
    text = json.dumps(refund_to_json(request_))

    assert refund_from_json(json.loads(text)) == request_


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "whim"},
        {"units": [["x", "1"]]},
        {"units": None},
        {"units": [], "amount": None},
        {"amount": "12.30"},
        {"amount": "NaN", "units": []},
    ],
)
def test_json_that_is_no_request_is_refused(change: dict[str, Any]) -> None:
    values = refund_to_json(units((0, 1)))

    with pytest.raises(ValueError, match=r"refund|valid|literal"):
        refund_from_json(values | change)


def test_a_request_without_a_member_is_refused() -> None:
    values = refund_to_json(units((0, 1)))
    del values["goods_back"]

    with pytest.raises(ValueError, match="goods_back"):
        refund_from_json(values)


@pytest.mark.parametrize("facts", [{}, {"units": ((0, D(1)),), "amount": D(1)}])
def test_a_request_names_units_or_an_amount(facts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="units or an amount"):
        RefundRequest(CreditReason.WITHDRAWAL, goods_back=True, **facts)


# --- its lines


def test_units_keep_their_price_and_rate() -> None:
    (shirt,) = refund_lines(units((1, 2)), BOOK_AND_SHIRTS)

    assert (shirt.sku, shirt.quantity, shirt.unit_price, shirt.tax) == (
        "B",
        2,
        BOOK_AND_SHIRTS[1].unit_price,
        TAXES[23],
    )
    assert predict([shirt]).total == D("19.98")


def test_an_amount_is_one_line_per_rate() -> None:
    lines = refund_lines(amount("10.00"), BOOK_AND_SHIRTS)

    assert [one.tax.name for one in lines] == ["IVA6", "IVA23"]
    assert predict(lines).total == D("10.00")


def test_all_that_is_left_comes_to_the_rest_whatever_amount_went_before() -> None:
    first = refund_lines(amount("5.00"), BOOK_AND_SHIRTS)

    rest = refund_lines(units((0, 1), (1, 3)), BOOK_AND_SHIRTS, [first])

    assert predict(rest).total == D("39.87")
    assert left_to_credit(BOOK_AND_SHIRTS, [first, rest]) == 0


def test_a_free_line_is_no_part_of_the_rest() -> None:
    with_gift = (*BOOK_AND_SHIRTS, line("5.00", off="100", sku="GIFT"))
    first = refund_lines(amount("5.00"), with_gift)

    rest = refund_lines(units((0, 1), (1, 3)), with_gift, [first])

    assert predict(rest).total == D("39.87")


def test_the_whole_at_once_is_the_documents_own_lines() -> None:
    assert refund_lines(units((0, 1), (1, 3)), BOOK_AND_SHIRTS) == BOOK_AND_SHIRTS


def test_units_take_back_no_vat_of_another_rate() -> None:
    """An amount took a share of each rate: the shirts at their full price are more than is left of theirs."""
    first = refund_lines(amount("4.97"), BOOK_AND_SHIRTS)

    with pytest.raises(Hold) as caught:
        refund_lines(units((1, 3)), BOOK_AND_SHIRTS, [first])

    assert caught.value.reason is HoldReason.NOTHING_LEFT_TO_CREDIT
    assert caught.value.detail == "29.97 at IVA23 to be credited; 26.65 left."


def test_more_than_is_left_is_refused() -> None:
    first = refund_lines(units((0, 1)), BOOK_AND_SHIRTS)

    for request_ in (units((0, 1)), amount("29.98")):
        with pytest.raises(Hold) as caught:
            refund_lines(request_, BOOK_AND_SHIRTS, [first])
        assert caught.value.reason is HoldReason.NOTHING_LEFT_TO_CREDIT


def test_what_is_no_unit_of_the_document_is_refused() -> None:
    for request_ in (units((7, 1)), units((0, 2)), amount("0.001")):
        with pytest.raises(ValueError, match="cannot be credited"):
            refund_lines(request_, BOOK_AND_SHIRTS)


def test_the_units_left_of_each_line() -> None:
    notes = [refund_lines(units((1, 2)), BOOK_AND_SHIRTS)]
    assert units_left(BOOK_AND_SHIRTS, notes) == (1, 1)

    notes.append(refund_lines(amount("5.00"), BOOK_AND_SHIRTS, notes))
    assert units_left(BOOK_AND_SHIRTS, notes) == (1, 1)


def test_the_rest_of_nothing_is_refused() -> None:
    with pytest.raises(Hold) as caught:
        credit_rest(BOOK_AND_SHIRTS, [BOOK_AND_SHIRTS])

    assert caught.value.reason is HoldReason.NOTHING_LEFT_TO_CREDIT


def test_a_last_cent_that_no_rate_has_for_itself_is_given_back() -> None:
    crumbs = tuple(PlanLine(f"S{rate}", "Artigo", D(1), D("0.0028"), TAXES[rate]) for rate in (23, 13, 6))
    assert predict(crumbs).total == D("0.01")

    (cent,) = credit_amount(crumbs, D("0.01"))

    assert (cent.tax.name, predict([cent]).total) == ("IVA23", D("0.01"))


# --- its note


def note_of(original: DocumentPlan, lines: Lines, **changes: Any) -> DocumentPlan:
    values: dict[str, Any] = {
        "reference": "LOJA-1001-NC1",
        "issued_on": date(2026, 8, 2),
        "original_provider_id": "501",
        "original_number": "FR 2026/7",
        "reason": PRINTED[CreditReason.PARTIAL_RETURN],
        "goods_back": True,
    }
    return build_partial_note(original, lines=lines, **values | changes)


def test_a_note_over_a_part_is_the_originals_but_for_its_lines() -> None:
    original = build(snapshot(order_line(quantity=D(3), unit_price=D("9.99"))))
    lines = refund_lines(units((0, 1)), original.lines)

    note = note_of(original, lines, series="2026")

    assert (note.kind, note.reference, note.series) == (DocumentKind.CREDIT_NOTE, "LOJA-1001-NC1", "2026")
    assert (note.customer, note.supply, note.destination) == (
        original.customer,
        original.supply,
        original.destination,
    )
    assert (note.lines, note.figures) == (lines, predict(lines))
    assert note.figures.total == D("9.99")
    assert note.original_provider_id == "501"
    assert note.observations == "Retifica o documento FR 2026/7. Motivo: Devolução parcial."
    assert plan_from_json(plan_to_json(note)) == note


@pytest.mark.parametrize(
    ("goods_back", "choice"),
    [(True, "the goods come back"), (False, "the goods stay with the buyer")],
)
def test_what_becomes_of_the_goods_is_kept_and_not_printed(goods_back: bool, choice: str) -> None:
    original = build()

    note = note_of(original, original.lines, goods_back=goods_back)

    assert [why.choice for why in note.why if why.subject == "goods"] == [choice]
    assert "CIVA art. 78.º n.º 2" in next(why.source for why in note.why if why.subject == "kind")
    assert choice not in note.observations


def test_what_was_not_asked_is_not_kept() -> None:
    note = note_of(build(), build().lines, goods_back=None)

    assert [why.subject for why in note.why] == ["kind", "rate"]


@pytest.mark.parametrize(("chosen", "code"), [(0, ""), (1, "M07")])
def test_the_exemption_stands_only_beside_lines_without_vat(chosen: int, code: str) -> None:
    taxed, exempt = line("12.30"), line("10.00", rate=0, sku="B")
    whole = build()
    original = DocumentPlan(
        kind=whole.kind,
        reference=whole.reference,
        customer=whole.customer,
        lines=(taxed, exempt),
        currency="EUR",
        issued_on=whole.issued_on,
        due_on=whole.due_on,
        figures=predict((taxed, exempt)),
        exemption_code="M07",
    )

    note = note_of(original, refund_lines(units((chosen, 1)), original.lines))

    assert note.exemption_code == code
    checks = {found.check for found in lint(note, Circumstances(today=note.issued_on))}
    assert not checks & {"code_without_zero_rate", "zero_rate_without_code"}


def test_only_a_part_of_a_final_invoice_is_credited() -> None:
    original = build()

    with pytest.raises(ValueError, match="lines"):
        note_of(original, ())
    with pytest.raises(ValueError, match="finalized"):
        note_of(original, original.lines, original_number="")
    with pytest.raises(ValueError, match="credit note"):
        note_of(note_of(original, original.lines), original.lines)


# --- any sequence of them


def _any_request(draw: Any, original: Lines, notes: list[Lines]) -> RefundRequest | None:
    left = left_to_credit(original, notes)
    if draw(st.booleans()):
        wanted = round_half_up(left * draw(st.integers(1, 130)) / 100, 2)
        return amount(str(wanted)) if wanted > 0 else None
    open_lines = [(at, int(quantity)) for at, quantity in enumerate(units_left(original, notes)) if quantity]
    chosen = [(at, draw(st.integers(1, most))) for at, most in open_lines if draw(st.booleans())]
    return units(*chosen) if chosen else None


@given(documents(), st.data())
@settings(max_examples=150, deadline=None)
def test_any_refunds_in_turn_stay_within_the_document_and_the_last_takes_the_rest(
    original: Lines, data: st.DataObject
) -> None:
    total = predict(original).total
    notes: list[Lines] = []
    for _turn in range(data.draw(st.integers(0, 6))):
        left = left_to_credit(original, notes)
        request_ = _any_request(data.draw, original, notes)
        if left == 0 or request_ is None:
            continue
        try:
            lines = refund_lines(request_, original, notes)
        except Hold as hold:
            if request_.amount is not None and request_.amount <= left:
                raise  # an amount that is left can always be given back
            assert hold.reason in (HoldReason.NOTHING_LEFT_TO_CREDIT, HoldReason.NOT_EXACT)
            continue
        gross = predict(lines).total
        assert 0 < gross <= left
        assert {figures.total for figures in all_predictions(lines)} == {gross}
        if request_.amount is not None:
            assert gross == request_.amount
        notes.append(lines)

    if left_to_credit(original, notes) > 0:
        notes.append(credit_rest(original, notes))

    assert left_to_credit(original, notes) == 0
    assert sum(predict(note).total for note in notes) == total
    for tax in TAXES.values():
        ours = amounts_of([one for note in notes for one in note if one.tax == tax]).total
        theirs = amounts_of([one for one in original if one.tax == tax]).total
        lines_in_all = sum(len(note) for note in notes)
        assert abs(ours - theirs) <= D("0.01") * (len(notes) + lines_in_all + len(original) + 1)
