"""Whether a document's series is registered with the tax authority, and the numbers that wait for that."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from invoicing.domain.lifecycle import OPEN_STATES, OperationState, Verb
from invoicing.domain.plan import DocumentKind
from invoicing.domain.reasons import HoldReason
from invoicing.models import AccountSeries, Document, DocumentOperation, InvoicingAccount
from invoicing.queue import now, ring, settle_time


def series_is_registered(document: Document) -> bool | None:
    """None: the provider did not say. An account none of whose series has a code says nothing either."""
    return _is_registered(document, AccountSeries.objects.filter(account=document.account))


def ask_for_waiting_numbers(account: InvoicingAccount) -> int:
    """What was held because its series was not registered goes on once it is: everything is looked at again
    before a number is asked for. Returns how many; twice in a row frees nothing more."""
    series = list(AccountSeries.objects.filter(account=account))
    deletion = DocumentOperation.objects.filter(
        document=OuterRef("document"), verb=Verb.DELETE, state__in=OPEN_STATES
    )
    held = DocumentOperation.objects.filter(
        document__account=account,
        verb=Verb.FINALIZE,
        state=OperationState.HELD,
        hold_reason=HoldReason.SERIES_NOT_REGISTERED,
    ).exclude(Exists(deletion))
    rows = held.select_related("document").defer("document__plan", "document__sent_body").order_by("pk")
    return sum(_free(row) for row in rows if _is_registered(row.document, series) is not False)


def _free(row: DocumentOperation) -> int:
    moment = now()
    # A write whose outcome may be unknown keeps its quarantine.
    at = moment if row.write_started_at is None else max(moment, settle_time(row.write_started_at))
    waiting = DocumentOperation.objects.filter(pk=row.pk, state=OperationState.HELD)
    freed = waiting.update(
        state=OperationState.QUEUED,
        tries=0,
        losses=0,
        hold_reason="",
        detail="",
        subject="",
        waiting_for="",
        not_before=at,
        finished_at=None,
    )
    if freed:
        ring("invoicing.run_operation", row.pk, delay=(at - moment).total_seconds())
    return int(freed)


def _is_registered(document: Document, series: Iterable[AccountSeries]) -> bool | None:
    rows = list(series)
    mine = [row for row in rows if (row.name == document.series if document.series else row.is_default)]
    if not mine or mine[0].registered is None or not any(row.registered for row in rows):
        return None
    return DocumentKind(document.kind) in mine[0].registered
