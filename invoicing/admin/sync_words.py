"""Sync runs and their orders in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.admin.grounds import ground
from invoicing.admin.labels import (
    ISSUED_AS_DRAFT,
    KINDS,
    ORDER_STATUS_COLOURS,
    ORDER_STATUSES,
    SHOWN_OUTCOME_COLOURS,
    SHOWN_OUTCOMES,
    Labels,
    badge,
    label,
    reason_text,
)
from invoicing.domain.decision import Outcome
from invoicing.domain.plan import DocumentStatus
from invoicing.domain.reasons import HoldReason
from invoicing.domain.sync import SyncKind, SyncMode, SyncPhase, SyncProgress, SyncState
from invoicing.models import InvoicingProfile, SyncRun, SyncRunOrder
from invoicing.services.sync_results import RowResult
from stores.admin.formats import day, moment, money
from stores.admin.panels import Badge, Link, admin_link
from stores.admin.stores import stopped_because

SYNC_KINDS: Labels = {SyncKind.BACKFILL: gettext_lazy("List latest orders")}
SYNC_MODES: Labels = {SyncMode.PREVIEW: gettext_lazy("Rehearsal"), SyncMode.ISSUE: gettext_lazy("Issue")}
SYNC_STATES: Labels = {
    SyncState.QUEUED: gettext_lazy("Queued"),
    SyncState.RUNNING: gettext_lazy("Running"),
    SyncState.DONE: gettext_lazy("Done"),
    SyncState.FAILED: gettext_lazy("Ended early"),
}
SYNC_STATE_COLOURS = {
    SyncState.QUEUED: "info",
    SyncState.RUNNING: "info",
    SyncState.DONE: "success",
    SyncState.FAILED: "danger",
}


def wishes(run: SyncRun) -> str:
    """Which orders the run is about."""
    parts = []
    if run.limit is not None:
        parts.append(_("the newest %(count)d") % {"count": run.limit})
    if run.since is not None:
        parts.append(_("from %(day)s") % {"day": day(run.since)})
    if run.until is not None:
        parts.append(_("until %(day)s") % {"day": day(run.until)})
    if run.order_ids:
        named = [str(name) for name in run.order_ids[:5]]
        parts.append(", ".join(named) + (" …" if len(run.order_ids) > len(named) else ""))
    return ", ".join(parts)


def progress_in_words(run: SyncRun, progress: SyncProgress) -> str:
    counts = {"done": progress.done, "total": progress.total}
    match progress.phase:
        case SyncPhase.FAILED:
            return _("It ended early: %(error)s") % {"error": run.error}
        case SyncPhase.LISTED:
            return _("Orders listed: %(seen)d. Would be issued: %(planned)d.") % {
                "seen": run.seen,
                "planned": run.planned,
            }
        case SyncPhase.LISTING if progress.total is None:
            said = _("Orders looked at: %(done)d.") % counts
        case SyncPhase.LISTING:
            said = _("Orders looked at: %(done)d of %(total)d.") % counts
        case _:
            said = _("Orders that have come to their end: %(done)d of %(total)d.") % counts
    return f"{said} {waits_in_words(run)}".strip()


def waits_in_words(run: SyncRun) -> str:
    """Why an open run does not go on at once."""
    if run.state != SyncState.QUEUED or not run.error:
        return ""
    invoicing = InvoicingProfile.objects.select_related("account").filter(store=run.store_id).first()
    stopped = stopped_because(run.store) or (stopped_because(invoicing.account) if invoicing else "")
    if stopped:
        return stopped
    return _("It waits: %(error)s. Next try: %(at)s.") % {
        "error": run.error.rstrip("."),
        "at": moment(run.not_before),
    }


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One order of a run as its page shows it: a cell under each header, escaped by the template."""

    pk: int
    label: str
    can_be_ticked: bool
    would_issue: bool
    cells: Sequence[Link | Badge | str]


def headers() -> tuple[str, ...]:
    return (
        _("order"),
        _("buyer"),
        _("total"),
        _("in the shop"),
        _("paid on"),
        _("outcome"),
        _("document"),
        _("because"),
    )


def shown_row(result: RowResult, *, may_issue: bool) -> ShownRow:
    row = result.row
    name = row.shop_order_id
    return ShownRow(
        pk=row.pk,
        label=f"{_('Order')} {name}",
        can_be_ticked=may_issue and row.may_be_ticked and row.asked_at is None and not _waits(row),
        would_issue=row.would_issue,
        cells=(
            admin_link(row.order, name) if row.order_id else name,
            row.buyer_name,
            money(row.total, row.currency),
            badge(ORDER_STATUSES, ORDER_STATUS_COLOURS, row.status),
            day(row.paid_on),
            badge(SHOWN_OUTCOMES, SHOWN_OUTCOME_COLOURS, _shown_outcome(result)),
            _document(result),
            "\n".join(_why(result)),
        ),
    )


def _document(result: RowResult) -> Link | str:
    """The document that there is, or that would be made."""
    row, document = result.row, result.document
    if document is not None:
        amount = money(document.gross_total, document.currency)
        return admin_link(document, f"{label(KINDS, document.kind)} {document}, {amount}")
    return f"{label(KINDS, row.kind)}, {money(row.gross, row.currency)}" if row.kind else ""


def _waits(row: SyncRunOrder) -> bool:
    """Ticked, and its turn is still to come."""
    return row.is_ticked and row.asked_at is None and row.run.state != SyncState.FAILED


def _shown_outcome(result: RowResult) -> str:
    """A draft counts as issued, but must not look finished: it waits for its number."""
    if _waits(result.row):
        return Outcome.PENDING
    is_draft = result.document is not None and result.document.status == DocumentStatus.DRAFT
    return ISSUED_AS_DRAFT if result.outcome is Outcome.ISSUED and is_draft else result.outcome


def _why(result: RowResult) -> list[str]:
    row = result.row
    if row.asked_at is not None:
        return [text for text in (*_reason(result.reason), ground(result.detail)) if text]
    if _waits(row):
        return [_("It waits for its turn.")]
    if row.may_be_ticked:
        return _why_it_may_be_ticked(row)
    said = _reason(row.reason)
    if row.obstacle:
        obstacle = reason_text(row.obstacle)
        said.append(_("It cannot be issued here all the same: %(reason)s") % {"reason": obstacle.sentence})
        said.append(obstacle.remedy)
    return [text for text in (*said, ground(row.detail)) if text]


def _why_it_may_be_ticked(row: SyncRunOrder) -> list[str]:
    said = []
    if row.outcome == Outcome.EXCLUDED:
        said = [reason_text(row.reason).sentence, _("If you tick it, it is issued all the same.")]
    elif not row.would_issue:
        said = [_("Issued only when staff ask for it.")]
    if not row.kind or row.reason == HoldReason.VAT_NUMBER_UNCHECKED:
        said.append(_("The buyer's VAT number is checked when it is issued."))
    return said


def _reason(reason: str) -> list[str]:
    text = reason_text(reason) if reason else None
    return [text.sentence, text.remedy] if text else []
