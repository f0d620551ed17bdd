"""People's word: each verb once, twice, and refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from invoicing.domain.reasons import HoldReason
from invoicing.models import Document, DocumentOperation, Ruling
from invoicing.queue import settle_time
from invoicing.services.refresh import refresh_order
from invoicing.services.rulings import (
    Answer,
    AnswerKind,
    Because,
    approve_credit,
    delete_draft,
    do_not_invoice,
    give_up,
    issue_anyway,
    reprocess,
    request_finalize,
    retry_operation,
    revoke,
    settle_otherwise,
)
from sandbox.orders import Line
from sandbox.server import SandboxServer
from stores.models import OrderRefresh
from stores.services import hear_of_order, mark_for_refresh
from tests.flow import FakeClock, Shop, connect_shop, drain, run_once

Facts = dict[str, Any]


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", "ana@example.com", "invented")


@pytest.fixture
def careful(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """A store whose documents stay drafts until a person finalizes them."""
    return connect_shop(sandbox, clock, finalize=False)


def facts() -> Facts:
    """Everything that a refused verb must leave as it was."""
    return {
        "rulings": list(Ruling.objects.order_by("id").values_list("kind", "revoked_at")),
        "documents": list(Document.objects.order_by("id").values_list("id", "status", "ended_by_person")),
        "operations": list(
            DocumentOperation.objects.order_by("id").values_list("id", "verb", "state", "not_before")
        ),
        "refreshes": list(OrderRefresh.objects.order_by("id").values_list("requested", "processed")),
    }


def assert_refused(answer: Answer, because: Because | None, before: Facts) -> None:
    assert (answer.kind, answer.because) == (AnswerKind.NOT_POSSIBLE, because)
    assert facts() == before


def hold_create(shop: Shop, order_id: int) -> DocumentOperation:
    """An order whose create is held after a lost answer: the draft exists, and we do not know it."""
    shop.sandbox.state.faults.add(
        kind="drop_after", vendor="invoicexpress", method="POST", path_regex="invoice_receipts"
    )
    shop.put(order_id)
    assert shop.ring(order_id) == 200
    while not DocumentOperation.objects.filter(write_started_at__isnull=False).exists():
        assert run_once()
    operation = DocumentOperation.objects.get(verb="create")
    DocumentOperation.objects.filter(pk=operation.pk).update(
        state="held", hold_reason=HoldReason.RETRIES_EXHAUSTED, tries=8, losses=2
    )
    operation.refresh_from_db()
    return operation


# --- finalize


def test_staff_finalize_a_draft(careful: Shop, ana: User) -> None:
    careful.pay(1001)
    (document,) = careful.documents(1001)
    assert document.status == "draft"

    first = request_finalize(document, user=ana, reason="checked")
    second = request_finalize(document, user=ana)
    drain(careful.clock)
    third = request_finalize(document, user=ana)

    assert [first.kind, second.kind, third.kind] == [
        AnswerKind.DONE,
        AnswerKind.IN_PROGRESS,
        AnswerKind.ALREADY,
    ]
    (document,) = careful.documents(1001)
    assert document.status == "settled"
    ruling = Ruling.objects.get()
    assert (ruling.kind, ruling.by, ruling.reason, ruling.document) == ("finalize", ana, "checked", document)
    assert document.operations.get(verb="finalize").requested_by == "staff:ana"


def test_a_draft_that_the_order_does_not_call_for_is_not_finalized(careful: Shop, ana: User) -> None:
    order = careful.pay(1001)
    (document,) = careful.documents(1001)
    type(order).objects.filter(pk=order.pk).update(status="")
    before = facts()

    answer = request_finalize(document, user=ana)

    assert_refused(answer, Because.NOT_WANTED, before)
    assert answer.reason is HoldReason.ORDER_UNREADABLE


def test_a_deleted_document_is_not_finalized(careful: Shop, ana: User) -> None:
    careful.pay(1001)
    (document,) = careful.documents(1001)
    delete_draft(document, user=ana)
    drain(careful.clock)
    before = facts()

    assert_refused(request_finalize(document, user=ana), Because.ENDED, before)


# --- delete a draft


def test_a_draft_deleted_by_staff_is_not_planned_again_until_staff_say_so(careful: Shop, ana: User) -> None:
    order = careful.pay(1001)
    (document,) = careful.documents(1001)

    answers = [delete_draft(document, user=ana, reason="double order") for _ in range(2)]
    drain(careful.clock)
    answers.append(delete_draft(document, user=ana))

    assert [a.kind for a in answers] == [AnswerKind.DONE, AnswerKind.IN_PROGRESS, AnswerKind.ALREADY]
    assert careful.stored() == []
    assert Ruling.objects.count() == 1

    careful.ring(1001, "order_updated")
    drain(careful.clock)

    assert [d.status for d in careful.documents(1001)] == ["deleted"]
    assert (careful.row(1001)["outcome"], careful.row(1001)["hold_reason"]) == ("held", "ended_by_person")

    answers = [issue_anyway(order, user=ana, reason="it was not") for _ in range(2)]
    drain(careful.clock)

    assert [a.kind for a in answers] == [AnswerKind.DONE, AnswerKind.IN_PROGRESS]
    assert [(d.generation, d.status) for d in careful.documents(1001)] == [(1, "deleted"), (2, "draft")]
    assert len(careful.stored()) == 1
    assert careful.row(1001)["outcome"] == "issued"


def test_a_planned_document_that_was_never_sent_is_deleted_without_a_call(careful: Shop, ana: User) -> None:
    careful.put(1001)
    order = hear_of_order(careful.store, "1001")
    refresh_order(mark_for_refresh(order, requested_by="test").pk)
    document = Document.objects.get()
    assert document.status == "planned"

    answer = delete_draft(document, user=ana)
    drain(careful.clock)

    assert answer.is_done
    assert (careful.documents(1001)[0].status, careful.account.documents) == ("deleted", {})


def test_the_draft_of_an_unreadable_order_can_be_deleted(careful: Shop, ana: User) -> None:
    order = careful.pay(1001)
    (document,) = careful.documents(1001)
    type(order).objects.filter(pk=order.pk).update(status="")

    assert delete_draft(document, user=ana).is_done
    drain(careful.clock)

    assert careful.stored() == []
    assert careful.documents(1001)[0].ended_by_person


def test_a_final_document_is_not_deleted(shop: Shop, ana: User) -> None:
    shop.pay(1001)
    (document,) = shop.documents(1001)
    before = facts()

    assert_refused(delete_draft(document, user=ana), Because.ALREADY_FINAL, before)


@pytest.mark.parametrize("state", ["running", "queued"])
def test_a_draft_that_may_be_final_already_is_not_deleted(careful: Shop, ana: User, state: str) -> None:
    order = careful.pay(1001)
    (document,) = careful.documents(1001)
    request_finalize(document, user=ana)
    DocumentOperation.objects.filter(verb="finalize").update(
        state=state, write_started_at=careful.clock(), lease_until=careful.clock()
    )
    before = facts()

    assert_refused(delete_draft(document, user=ana), Because.BEING_FINALIZED, before)
    assert_refused(do_not_invoice(order, user=ana), Because.BEING_FINALIZED, before)


# --- credit


def test_an_approved_credit_ends_the_document_of_an_order_that_stays_paid(shop: Shop, ana: User) -> None:
    shop.pay(1001)
    (invoice,) = shop.documents(1001)

    answers = [approve_credit(invoice, user=ana, reason="goods back") for _ in range(2)]
    drain(shop.clock)
    answers.append(approve_credit(invoice, user=ana))

    assert [a.kind for a in answers] == [AnswerKind.DONE, AnswerKind.IN_PROGRESS, AnswerKind.ALREADY]
    invoice, note = shop.documents(1001)
    assert invoice.reversed_at is not None
    assert (note.role, note.original, note.gross_total) == ("credit_note", invoice, invoice.gross_total)

    shop.ring(1001, "order_updated")
    drain(shop.clock)

    row = shop.row(1001)
    assert (row["order_status"], row["outcome"], row["operation_state"]) == ("paid", "credited", "done")
    assert len(shop.documents(1001)) == 2
    assert Ruling.objects.count() == 1


def test_a_draft_is_not_credited(careful: Shop, ana: User) -> None:
    careful.pay(1001)
    (document,) = careful.documents(1001)
    before = facts()

    assert_refused(approve_credit(document, user=ana), Because.NOT_FINAL, before)
    assert_refused(settle_otherwise(document, user=ana), Because.NOT_FINAL, before)


def test_a_credit_note_is_not_credited(shop: Shop, ana: User) -> None:
    shop.pay(1001)
    approve_credit(shop.documents(1001)[0], user=ana)
    drain(shop.clock)
    note = shop.documents(1001)[1]
    before = facts()

    assert_refused(approve_credit(note, user=ana), Because.IS_CREDIT_NOTE, before)


def test_a_credit_note_that_staff_deleted_is_not_finalized_behind_their_back(shop: Shop, ana: User) -> None:
    """The order stays cancelled and the settings finalize; only the person's word is against it."""
    invoice, note = _cancelled_with_note_draft(shop)
    shop.sandbox.state.faults.add(
        kind="error_before", vendor="invoicexpress", method="PUT", path_regex="change-state"
    )

    assert delete_draft(note, user=ana).is_done
    while not DocumentOperation.objects.filter(verb="delete", write_started_at__isnull=False).exists():
        assert run_once()
    shop.ring(1001, "order_updated")
    drain(shop.clock)

    note.refresh_from_db()
    assert (note.status, note.ended_by_person) == ("deleted", True)
    assert not note.operations.filter(verb="finalize", state__in=("queued", "running", "done")).exists()
    assert (shop.row(1001)["outcome"], shop.row(1001)["hold_reason"]) == ("held", "ended_by_person")

    assert approve_credit(invoice, user=ana).is_done
    drain(shop.clock)

    assert shop.row(1001)["outcome"] == "credited"
    assert [d.status for d in shop.documents(1001)] == ["settled", "deleted", "final"]


def _cancelled_with_note_draft(shop: Shop) -> tuple[Document, Document]:
    """A final invoice, the order cancelled, its credit note a draft whose finalizing has not begun."""
    shop.pay(1001)
    (invoice,) = shop.documents(1001)
    shop.put(1001, status="canceled")
    ana = User.objects.get(username="ana")
    shop.ring(1001, "order_canceled")
    drain(shop.clock)
    assert approve_credit(invoice, user=ana).is_done
    while not Document.objects.filter(role="credit_note", status="draft").exists():
        assert run_once()
    return invoice, Document.objects.get(role="credit_note")


def test_a_cancelled_order_settled_otherwise_keeps_its_document(shop: Shop, ana: User) -> None:
    shop.pay(1001)
    shop.put(1001, status="canceled")
    shop.ring(1001, "order_canceled")
    drain(shop.clock)
    (document,) = shop.documents(1001)
    assert shop.row(1001)["hold_reason"] == "credit_needs_approval"

    answers = [settle_otherwise(document, user=ana, reason="exchanged") for _ in range(2)]
    shop.ring(1001, "order_updated")
    drain(shop.clock)

    assert [a.kind for a in answers] == [AnswerKind.DONE, AnswerKind.ALREADY]
    assert (shop.row(1001)["outcome"], shop.row(1001)["hold_reason"]) == ("issued", None)
    assert len(shop.documents(1001)) == 1

    assert approve_credit(document, user=ana).is_done
    drain(shop.clock)

    assert shop.row(1001)["outcome"] == "credited"


def test_a_paid_order_is_not_settled_otherwise(shop: Shop, ana: User) -> None:
    shop.pay(1001)
    (document,) = shop.documents(1001)
    before = facts()

    assert_refused(settle_otherwise(document, user=ana), Because.NOT_CANCELED, before)


# --- orders


def test_do_not_invoice_deletes_the_draft_and_can_be_revoked(careful: Shop, ana: User) -> None:
    order = careful.pay(1001)

    answers = [do_not_invoice(order, user=ana, reason="test order") for _ in range(2)]
    drain(careful.clock)

    assert [a.kind for a in answers] == [AnswerKind.DONE, AnswerKind.ALREADY]
    assert careful.stored() == []
    row = careful.row(1001)
    assert (row["outcome"], row["hold_reason"], row["status"]) == ("excluded", "do_not_invoice", "deleted")

    ruling = Ruling.objects.get()
    answers = [revoke(ruling, user=ana) for _ in range(2)]
    drain(careful.clock)

    assert [a.kind for a in answers] == [AnswerKind.DONE, AnswerKind.ALREADY]
    assert [(d.generation, d.status) for d in careful.documents(1001)] == [(1, "deleted"), (2, "draft")]


def test_an_order_with_a_final_document_cannot_be_left_out(shop: Shop, ana: User) -> None:
    order = shop.pay(1001)
    before = facts()

    assert_refused(do_not_invoice(order, user=ana), Because.ALREADY_FINAL, before)
    assert_refused(issue_anyway(order, user=ana), Because.HAS_DOCUMENT, before)


def test_issue_anyway_overrides_go_live(sandbox: SandboxServer, clock: FakeClock, ana: User) -> None:
    shop = connect_shop(sandbox, clock, go_live_on="2026-12-01")
    order = shop.pay(1001)
    assert shop.row(1001)["hold_reason"] == "before_go_live"

    assert issue_anyway(order, user=ana).is_done
    drain(clock)

    assert [d.status for d in shop.documents(1001)] == ["settled"]


def test_the_later_word_counts(careful: Shop, ana: User) -> None:
    order = careful.pay(1001)
    do_not_invoice(order, user=ana)
    drain(careful.clock)

    assert issue_anyway(order, user=ana).is_done
    drain(careful.clock)

    assert careful.row(1001)["outcome"] == "issued"
    assert list(Ruling.objects.filter(revoked_at=None).values_list("kind", flat=True)) == ["issue_anyway"]


def test_an_order_that_is_not_paid_is_not_issued(shop: Shop, ana: User) -> None:
    order = shop.pay(1001, status="pending_payment", paid_at=None)
    before = facts()

    assert_refused(issue_anyway(order, user=ana), Because.NOT_PAID, before)
    assert shop.stored() == []


def test_issue_anyway_does_not_override_the_arithmetic(shop: Shop, ana: User) -> None:
    order = shop.pay(1001, lines=[Line(rate=None)])
    assert shop.row(1001)["outcome"] == "held"
    before = facts()

    answer = issue_anyway(order, user=ana)

    assert_refused(answer, Because.NOT_WANTED, before)
    assert answer.reason is not None
    assert shop.stored() == []


# --- revoke


def test_a_request_to_finalize_is_taken_back_in_time(careful: Shop, ana: User) -> None:
    careful.pay(1001)
    (document,) = careful.documents(1001)
    ruling = request_finalize(document, user=ana).ruling
    assert ruling is not None

    assert revoke(ruling, user=ana).is_done
    drain(careful.clock)

    assert careful.documents(1001)[0].status == "draft"


def test_what_was_acted_on_is_not_taken_back(careful: Shop, ana: User) -> None:
    careful.pay(1001)
    (document,) = careful.documents(1001)
    ruling = request_finalize(document, user=ana).ruling
    assert ruling is not None
    drain(careful.clock)
    before = facts()

    assert_refused(revoke(ruling, user=ana), Because.ALREADY_ACTED_ON, before)


def test_a_deletion_is_taken_back_before_it_began(careful: Shop, ana: User) -> None:
    careful.pay(1001)
    (document,) = careful.documents(1001)
    ruling = delete_draft(document, user=ana).ruling
    assert ruling is not None

    assert revoke(ruling, user=ana).is_done
    drain(careful.clock)

    (document,) = careful.documents(1001)
    assert (document.status, document.ended_by_person) == ("draft", False)
    assert careful.row(1001)["outcome"] == "issued"


def test_an_approval_is_not_taken_back_once_the_note_is_planned(shop: Shop, ana: User) -> None:
    shop.pay(1001)
    ruling = approve_credit(shop.documents(1001)[0], user=ana).ruling
    assert ruling is not None
    before = facts()

    assert_refused(revoke(ruling, user=ana), Because.CREDIT_UNDER_WAY, before)


# --- work


def test_retrying_a_held_create_makes_no_second_document(shop: Shop, ana: User) -> None:
    operation = hold_create(shop, 1001)
    assert len(shop.stored()) == 1

    answers = [retry_operation(operation, user=ana) for _ in range(2)]

    assert [a.kind for a in answers] == [AnswerKind.DONE, AnswerKind.IN_PROGRESS]
    operation.refresh_from_db()
    assert (operation.state, operation.tries, operation.losses, operation.hold_reason) == ("queued", 0, 0, "")
    assert operation.write_started_at is not None
    assert operation.not_before == settle_time(operation.write_started_at)

    drain(shop.clock)

    (stored,) = shop.stored()
    (document,) = shop.documents(1001)
    assert (document.provider_id, document.status) == (str(stored.id), "settled")
    assert retry_operation(operation, user=ana).kind is AnswerKind.ALREADY


def test_a_mail_is_sent_again_when_staff_say_so(shop: Shop, ana: User, mailoutbox: list[Any]) -> None:
    shop.pay(1001)
    mail = DocumentOperation.objects.get(verb="mail")
    DocumentOperation.objects.filter(pk=mail.pk).update(
        state="held", hold_reason=HoldReason.MAIL_PERHAPS_SENT, write_started_at=shop.clock()
    )
    sent = len(mailoutbox)

    assert retry_operation(mail, user=ana).is_done
    drain(shop.clock)

    mail.refresh_from_db()
    assert (mail.state, len(mailoutbox)) == ("done", sent + 1)


def test_work_that_does_not_wait_is_not_retried(shop: Shop, ana: User) -> None:
    shop.pay(1001)
    operation = DocumentOperation.objects.get(verb="create")
    DocumentOperation.objects.filter(pk=operation.pk).update(state="superseded")
    before = facts()

    assert_refused(retry_operation(operation, user=ana), Because.NOT_HELD, before)


def test_a_held_delivery_is_given_up(shop: Shop, ana: User) -> None:
    shop.pay(1001)
    mail = DocumentOperation.objects.get(verb="mail")
    DocumentOperation.objects.filter(pk=mail.pk).update(state="held", hold_reason=HoldReason.MAIL_REFUSED)

    answers = [give_up(mail, user=ana) for _ in range(2)]

    assert [a.kind for a in answers] == [AnswerKind.DONE, AnswerKind.ALREADY]
    mail.refresh_from_db()
    assert (mail.state, mail.requested_by) == ("superseded", "staff:ana")


def test_fiscal_work_that_the_order_calls_for_is_not_given_up(shop: Shop, ana: User) -> None:
    operation = hold_create(shop, 1001)
    before = facts()

    assert_refused(give_up(operation, user=ana), Because.STILL_CALLED_FOR, before)
    assert retry_operation(operation, user=ana).is_done


def test_a_held_draft_is_deleted_with_what_its_lost_create_made(shop: Shop, ana: User) -> None:
    operation = hold_create(shop, 1001)

    assert delete_draft(operation.document, user=ana).is_done
    drain(shop.clock)

    assert shop.stored() == []
    assert shop.documents(1001)[0].status == "deleted"


def test_reprocess_reads_the_order_again(
    shop: Shop, ana: User, silent_bell: list[tuple[str, int]], django_capture_on_commit_callbacks: Any
) -> None:
    order = shop.pay(1001)
    reads = shop.calls("GET", "/orders/1001.json")

    with django_capture_on_commit_callbacks() as rings:
        answers = [reprocess(order, user=ana) for _ in range(2)]
    drain(shop.clock)

    assert [a.kind for a in answers] == [AnswerKind.DONE, AnswerKind.IN_PROGRESS]
    assert shop.calls("GET", "/orders/1001.json") == reads + 1
    assert len(rings) == 1
    assert OrderRefresh.objects.get().requested_by == "staff:ana"
    assert len(shop.documents(1001)) == 1
