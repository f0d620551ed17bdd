"""The one outcome of an order, from its decision, its documents and the work on them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from invoicing.domain.decision import Outcome
from invoicing.domain.lifecycle import OperationState, Verb
from invoicing.domain.plan import DocumentRole, DocumentStatus


@dataclass(frozen=True, slots=True)
class WorkView:
    """One operation of the order. `document_id` tells whose."""

    document_id: int
    verb: Verb
    state: OperationState
    is_fiscal: bool
    hold_reason: str = ""


@dataclass(frozen=True, slots=True)
class PaperView:
    """One document of the order, as far as the outcome depends on it."""

    id: int
    role: DocumentRole
    generation: int
    status: DocumentStatus
    gross_total: Decimal
    is_reversed: bool = False
    original_id: int | None = None


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """`operation_state` is queued or running while any work is open, deliveries too."""

    outcome: Outcome
    hold_reason: str
    document_id: int | None
    credited_total: Decimal
    operation_state: OperationState | None


def order_outcome(
    decided: Outcome | None,
    reason: str,
    documents: Sequence[PaperView],
    work: Sequence[WorkView],
    *,
    refresh_is_open: bool,
) -> OrderOutcome:
    """What the order comes to now.

    `decided` and `reason` are the last decision; None: not decided yet. A held fiscal operation holds
    the order, a held delivery does not: the invoice itself is good.
    """
    shown = live_document(documents)
    credited = sum(
        (
            note.gross_total
            for note in documents
            if note.role is DocumentRole.CREDIT_NOTE
            and note.status in (DocumentStatus.FINAL, DocumentStatus.SETTLED)
        ),
        Decimal(0),
    )
    held = next((w for w in work if w.is_fiscal and w.state is OperationState.HELD), None)
    is_busy = any(w.is_fiscal and w.state in (OperationState.QUEUED, OperationState.RUNNING) for w in work)
    outcome, hold_reason = decided or Outcome.PENDING, reason
    if outcome not in (Outcome.HELD, Outcome.EXCLUDED):
        hold_reason = ""
        if held is not None:
            outcome, hold_reason = Outcome.HELD, held.hold_reason
        elif decided is not None and (outcome is not Outcome.NOT_DUE or shown is not None):
            outcome = _from_document(outcome, shown, is_busy=is_busy or _has_open_note(shown, documents))
    return OrderOutcome(
        outcome,
        hold_reason,
        shown.id if shown else None,
        credited,
        _work_state(work, refresh_is_open=refresh_is_open),
    )


def live_document(documents: Sequence[PaperView]) -> PaperView | None:
    """The live invoice, else the latest one."""
    invoices = sorted(
        (d for d in documents if d.role is DocumentRole.INVOICE), key=lambda d: d.generation, reverse=True
    )
    ended = (DocumentStatus.DELETED, DocumentStatus.CANCELED)
    live = (d for d in invoices if d.status not in ended and not d.is_reversed)
    return next(live, invoices[0] if invoices else None)


def _has_open_note(shown: PaperView | None, documents: Sequence[PaperView]) -> bool:
    """A credit note on the way: until it is final, the order is neither issued nor credited."""
    unfinished = (DocumentStatus.PLANNED, DocumentStatus.DRAFT)
    return shown is not None and any(
        note.original_id == shown.id and note.status in unfinished for note in documents
    )


def _from_document(decided: Outcome, shown: PaperView | None, *, is_busy: bool) -> Outcome:
    if shown is None:
        return decided
    if shown.is_reversed:
        return Outcome.CREDITED
    if shown.status is DocumentStatus.DELETED:
        return decided if decided is Outcome.PENDING else Outcome.DELETED
    if shown.status is DocumentStatus.CANCELED:
        return Outcome.CREDITED if decided is Outcome.CREDITED else Outcome.DELETED
    if shown.status is DocumentStatus.PLANNED or is_busy:
        return Outcome.PENDING
    return Outcome.ISSUED


def _work_state(work: Sequence[WorkView], *, refresh_is_open: bool) -> OperationState | None:
    states = {w.state for w in work}
    if OperationState.RUNNING in states:
        return OperationState.RUNNING
    if refresh_is_open or OperationState.QUEUED in states:
        return OperationState.QUEUED
    if OperationState.HELD in states:
        return OperationState.HELD
    return OperationState.DONE if work else None
