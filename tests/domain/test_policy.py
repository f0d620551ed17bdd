"""`decide`, a row per rule: the order's facts, what exists, what people said, and what must happen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

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
    OrderView,
    Outcome,
    PlanCredit,
    PlanInvoice,
    PlanRefund,
    RulingKind,
    RulingView,
)
from invoicing.domain.plan import DocumentRole, DocumentStatus
from invoicing.domain.policy import decide
from invoicing.domain.profile import HoldOrExclude, IssueOn, OnCancel, Profile
from invoicing.domain.reasons import ExclusionReason, HoldReason
from stores.domain.order import OrderStatus

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
BASIS = Basis(Decimal("12.30"), "", "")
PAID = OrderView(OrderStatus.PAID, date(2026, 7, 1), BASIS)
UNPAID = replace(PAID, status=OrderStatus.UNPAID)
CANCELED = replace(PAID, status=OrderStatus.CANCELED)
AUTOMATIC = Profile(finalize=True, on_cancel=OnCancel.CREDIT_NOTE)
CAREFUL = Profile()


def invoice(status: str, **facts: object) -> DocumentView:
    view = DocumentView(
        id=1,
        role=DocumentRole.INVOICE,
        generation=1,
        status=DocumentStatus(status),
        gross_total=Decimal("12.30"),
        basis=BASIS,
        planned_at=NOON,
    )
    return replace(view, **facts)  # type: ignore[arg-type]


def note(status: str, **facts: object) -> DocumentView:
    view = invoice(status, id=2, role=DocumentRole.CREDIT_NOTE, original_id=1)
    return replace(view, **facts)  # type: ignore[arg-type]


def ruling(kind: RulingKind, *, document_id: int | None = None, hours: float = 1) -> RulingView:
    return RulingView(kind, document_id, NOON + timedelta(hours=hours))


def test_a_paid_order_without_a_document_is_planned() -> None:
    assert decide(PAID, [], [], AUTOMATIC) == Decision(Outcome.PENDING, intents=(PlanInvoice(1),))


@pytest.mark.parametrize("order", [UNPAID, CANCELED, replace(PAID, status=OrderStatus.ABANDONED)])
def test_an_order_that_was_never_paid_is_not_due(order: OrderView) -> None:
    assert decide(order, [], [], AUTOMATIC) == Decision(Outcome.NOT_DUE)


def test_an_order_without_a_readable_status_is_held() -> None:
    decision = decide(replace(PAID, status=None, problem_detail="status: ???"), [], [], AUTOMATIC)

    assert (decision.outcome, decision.reason) == (Outcome.HELD, HoldReason.ORDER_UNREADABLE)
    assert decision.intents == ()


def test_an_order_that_does_not_add_up_is_held_with_its_arithmetic() -> None:
    order = replace(PAID, basis=None, problem=HoldReason.TOTAL_NOT_REPRODUCED, problem_detail="1 + 1 = 3")

    decision = decide(order, [], [], AUTOMATIC)

    assert (decision.reason, decision.detail, decision.intents) == (
        HoldReason.TOTAL_NOT_REPRODUCED,
        "1 + 1 = 3",
        (),
    )


@pytest.mark.parametrize(
    ("status", "profile", "outcome", "intents"),
    [
        ("planned", AUTOMATIC, Outcome.PENDING, (EnsureCreate(1),)),
        ("draft", AUTOMATIC, Outcome.PENDING, (EnsureFinalize(1),)),
        ("draft", CAREFUL, Outcome.ISSUED, ()),
        ("final", AUTOMATIC, Outcome.ISSUED, ()),
        ("settled", AUTOMATIC, Outcome.ISSUED, ()),
    ],
)
def test_a_covered_order_only_moves_on(
    status: str, profile: Profile, outcome: Outcome, intents: tuple
) -> None:
    decision = decide(PAID, [invoice(status)], [], profile)

    assert (decision.outcome, decision.intents) == (outcome, intents)
    assert decision.wanted == {1}


def test_staff_finalize_a_draft_that_the_settings_leave() -> None:
    decision = decide(PAID, [invoice("draft")], [ruling(RulingKind.FINALIZE, document_id=1)], CAREFUL)

    assert decision.intents == (EnsureFinalize(1),)


@pytest.mark.parametrize("order", [CANCELED, UNPAID])
@pytest.mark.parametrize("status", ["planned", "draft"])
def test_what_is_not_final_goes_when_the_order_does(order: OrderView, status: str) -> None:
    decision = decide(order, [invoice(status)], [], AUTOMATIC)

    assert decision.intents == (DeleteDraft(1),)
    assert decision.outcome is Outcome.DELETED
    assert decision.wanted == frozenset()


def test_a_final_document_of_a_cancelled_order_is_credited() -> None:
    decision = decide(CANCELED, [invoice("settled")], [], AUTOMATIC)

    assert decision.intents == (PlanCredit(1, 1, "Encomenda cancelada antes da expedição"),)
    assert decision.outcome is Outcome.PENDING


def test_the_credit_waits_for_approval_by_default() -> None:
    decision = decide(CANCELED, [invoice("settled")], [], CAREFUL)

    assert (decision.outcome, decision.reason) == (Outcome.HELD, HoldReason.CREDIT_NEEDS_APPROVAL)
    assert decision.intents == ()


def test_an_approved_credit_is_planned() -> None:
    approval = ruling(RulingKind.APPROVE_CREDIT, document_id=1)

    decision = decide(CANCELED, [invoice("settled")], [approval], CAREFUL)

    assert decision.intents == (PlanCredit(1, 1, "Encomenda cancelada antes da expedição"),)


def test_a_note_that_covers_the_invoice_only_moves_on() -> None:
    decision = decide(CANCELED, [invoice("settled"), note("draft")], [], AUTOMATIC)

    assert decision.intents == (EnsureFinalize(2),)
    assert decision.wanted == {1, 2}


def test_notes_obey_finalize_too() -> None:
    profile = replace(AUTOMATIC, finalize=False)

    assert decide(CANCELED, [invoice("settled"), note("draft")], [], profile).intents == ()


def test_a_fully_credited_order_is_credited() -> None:
    documents = [invoice("settled", is_reversed=True), note("final")]

    assert decide(CANCELED, documents, [], AUTOMATIC) == Decision(Outcome.CREDITED, document_id=1)


def test_paid_again_after_a_full_credit_gets_the_next_generation() -> None:
    order = replace(PAID, last_read_unpaid_at=NOON + timedelta(hours=1))
    documents = [invoice("settled", is_reversed=True), note("final")]

    assert decide(order, documents, [], AUTOMATIC).intents == (PlanInvoice(2),)


def test_a_persons_credit_of_an_order_that_stays_paid_is_not_undone() -> None:
    documents = [invoice("settled", is_reversed=True), note("final")]

    decision = decide(PAID, documents, [], AUTOMATIC)

    assert (decision.outcome, decision.intents) == (Outcome.CREDITED, ())


def test_paid_again_while_the_note_is_a_draft_drops_the_note() -> None:
    decision = decide(PAID, [invoice("settled"), note("draft")], [], AUTOMATIC)

    assert (decision.outcome, decision.intents) == (Outcome.ISSUED, (DeleteDraft(2),))


@pytest.mark.parametrize(("status", "intent"), [("draft", EnsureUpdate(1)), ("planned", DeleteDraft(1))])
def test_a_draft_follows_its_edited_order(status: str, intent: object) -> None:
    order = replace(PAID, basis=replace(BASIS, paid_gross=Decimal("20.00")))

    decision = decide(order, [invoice(status)], [], AUTOMATIC)

    assert (decision.outcome, decision.intents) == (Outcome.PENDING, (intent,))
    assert decision.wanted == frozenset()  # as it is, it must not get a number


def test_a_draft_whose_update_is_open_gets_no_number() -> None:
    decision = decide(PAID, [invoice("draft", has_open_update=True)], [], AUTOMATIC)

    assert (decision.outcome, decision.intents) == (Outcome.PENDING, (EnsureUpdate(1),))
    assert decision.wanted == frozenset()


# --- the time given to people


REVIEWED = replace(AUTOMATIC, issue_delay_minutes=60)


def test_a_draft_waits_for_the_end_of_its_review() -> None:
    decision = decide(PAID, [invoice("draft")], [], REVIEWED)

    assert decision.intents == (EnsureFinalize(1, NOON + timedelta(minutes=60)),)


def test_the_review_begins_anew_when_the_draft_was_revised() -> None:
    revised = NOON + timedelta(hours=5)

    decision = decide(PAID, [invoice("draft", revised_at=revised)], [], REVIEWED)

    assert decision.intents == (EnsureFinalize(1, revised + timedelta(minutes=60)),)


def test_a_person_ends_the_review() -> None:
    decision = decide(PAID, [invoice("draft")], [ruling(RulingKind.FINALIZE, document_id=1)], REVIEWED)

    assert decision.intents == (EnsureFinalize(1),)


@pytest.mark.parametrize("profile", [AUTOMATIC, REVIEWED])
def test_a_person_keeps_a_draft(profile: Profile) -> None:
    decision = decide(PAID, [invoice("draft")], [ruling(RulingKind.KEEP_DRAFT, document_id=1)], profile)

    assert (decision.outcome, decision.intents) == (Outcome.ISSUED, ())


def test_the_later_word_of_a_person_counts() -> None:
    words = [
        ruling(RulingKind.KEEP_DRAFT, document_id=1),
        ruling(RulingKind.FINALIZE, document_id=1, hours=2),
    ]

    assert decide(PAID, [invoice("draft")], words, REVIEWED).intents == (EnsureFinalize(1),)


def test_a_word_for_what_the_draft_was_before_does_not_number_what_it_is_now() -> None:
    draft = invoice("draft", revised_at=NOON + timedelta(hours=5))

    decision = decide(PAID, [draft], [ruling(RulingKind.FINALIZE, document_id=1)], CAREFUL)

    assert (decision.outcome, decision.intents) == (Outcome.ISSUED, ())


# --- goods that leave before the money comes

ON_SHIPPING = replace(AUTOMATIC, issue_on=IssueOn.PAID_OR_SHIPPED)
SHIPPED = replace(UNPAID, is_shipped=True)


def test_a_shipped_order_is_invoiced_unpaid() -> None:
    assert decide(SHIPPED, [], [], ON_SHIPPING).intents == (PlanInvoice(1),)


@pytest.mark.parametrize(("order", "profile"), [(UNPAID, ON_SHIPPING), (SHIPPED, AUTOMATIC)])
def test_without_shipping_or_the_setting_an_unpaid_order_is_not_due(
    order: OrderView, profile: Profile
) -> None:
    assert decide(order, [], [], profile) == Decision(Outcome.NOT_DUE)


def test_an_unpaid_invoice_stays_while_the_money_is_awaited() -> None:
    decision = decide(SHIPPED, [invoice("final", is_unpaid=True)], [], ON_SHIPPING)

    assert (decision.outcome, decision.intents) == (Outcome.ISSUED, ())


def test_the_payment_settles_the_unpaid_invoice() -> None:
    decision = decide(PAID, [invoice("final", is_unpaid=True)], [], ON_SHIPPING)

    assert (decision.outcome, decision.intents) == (Outcome.PENDING, (EnsureSettle(1),))


def test_what_is_settled_is_not_settled_again() -> None:
    decision = decide(PAID, [invoice("settled", is_unpaid=True)], [], ON_SHIPPING)

    assert (decision.outcome, decision.intents) == (Outcome.ISSUED, ())


@pytest.mark.parametrize("status", ["planned", "draft"])
def test_the_money_that_comes_before_the_number_makes_a_paid_document(status: str) -> None:
    decision = decide(PAID, [invoice(status, is_unpaid=True)], [], ON_SHIPPING)

    assert (decision.outcome, decision.intents) == (Outcome.PENDING, (DeleteDraft(1),))


def test_a_shipment_taken_back_withdraws_the_unpaid_draft() -> None:
    decision = decide(UNPAID, [invoice("draft", is_unpaid=True)], [], ON_SHIPPING)

    assert (decision.outcome, decision.intents) == (Outcome.DELETED, (DeleteDraft(1),))


def test_an_unpaid_invoice_of_a_cancelled_order_is_credited() -> None:
    decision = decide(CANCELED, [invoice("final", is_unpaid=True)], [], ON_SHIPPING)

    assert decision.intents == (PlanCredit(1, 1, "Encomenda cancelada antes da expedição"),)


def test_an_unpaid_order_credited_in_full_is_not_invoiced_again() -> None:
    documents = [invoice("final", is_unpaid=True, is_reversed=True), note("final")]

    assert decide(SHIPPED, documents, [], ON_SHIPPING).outcome is Outcome.CREDITED


# --- cancelling


def test_a_person_cancels_a_final_document() -> None:
    decision = decide(PAID, [invoice("settled")], [ruling(RulingKind.CANCEL, document_id=1)], AUTOMATIC)

    assert (decision.outcome, decision.intents) == (Outcome.PENDING, (CancelDocument(1),))


def test_what_a_person_cancelled_is_not_invoiced_again() -> None:
    documents = [invoice("canceled", ended_by_person=True)]

    decision = decide(PAID, documents, [ruling(RulingKind.CANCEL, document_id=1)], AUTOMATIC)

    assert (decision.outcome, decision.reason) == (Outcome.HELD, HoldReason.ENDED_BY_PERSON)
    assert decision.intents == ()


@pytest.mark.parametrize(
    ("basis", "detail"),
    [
        (replace(BASIS, paid_gross=Decimal("20.00")), "paid: 12.30 -> 20.00"),
        (replace(BASIS, tax_id="123456789"), "tax id: - -> 123456789"),
    ],
)
def test_an_order_edited_after_finalizing_is_held(basis: Basis, detail: str) -> None:
    decision = decide(replace(PAID, basis=basis), [invoice("settled")], [], AUTOMATIC)

    assert (decision.reason, decision.detail) == (HoldReason.CHANGED_AFTER_FINAL, detail)
    assert decision.intents == ()


@pytest.mark.parametrize(
    "order", [replace(PAID, basis=replace(BASIS, paid_gross=Decimal("20.00"))), UNPAID, PAID, CANCELED]
)
def test_an_approved_credit_goes_before_every_hold_and_prints_its_reason(order: OrderView) -> None:
    approval = replace(ruling(RulingKind.APPROVE_CREDIT, document_id=1), reason="Artigo em falta")

    decision = decide(order, [invoice("settled")], [approval], CAREFUL)

    assert decision.intents == (PlanCredit(1, 1, "Artigo em falta"),)


def test_the_draft_of_an_order_that_cannot_be_read_any_more_gets_no_number() -> None:
    order = replace(PAID, basis=None, problem=HoldReason.TOTAL_NOT_REPRODUCED, problem_detail="1 + 1 = 3")

    decision = decide(order, [invoice("draft")], [], AUTOMATIC)

    assert (decision.reason, decision.intents, decision.wanted) == (
        HoldReason.TOTAL_NOT_REPRODUCED,
        (),
        frozenset(),
    )


def test_an_order_that_is_no_longer_paid_after_finalizing_is_held() -> None:
    decision = decide(UNPAID, [invoice("settled")], [], AUTOMATIC)

    assert (decision.reason, decision.intents) == (HoldReason.CHANGED_AFTER_FINAL, ())


@pytest.mark.parametrize("status", ["deleted", "canceled"])
def test_what_a_person_ended_is_not_planned_again(status: str) -> None:
    decision = decide(PAID, [invoice(status, ended_by_person=True)], [], AUTOMATIC)

    assert (decision.outcome, decision.reason) == (Outcome.HELD, HoldReason.ENDED_BY_PERSON)
    assert decision.intents == ()


def test_issue_anyway_after_that_plans_the_next_generation() -> None:
    ended = invoice("deleted", ended_by_person=True)

    assert decide(PAID, [ended], [ruling(RulingKind.ISSUE_ANYWAY)], AUTOMATIC).intents == (PlanInvoice(2),)


def test_issue_anyway_before_it_does_not_count() -> None:
    ended = invoice("deleted", ended_by_person=True)

    decision = decide(PAID, [ended], [ruling(RulingKind.ISSUE_ANYWAY, hours=-1)], AUTOMATIC)

    assert decision.reason is HoldReason.ENDED_BY_PERSON


def test_what_a_cancellation_ended_is_planned_again_when_paid_again() -> None:
    assert decide(PAID, [invoice("deleted")], [], AUTOMATIC).intents == (PlanInvoice(2),)


def test_do_not_invoice_is_obeyed() -> None:
    said = [ruling(RulingKind.DO_NOT_INVOICE)]

    decision = decide(PAID, [], said, AUTOMATIC)

    assert (decision.outcome, decision.reason) == (Outcome.EXCLUDED, ExclusionReason.DO_NOT_INVOICE)
    assert decide(PAID, [invoice("draft")], said, AUTOMATIC).intents == (DeleteDraft(1),)
    assert decide(PAID, [invoice("settled")], said, AUTOMATIC).outcome is Outcome.ISSUED


def test_another_applications_document_holds() -> None:
    decision = decide(replace(PAID, has_foreign_entries=True), [], [], AUTOMATIC)

    assert (decision.reason, decision.intents) == (HoldReason.OTHER_APP_DOCUMENT, ())


def test_issue_anyway_beats_another_applications_document() -> None:
    order = replace(PAID, has_foreign_entries=True)

    assert decide(order, [], [ruling(RulingKind.ISSUE_ANYWAY)], AUTOMATIC).intents == (PlanInvoice(1),)


@pytest.mark.parametrize(("paid_on", "outcome"), [(30, Outcome.EXCLUDED), (31, Outcome.PENDING)])
def test_go_live_is_the_first_day(paid_on: int, outcome: Outcome) -> None:
    profile = replace(AUTOMATIC, go_live_on=date(2026, 5, 31))

    decision = decide(replace(PAID, paid_on=date(2026, 5, paid_on)), [], [], profile)

    assert decision.outcome is outcome


def test_issue_anyway_beats_go_live() -> None:
    profile = replace(AUTOMATIC, go_live_on=date(2027, 1, 1))

    assert decide(PAID, [], [ruling(RulingKind.ISSUE_ANYWAY)], profile).intents == (PlanInvoice(1),)


def test_manual_waits_for_staff() -> None:
    profile = replace(AUTOMATIC, issue_on=IssueOn.MANUAL)

    assert decide(PAID, [], [], profile).intents == ()
    assert decide(PAID, [], [ruling(RulingKind.ISSUE_ANYWAY)], profile).intents == (PlanInvoice(1),)


@pytest.mark.parametrize(
    ("order", "setting", "reason"),
    [
        (replace(PAID, is_foreign_currency=True), "foreign_currency", ExclusionReason.FOREIGN_CURRENCY),
        (replace(PAID, sells_gift_card=True), "gift_card_sale", ExclusionReason.GIFT_CARD_SALE),
        (
            replace(PAID, basis=replace(BASIS, paid_gross=Decimal(0))),
            "zero_total",
            ExclusionReason.ZERO_TOTAL,
        ),
    ],
)
def test_what_the_settings_exclude_is_left_out(
    order: OrderView, setting: str, reason: ExclusionReason
) -> None:
    profile = replace(AUTOMATIC, **{setting: HoldOrExclude.EXCLUDE})  # type: ignore[arg-type]

    assert decide(order, [], [], profile) == Decision(Outcome.EXCLUDED, reason)
    assert decide(order, [], [], AUTOMATIC).outcome is Outcome.PENDING


def test_a_note_that_a_person_removed_is_not_planned_again() -> None:
    documents = [invoice("settled"), note("deleted", ended_by_person=True)]

    decision = decide(CANCELED, documents, [], AUTOMATIC)

    assert (decision.reason, decision.intents) == (HoldReason.ENDED_BY_PERSON, ())


def test_settled_otherwise_ends_the_wait_for_approval() -> None:
    said = [ruling(RulingKind.SETTLED_OTHERWISE, document_id=1)]

    assert decide(CANCELED, [invoice("settled")], said, CAREFUL).outcome is Outcome.ISSUED


# --- goods that leave before the money, and what few orders do

ON_ACCOUNT = replace(AUTOMATIC, issue_on=IssueOn.PAID_OR_SHIPPED)
SENT = replace(UNPAID, is_shipped=True)


def test_a_draft_that_says_paid_gives_way_when_the_money_is_not_there() -> None:
    decision = decide(SENT, [invoice("draft")], [], ON_ACCOUNT)

    assert (decision.outcome, decision.intents) == (Outcome.PENDING, (DeleteDraft(1),))


def test_a_draft_of_goods_that_were_not_sent_after_all_goes() -> None:
    decision = decide(UNPAID, [invoice("draft", is_unpaid=True)], [], ON_ACCOUNT)

    assert (decision.outcome, decision.intents) == (Outcome.DELETED, (DeleteDraft(1),))


def test_a_final_document_of_an_order_that_cannot_be_read_any_more_is_held() -> None:
    order = replace(PAID, basis=None, problem=HoldReason.ORDER_UNREADABLE, problem_detail="no products")

    decision = decide(order, [invoice("settled")], [], AUTOMATIC)

    assert (decision.reason, decision.detail) == (HoldReason.ORDER_UNREADABLE, "no products")
    assert decision.intents == ()


def test_a_draft_that_staff_deleted_stays_gone() -> None:
    rulings = [ruling(RulingKind.DELETE_DRAFT, document_id=1)]

    decision = decide(PAID, [invoice("draft")], rulings, AUTOMATIC)

    assert (decision.outcome, decision.reason) == (Outcome.HELD, HoldReason.ENDED_BY_PERSON)
    assert decision.intents == (DeleteDraft(1, by_person=True),)


def test_a_doubt_about_the_day_of_payment_waits_for_a_person() -> None:
    doubtful = replace(PAID, payment_doubt="a month ended between.")

    decision = decide(doubtful, [], [], AUTOMATIC)
    assert (decision.reason, decision.detail) == (
        HoldReason.PAYMENT_DATE_UNCLEAR,
        "a month ended between.",
    )
    assert decision.intents == ()

    insisted = decide(doubtful, [], [ruling(RulingKind.ISSUE_ANYWAY)], AUTOMATIC)
    assert insisted.intents == (PlanInvoice(1),)
    left_out = decide(doubtful, [], [], replace(AUTOMATIC, go_live_on=date(2026, 7, 2)))
    assert left_out.reason is ExclusionReason.BEFORE_GO_LIVE
    # What is final is not questioned any more.
    assert decide(doubtful, [invoice("settled")], [], AUTOMATIC).outcome is Outcome.ISSUED


def test_what_changed_after_the_number_is_told_in_words() -> None:
    before = replace(BASIS, rates=(("23", "12.30"),), tax_id="123456789")
    after = replace(before, rates=(), destination="Spain", tax_id="")

    decision = decide(replace(PAID, basis=after), [invoice("settled", basis=before)], [], AUTOMATIC)

    assert decision.reason is HoldReason.CHANGED_AFTER_FINAL
    assert decision.detail == (
        "tax id: 123456789 -> -; VAT rates: 12.30 at 23 % -> -; destination: PT -> Spain"
    )


def test_another_destination_makes_a_draft_stale() -> None:
    order = replace(PAID, basis=replace(BASIS, destination="Spain"))

    assert decide(order, [invoice("draft")], [], AUTOMATIC).intents == (EnsureUpdate(1),)


@pytest.mark.parametrize(
    ("shipped", "reason"), [(False, "Encomenda cancelada antes da expedição"), (True, "Encomenda cancelada")]
)
def test_a_note_says_whether_the_goods_had_left(shipped: bool, reason: str) -> None:
    decision = decide(replace(CANCELED, is_shipped=shipped), [invoice("settled")], [], AUTOMATIC)

    assert decision.intents == (PlanCredit(1, 1, reason),)


def test_a_reversed_document_of_a_cancelled_order_is_credited() -> None:
    decision = decide(CANCELED, [invoice("settled", is_reversed=True)], [], AUTOMATIC)

    assert (decision.outcome, decision.document_id) == (Outcome.CREDITED, 1)


def test_an_unpaid_order_with_a_final_unpaid_document_keeps_it() -> None:
    decision = decide(SENT, [invoice("final", is_unpaid=True)], [], ON_ACCOUNT)

    assert (decision.outcome, decision.intents, decision.wanted) == (Outcome.ISSUED, (), {1})


def test_a_deleted_document_of_a_cancelled_order_is_over() -> None:
    decision = decide(CANCELED, [invoice("deleted")], [], AUTOMATIC)

    assert (decision.outcome, decision.intents, decision.document_id) == (Outcome.DELETED, (), 1)


def test_a_draft_of_goods_on_their_way_gets_its_number() -> None:
    assert decide(SENT, [invoice("draft", is_unpaid=True)], [], ON_ACCOUNT).intents == (EnsureFinalize(1),)


# --- rulings count for the document that they were given on, and no other


@pytest.mark.parametrize(
    ("kind", "order", "live"),
    [
        (RulingKind.CANCEL, PAID, invoice("settled")),
        (RulingKind.APPROVE_CREDIT, PAID, invoice("settled")),
        (RulingKind.DELETE_DRAFT, PAID, invoice("draft")),
    ],
)
def test_a_word_on_another_document_changes_nothing(
    kind: RulingKind, order: OrderView, live: DocumentView
) -> None:
    expected = decide(order, [live], [], CAREFUL)

    assert decide(order, [live], [ruling(kind, document_id=9)], CAREFUL) == expected
    assert decide(order, [live], [ruling(kind, document_id=1)], CAREFUL) != expected


def test_a_word_that_settles_another_document_settles_nothing_here() -> None:
    words = [ruling(RulingKind.SETTLED_OTHERWISE, document_id=9)]

    assert decide(CANCELED, [invoice("settled")], words, CAREFUL).reason is HoldReason.CREDIT_NEEDS_APPROVAL
    unpaid = decide(UNPAID, [invoice("settled")], [ruling(RulingKind.APPROVE_CREDIT, document_id=9)], CAREFUL)
    assert (unpaid.reason, unpaid.detail) == (
        HoldReason.CHANGED_AFTER_FINAL,
        "The shop says that the order is no longer paid.",
    )


def test_notes_on_the_way_are_carried_on_whole() -> None:
    whole = decide(CANCELED, [invoice("settled"), note("draft")], [], AUTOMATIC)
    assert whole == Decision(
        Outcome.PENDING, intents=(EnsureFinalize(2),), document_id=1, wanted=frozenset({1, 2})
    )

    words = [ruling(RulingKind.SETTLED_OTHERWISE, document_id=1)]
    part = note("planned", gross_total=Decimal("12.29"))
    settled = decide(CANCELED, [invoice("settled"), part], words, AUTOMATIC)
    assert settled == Decision(
        Outcome.ISSUED, intents=(EnsureCreate(2),), document_id=1, wanted=frozenset({1, 2})
    )

    rest = decide(CANCELED, [invoice("settled"), part], [], AUTOMATIC)
    reason = "Encomenda cancelada antes da expedição"
    assert rest == Decision(
        Outcome.PENDING,
        intents=(EnsureCreate(2), PlanCredit(1, 2, reason)),
        document_id=1,
        wanted=frozenset({1, 2}),
    )


def test_a_note_that_a_person_ended_is_made_again_only_by_a_later_word() -> None:
    ended = note("deleted", ended_by_person=True)
    earlier = ruling(RulingKind.APPROVE_CREDIT, document_id=1, hours=-1)
    same = ruling(RulingKind.APPROVE_CREDIT, document_id=1, hours=0)
    later = ruling(RulingKind.APPROVE_CREDIT, document_id=1, hours=1)

    for words in ([], [earlier], [same]):
        decision = decide(CANCELED, [invoice("settled"), ended], words, AUTOMATIC)
        assert (decision.reason, decision.intents) == (HoldReason.ENDED_BY_PERSON, ())
    made = decide(CANCELED, [invoice("settled"), ended], [earlier, later], AUTOMATIC)
    assert [type(intent) for intent in made.intents] == [PlanCredit]


def test_the_last_reason_that_was_given_is_printed() -> None:
    words = [
        replace(ruling(RulingKind.APPROVE_CREDIT, document_id=1), reason="Erro no preço"),
        replace(ruling(RulingKind.APPROVE_CREDIT, document_id=1, hours=2), reason="Artigo em falta"),
        ruling(RulingKind.APPROVE_CREDIT, document_id=1, hours=3),
    ]

    decision = decide(PAID, [invoice("settled")], words, CAREFUL)

    assert decision.intents == (PlanCredit(1, 1, "Artigo em falta"),)


def test_a_draft_of_an_order_that_cannot_be_read_shows_why() -> None:
    order = replace(PAID, basis=None, problem=HoldReason.ORDER_UNREADABLE, problem_detail="no products")

    decision = decide(order, [invoice("draft")], [], AUTOMATIC)

    assert decision == Decision(Outcome.HELD, HoldReason.ORDER_UNREADABLE, "no products", document_id=1)


def test_what_was_credited_stays_credited_and_is_shown() -> None:
    gone = invoice("settled", is_reversed=True)

    assert decide(PAID, [gone], [], AUTOMATIC) == Decision(
        Outcome.CREDITED, document_id=1, wanted=frozenset({1})
    )
    sent = decide(SENT, [gone], [], ON_ACCOUNT)
    assert (sent.outcome, sent.document_id, sent.intents) == (Outcome.CREDITED, 1, ())
    again = decide(SENT, [gone], [ruling(RulingKind.ISSUE_ANYWAY)], ON_ACCOUNT)
    assert again.intents == (PlanInvoice(2),)


def test_only_on_demand_says_so() -> None:
    manual = replace(AUTOMATIC, issue_on=IssueOn.MANUAL)

    assert decide(PAID, [], [], manual) == Decision(
        Outcome.PENDING, detail="Issued only when staff ask for it."
    )


# --- refunds: a part is taken back while the order goes on


def refund(number: int = 71, *, hours: float = 1) -> RulingView:
    return replace(ruling(RulingKind.REFUND, document_id=1, hours=hours), id=number)


def refund_note(status: str, gross: str = "5.00", *, number: int = 71, **facts: object) -> DocumentView:
    return note(status, gross_total=Decimal(gross), refund_id=number, **facts)


CHANGED = replace(PAID, basis=replace(BASIS, paid_gross=Decimal("7.30")))
UNREADABLE = replace(PAID, basis=None, problem=HoldReason.ORDER_UNREADABLE, problem_detail="no products")


@pytest.mark.parametrize(
    ("documents", "words", "outcome", "intents", "wanted"),
    [
        # A word without its note is planned, each with a number of its own.
        ([], [refund()], Outcome.PENDING, (PlanRefund(1, 71, 1),), {1}),
        (
            [],
            [refund(), refund(72)],
            Outcome.PENDING,
            (PlanRefund(1, 71, 1), PlanRefund(1, 72, 2)),
            {1},
        ),
        # Its note goes on to its number, whatever the settings say.
        ([refund_note("planned")], [refund()], Outcome.PENDING, (EnsureCreate(2),), {1, 2}),
        ([refund_note("draft")], [refund()], Outcome.PENDING, (EnsureFinalize(2),), {1, 2}),
        # Once it is final the order is issued as before.
        ([refund_note("final")], [refund()], Outcome.ISSUED, (), {1, 2}),
        ([refund_note("settled")], [refund()], Outcome.ISSUED, (), {1, 2}),
        # A second one beside the first.
        (
            [refund_note("final")],
            [refund(), refund(72)],
            Outcome.PENDING,
            (PlanRefund(1, 72, 2),),
            {1, 2},
        ),
        # A word that was taken back takes its draft with it, and never a number.
        ([refund_note("draft")], [], Outcome.ISSUED, (DeleteDraft(2),), {1}),
        ([refund_note("final")], [], Outcome.ISSUED, (), {1, 2}),
        # What a person ended is not carried out again; what gave way is.
        ([refund_note("deleted", ended_by_person=True)], [refund()], Outcome.ISSUED, (), {1}),
        ([refund_note("canceled", ended_by_person=True)], [refund()], Outcome.ISSUED, (), {1}),
        ([refund_note("deleted")], [refund()], Outcome.PENDING, (PlanRefund(1, 71, 2),), {1}),
        # A credit of the whole that lost its reason goes, the refund stays.
        (
            [note("draft", id=3, generation=2), refund_note("draft")],
            [refund()],
            Outcome.PENDING,
            (DeleteDraft(3), EnsureFinalize(2)),
            {1, 2},
        ),
    ],
)
@pytest.mark.parametrize("profile", [AUTOMATIC, CAREFUL, REVIEWED])
def test_a_refund_of_a_paid_order(
    profile: Profile,
    documents: list[DocumentView],
    words: list[RulingView],
    outcome: Outcome,
    intents: tuple,
    wanted: set[int],
) -> None:
    decision = decide(PAID, [invoice("settled"), *documents], words, profile)

    assert (decision.outcome, decision.reason, decision.intents) == (outcome, None, intents)
    assert decision.wanted == wanted


@pytest.mark.parametrize(
    ("order", "profile", "reason"),
    [
        (CHANGED, AUTOMATIC, HoldReason.CHANGED_AFTER_FINAL),
        (UNREADABLE, AUTOMATIC, HoldReason.ORDER_UNREADABLE),
        (UNPAID, AUTOMATIC, HoldReason.CHANGED_AFTER_FINAL),
        (CANCELED, CAREFUL, HoldReason.CREDIT_NEEDS_APPROVAL),
    ],
)
def test_what_holds_the_order_does_not_hold_a_refund(
    order: OrderView, profile: Profile, reason: HoldReason
) -> None:
    documents = [invoice("settled"), refund_note("draft")]

    decision = decide(order, documents, [refund(), refund(72)], profile)

    if order is CANCELED:  # what is left is asked about once every refund is planned
        assert (decision.outcome, decision.reason) == (Outcome.PENDING, None)
        decision = decide(order, documents, [refund()], profile)
        assert decision.intents == (EnsureFinalize(2),)
    else:
        assert decision.intents == (EnsureFinalize(2), PlanRefund(1, 72, 2))
    assert (decision.outcome, decision.reason) == (Outcome.HELD, reason)
    assert 2 in decision.wanted


def test_a_refund_of_an_order_without_a_status_waits() -> None:
    decision = decide(replace(PAID, status=None), [invoice("settled")], [refund()], AUTOMATIC)

    assert (decision.outcome, decision.intents) == (Outcome.HELD, ())


def test_a_refund_of_a_draft_does_nothing() -> None:
    assert decide(PAID, [invoice("draft")], [refund()], CAREFUL) == decide(
        PAID, [invoice("draft")], [], CAREFUL
    )


def test_a_refund_of_another_document_does_nothing_here() -> None:
    elsewhere = replace(refund(), document_id=9)

    assert decide(PAID, [invoice("settled")], [elsewhere], AUTOMATIC).intents == ()


def test_a_person_keeps_the_note_of_a_refund_as_a_draft_and_lets_it_go_again() -> None:
    documents = [invoice("settled"), refund_note("draft")]
    keep = ruling(RulingKind.KEEP_DRAFT, document_id=2, hours=2)
    go_on = ruling(RulingKind.FINALIZE, document_id=2, hours=3)

    kept = decide(PAID, documents, [refund(), keep], AUTOMATIC)
    assert (kept.outcome, kept.intents, kept.wanted) == (Outcome.PENDING, (), {1, 2})
    assert decide(PAID, documents, [refund(), keep, go_on], AUTOMATIC).intents == (EnsureFinalize(2),)


def test_the_word_of_one_refund_does_not_number_the_note_of_another() -> None:
    documents = [invoice("settled"), refund_note("draft", number=72)]

    decision = decide(PAID, documents, [refund(71)], CAREFUL)

    assert decision.intents == (DeleteDraft(2), PlanRefund(1, 71, 2))


@pytest.mark.parametrize("order", [CANCELED, PAID])
@pytest.mark.parametrize("status", ["draft", "final"])
def test_the_credit_after_a_refund_is_over_the_rest(order: OrderView, status: str) -> None:
    words = [refund()]
    if order is PAID:
        words.append(ruling(RulingKind.APPROVE_CREDIT, document_id=1))

    decision = decide(order, [invoice("settled"), refund_note(status)], words, AUTOMATIC)

    goes_on = (EnsureFinalize(2),) if status == "draft" else ()
    reason = "Encomenda cancelada antes da expedição"
    assert decision.intents == (*goes_on, PlanCredit(1, 2, reason))
    assert (decision.outcome, decision.wanted) == (Outcome.PENDING, {1, 2})


def test_the_rest_and_the_refund_together_are_the_whole() -> None:
    rest = note("draft", id=3, generation=2, gross_total=Decimal("7.30"))

    decision = decide(CANCELED, [invoice("settled"), refund_note("final"), rest], [refund()], AUTOMATIC)

    assert decision.intents == (EnsureFinalize(3),)
    assert decision.wanted == {1, 2, 3}


def test_a_refund_that_is_not_planned_yet_comes_before_the_rest() -> None:
    decision = decide(CANCELED, [invoice("settled")], [refund()], AUTOMATIC)

    assert (decision.outcome, decision.intents) == (Outcome.PENDING, (PlanRefund(1, 71, 1),))


def test_a_draft_of_a_refund_that_was_taken_back_counts_until_it_is_gone() -> None:
    """Else the rest would be planned over too little, and once more when the draft is gone."""
    rest = note("draft", id=3, generation=2, gross_total=Decimal("7.30"))
    documents = [invoice("settled"), refund_note("draft"), rest]

    decision = decide(CANCELED, documents, [], AUTOMATIC)

    assert decision.intents == (EnsureFinalize(3), DeleteDraft(2))
    assert decision.wanted == {1, 3}
    gone = [invoice("settled"), refund_note("deleted", ended_by_person=True), rest]
    assert decide(CANCELED, gone, [], AUTOMATIC).intents[-1] == PlanCredit(
        1, 3, "Encomenda cancelada antes da expedição"
    )


def test_a_deleted_note_of_a_refund_says_nothing_against_crediting_the_whole() -> None:
    documents = [invoice("settled"), refund_note("deleted", ended_by_person=True)]

    decision = decide(CANCELED, documents, [refund()], AUTOMATIC)

    assert [type(intent) for intent in decision.intents] == [PlanCredit]


def test_settled_otherwise_leaves_a_refund_on_its_way() -> None:
    words = [refund(), ruling(RulingKind.SETTLED_OTHERWISE, document_id=1)]

    under_way = decide(CANCELED, [invoice("settled"), refund_note("draft")], words, AUTOMATIC)
    done = decide(CANCELED, [invoice("settled"), refund_note("final")], words, AUTOMATIC)

    assert (under_way.outcome, under_way.intents) == (Outcome.PENDING, (EnsureFinalize(2),))
    assert (done.outcome, done.intents) == (Outcome.ISSUED, ())


def test_refunds_that_cover_the_document_leave_it_credited() -> None:
    documents = [invoice("settled", is_reversed=True), refund_note("final", "12.30")]

    decision = decide(PAID, documents, [refund()], AUTOMATIC)

    assert (decision.outcome, decision.intents, decision.document_id) == (Outcome.CREDITED, (), 1)


def test_an_unpaid_invoice_is_settled_once_its_refund_is_final() -> None:
    unpaid = invoice("final", is_unpaid=True)

    waits = decide(PAID, [unpaid, refund_note("draft")], [refund()], ON_SHIPPING)
    goes_on = decide(PAID, [unpaid, refund_note("final")], [refund()], ON_SHIPPING)

    assert waits.intents == (EnsureFinalize(2),)
    assert goes_on.intents == (EnsureSettle(1),)


@pytest.mark.parametrize("end", ["canceled", "deleted"])
@pytest.mark.parametrize("status", ["planned", "draft"])
def test_a_note_whose_document_was_ended_is_withdrawn_once(end: str, status: str) -> None:
    """Somebody cancelled the document at the provider while its credit was under way."""
    documents = [invoice(end, ended_by_person=True), note(status)]

    decision = decide(PAID, documents, [], AUTOMATIC)

    assert decision.outcome is Outcome.HELD
    assert decision.intents == (DeleteDraft(2),)


def test_a_final_note_stays_whatever_becomes_of_its_document() -> None:
    documents = [invoice("canceled", ended_by_person=True), note("final")]

    assert decide(PAID, documents, [], AUTOMATIC).intents == ()
