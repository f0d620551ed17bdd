"""What a verb of staff came to, in values; the admin says them in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from invoicing.domain.decision import Decision
from invoicing.domain.reasons import ExclusionReason, HoldReason
from invoicing.models import Ruling


class AnswerKind(StrEnum):
    DONE = "done"
    ALREADY = "already"  # it was so before; nothing was changed
    IN_PROGRESS = "in_progress"  # asked for before and not finished; nothing was changed
    NOT_POSSIBLE = "not_possible"  # nothing was changed


class Because(StrEnum):
    """Why a verb is not possible now; closed, each with a sentence."""

    ALREADY_FINAL = "already_final"
    NOT_FINAL = "not_final"
    NOT_MADE_YET = "not_made_yet"
    ENDED = "ended"
    IS_CREDIT_NOTE = "is_credit_note"
    BEING_FINALIZED = "being_finalized"
    BEING_DELETED = "being_deleted"
    BEING_CANCELED = "being_canceled"
    WORK_IS_HELD = "work_is_held"
    CREDIT_UNDER_WAY = "credit_under_way"
    HAS_CREDIT_NOTE = "has_credit_note"
    NOT_CANCELED = "not_canceled"
    NOT_PAID = "not_paid"
    NO_ORDER = "no_order"
    HAS_DOCUMENT = "has_document"
    NOT_WANTED = "not_wanted"
    ALREADY_ACTED_ON = "already_acted_on"
    NOT_HELD = "not_held"
    NOT_READABLE = "not_readable"
    NO_PDF = "no_pdf"
    STILL_CALLED_FOR = "still_called_for"
    REFUND_OF_DRAFT = "refund_of_draft"
    FULLY_CREDITED = "fully_credited"
    NOTHING_LEFT = "nothing_left"
    MORE_THAN_LEFT = "more_than_left"
    REFUND_CHANGED = "refund_changed"
    REFUND_NOT_EXACT = "refund_not_exact"


BECAUSE_TEXTS = {
    Because.ALREADY_FINAL: _("The document is final: it can only be credited."),
    Because.NOT_FINAL: _("The document is not final: a draft can be deleted."),
    Because.NOT_MADE_YET: _("The document does not exist in the invoicing account yet."),
    Because.ENDED: _("The document was deleted or cancelled."),
    Because.IS_CREDIT_NOTE: _("A credit note cannot be credited."),
    Because.BEING_FINALIZED: _("The document is being finalized, or nobody knows yet whether it was."),
    Because.BEING_DELETED: _("The draft is being deleted."),
    Because.BEING_CANCELED: _("The document is being cancelled, or nobody knows yet whether it was."),
    Because.WORK_IS_HELD: _("An operation of the document waits for a person: resolve that first."),
    Because.CREDIT_UNDER_WAY: _("A credit note is under way: delete its draft first."),
    Because.HAS_CREDIT_NOTE: _(
        "A credit note stands on the document; it can be cancelled no more, only credited further."
    ),
    Because.NOT_CANCELED: _("Only a cancelled order can be settled otherwise."),
    Because.NOT_PAID: _("The order is not paid."),
    Because.NO_ORDER: _("It names no order."),
    Because.HAS_DOCUMENT: _("The order has a document already."),
    Because.NOT_WANTED: _("The order does not call for this document now."),
    Because.ALREADY_ACTED_ON: _("It was acted on already and cannot be taken back."),
    Because.NOT_READABLE: _("The order cannot be read, so nothing is known of its buyer."),
    Because.NO_PDF: _("Its PDF has not been fetched yet."),
    Because.NOT_HELD: _("The operation does not wait for a person."),
    Because.STILL_CALLED_FOR: _(
        "The order still calls for it: delete the draft, or mark the order as not to be invoiced."
    ),
    Because.REFUND_OF_DRAFT: _(
        "The document is a draft: correct the order in the shop, and the draft follows; or delete the draft."
    ),
    Because.FULLY_CREDITED: _("The document is credited in full."),
    Because.NOTHING_LEFT: _(
        "Nothing is left to refund: its credit notes, with those under way, are as much."
    ),
    Because.MORE_THAN_LEFT: _("It is more than what is left of the document."),
    Because.REFUND_CHANGED: _(
        "What is left has changed since the page was shown: look at the preview again."
    ),
    Because.REFUND_NOT_EXACT: _(
        "No credit note comes to this to the cent; choose other units, or type the amount."
    ),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`because` and `reason` say why something is not possible: a rule of the verb, or of the order."""

    kind: AnswerKind
    because: Because | None = None
    reason: HoldReason | ExclusionReason | None = None
    detail: str = ""
    ruling: Ruling | None = None

    @property
    def is_done(self) -> bool:
        return self.kind is AnswerKind.DONE


def done(ruling: Ruling | None = None) -> Answer:
    return Answer(AnswerKind.DONE, ruling=ruling)


def already() -> Answer:
    return Answer(AnswerKind.ALREADY)


def in_progress() -> Answer:
    return Answer(AnswerKind.IN_PROGRESS)


def not_possible(because: Because, detail: str = "") -> Answer:
    return Answer(AnswerKind.NOT_POSSIBLE, because, detail=detail)


def not_decided(decision: Decision) -> Answer:
    """The rules did not follow the person; theirs is the reason."""
    return Answer(AnswerKind.NOT_POSSIBLE, Because.NOT_WANTED, decision.reason, decision.detail)
