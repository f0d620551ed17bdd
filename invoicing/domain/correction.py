"""How a document is put right: edited, cancelled or credited.

Cancelling has no time limit in the law; it says that the document never counted, and a month that was
reported must be reported again. A credit note says that the document counted and lowers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# Decreto-Lei 198/2012 art. 3.º: documents are reported until this day of the next month.
REPORTING_DAY = 5


class Correction(StrEnum):
    EDIT_OR_DELETE = "edit_or_delete"
    CANCEL = "cancel"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class CorrectionFacts:
    is_draft: bool
    wrong_amount: bool  # value, VAT or rate is wrong, or money is given back
    goods_returned: bool
    mailed: bool  # the buyer may have it
    reported: bool  # to the tax authority, or perhaps; see is_reported
    has_children: bool  # a receipt or a credit note stands on it
    is_settled: bool  # a payment is recorded on it; an invoice-receipt, paid by nature, is not meant
    issued_on: date
    today: date
    wrong_particulars: bool = False  # tax number, name or description; the value is right


@dataclass(frozen=True, slots=True)
class CorrectionAdvice:
    """`right` is advised, `allowed` is all that is not forbidden. `because` is a whole English sentence."""

    right: Correction
    because: str
    source: str
    allowed: frozenset[Correction]


def correction_advice(facts: CorrectionFacts) -> CorrectionAdvice:
    """What to do with a document that is wrong, or that should not be."""
    return next(advice for applies, advice in _cases(facts) if applies)


def is_period_closed(issued_on: date, today: date) -> bool:
    """Whether the month of the document is over."""
    return (today.year, today.month) > (issued_on.year, issued_on.month)


def is_reported(issued_on: date, today: date) -> bool:
    """Whether the document's month must have been reported to the tax authority by now.

    On the last day for it, it counts as reported. An account that reports each document at once may have
    reported it earlier: this cannot tell.
    """
    following = issued_on.year * 12 + issued_on.month  # months counted from zero, so one later
    now = today.year * 12 + today.month - 1
    return now > following or (now == following and today.day >= REPORTING_DAY)


def _cases(facts: CorrectionFacts) -> tuple[tuple[bool, CorrectionAdvice], ...]:
    """The first that applies counts; what forbids comes before what only advises."""
    closed = is_period_closed(facts.issued_on, facts.today)
    reported = facts.reported or is_reported(facts.issued_on, facts.today)
    return (
        (facts.is_draft, _DRAFT),
        (facts.wrong_amount, _AMOUNT),
        (facts.goods_returned, _RETURNED),
        (facts.has_children, _CHILDREN),
        (facts.wrong_particulars and reported, _PARTICULARS_REPORTED),
        (facts.wrong_particulars, _PARTICULARS),
        (facts.mailed, _MAILED),
        (reported, _REPORTED),
        (closed, _CLOSED),
        (facts.is_settled, _SETTLED),
        (True, _OPEN),
    )


_RULING = "AT, informação vinculativa 10376; CIVA art. 29.º n.º 7"
_PRACTICE = "practice of certified programs"
_ONLY_CREDIT = frozenset({Correction.CREDIT})
_EITHER = frozenset({Correction.CANCEL, Correction.CREDIT})

_DRAFT = CorrectionAdvice(
    Correction.EDIT_OR_DELETE,
    "A draft has no number yet and may be edited or deleted.",
    "Portaria 363/2010, which binds issued documents",
    frozenset({Correction.EDIT_OR_DELETE}),
)
_AMOUNT = CorrectionAdvice(
    Correction.CREDIT,
    "A wrong value, VAT or rate, and money given back, are put right by a credit note.",
    _RULING,
    _ONLY_CREDIT,
)
_RETURNED = CorrectionAdvice(
    Correction.CREDIT,
    "The sale took place; goods that come back are taken off it by a credit note.",
    _RULING,
    _ONLY_CREDIT,
)
_CHILDREN = CorrectionAdvice(
    Correction.CREDIT,
    "A receipt or a credit note stands on the document; it can be cancelled only after that was undone.",
    _PRACTICE,
    _ONLY_CREDIT,
)
_PARTICULARS = CorrectionAdvice(
    Correction.CANCEL,
    "The value is right and the particulars are wrong: cancel the document, then issue a new one.",
    _RULING,
    _EITHER,
)
_PARTICULARS_REPORTED = CorrectionAdvice(
    Correction.CANCEL,
    "The value is right and the particulars are wrong: cancel the document, issue a new one, and report "
    "its month to the tax authority again.",
    f"{_RULING}; AT, FAQ 06-3646",
    _EITHER,
)
_MAILED = CorrectionAdvice(
    Correction.CREDIT,
    "The buyer may have the document, so a credit note of the whole is safer than cancelling it.",
    _PRACTICE,
    _EITHER,
)
_REPORTED = CorrectionAdvice(
    Correction.CREDIT,
    "The document's month was reported to the tax authority, or may have been; after cancelling it the "
    "month would have to be reported again.",
    f"{_PRACTICE}; AT, FAQ 06-3646",
    _EITHER,
)
_CLOSED = CorrectionAdvice(
    Correction.CREDIT,
    "The document's month is over, so a credit note of the whole is safer than cancelling it.",
    _PRACTICE,
    _EITHER,
)
_SETTLED = CorrectionAdvice(
    Correction.CREDIT,
    "A payment is recorded on the document; cancelling it would need that undone first.",
    _PRACTICE,
    _EITHER,
)
_OPEN = CorrectionAdvice(
    Correction.CANCEL,
    "The buyer does not have the document and its month is open: it can be cancelled.",
    _PRACTICE,
    _EITHER,
)
ADVICE = (
    _DRAFT,
    _AMOUNT,
    _RETURNED,
    _CHILDREN,
    _PARTICULARS,
    _PARTICULARS_REPORTED,
    _MAILED,
    _REPORTED,
    _CLOSED,
    _SETTLED,
    _OPEN,
)
