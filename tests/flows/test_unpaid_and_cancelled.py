"""Goods that leave before the money comes, receipts, and documents cancelled by a person."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from invoicing.models import Document, DocumentOperation
from invoicing.services.operations import ensure_operation
from invoicing.services.rulings import cancel_document, issue_anyway, revoke
from invoicing.services.run import run_operation
from sandbox.orders import Shipping
from sandbox.server import SandboxServer
from tests.flow import FakeClock, Shop, connect_shop, drain
from tests.flows.test_credit_by_hand import credit_by_hand

PAYMENT = {"vendor": "invoicexpress", "method": "POST", "path_regex": "partial_payments"}
CHANGE = {"vendor": "invoicexpress", "method": "PUT", "path_regex": "change-state"}


@pytest.fixture
def shop_on_account(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    return connect_shop(sandbox, clock, issue_on="paid_or_shipped", on_cancel="credit_note")


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", "ana@example.com", "invented")


def ship_unpaid(shop: Shop, order_id: int, status: str = "pending_payment") -> None:
    shop.put(order_id, status=status, shipping=Shipping(price=Decimal("4.92")), shipment_status="in_transit")
    assert shop.ring(order_id, "order_shipped") == 200
    drain(shop.clock)


def receipts(shop: Shop) -> list[Decimal]:
    found = [d for d in shop.account.documents.values() if d.kind.name == "Receipt"]
    return [d.amount for d in found if d.status != "canceled"]


def papers(shop: Shop) -> list[tuple[str, str]]:
    return [(d.kind.name, d.status) for d in shop.stored() if d.kind.name != "Receipt"]


def test_goods_that_left_unpaid_have_an_invoice(shop_on_account: Shop) -> None:
    ship_unpaid(shop_on_account, 1001)

    assert papers(shop_on_account) == [("Invoice", "final")]
    (document,) = shop_on_account.documents(1001)
    assert (document.kind, document.paid_at, document.gross_total) == ("invoice", None, Decimal("17.22"))
    row = shop_on_account.row(1001)
    assert (row["order_status"], row["outcome"], row["status"]) == ("unpaid", "issued", "final")


def test_the_payment_makes_one_receipt(shop_on_account: Shop) -> None:
    ship_unpaid(shop_on_account, 1001)

    ship_unpaid(shop_on_account, 1001, "paid")
    shop_on_account.ring(1001, "order_paid")
    drain(shop_on_account.clock)

    assert papers(shop_on_account) == [("Invoice", "settled")]
    assert receipts(shop_on_account) == [Decimal("17.22")]
    (document,) = shop_on_account.documents(1001)
    assert document.status == "settled"
    assert document.paid_at is not None
    assert shop_on_account.row(1001)["operation_state"] == "done"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_after"},
        {"kind": "drop_before"},
        {"kind": "truncate"},
        {"kind": "garbage", "body": ""},
        {"kind": "error_after", "status": 500},
    ],
    ids=lambda fault: fault["kind"],
)
def test_a_receipt_whose_answer_is_lost_is_made_once(shop_on_account: Shop, fault: dict) -> None:
    ship_unpaid(shop_on_account, 1001)
    shop_on_account.sandbox.state.faults.add(**fault, **PAYMENT)

    ship_unpaid(shop_on_account, 1001, "paid")

    assert receipts(shop_on_account) == [Decimal("17.22")]
    assert papers(shop_on_account) == [("Invoice", "settled")]
    assert shop_on_account.row(1001)["operation_state"] == "done"


def test_an_invoice_settled_by_hand_gets_no_second_receipt(shop_on_account: Shop) -> None:
    ship_unpaid(shop_on_account, 1001)
    shop_on_account.stored()[0].status = "settled"

    ship_unpaid(shop_on_account, 1001, "paid")

    assert receipts(shop_on_account) == []
    assert shop_on_account.documents(1001)[0].status == "settled"


def test_settling_twice_makes_one_receipt(shop_on_account: Shop) -> None:
    ship_unpaid(shop_on_account, 1001)
    ship_unpaid(shop_on_account, 1001, "paid")
    settle = DocumentOperation.objects.get(verb="settle")

    run_operation(settle.pk)

    assert receipts(shop_on_account) == [Decimal("17.22")]


def test_an_order_paid_before_its_goods_leave_has_a_paid_document(shop_on_account: Shop) -> None:
    shop_on_account.pay(1001)

    assert papers(shop_on_account) == [("InvoiceReceipt", "settled")]


def test_an_unpaid_invoice_of_a_cancelled_order_is_credited(shop_on_account: Shop) -> None:
    ship_unpaid(shop_on_account, 1001)

    ship_unpaid(shop_on_account, 1001, "canceled")

    assert papers(shop_on_account) == [("Invoice", "final"), ("CreditNote", "final")]
    assert shop_on_account.row(1001)["outcome"] == "credited"
    assert receipts(shop_on_account) == []


def test_without_the_setting_shipped_goods_wait_for_the_money(shop: Shop) -> None:
    ship_unpaid(shop, 1001)

    assert shop.stored() == []
    assert shop.row(1001)["outcome"] == "not_due"


# --- cancelled by a person


def test_a_cancelled_document_is_not_made_again(shop: Shop, ana: User) -> None:
    shop.pay(1001)

    answer = cancel_document(Document.objects.get(), user=ana, reason="NIF errado")
    again = cancel_document(Document.objects.get(), user=ana, reason="NIF errado")
    drain(shop.clock)
    shop.ring(1001, "order_updated")
    drain(shop.clock)

    assert (answer.is_done, again.kind) == (True, "in_progress")
    (stored,) = shop.stored()
    assert (stored.status, stored.cancel_message) == ("canceled", "NIF errado")
    row = shop.row(1001)
    assert (row["outcome"], row["hold_reason"], row["status"]) == ("held", "ended_by_person", "canceled")


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "truncate"])
def test_a_cancellation_whose_answer_is_lost_is_carried_out_once(shop: Shop, ana: User, kind: str) -> None:
    shop.pay(1001)
    shop.sandbox.state.faults.add(kind=kind, **CHANGE)

    cancel_document(Document.objects.get(), user=ana, reason="engano")
    drain(shop.clock)

    assert [d.status for d in shop.stored()] == ["canceled"]
    assert Document.objects.get().status == "canceled"


def test_after_a_cancellation_staff_invoice_the_order_again(shop: Shop, ana: User) -> None:
    shop.pay(1001)
    cancel_document(Document.objects.get(), user=ana, reason="NIF errado")
    drain(shop.clock)

    assert issue_anyway(shop.order(1001), user=ana).is_done
    drain(shop.clock)

    assert [(d.reference[-3:], d.status) for d in shop.stored()] == [("FT1", "canceled"), ("FT2", "settled")]
    assert shop.row(1001)["outcome"] == "issued"


def test_a_document_with_a_note_made_by_hand_is_not_cancelled(shop: Shop, ana: User) -> None:
    shop.pay(1001)
    (invoice,) = shop.stored()
    credit_by_hand(shop, 1001)

    cancel_document(Document.objects.get(), user=ana, reason="engano")
    drain(shop.clock)

    assert invoice.status == "settled"
    assert shop.row(1001)["outcome"] == "held"


def test_a_cancellation_taken_back_in_time_does_nothing(shop: Shop, ana: User) -> None:
    shop.pay(1001)
    answer = cancel_document(Document.objects.get(), user=ana, reason="engano")

    assert answer.ruling is not None
    assert revoke(answer.ruling, user=ana).is_done
    drain(shop.clock)

    assert [d.status for d in shop.stored()] == ["settled"]
    assert shop.row(1001)["outcome"] == "issued"


# --- looked at again


@pytest.mark.parametrize(
    ("there", "outcome", "reason"),
    [("canceled", "held", "ended_by_person"), ("settled", "issued", None)],
)
def test_what_people_did_at_the_provider_is_seen(
    shop: Shop, there: str, outcome: str, reason: str | None
) -> None:
    shop.pay(1001)
    (stored,) = shop.stored()
    stored.status = there

    ensure_operation(Document.objects.get(), "verify", requested_by="staff:ana")
    drain(shop.clock)

    assert Document.objects.get().status == there
    assert (shop.row(1001)["outcome"], shop.row(1001)["hold_reason"]) == (outcome, reason)


def test_a_draft_changed_by_hand_is_held(sandbox: SandboxServer, clock: FakeClock) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)
    shop.pay(1001)
    (stored,) = shop.stored()
    stored.reference = "outra"

    ensure_operation(Document.objects.get(), "verify", requested_by="staff:ana")
    drain(clock)

    assert (shop.row(1001)["outcome"], shop.row(1001)["hold_reason"]) == ("held", "stored_differs")
