"""Whether cancelling or crediting is right for a document, told before staff choose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.domain.correction import (
    Correction,
    CorrectionAdvice,
    CorrectionFacts,
    correction_advice,
    is_reported,
)
from invoicing.domain.plan import DocumentKind, DocumentStatus
from invoicing.models import Document
from invoicing.queue import now
from stores.services import in_zone

_RIGHT: dict[Correction, Any] = {
    Correction.EDIT_OR_DELETE: gettext_lazy("Right here: delete the draft."),
    Correction.CANCEL: gettext_lazy("Right here: cancel the document."),
    Correction.CREDIT: gettext_lazy("Right here: credit it in full."),
}


def advice(document: Document) -> list[str]:
    """What is right if the sale fell through, and what if only a name or a tax id is wrong."""
    facts = _facts(document)
    whole = correction_advice(facts)
    said = [_in_words(whole)]
    particulars = correction_advice(replace(facts, wrong_particulars=True))
    if particulars.right is not whole.right:
        only = _("If only the tax id or the name is wrong: %(advice)s") % {"advice": _(particulars.because)}
        said.append(only)
    return said


def _in_words(found: CorrectionAdvice) -> str:
    return f"{_RIGHT[found.right]} {_(found.because)}"


def _facts(document: Document) -> CorrectionFacts:
    today = in_zone(document.order.store, now()).date()
    # An invoice-receipt is paid by nature; an invoice is settled by a receipt that stands on it.
    is_settled = document.status == DocumentStatus.SETTLED and document.kind != DocumentKind.INVOICE_RECEIPT
    has_notes = any(not note.is_ended for note in document.credit_notes.all())
    return CorrectionFacts(
        is_draft=not document.is_final,
        wrong_amount=False,
        goods_returned=False,
        mailed=document.mailed_at is not None,
        reported=is_reported(document.issued_on, today),
        has_children=has_notes or is_settled,
        is_settled=is_settled,
        issued_on=document.issued_on,
        today=today,
    )
