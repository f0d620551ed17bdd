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
    words = [
        r
        for r in rulings
        if r.document_id == document.id
        and (
            r.kind is RulingKind.KEEP_DRAFT
            or (r.kind is RulingKind.FINALIZE and r.at > document.stands_since)
        )
    ]
    last = max(words, key=lambda r: r.at, default=None)
    if last is not None:
        return document.stands_since if last.kind is RulingKind.FINALIZE else None
    if not profile.finalize:
        return None
    return document.stands_since + timedelta(minutes=profile.issue_delay_minutes)


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

    def delete_open_notes(self, invoice: DocumentView) -> tuple[Intent, ...]:
        """Notes that are not final yet lost their reason when the order was paid again."""
        return tuple(
            DeleteDraft(note.id) for note in self.notes_of(invoice) if not note.is_ended and not note.is_final
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

    def held(self, reason: HoldReason, detail: str = "") -> Decision:
        live = self.live
        return Decision(Outcome.HELD, reason, detail, document_id=live.id if live else None)

    def withdrawn(
        self,
        outcome: Outcome,
        reason: HoldReason | ExclusionReason | None = None,
        *,
        by_person: bool = False,
    ) -> Decision:
        """Every invoice that is not final goes; numbers are never touched."""
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
