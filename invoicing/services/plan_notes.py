"""Plan credit notes: over a whole document, over what earlier notes left of it, or over a person's refund."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from invoicing.domain.credit import build_credit_note, build_partial_note
from invoicing.domain.credit_reasons import PRINTED
from invoicing.domain.partial_credit import credit_rest
from invoicing.domain.plan import DocumentKind, DocumentPlan, DocumentRole, PlanLine
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.reference import reference_for
from invoicing.domain.refund import RefundRequest, refund_from_json, refund_lines
from invoicing.models import Document, Ruling
from invoicing.models.document import ENDED
from invoicing.queue import now
from invoicing.services.plan import document_date, write_document
from stores.services import in_zone


def notes_of(original: Document) -> list[tuple[PlanLine, ...]]:
    """The lines of its credit notes that stand or are under way, held ones too, in the order of planning."""
    rows = original.credit_notes.exclude(status__in=ENDED).order_by("id")
    return [row.planned().lines for row in rows]


def refund_plan(
    original: Document, request: RefundRequest, *, generation: int = 1, series: str = ""
) -> DocumentPlan:
    """The note that carries a refund out, built in memory.

    Raises:
        ValueError: no such units, or no amount of whole cents.
        Hold: NOTHING_LEFT_TO_CREDIT; NOT_EXACT.
    """
    whole = original.planned()
    return build_partial_note(
        whole,
        lines=refund_lines(request, whole.lines, notes_of(original)),
        reason=PRINTED[request.reason],
        goods_back=request.goods_back,
        **_particulars(original, generation, series),
    )


def plan_credit_note(
    original: Document, *, generation: int, reason: str, series: str, requested_by: str
) -> Document:
    """Write the planned credit note over all that is left of a document: its very lines, or what earlier
    notes left of them. The series is the one that the settings name today: a year's series may be over.

    Raises:
        Hold: NOTHING_LEFT_TO_CREDIT; NOT_EXACT.
    """
    whole, notes = original.planned(), notes_of(original)
    particulars = {**_particulars(original, generation, series), "reason": reason}
    if notes:
        plan = build_partial_note(whole, lines=credit_rest(whole.lines, notes), **particulars)
    else:
        plan = build_credit_note(whole, **particulars)
    return _write(plan, original, generation=generation, reason=reason, requested_by=requested_by)


def plan_refund_note(
    original: Document, ruling: Ruling, *, generation: int, series: str, requested_by: str
) -> Document:
    """Write the planned note of a refund, over exactly the amount that the person confirmed.

    Raises:
        Hold: NOTHING_LEFT_TO_CREDIT if something else was credited meanwhile; NOT_EXACT.
    """
    request = refund_from_json(ruling.data["refund"])
    plan = refund_plan(original, request, generation=generation, series=series)
    confirmed = Decimal(ruling.data["gross"])
    if plan.figures.total != confirmed:
        raise Hold(
            HoldReason.NOTHING_LEFT_TO_CREDIT,
            f"{confirmed} was confirmed, and it would come to {plan.figures.total} now.",
        )
    # An earlier draft of it that gave way, to a later date or another series, lets go of the ruling.
    Document.objects.filter(refund=ruling, status__in=ENDED, ended_by_person=False).update(refund=None)
    return _write(
        plan,
        original,
        generation=generation,
        reason=PRINTED[request.reason],
        requested_by=requested_by,
        refund=ruling,
    )


def _particulars(original: Document, generation: int, series: str) -> dict[str, Any]:
    order = original.order
    today = in_zone(order.store, now()).date()
    return {
        "reference": reference_for(
            order.store.reference_prefix, order.shop_order_id, DocumentRole.CREDIT_NOTE, generation
        ),
        "issued_on": document_date(today, today, original.account, DocumentKind.CREDIT_NOTE, series),
        "original_provider_id": original.provider_id,
        "original_number": original.number,
        "series": series,
    }


def _write(
    plan: DocumentPlan,
    original: Document,
    *,
    generation: int,
    reason: str,
    requested_by: str,
    refund: Ruling | None = None,
) -> Document:
    return write_document(
        plan,
        order=original.order,
        account=original.account,
        version=original.profile_version,
        generation=generation,
        basis=original.basis,
        requested_by=requested_by,
        original=original,
        reason=reason,
        refund=refund,
    )
