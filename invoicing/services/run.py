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
from django.db.models import F

from invoicing.domain.lifecycle import MAX_TRIES, OperationState, Verb, Wait, retry_delay
from invoicing.domain.reasons import SUBJECT_LENGTH, Hold, HoldReason
from invoicing.models import DocumentOperation
from invoicing.queue import LeaseLost, claim, held_by, now, renew, ring, settle_time
from invoicing.services.attach import attach_document
from invoicing.services.availability import Paused, is_out, require_open, stop, wait_for, waits_until
from invoicing.services.cancel import cancel_document
from invoicing.services.create import create_draft
from invoicing.services.delete import delete_draft
from invoicing.services.fetch_pdf import fetch_pdf
from invoicing.services.finalize import finalize_document
from invoicing.services.mail import mail_document
from invoicing.services.settle import settle_document
from invoicing.services.update import update_draft
from invoicing.services.verify import verify_document
from invoicing.services.work import Result, Work
from outbound.errors import AccountStopped, NotFound, OutcomeUnknown, Rejected, Unavailable, Unexpected
from stores.models import Stoppable, Store

logger = structlog.get_logger(__name__)

_VERBS: dict[str, Callable[[Work], Result]] = {
    Verb.CREATE: create_draft,
    Verb.UPDATE: update_draft,
    Verb.VERIFY: verify_document,
    Verb.FINALIZE: finalize_document,
    Verb.SETTLE: settle_document,
    Verb.DELETE: delete_draft,
    Verb.CANCEL: cancel_document,
    Verb.FETCH_PDF: fetch_pdf,
    Verb.ATTACH: attach_document,
    Verb.MAIL: mail_document,
}
_PAYMENT_REQUIRED = 402  # the account's plan or quota is used up
# What goes to the provider waits while the account is stopped; the rest does not need it.
_NEEDS_ACCOUNT = frozenset(_VERBS) - {Verb.ATTACH, Verb.MAIL}


def run_operation(operation_id: int) -> None:
    """Do the operation if it is due and free; leave without a word if not."""
    operation = claim(operation_id)
    if operation is None:
        return
    work = Work(operation)
    before = operation.write_started_at
    try:
        _require_open(work)
        result = _VERBS[operation.verb](work)
    except Paused as pause:
        _unmark_write(work, before)
        _give_back(work, pause)
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


def _require_open(work: Work) -> None:
    """
    Raises:
        Paused: whom the verb depends on is stopped; finalizing looks after the shop by itself.
    """
    if work.operation.verb in _NEEDS_ACCOUNT:
        require_open(work.document.account)
    elif work.operation.verb == Verb.ATTACH:
        require_open(work.document.order.store)


def _target(work: Work) -> Stoppable:
    """Whose call was the last one; before any call, whom the verb depends on."""
    account, store = work.document.account, work.document.order.store
    if work.calls:
        return store if work.calls[-1].vendor == store.platform else account
    return account if work.operation.verb in _NEEDS_ACCOUNT else store


def _is_out(work: Work) -> Stoppable | None:
    """The vendor of the call that failed, if a harmless read fails there as well."""
    if not work.calls:
        return None  # nothing was called: a mail, a storage
    target = _target(work)
    ping = work.ping_shop if isinstance(target, Store) else work.ping_account
    try:
        renew(work.operation)
    except LeaseLost:
        return None
    return target if is_out(target, ping) else None


def _reason_for(error: Hold | Rejected | NotFound | Unexpected) -> tuple[HoldReason, str, str]:
    """The reason, the detail, and the one thing that is wrong: what a vendor says is that thing."""
    if isinstance(error, Hold):
        return error.reason, error.detail, error.subject
    if isinstance(error, Rejected):
        words = "; ".join(error.vendor_messages) or error.message
        return HoldReason.REJECTED, words, words[:SUBJECT_LENGTH]
    if isinstance(error, NotFound):
        return HoldReason.NOT_FOUND, error.message, ""
    return HoldReason.UNEXPECTED_ANSWER, error.message, ""


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
        subject="",
        finished_at=None if state == OperationState.HELD else now(),
    )


def _hold(work: Work, reason: HoldReason, detail: str, subject: str = "") -> None:
    _end(
        work,
        reason.value,
        detail,
        state=OperationState.HELD,
        hold_reason=reason,
        detail=detail,
        subject=subject,
    )


def _requeue_unknown(work: Work, error: OutcomeUnknown) -> None:
    """Quarantine: no look before the write's deadline and the index lag are over."""
    operation = work.operation
    if operation.verb == Verb.MAIL:
        _hold(work, HoldReason.MAIL_PERHAPS_SENT, error.message)
        return
    earliest = settle_time(operation.write_started_at or now())
    out = _is_out(work)
    if out is not None:
        _put_down(work, out, error.message, outcome="unknown", earliest=earliest)
    elif operation.tries + 1 >= MAX_TRIES:
        _hold(work, HoldReason.RETRIES_EXHAUSTED, error.message)
    else:
        at = max(earliest, _next_try(operation.tries + 1))
        _requeue(work, at, error.message, counts=True, outcome="unknown", wait=Wait.QUARANTINE)


def _requeue_unavailable(work: Work, error: Unavailable) -> None:
    out = _is_out(work) if error.counts else None
    if out is not None:
        _put_down(work, out, error.message)
        return
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
    target = _target(work)
    stop(target, error.message, is_quota=error.status == _PAYMENT_REQUIRED)
    _put_down(work, target, error.message, outcome="stopped")


def _put_down(
    work: Work,
    target: Stoppable,
    message: str,
    *,
    outcome: str = "try_later",
    earliest: datetime | None = None,
) -> None:
    """The work waits until the vendor is resumed; none of its tries is used up."""
    with transaction.atomic():
        until = waits_until(target)
        at = max(until, earliest) if earliest else until
        _requeue(work, at, message, counts=False, outcome=outcome, wait=wait_for(target))


def _give_back(work: Work, pause: Paused) -> None:
    """Not tried, so no attempt is counted or kept, unless something was called on the way."""
    if work.calls:
        _put_down(work, pause.target, pause.message, outcome="stopped")
        return
    operation = work.operation
    with transaction.atomic():
        at = waits_until(pause.target)
        given_back = held_by(operation).update(
            state=OperationState.QUEUED,
            not_before=at,
            waiting_for=wait_for(pause.target),
            detail=pause.message,
            attempts=F("attempts") - 1,
            lease_token="",
            lease_until=None,
        )
        if given_back:
            operation.attempt_log.filter(number=operation.attempts).delete()


def _requeue(
    work: Work,
    at: datetime,
    error: str,
    *,
    counts: bool,
    outcome: str = "try_later",
    wait: Wait = Wait.RETRY,
) -> None:
    operation = work.operation
    changes: dict[str, Any] = {
        "state": OperationState.QUEUED,
        "not_before": at,
        "waiting_for": wait,
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
        if not held_by(operation).update(lease_token="", lease_until=None):
            logger.info("lease_lost", operation=operation.pk)
            return False
        operation.attempt_log.filter(number=operation.attempts).update(
            finished_at=now(), outcome=outcome, error=error, calls=[_call(call) for call in work.calls]
        )
        if apply is not None:
            apply()  # while it still runs, so that what takes waiting and held work back leaves this alone
        DocumentOperation.objects.filter(pk=operation.pk).update(**changes)
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
