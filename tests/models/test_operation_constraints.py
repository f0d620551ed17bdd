"""What the database refuses about work, and about the rows of stores and accounts."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from invoicing.models import (
    AccountSeries,
    AccountTax,
    Document,
    DocumentOperation,
    InvoicingAccount,
    OperationAttempt,
    OrderDecision,
)
from jumpseller_sync.models import JumpsellerConnection, WebhookDelivery
from outbound.clock import now
from stores.models import Membership, Order, Store
from tests.models import rows
from tests.models.rows import refused

OPEN = ["queued", "running", "held"]


def of(document: Document, verb: str, state: str, **fields: Any) -> DocumentOperation:
    reason = {"hold_reason": "rejected"} if state == "held" else {}
    return rows.operation(document, verb, state=state, **reason, **fields)


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.parametrize("second", OPEN)
@pytest.mark.parametrize("verb", ["create", "mail"])
def test_one_open_operation_of_a_document_and_verb(
    invoice: Document, verb: str, state: str, second: str
) -> None:
    of(invoice, verb, state)

    both_run = verb == "create" and state == second == "running"
    constraint = "one_running_fiscal_operation" if both_run else "one_open_operation_per_verb"
    refused(constraint, of, invoice, verb, second)
    assert DocumentOperation.objects.count() == 1


@pytest.mark.parametrize("ended", ["done", "superseded"])
def test_ended_operations_make_room_for_the_next(invoice: Document, ended: str) -> None:
    of(invoice, "create", ended)
    of(invoice, "create", ended)

    assert of(invoice, "create", "queued").pk


def test_an_ended_operation_cannot_come_back_beside_an_open_one(invoice: Document) -> None:
    ended = of(invoice, "create", "done")
    of(invoice, "create", "queued")

    refused(
        "one_open_operation_per_verb",
        DocumentOperation.objects.filter(pk=ended.pk).update,
        state="queued",
    )
    ended.refresh_from_db()
    assert ended.state == "done"


@pytest.mark.parametrize(
    ("first", "second"), [("create", "delete"), ("finalize", "delete"), ("finalize", "cancel")]
)
def test_one_running_fiscal_operation_of_a_document(invoice: Document, first: str, second: str) -> None:
    of(invoice, first, "running")
    waiting = of(invoice, second, "queued")

    refused(
        "one_running_fiscal_operation",
        DocumentOperation.objects.filter(pk=waiting.pk).update,
        state="running",
    )
    waiting.refresh_from_db()
    assert waiting.state == "queued"


def test_a_delivery_may_run_beside_fiscal_work(invoice: Document) -> None:
    of(invoice, "finalize", "running")

    assert of(invoice, "mail", "running").pk
    assert of(invoice, "attach", "running").pk


def test_one_running_operation_in_a_lane(invoice: Document, account: InvoicingAccount) -> None:
    other = rows.document(rows.order(invoice.order.store, 1002), account)
    of(invoice, "finalize", "running", lane="1:invoice_receipt:")

    refused("one_running_operation_per_lane", of, other, "finalize", "running", lane="1:invoice_receipt:")
    assert of(other, "finalize", "running", lane="2:invoice_receipt:").pk


@pytest.mark.parametrize("state", ["", "failed", "RUNNING"])
def test_a_state_is_one_of_the_list(invoice: Document, state: str) -> None:
    refused("known_operation_state", of, invoice, "create", state)
    assert DocumentOperation.objects.count() == 0


def test_a_hold_has_a_reason(invoice: Document) -> None:
    refused("a_hold_has_a_reason", rows.operation, invoice, state="held")
    assert DocumentOperation.objects.count() == 0


def test_one_attempt_for_a_number(invoice: Document) -> None:
    work = rows.operation(invoice)
    OperationAttempt.objects.create(operation=work, number=1, started_at=now())

    refused(
        "one_attempt_per_number",
        OperationAttempt.objects.create,
        operation=work,
        number=1,
        started_at=now(),
    )
    assert OperationAttempt.objects.count() == 1


def test_one_decision_of_an_order(order: Order) -> None:
    OrderDecision.objects.create(order=order, outcome="pending", decided_at=now())

    refused("order", OrderDecision.objects.create, order=order, outcome="held", decided_at=now())
    assert OrderDecision.objects.get().outcome == "pending"


def test_one_account_for_a_name_and_one_tax_and_series_in_it(account: InvoicingAccount) -> None:
    AccountTax.objects.create(account=account, name="IVA23", rate=23)
    AccountSeries.objects.create(account=account, name="2026")

    refused("one_row_per_account", rows.account)
    refused("one_tax_per_name", AccountTax.objects.create, account=account, name="IVA23", rate=6)
    refused("one_series_per_name", AccountSeries.objects.create, account=account, name="2026")
    assert (InvoicingAccount.objects.count(), AccountTax.objects.count()) == (1, 1)


def test_one_store_for_a_code_and_for_a_prefix(db: None) -> None:
    rows.store("loja", reference_prefix="LOJA")

    refused("one_store_per_code", rows.store, "loja")
    refused("reference_prefix", rows.store, "outra", reference_prefix="LOJA")
    assert Store.objects.count() == 1


def test_one_connection_of_a_store_and_one_hook_key(db: None) -> None:
    shop, other = rows.store("loja"), rows.store("outra")
    first = JumpsellerConnection.objects.create(store=shop, login="a", auth_token="b")

    create = JumpsellerConnection.objects.create
    refused("store", create, store=shop, login="a", auth_token="b")
    refused("hook_key", create, store=other, login="a", auth_token="b", hook_key=first.hook_key)
    refused("a_hook_key_is_never_empty", create, store=other, login="a", auth_token="b", hook_key="")
    assert JumpsellerConnection.objects.count() == 1
    assert len(first.hook_key) >= 32


def test_one_row_for_a_webhook_body(db: None) -> None:
    connection = JumpsellerConnection.objects.create(store=rows.store(), login="a", auth_token="b")
    fields = {
        "connection": connection,
        "event": "order_paid",
        "body": "{}",
        "body_sha256": "0" * 64,
        "received_at": now(),
        "last_received_at": now(),
    }
    WebhookDelivery.objects.create(**fields)

    refused("one_row_per_webhook_body", WebhookDelivery.objects.create, **fields)
    assert WebhookDelivery.objects.count() == 1


def test_one_membership_of_a_person_in_a_store(db: None) -> None:
    person, shop = User.objects.create_user("ana"), rows.store()
    Membership.objects.create(user=person, store=shop)

    refused("one_membership_per_store", Membership.objects.create, user=person, store=shop, role="manager")
    assert Membership.objects.get().role == "viewer"
