"""Run one operation: claim, perform, record. Every error family has exactly one consequence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from random import random
from typing import Any

import structlog
from django.conf import settings
from django.db import (
    Error as DatabaseTrouble,
)  # a broken connection is an InterfaceError, beside DatabaseError
from django.db import transaction

from invoicing.domain.lifecycle import MAX_TRIES, OperationState, Verb, retry_delay
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.models import DocumentOperation
from invoicing.queue import LeaseLost, claim, held_by, now, ring, settle_time
from invoicing.services.attach import attach_document
from invoicing.services.create import create_draft
from invoicing.services.delete import delete_draft
from invoicing.services.fetch_pdf import fetch_pdf
from invoicing.services.finalize import finalize_document
from invoicing.services.mail import mail_document
from invoicing.services.work import Result, Work
from outbound.errors import AccountStopped, NotFound, OutcomeUnknown, Rejected, Unavailable, Unexpected
from stores import stops
from stores.models import Stoppable

logger = structlog.get_logger(__name__)

_VERBS: dict[str, Callable[[Work], Result]] = {
    Verb.CREATE: create_draft,
    Verb.FINALIZE: finalize_document,
    Verb.DELETE: delete_draft,
    Verb.FETCH_PDF: fetch_pdf,
    Verb.ATTACH: attach_document,
    Verb.MAIL: mail_document,
}
# What goes to the provider waits while the account is stopped; the rest does not need it.
_NEEDS_ACCOUNT = frozenset({Verb.CREATE, Verb.FINALIZE, Verb.DELETE, Verb.FETCH_PDF})


def run_operation(operation_id: int) -> None:
    """Do the operation if it is due and free; leave without a word if not."""
    operation = claim(operation_id)
    if operation is None:
        return
    work = Work(operation)
    before = operation.write_started_at
    try:
        target = _credentials_of(work)
        if target is not None and not stops.may_call(target):
            _requeue(work, stops.next_probe(target), f"{target}: the credentials are refused.", counts=False)
            return
        result = _VERBS[operation.verb](work)
    except LeaseLost:
        logger.info("lease_lost", operation=operation.pk)
    except OutcomeUnknown as error:
        _requeue_unknown(work, error)
    except Unavailable as error:
        _unmark_write(work, before)
        _requeue_unavailable(work, error)
    except AccountStopped as error:
        _unmark_write(work, before)
        _stop(work, error)
    except (Rejected, NotFound) as error:
        _unmark_write(work, before)
        _hold(work, *_reason_for(error))
    except (Hold, Unexpected) as error:
        _hold(work, *_reason_for(error))
    except DatabaseTrouble:
        raise  # nothing was decided; the lease brings it back
    except Exception as error:
        _hold(work, HoldReason.INTERNAL, f"{type(error).__name__}: {error}")
        raise
    else:
        _record(work, result)


def _credentials_of(work: Work) -> Stoppable | None:
    """Whose credentials the verb depends on; finalizing looks after the shop's by itself."""
    if work.operation.verb in _NEEDS_ACCOUNT:
        return work.document.account
    return work.document.order.store if work.operation.verb == Verb.ATTACH else None


def _vendor_of(work: Work) -> str:
    needs_account = work.operation.verb in _NEEDS_ACCOUNT
    return work.document.account.provider if needs_account else work.document.order.store.platform


def _reason_for(error: Hold | Rejected | NotFound | Unexpected) -> tuple[HoldReason, str]:
    if isinstance(error, Hold):
        return error.reason, error.detail
    if isinstance(error, Rejected):
        return HoldReason.REJECTED, "; ".join(error.vendor_messages) or error.message
    if isinstance(error, NotFound):
        return HoldReason.NOT_FOUND, error.message
    return HoldReason.UNEXPECTED_ANSWER, error.message


def _record(work: Work, result: Result) -> None:
    """The document and the operation change in one transaction, or not at all."""
    if result.hold_reason is not None:
        state, outcome = OperationState.HELD, result.hold_reason.value
    elif result.superseded:
        state, outcome = OperationState.SUPERSEDED, "superseded"
    else:
        state, outcome = OperationState.DONE, "done"
    _end(
        work,
        outcome,
        result.detail,
        apply=result.apply,
        state=state,
        hold_reason=result.hold_reason or "",
        detail=result.detail,
        finished_at=None if state == OperationState.HELD else now(),
    )
    target, vendor = _credentials_of(work), _vendor_of(work)
    if target is not None and any(call.vendor == vendor and call.outcome == "ok" for call in work.calls):
        stops.resume(target)


def _hold(work: Work, reason: HoldReason, detail: str) -> None:
    _end(work, reason.value, detail, state=OperationState.HELD, hold_reason=reason, detail=detail)


def _requeue_unknown(work: Work, error: OutcomeUnknown) -> None:
    """Quarantine: no look before the write's deadline and the index lag are over."""
    operation = work.operation
    tries = operation.tries + 1
    earliest = settle_time(operation.write_started_at or now())
    if operation.verb == Verb.MAIL:
        _hold(work, HoldReason.MAIL_PERHAPS_SENT, error.message)
    elif tries >= MAX_TRIES:
        _hold(work, HoldReason.RETRIES_EXHAUSTED, error.message)
    else:
        _requeue(work, max(earliest, _next_try(tries)), error.message, counts=True, outcome="unknown")


def _requeue_unavailable(work: Work, error: Unavailable) -> None:
    tries = work.operation.tries + int(error.counts)
    if tries >= MAX_TRIES and error.counts:
        _hold(work, HoldReason.RETRIES_EXHAUSTED, error.message)
        return
    at = now() + error.retry_after if error.retry_after is not None else _next_try(tries)
    _requeue(work, at, error.message, counts=error.counts)


def _next_try(tries: int) -> datetime:
    delay = retry_delay(
        tries, first=settings.RETRY_FIRST_SECONDS, longest=settings.RETRY_MAX_SECONDS, jitter=random()
    )
    return now() + timedelta(seconds=delay)


def _stop(work: Work, error: AccountStopped) -> None:
    """The credentials are refused: theirs stop, one notice is given, and the work waits for a probe."""
    target = _credentials_of(work)
    assert target is not None
    if stops.stop(target, error.message):
        logger.error("credentials_refused", target=str(target), reason=error.message)
    _requeue(work, stops.next_probe(target), error.message, counts=False, outcome="stopped")


def _requeue(work: Work, at: datetime, error: str, *, counts: bool, outcome: str = "try_later") -> None:
    operation = work.operation
    changes: dict[str, Any] = {
        "state": OperationState.QUEUED,
        "not_before": at,
        "tries": operation.tries + int(counts),
        "detail": error,
    }
    if _end(work, outcome, error, **changes):
        ring("invoicing.run_operation", operation.pk, delay=max((at - now()).total_seconds(), 0.0))


def _unmark_write(work: Work, before: datetime | None) -> None:
    """The write of this attempt certainly did nothing, so it leaves no doubt behind."""
    if work.operation.write_started_at != before:
        held_by(work.operation).update(write_started_at=before)
        work.operation.write_started_at = before


def _end(
    work: Work, outcome: str, error: str, *, apply: Callable[[], None] | None = None, **changes: Any
) -> bool:
    """End the claim by compare-and-set; if the lease was lost, nothing at all is written."""
    operation = work.operation
    with transaction.atomic():
        if not held_by(operation).update(lease_token="", lease_until=None, **changes):
            logger.info("lease_lost", operation=operation.pk)
            return False
        operation.attempt_log.filter(number=operation.attempts).update(
            finished_at=now(), outcome=outcome, error=error, calls=[_call(call) for call in work.calls]
        )
        if apply is not None:
            apply()
        _ring_lane(operation, changes["state"])
    return True


def _call(call: Any) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, datetime) else value for key, value in asdict(call).items()}


def _ring_lane(operation: DocumentOperation, state: OperationState) -> None:
    """The next of the series may go now; likewise what waited for this document."""
    if state == OperationState.QUEUED:
        return
    moment = now()
    waiting = DocumentOperation.objects.filter(state=OperationState.QUEUED, not_before__lte=moment)
    if operation.lane:
        following = waiting.filter(lane=operation.lane).order_by("lane_date", "id").first()
        if following is not None:
            ring("invoicing.run_operation", following.pk)
    if operation.is_fiscal:
        for pk in waiting.filter(document=operation.document_id, is_fiscal=True).values_list("pk", flat=True):
            ring("invoicing.run_operation", pk)
