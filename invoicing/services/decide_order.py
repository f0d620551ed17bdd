"""From what is known of an order to its decision, and from the decision to rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import transaction

from invoicing.domain.corrected import BuyerCorrection, corrected, correction_from_json
from invoicing.domain.decision import (
    Basis,
    CancelDocument,
    Decision,
    DeleteDraft,
    DocumentView,
    EnsureCreate,
    EnsureFinalize,
    EnsureSettle,
    EnsureUpdate,
    Intent,
    OrderView,
    Outcome,
    PlanCredit,
    PlanInvoice,
    PlanRefund,
    RulingKind,
    RulingView,
)
from invoicing.domain.lifecycle import OPEN_STATES, OperationState, Verb
from invoicing.domain.plan import DocumentRole, DocumentStatus
from invoicing.domain.policy import decide
from invoicing.domain.profile import Profile
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.supply import HOME, destination_key
from invoicing.models import Document, InvoicingAccount, InvoicingProfile, OrderDecision, Ruling
from invoicing.queue import ask_for_reading, now
from invoicing.services.buyer_vat import is_asked_again
from invoicing.services.operations import (
    ensure_operation,
    supersede,
    supersede_held,
    withdraw_document,
)
from invoicing.services.plan import plan_invoice
from invoicing.services.plan_notes import plan_credit_note, plan_refund_note
from stores.domain.order import OrderSnapshot, OrderStatus, UnreadableOrder
from stores.models import Order
from stores.platform import platform_for
from stores.services import in_zone, payment

_MOST = Decimal(10) ** 13


@dataclass(frozen=True)
class Reading:
    """An order's saved payload, parsed: a snapshot, or why there is none."""

    snapshot: OrderSnapshot | None
    problem: HoldReason | None = None
    detail: str = ""


def parse_saved(order: Order, profile: Profile) -> Reading:
    """Pure but for the rows: what the saved payload says, with the buyer as staff corrected it."""
    if not order.payload:
        return Reading(None, HoldReason.ORDER_UNREADABLE, "The order has not been read from the shop yet.")
    try:
        platform = platform_for(order.store)
        snapshot = platform.parse_order(order.payload, prices_include_vat=profile.prices_include_vat)
        return Reading(corrected(snapshot, correction_of(order)))
    except UnreadableOrder as error:
        return Reading(None, HoldReason(error.reason), error.detail)


def correction_of(order: Order) -> BuyerCorrection | None:
    """The last word of staff on the buyer; taken back, the shop's counts again."""
    if order.pk is None:
        return None
    words = [
        word
        for word in order.rulings.all()  # where many orders are read, these come with them
        if word.kind == RulingKind.CORRECT_BUYER and word.revoked_at is None
    ]
    return correction_from_json(words[-1].data) if words else None


def basis_of(snapshot: OrderSnapshot) -> Basis:
    buyer = snapshot.buyer
    return Basis(
        snapshot.paid_gross,
        buyer.tax_id.strip(),
        buyer.company_name.strip(),
        snapshot.gross_by_rate(),
        destination_key(snapshot),
        snapshot.corrected_name,
    )


def basis_to_json(basis: Basis) -> dict[str, Any]:
    return {
        "paid": str(basis.paid_gross),
        "tax_id": basis.tax_id,
        "company": basis.company_name,
        "rates": [list(pair) for pair in basis.rates],
        "destination": basis.destination,
        **({"name": basis.corrected_name} if basis.corrected_name else {}),
    }


def _basis_from_json(value: dict[str, Any]) -> Basis:
    rates = tuple((str(rate), str(amount)) for rate, amount in value["rates"])
    destination, name = value.get("destination", HOME), value.get("name", "")
    return Basis(Decimal(value["paid"]), value["tax_id"], value["company"], rates, destination, name)


def order_view(
    order: Order, reading: Reading, profile: Profile, *, has_foreign_entries: bool = False
) -> OrderView:
    snapshot = reading.snapshot
    paid = payment(order, go_live_on=profile.go_live_on)
    return OrderView(
        status=OrderStatus(order.status) if order.status else None,
        paid_on=in_zone(order.store, paid.at).date() if paid.at else None,
        basis=basis_of(snapshot) if snapshot else None,
        problem=reading.problem,
        problem_detail=reading.detail,
        last_read_unpaid_at=order.last_read_unpaid_at,
        first_seen_paid_at=order.first_seen_paid_at,
        has_foreign_entries=has_foreign_entries,
        is_foreign_currency=order.currency not in ("", "EUR"),
        sells_gift_card=snapshot is not None
        and any(line.product_type == "gift_card" for line in snapshot.lines),
        is_shipped=snapshot is not None and snapshot.shipped,
        payment_doubt=paid.doubt,
    )


def document_view(document: Document) -> DocumentView:
    return DocumentView(
        id=document.pk,
        role=DocumentRole(document.role),
        generation=document.generation,
        status=DocumentStatus(document.status),
        gross_total=document.gross_total,
        basis=_basis_from_json(document.basis),
        planned_at=document.created_at,
        is_reversed=document.reversed_at is not None,
        ended_by_person=document.ended_by_person,
        original_id=document.original_id,
        is_unpaid=document.role == DocumentRole.INVOICE and document.paid_at is None,
        revised_at=document.revised_at,
        has_open_update=document.operations.filter(verb=Verb.UPDATE, state__in=OPEN_STATES).exists(),
        refund_id=document.refund_id,
    )


def ruling_views(order: Order) -> list[RulingView]:
    rows = Ruling.objects.filter(order=order, revoked_at__isnull=True)
    return [
        RulingView(RulingKind(row.kind), row.document_id, row.created_at, row.reason, row.pk) for row in rows
    ]


@dataclass(frozen=True)
class Case:
    """Everything that carrying out a decision needs beside the decision."""

    order: Order
    reading: Reading
    invoicing: InvoicingProfile
    profile: Profile
    requested_by: str


def decide_order(order: Order, *, requested_by: str, has_foreign_entries: bool = False) -> Decision:
    """Decide on the saved reading and carry the intents out as rows; nothing is sent from here.

    The order's row is locked, so a worker, a second worker and staff take turns.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",)).select_related("store").get(pk=order.pk)
        invoicing = (
            InvoicingProfile.objects.select_related("account", "current").filter(store=order.store).first()
        )
        if invoicing is None or invoicing.current is None:
            return _remember(order, Decision(Outcome.NOT_DUE, detail="The store has no invoicing profile."))
        profile = invoicing.current.value()
        reading = parse_saved(order, profile)
        _keep_paid_total(order, reading)
        documents = list(order.documents.order_by("id"))
        decision = decide(
            order_view(order, reading, profile, has_foreign_entries=has_foreign_entries),
            [document_view(document) for document in documents],
            ruling_views(order),
            profile,
        )
        decision = _respecting_ends(decision, documents)
        case = Case(order, reading, invoicing, profile, requested_by)
        _drop_moot_deletes(decision, documents)
        try:
            with transaction.atomic():
                _carry_out(decision.intents, case, {document.pk: document for document in documents})
        except Hold as hold:
            decision = Decision(
                Outcome.HELD, hold.reason, hold.detail, hold.subject, document_id=decision.document_id
            )
            if hold.reason is HoldReason.VAT_NUMBER_UNCHECKED and _is_asked_again(case):
                decision = replace(decision, outcome=Outcome.PENDING)
        if decision.outcome is Outcome.HELD and _has_moved_on(invoicing):
            ask_for_reading(order, requested_by=requested_by)
        return _remember(order, decision)


def _has_moved_on(invoicing: InvoicingProfile) -> bool:
    """Whether settings, taxes or series are others by now than those decided on.

    Whoever changes them frees what is held; a hold that is written down at the same moment would be missed.
    Both take the same locks, so one of the two sees the other.
    """
    row = InvoicingProfile.objects.select_for_update(of=("self",)).get(pk=invoicing.pk)
    account = InvoicingAccount.objects.select_for_update(of=("self",)).defer("api_key").get(pk=row.account_id)
    seen = (invoicing.current_id, invoicing.account_id, invoicing.account.facts_read_at)
    return (row.current_id, row.account_id, account.facts_read_at) != seen


def _series_of_note(original: Document, case: Case) -> str:
    """A store that moved to another account corrects its old documents in the old one."""
    is_same = original.account_id == case.invoicing.account_id
    return case.profile.series if is_same else original.series


def _is_asked_again(case: Case) -> bool:
    return case.reading.snapshot is not None and is_asked_again(case.reading.snapshot, case.profile)


def _respecting_ends(decision: Decision, documents: Sequence[Document]) -> Decision:
    """A document that a person is ending is not carried on meanwhile, whatever the order calls for; nor is
    one that may be deleted already: its deletion was sent, and comes to its end first."""
    ending = {
        document.pk
        for document in documents
        if not document.is_ended and (document.ended_by_person or _may_be_deleted(document))
    }
    return replace(
        decision,
        intents=tuple(
            intent
            for intent in decision.intents
            if not (
                isinstance(intent, EnsureCreate | EnsureUpdate | EnsureFinalize)
                and intent.document_id in ending
            )
        ),
        wanted=decision.wanted - ending,
    )


def _may_be_deleted(document: Document) -> bool:
    sent = document.operations.filter(verb=Verb.DELETE, state__in=OPEN_STATES, write_started_at__isnull=False)
    return bool(sent.exists())


def _drop_moot_deletes(decision: Decision, documents: Sequence[Document]) -> None:
    """The order changed its mind: what was held on the way to removing a document that stays is over."""
    for document in documents:
        if document.pk in decision.wanted:
            supersede(document, (Verb.DELETE,), detail="The document is wanted again.")


def _keep_paid_total(order: Order, reading: Reading) -> None:
    paid = reading.snapshot.paid_gross if reading.snapshot else None
    if order.paid_total != paid and (paid is None or paid < _MOST):
        Order.objects.filter(pk=order.pk).update(paid_total=paid)
        order.paid_total = paid


def _carry_out(intents: Sequence[Intent], case: Case, documents: dict[int, Document]) -> None:
    for intent in intents:
        match intent:
            case PlanInvoice(generation):
                if case.reading.snapshot is None:
                    raise Hold(HoldReason.ORDER_UNREADABLE, case.reading.detail)
                plan_invoice(
                    case.order,
                    case.reading.snapshot,
                    case.invoicing,
                    generation=generation,
                    basis=basis_to_json(basis_of(case.reading.snapshot)),
                    requested_by=case.requested_by,
                )
            case PlanCredit(original_id, generation, reason):
                plan_credit_note(
                    documents[original_id],
                    generation=generation,
                    reason=reason,
                    series=_series_of_note(documents[original_id], case),
                    requested_by=case.requested_by,
                )
            case PlanRefund(original_id, ruling_id, generation):
                plan_refund_note(
                    documents[original_id],
                    Ruling.objects.get(pk=ruling_id),
                    generation=generation,
                    series=_series_of_note(documents[original_id], case),
                    requested_by=case.requested_by,
                )
            case EnsureCreate(document_id):
                ensure_operation(documents[document_id], Verb.CREATE, requested_by=case.requested_by)
            case EnsureUpdate(document_id):
                _ensure_update(documents[document_id], case)
            case EnsureFinalize(document_id, not_before):
                ensure_operation(
                    documents[document_id],
                    Verb.FINALIZE,
                    requested_by=case.requested_by,
                    review_until=not_before,
                )
            case EnsureSettle(document_id):
                ensure_operation(documents[document_id], Verb.SETTLE, requested_by=case.requested_by)
            case CancelDocument(document_id):
                ensure_operation(documents[document_id], Verb.CANCEL, requested_by=case.requested_by)
            case DeleteDraft(document_id, by_person):
                withdraw_document(documents[document_id], by_person=by_person, requested_by=case.requested_by)


def _ensure_update(document: Document, case: Case) -> None:
    """The order changed, so neither its number nor a correction that was held for the older order goes on."""
    snapshot = case.reading.snapshot
    is_same = snapshot is not None and basis_to_json(basis_of(snapshot)) == document.basis
    if is_same and document.verified_hash == document.sent_hash and _drop_unsent_update(document):
        ask_for_reading(case.order, requested_by=case.requested_by)
        return
    supersede(document, (Verb.FINALIZE,), detail="The draft is brought up to date first.")
    if snapshot is not None and not is_same:
        supersede_held(document, Verb.UPDATE, detail="The order changed again.")
    ensure_operation(document, Verb.UPDATE, requested_by=case.requested_by)


def _drop_unsent_update(document: Document) -> bool:
    """The order is again what the draft shows: an update that was held before anything was sent is over."""
    held = document.operations.filter(
        verb=Verb.UPDATE, state=OperationState.HELD, write_started_at__isnull=True
    )
    detail = "The order is again as the draft shows it."
    return bool(held.update(state=OperationState.SUPERSEDED, detail=detail, finished_at=now()))


def _remember(order: Order, decision: Decision) -> Decision:
    live: Any = decision.document_id
    if live is None:
        live = order.documents.order_by("-id").values_list("id", flat=True).first()
    OrderDecision.objects.update_or_create(
        order=order,
        defaults={
            "outcome": decision.outcome,
            "reason": decision.reason or "",
            "detail": decision.detail,
            "subject": decision.subject,
            "document_id": live,
            "decided_at": now(),
        },
    )
    return decision
