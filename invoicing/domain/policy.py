"""Should a document exist, change, die? One function, values in, intents out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from invoicing.domain.case import Case
from invoicing.domain.credit_reasons import reason_of_cancellation
from invoicing.domain.decision import (
    Basis,
    CancelDocument,
    Decision,
    DeleteDraft,
    DocumentView,
    EnsureSettle,
    OrderView,
    Outcome,
    PlanCredit,
    PlanInvoice,
    RulingKind,
    RulingView,
)
from invoicing.domain.plan import DocumentRole, DocumentStatus
from invoicing.domain.profile import HoldOrExclude, IssueOn, OnCancel, Profile
from invoicing.domain.reasons import ExclusionReason, HoldReason
from stores.domain.order import OrderStatus


def decide(
    order: OrderView, documents: Sequence[DocumentView], rulings: Sequence[RulingView], profile: Profile
) -> Decision:
    """The outcome of an order and what must be done to reach it.

    `documents` are all of the order, ended ones too; `rulings` only those in force. Deciding twice on
    the same facts gives the same intents, and each is safe to carry out twice.
    """
    case = Case(order, documents, rulings, profile)
    decision = _decide(case)
    orphans = tuple(DeleteDraft(note.id) for note in case.orphaned_notes if note.id not in decision.wanted)
    new = tuple(intent for intent in orphans if intent not in decision.intents)
    return replace(decision, intents=(*decision.intents, *new)) if new else decision


def _decide(case: Case) -> Decision:
    order = case.order
    if case.has_ruling(RulingKind.DO_NOT_INVOICE) and not (case.live and case.live.is_final):
        return case.withdrawn(Outcome.EXCLUDED, ExclusionReason.DO_NOT_INVOICE)
    if case.live and case.live.is_final and case.has_ruling(RulingKind.CANCEL, case.live):
        return case.kept(Outcome.PENDING, intents=(CancelDocument(case.live.id),))
    if order.status is None:
        return case.held(order.problem or HoldReason.ORDER_UNREADABLE, order.problem_detail)
    if order.status is OrderStatus.PAID:
        return _decide_paid(case)
    if order.status is OrderStatus.UNPAID and case.concerns_unpaid:
        return _decide_unpaid(case)
    if case.live is None:
        return case.without_document()
    if not case.live.is_final:
        return case.withdrawn(Outcome.DELETED)
    if order.status is OrderStatus.UNPAID and not case.has_ruling(RulingKind.APPROVE_CREDIT, case.live):
        detail = "The shop says that the order is no longer paid."
        return case.held(HoldReason.CHANGED_AFTER_FINAL, detail, refunds=case.refunds_of(case.live))
    return _decide_credit(case, case.live)


def _decide_paid(case: Case) -> Decision:
    live = case.live
    if live is None:
        return _decide_new(case)
    if not live.is_final:
        if live.is_unpaid:
            # The money came first after all: a document that says so takes its place.
            return case.withdrawn(Outcome.PENDING)
        return _decide_draft(case, live)
    decision = _decide_final(case, live)
    if decision.outcome is Outcome.ISSUED and live.is_unpaid and live.status is DocumentStatus.FINAL:
        settle = (*decision.intents, EnsureSettle(live.id))
        return replace(decision, outcome=Outcome.PENDING, intents=settle)
    return decision


def _decide_unpaid(case: Case) -> Decision:
    """The goods leave before the money comes, and the settings want a document for that."""
    live = case.live
    if live is None:
        last = case.last_invoice
        if last is not None and last.is_reversed and not case.insists():
            return case.kept(Outcome.CREDITED, document=last)
        return _decide_new(case)
    if live.is_final:
        return _decide_final(case, live)
    if not live.is_unpaid:
        return case.withdrawn(Outcome.PENDING)
    if not case.is_due_unpaid:
        return case.withdrawn(Outcome.DELETED)
    return _decide_draft(case, live)


def _decide_final(case: Case, live: DocumentView) -> Decision:
    if case.has_ruling(RulingKind.APPROVE_CREDIT, live):
        return _decide_credit(case, live)
    refunds = case.refunds_of(live)
    if case.order.basis is not None and case.order.basis != live.basis:
        changes = _changes(live.basis, case.order.basis)
        return case.held(HoldReason.CHANGED_AFTER_FINAL, changes, refunds=refunds)
    if case.order.problem is not None:
        return case.held(case.order.problem, case.order.problem_detail, refunds=refunds)
    outcome = Outcome.PENDING if refunds.are_under_way else Outcome.ISSUED
    intents = (*case.delete_open_credits(live), *refunds.intents)
    return case.kept(outcome, intents=intents, also=refunds.notes)


def _decide_draft(case: Case, live: DocumentView) -> Decision:
    """A document that has no number yet."""
    if case.has_ruling(RulingKind.DELETE_DRAFT, live):
        return case.withdrawn(Outcome.HELD, HoldReason.ENDED_BY_PERSON, by_person=True)
    if case.order.problem is not None:
        # A draft of an order that cannot be read any more must not get a number.
        return case.held(case.order.problem, case.order.problem_detail)
    if case.order.basis is not None and case.order.basis != live.basis:
        if live.status is DocumentStatus.DRAFT:
            return case.stale(live)
        # Nothing is known to exist: the next one is planned when this one is surely gone.
        return case.withdrawn(Outcome.PENDING)
    return case.stale(live) if live.has_open_update else case.advanced(live)


def _decide_new(case: Case) -> Decision:
    order, profile = case.order, case.profile
    last = case.last_invoice
    insists = case.insists()
    if last is not None and last.is_reversed and not insists and not case.was_unpaid_since(last):
        return case.kept(Outcome.CREDITED, document=last)
    if last is not None and last.is_ended and last.ended_by_person and not insists:
        return case.held(HoldReason.ENDED_BY_PERSON)
    if not insists:
        if profile.go_live_on and order.paid_on and order.paid_on < profile.go_live_on:
            return Decision(Outcome.EXCLUDED, ExclusionReason.BEFORE_GO_LIVE)
        excluded = _excluded(order, profile)
        if excluded:
            return Decision(Outcome.EXCLUDED, excluded)
        if order.has_foreign_entries:
            return case.held(HoldReason.OTHER_APP_DOCUMENT)
        if order.payment_doubt:
            return case.held(HoldReason.PAYMENT_DATE_UNCLEAR, order.payment_doubt)
    if order.problem is not None:
        return case.held(order.problem, order.problem_detail)
    if profile.issue_on is IssueOn.MANUAL and not insists:
        return Decision(Outcome.PENDING, detail="Issued only when staff ask for it.")
    return Decision(Outcome.PENDING, intents=(PlanInvoice(case.next_generation(DocumentRole.INVOICE)),))


def _excluded(order: OrderView, profile: Profile) -> ExclusionReason | None:
    if order.is_foreign_currency and profile.foreign_currency is HoldOrExclude.EXCLUDE:
        return ExclusionReason.FOREIGN_CURRENCY
    if order.sells_gift_card and profile.gift_card_sale is HoldOrExclude.EXCLUDE:
        return ExclusionReason.GIFT_CARD_SALE
    is_zero = order.basis is not None and order.basis.paid_gross == 0
    if is_zero and profile.zero_total is HoldOrExclude.EXCLUDE:
        return ExclusionReason.ZERO_TOTAL
    return None


def _decide_credit(case: Case, live: DocumentView) -> Decision:
    """The order no longer stands, or a person approved a credit: what is left is credited."""
    refunds = case.refunds_of(live)
    standing = [note for note in case.credits_of(live) if not note.is_ended]
    notes = [*standing, *refunds.notes]
    ensures = (*(intent for note in standing for intent in case.steps(note)), *refunds.intents)
    # What is left is known once every refund is planned, or its draft gone that was taken back.
    covered = sum((note.gross_total for note in case.notes_of(live) if not note.is_ended), Decimal(0))
    if covered >= live.gross_total or refunds.are_to_be_planned:
        return case.kept(Outcome.PENDING, intents=ensures, also=notes)
    if case.has_ruling(RulingKind.SETTLED_OTHERWISE, live):
        outcome = Outcome.PENDING if refunds.are_under_way else Outcome.ISSUED
        return case.kept(outcome, intents=ensures, also=notes)
    refused = [note for note in case.credits_of(live) if note.is_ended and note.ended_by_person]
    approvals = [r for r in case.rulings if r.kind is RulingKind.APPROVE_CREDIT and r.document_id == live.id]
    if refused and not any(r.at > max(note.planned_at for note in refused) for r in approvals):
        return case.held(HoldReason.ENDED_BY_PERSON, refunds=refunds)
    if not approvals and case.profile.on_cancel is not OnCancel.CREDIT_NOTE:
        return case.held(HoldReason.CREDIT_NEEDS_APPROVAL, refunds=refunds)
    said = next((r.reason for r in reversed(approvals) if r.reason), "")
    reason = said or reason_of_cancellation(shipped=case.order.is_shipped)
    plan = PlanCredit(live.id, case.next_generation(DocumentRole.CREDIT_NOTE), reason)
    return case.kept(Outcome.PENDING, intents=(*ensures, plan), also=notes)


def _changes(before: Basis, after: Basis) -> str:
    names = {
        "paid_gross": "paid",
        "tax_id": "tax id",
        "company_name": "company",
        "rates": "VAT rates",
        "destination": "destination",
        "corrected_name": "name",
    }
    return "; ".join(
        f"{label}: {_in_words(getattr(before, name))} -> {_in_words(getattr(after, name))}"
        for name, label in names.items()
        if getattr(before, name) != getattr(after, name)
    )


def _in_words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"{amount} at {rate} %" for rate, amount in value) or "-"
    return str(value or "-")
