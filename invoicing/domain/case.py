"""The facts of one decision, and the questions that several of its rules ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from invoicing.domain.decision import (
    Decision,
    DeleteDraft,
    DocumentView,
    EnsureCreate,
    EnsureFinalize,
    EnsureUpdate,
    Intent,
    OrderView,
    Outcome,
    PlanRefund,
    RulingKind,
    RulingView,
)
from invoicing.domain.plan import DocumentRole, DocumentStatus
from invoicing.domain.profile import IssueOn, Profile
from invoicing.domain.reasons import ExclusionReason, HoldReason


def finalize_from(document: DocumentView, rulings: Sequence[RulingView], profile: Profile) -> datetime | None:
    """From when on a draft may get its number; None: not before a person says so.

    A person's word counts for the content that the person saw.
    """
    words = [r for r in rulings if _is_word_on_the_number(r, document)]
    last = max(words, key=lambda r: r.at, default=None)
    if last is not None:
        return None if last.kind is RulingKind.KEEP_DRAFT else document.stands_since
    if not profile.finalize:
        return None
    return document.stands_since + timedelta(minutes=profile.issue_delay_minutes)


def _is_word_on_the_number(ruling: RulingView, document: DocumentView) -> bool:
    if ruling.kind is RulingKind.REFUND:
        # Confirmed on a page that names the note; what it holds does not change afterwards.
        return ruling.id == document.refund_id
    if ruling.document_id != document.id:
        return False
    asks = ruling.kind is RulingKind.FINALIZE and ruling.at > document.stands_since
    return asks or ruling.kind is RulingKind.KEEP_DRAFT


@dataclass(frozen=True, slots=True)
class Refunds:
    """What people's refunds of a document call for, whatever the order comes to. `notes` go on existing."""

    notes: tuple[DocumentView, ...] = ()
    intents: tuple[Intent, ...] = ()

    @property
    def are_to_be_planned(self) -> bool:
        return any(isinstance(intent, PlanRefund) for intent in self.intents)

    @property
    def are_under_way(self) -> bool:
        return self.are_to_be_planned or any(not note.is_final for note in self.notes)


_NONE = Refunds()


@dataclass(frozen=True, slots=True)
class Case:
    """The facts of one decision, with the questions that several rules ask of them."""

    order: OrderView
    documents: Sequence[DocumentView]
    rulings: Sequence[RulingView]
    profile: Profile

    @property
    def invoices(self) -> list[DocumentView]:
        found = [d for d in self.documents if d.role is DocumentRole.INVOICE]
        return sorted(found, key=lambda d: d.generation)

    @property
    def live(self) -> DocumentView | None:
        return next((d for d in self.invoices if not d.is_ended and not d.is_reversed), None)

    @property
    def last_invoice(self) -> DocumentView | None:
        return self.invoices[-1] if self.invoices else None

    @property
    def is_due_unpaid(self) -> bool:
        return self.profile.issue_on is IssueOn.PAID_OR_SHIPPED and self.order.is_shipped

    @property
    def concerns_unpaid(self) -> bool:
        """Whether an order that is not paid has, or should have, a document all the same."""
        live = self.live
        if live is None:
            return self.is_due_unpaid
        return live.is_unpaid or (self.is_due_unpaid and not live.is_final)

    def notes_of(self, invoice: DocumentView) -> list[DocumentView]:
        return [d for d in self.documents if d.original_id == invoice.id]

    def credits_of(self, invoice: DocumentView) -> list[DocumentView]:
        """Its notes over the whole, or over what was left: those that no refund asked for."""
        return [note for note in self.notes_of(invoice) if note.refund_id is None]

    def refunds_of(self, invoice: DocumentView) -> Refunds:
        """Notes go with the word that they carry out; a word whose note gave way is carried out anew, one
        whose note a person ended is not."""
        words = [r for r in self.rulings if r.kind is RulingKind.REFUND and r.document_id == invoice.id]
        in_force = {word.id for word in words}
        notes = [note for note in self.notes_of(invoice) if note.refund_id is not None]
        standing = [note for note in notes if not note.is_ended]
        kept = tuple(note for note in standing if note.is_final or note.refund_id in in_force)
        carried = {note.refund_id for note in notes if not note.is_ended or note.ended_by_person}
        missing = [word for word in words if word.id not in carried]
        first = self.next_generation(DocumentRole.CREDIT_NOTE)
        gone: list[Intent] = [DeleteDraft(note.id) for note in standing if note not in kept]
        steps = [step for note in kept for step in self.steps(note)]
        plans = [PlanRefund(invoice.id, word.id, first + n) for n, word in enumerate(missing)]
        return Refunds(kept, (*gone, *steps, *plans))

    @property
    def orphaned_notes(self) -> list[DocumentView]:
        """Credit notes without a number whose document does not stand any more: nothing is left to credit."""
        ended = {d.id for d in self.invoices if d.is_ended}
        return [d for d in self.documents if d.original_id in ended and not d.is_ended and not d.is_final]

    def next_generation(self, role: DocumentRole) -> int:
        return 1 + max((d.generation for d in self.documents if d.role is role), default=0)

    def has_ruling(self, kind: RulingKind, document: DocumentView | None = None) -> bool:
        return any(
            r.kind is kind and (document is None or r.document_id == document.id) for r in self.rulings
        )

    def insists(self) -> bool:
        """Staff said "issue anyway", after any document that a person ended or that was credited."""
        return any(
            r.kind is RulingKind.ISSUE_ANYWAY
            and all(r.at > d.planned_at for d in self.invoices if d.is_reversed or d.ended_by_person)
            for r in self.rulings
        )

    def was_unpaid_since(self, document: DocumentView) -> bool:
        unpaid, paid = self.order.last_read_unpaid_at, self.order.first_seen_paid_at
        if unpaid is None or unpaid <= document.planned_at:
            return False
        notes = [note.planned_at for note in self.notes_of(document) if note.is_final]
        return paid is None or not notes or paid > max(notes)

    def steps(self, document: DocumentView) -> tuple[Intent, ...]:
        if document.status is DocumentStatus.PLANNED:
            return (EnsureCreate(document.id),)
        start = finalize_from(document, self.rulings, self.profile)
        if document.status is DocumentStatus.DRAFT and start is not None:
            return (EnsureFinalize(document.id, None if start == document.stands_since else start),)
        return ()

    def stale(self, document: DocumentView) -> Decision:
        """A draft to be brought up to date; as it is, it must not get a number."""
        return Decision(Outcome.PENDING, intents=(EnsureUpdate(document.id),), document_id=document.id)

    def advanced(self, document: DocumentView) -> Decision:
        steps = self.steps(document)
        return self.kept(Outcome.PENDING if steps else Outcome.ISSUED, intents=steps)

    def delete_open_credits(self, invoice: DocumentView) -> tuple[Intent, ...]:
        """Notes that are not final yet lost their reason when the order was paid again; a refund stays."""
        return tuple(
            DeleteDraft(note.id)
            for note in self.credits_of(invoice)
            if not note.is_ended and not note.is_final
        )

    def kept(
        self,
        outcome: Outcome,
        *,
        intents: tuple[Intent, ...] = (),
        also: Sequence[DocumentView] = (),
        document: DocumentView | None = None,
    ) -> Decision:
        document = document or self.live
        wanted = frozenset([*([document.id] if document else []), *[d.id for d in also]])
        return Decision(
            outcome, intents=intents, document_id=document.id if document else None, wanted=wanted
        )

    def held(self, reason: HoldReason, detail: str = "", *, refunds: Refunds = _NONE) -> Decision:
        """What holds the order does not hold what people said to give back."""
        live = self.live
        return Decision(
            Outcome.HELD,
            reason,
            detail,
            intents=refunds.intents,
            document_id=live.id if live else None,
            wanted=frozenset(note.id for note in refunds.notes),
        )

    def withdrawn(
        self,
        outcome: Outcome,
        reason: HoldReason | ExclusionReason | None = None,
        *,
        by_person: bool = False,
    ) -> Decision:
        """Every document that is not final goes; numbers are never touched."""
        doomed = [d for d in self.documents if not d.is_ended and not d.is_final]
        intents = tuple(DeleteDraft(d.id, by_person) for d in doomed)
        return Decision(outcome, reason, intents=intents, document_id=doomed[0].id if doomed else None)

    def without_document(self) -> Decision:
        last = self.last_invoice
        if last is None:
            return Decision(Outcome.NOT_DUE)
        if last.is_reversed:
            return Decision(Outcome.CREDITED, document_id=last.id)
        return Decision(Outcome.DELETED, document_id=last.id)
