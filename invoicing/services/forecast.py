"""What an order would come to if it were decided now: the same rules, and nothing is written or sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from invoicing.domain.decision import Decision, DocumentView, Outcome, PlanInvoice, RulingView
from invoicing.domain.plan import DocumentPlan
from invoicing.domain.policy import decide
from invoicing.domain.profile import IssueOn, Profile
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.models import InvoicingProfile, OrderDecision
from invoicing.selectors import outcome_of
from invoicing.services.buyer_vat import is_asked_again
from invoicing.services.decide_order import Reading, document_view, order_view, parse_saved, ruling_views
from invoicing.services.plan import plan_value, series_id_of
from stores.models import Order


@dataclass(frozen=True, slots=True)
class Forecast:
    """`outcome`, `reason` and `detail` as the order would have them; `kind` and `gross` of its document.

    `would_issue`: a document would be planned by itself. `may_be_ticked`: so it would, at the latest when a
    person says so. `obstacle` is what keeps a person's word from helping here.
    """

    outcome: Outcome
    reason: str = ""
    detail: str = ""
    kind: str = ""
    gross: Decimal | None = None
    would_issue: bool = False
    may_be_ticked: bool = False
    obstacle: str = ""

    @property
    def needs_word(self) -> bool:
        """Its document comes about only by a person's word, which is to be kept as a ruling."""
        return self.may_be_ticked and not self.would_issue


def forecast(order: Order, *, has_foreign_entries: Callable[[], bool]) -> Forecast:
    """`order` is as it was just read (`stores.services.as_read`); saved, it comes from `orders_with_work`.

    `has_foreign_entries` asks the shop, and is called only where a document may come about; what it raises
    passes through. VIES is not asked: what depends on it is told as not checked yet.
    """
    invoicing = (
        InvoicingProfile.objects.select_related("account", "current").filter(store=order.store).first()
    )
    if invoicing is None or invoicing.current is None:
        return Forecast(Outcome.NOT_DUE, detail="The store has no invoicing profile.")
    case = _case(order, invoicing, invoicing.current.value())
    by_itself, ticked = case.decided(), case.decided(ticked=True)
    if _planned_in(by_itself) or _planned_in(ticked):
        is_taken = has_foreign_entries()
        by_itself, ticked = case.decided(is_taken=is_taken), case.decided(ticked=True, is_taken=is_taken)
    if _planned_in(ticked):
        return case.planned(by_itself, ticked)
    told = case.told(by_itself)
    if by_itself.outcome is not Outcome.EXCLUDED or ticked.reason in (None, by_itself.reason):
        return told
    return replace(told, obstacle=str(ticked.reason), detail=ticked.detail)


def _planned_in(decision: Decision) -> PlanInvoice | None:
    return next((intent for intent in decision.intents if isinstance(intent, PlanInvoice)), None)


@dataclass(frozen=True, slots=True)
class _Case:
    order: Order
    invoicing: InvoicingProfile
    profile: Profile
    reading: Reading
    documents: Sequence[DocumentView]
    rulings: Sequence[RulingView]

    def decided(self, *, ticked: bool = False, is_taken: bool = False) -> Decision:
        """`ticked`: as if a person had ticked it, which overrides go-live and "only by hand", and nothing
        else that a person or a rule has said."""
        profile = _as_ticked(self.profile) if ticked else self.profile
        view = order_view(self.order, self.reading, profile, has_foreign_entries=is_taken)
        return decide(view, self.documents, self.rulings, profile)

    def told(self, decision: Decision) -> Forecast:
        reason = decision.reason.value if decision.reason else ""
        if not self.documents:
            return Forecast(decision.outcome, reason, decision.detail, gross=self._paid())
        # Built beside the order and never saved: what the order's own page would say with this decision.
        self.order.decision = OrderDecision(outcome=decision.outcome, reason=reason)
        result = outcome_of(self.order)
        document = next((d for d in self.order.documents.all() if d.pk == result.document_id), None)
        return Forecast(
            result.outcome,
            result.hold_reason,
            decision.detail if result.hold_reason in ("", reason) else "",
            kind=document.kind if document else "",
            gross=document.gross_total if document else self._paid(),
        )

    def planned(self, by_itself: Decision, ticked: Decision) -> Forecast:
        """A document would come about: is there one that can be built?"""
        is_due = _planned_in(by_itself) is not None
        try:
            plan = self._plan(ticked)
        except Hold as hold:
            return self._obstructed(by_itself, hold, is_due=is_due)
        told = Forecast(Outcome.PENDING) if is_due else self.told(by_itself)
        return replace(
            told, kind=plan.kind.value, gross=plan.figures.total, would_issue=is_due, may_be_ticked=True
        )

    def _plan(self, ticked: Decision) -> DocumentPlan:
        intent = _planned_in(ticked)
        assert intent is not None
        if self.reading.snapshot is None:
            raise Hold(HoldReason.ORDER_UNREADABLE, self.reading.detail)
        generation = intent.generation
        plan = plan_value(self.order, self.reading.snapshot, self.invoicing, generation=generation)
        series_id_of(self.invoicing.account, plan.kind, plan.series)
        return plan

    def _obstructed(self, by_itself: Decision, hold: Hold, *, is_due: bool) -> Forecast:
        snapshot = self.reading.snapshot
        is_unchecked = (
            hold.reason is HoldReason.VAT_NUMBER_UNCHECKED
            and snapshot is not None
            and is_asked_again(snapshot, self.profile)
        )
        if not is_due:
            told = self.told(by_itself)
        else:
            outcome = Outcome.PENDING if is_unchecked else Outcome.HELD
            told = Forecast(outcome, hold.reason.value, hold.detail, gross=self._paid())
        if is_unchecked:
            return replace(told, would_issue=is_due, may_be_ticked=True)
        return replace(told, detail=hold.detail, obstacle="" if is_due else hold.reason.value)

    def _paid(self) -> Decimal | None:
        return self.reading.snapshot.paid_gross if self.reading.snapshot else None


def _case(order: Order, invoicing: InvoicingProfile, profile: Profile) -> _Case:
    is_known = order.pk is not None
    return _Case(
        order,
        invoicing,
        profile,
        parse_saved(order, profile),
        [document_view(document) for document in order.documents.all()] if is_known else [],
        ruling_views(order) if is_known else [],
    )


def _as_ticked(profile: Profile) -> Profile:
    issue_on = IssueOn.PAID if profile.issue_on is IssueOn.MANUAL else profile.issue_on
    return replace(profile, go_live_on=None, issue_on=issue_on)
