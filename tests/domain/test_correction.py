"""Whether a document is edited, cancelled or credited."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from invoicing.domain.correction import (
    Correction,
    CorrectionFacts,
    correction_advice,
    is_period_closed,
    is_reported,
)

EDIT, CANCEL, CREDIT = Correction.EDIT_OR_DELETE, Correction.CANCEL, Correction.CREDIT
CLEAN = CorrectionFacts(
    is_draft=False,
    wrong_amount=False,
    goods_returned=False,
    mailed=False,
    reported=False,
    has_children=False,
    is_settled=False,
    issued_on=date(2026, 11, 10),
    today=date(2026, 11, 20),
)
ALL = replace(
    CLEAN,
    is_draft=True,
    wrong_amount=True,
    goods_returned=True,
    mailed=True,
    reported=True,
    has_children=True,
    is_settled=True,
    wrong_particulars=True,
)


def test_a_draft_is_edited_or_deleted_whatever_else_is_true() -> None:
    advice = correction_advice(ALL)

    assert (advice.right, advice.allowed) == (EDIT, {EDIT})
    assert advice.because == "A draft has no number yet and may be edited or deleted."


def test_an_issued_document_that_nobody_has_is_cancelled() -> None:
    advice = correction_advice(CLEAN)

    assert (advice.right, advice.allowed) == (CANCEL, {CANCEL, CREDIT})
    assert advice.because == (
        "The buyer does not have the document and its month is open: it can be cancelled."
    )
    assert advice.source == "practice of certified programs"


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        (replace(CLEAN, wrong_amount=True), "A wrong value"),
        (replace(CLEAN, goods_returned=True), "goods that come back"),
        (replace(CLEAN, has_children=True), "A receipt or a credit note"),
        (replace(ALL, is_draft=False), "A wrong value"),
        (replace(ALL, is_draft=False, wrong_amount=False), "goods that come back"),
        (replace(ALL, is_draft=False, wrong_amount=False, goods_returned=False), "A receipt or a credit"),
    ],
)
def test_what_changes_the_value_or_is_built_upon_is_only_credited(facts: CorrectionFacts, word: str) -> None:
    advice = correction_advice(facts)

    assert (advice.right, advice.allowed) == (CREDIT, {CREDIT})
    assert word in advice.because


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        (replace(CLEAN, mailed=True), "The buyer may have"),
        (replace(CLEAN, reported=True), "was reported"),
        (replace(CLEAN, today=date(2026, 12, 5)), "was reported"),
        (replace(CLEAN, today=date(2026, 12, 4)), "month is over"),
        (replace(CLEAN, is_settled=True), "A payment is recorded"),
        (replace(CLEAN, mailed=True, reported=True, is_settled=True), "The buyer may have"),
        (replace(CLEAN, is_settled=True, today=date(2026, 12, 4)), "month is over"),
    ],
)
def test_what_left_the_house_is_rather_credited_but_may_be_cancelled(
    facts: CorrectionFacts, word: str
) -> None:
    advice = correction_advice(facts)

    assert (advice.right, advice.allowed) == (CREDIT, {CANCEL, CREDIT})
    assert word in advice.because


@pytest.mark.parametrize(
    "facts",
    [
        replace(CLEAN, wrong_particulars=True),
        replace(CLEAN, wrong_particulars=True, mailed=True, is_settled=True),
        replace(CLEAN, wrong_particulars=True, today=date(2026, 12, 4)),
    ],
)
def test_wrong_particulars_with_the_right_value_are_cancelled(facts: CorrectionFacts) -> None:
    advice = correction_advice(facts)

    assert (advice.right, advice.allowed) == (CANCEL, {CANCEL, CREDIT})
    assert advice.because.endswith("cancel the document, then issue a new one.")


@pytest.mark.parametrize("facts", [replace(CLEAN, reported=True), replace(CLEAN, today=date(2027, 3, 1))])
def test_wrong_particulars_of_a_reported_month_are_cancelled_and_reported_again(
    facts: CorrectionFacts,
) -> None:
    advice = correction_advice(replace(facts, wrong_particulars=True, mailed=True))

    assert (advice.right, advice.allowed) == (CANCEL, {CANCEL, CREDIT})
    assert advice.because.endswith("report its month to the tax authority again.")


@pytest.mark.parametrize("facts", [CLEAN, ALL, replace(ALL, is_draft=False), replace(CLEAN, mailed=True)])
def test_the_advice_is_allowed_and_says_why_and_by_what(facts: CorrectionFacts) -> None:
    advice = correction_advice(facts)

    assert advice.right in advice.allowed
    assert advice.because.endswith(".")
    assert advice.source


@pytest.mark.parametrize(
    ("issued_on", "today", "closed", "reported"),
    [
        (date(2026, 11, 10), date(2026, 11, 10), False, False),
        (date(2026, 11, 1), date(2026, 11, 30), False, False),
        (date(2026, 11, 30), date(2026, 12, 1), True, False),
        (date(2026, 11, 30), date(2026, 12, 4), True, False),
        (date(2026, 11, 30), date(2026, 12, 5), True, True),
        (date(2026, 11, 30), date(2027, 1, 1), True, True),
        (date(2026, 12, 31), date(2027, 1, 4), True, False),
        (date(2026, 12, 31), date(2027, 1, 5), True, True),
        (date(2026, 1, 31), date(2026, 2, 28), True, True),
        (date(2026, 12, 1), date(2026, 11, 30), False, False),
    ],
)
def test_a_month_is_closed_when_over_and_reported_by_the_fifth(
    issued_on: date, today: date, closed: bool, reported: bool
) -> None:
    assert (is_period_closed(issued_on, today), is_reported(issued_on, today)) == (closed, reported)
