"""Bad input: a clear error, nothing lost, and a way back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core import mail

from invoicing.domain.reasons import HOLD_TEXTS, HoldReason
from invoicing.models import Document, DocumentOperation, InvoicingAccount, OperationAttempt
from invoicing.services.document_rulings import verify_document
from invoicing.services.refresh import refresh_order
from invoicing.services.ruling_work import retry_operation
from invoicing.services.run import run_operation
from jumpseller_sync.models import WebhookDelivery
from jumpseller_sync.services.connect import (
    connect_store,
)
from jumpseller_sync.services.connect_settings import (
    StoreSettings,
)
from jumpseller_sync.services.deliveries import process_delivery
from sandbox.orders import Line
from stores.models import Store
from tests.flow import ACCOUNT, API_KEY, AUTH_TOKEN, Shop, drain, run_once, shop_settings

MINUTE = 60.0


def settings_with(**changes: Any) -> StoreSettings:
    settings = shop_settings()
    return StoreSettings(
        **{**{name: getattr(settings, name) for name in settings.__dataclass_fields__}, **changes}
    )


def notices(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if "credentials_refused" in record.getMessage()]


def work_for(shop: Shop, seconds: float) -> None:
    """Time passes in steps of twenty seconds, and what is due is done."""
    for _ in range(int(seconds // 20)):
        shop.clock.advance(20)
        while run_once():
            pass


def held(shop: Shop, order_id: int) -> DocumentOperation:
    return DocumentOperation.objects.get(document__order=shop.order(order_id), state="held")


# --- wrong credentials stop the account, not the order


def test_a_revoked_key_stops_the_account_and_not_the_order(shop: Shop, caplog) -> None:
    shop.account.api_key = "another-key"
    shop.put(1001)
    assert shop.ring(1001) == 200

    work_for(shop, 15 * MINUTE)

    account, row = InvoicingAccount.objects.get(), shop.row(1001)
    assert account.stopped_at is not None
    assert "refuses the account's key" in account.stopped_reason
    assert Store.objects.get().stopped_at is None
    assert (row["outcome"], row["status"], row["operation_state"]) == ("pending", "planned", "queued")
    assert len(notices(caplog)) == 1
    operation = DocumentOperation.objects.get()
    assert (operation.state, operation.tries, operation.hold_reason) == ("queued", 0, "")
    assert shop.stored() == []


def test_a_stopped_account_is_called_by_one_probe_at_a_time(shop: Shop, caplog) -> None:
    shop.account.api_key = "another-key"
    for order_id in range(1001, 1011):
        shop.put(order_id)
        shop.ring(order_id)
    while run_once():
        pass
    writes, reads = shop.calls("POST", "invoice_receipts"), shop.calls("GET", "taxes")

    work_for(shop, 10 * MINUTE)

    # One probe a minute, whatever waits, and it is a harmless read; nothing is kept of not having tried.
    assert writes <= 3
    assert shop.calls("POST", "invoice_receipts") == writes
    assert 1 <= shop.calls("GET", "taxes") - reads <= 11
    assert OperationAttempt.objects.count() <= writes + 11
    assert len(notices(caplog)) == 1
    assert {shop.row(order_id)["outcome"] for order_id in range(1001, 1011)} == {"pending"}


def test_the_right_key_sets_the_waiting_orders_free_and_each_gets_one_document(shop: Shop) -> None:
    shop.account.api_key = "the-new-key"
    for order_id in (1001, 1002, 1003):
        shop.put(order_id)
        shop.ring(order_id)
    work_for(shop, 5 * MINUTE)
    assert shop.stored() == []

    report = connect_store(settings_with(api_key="the-new-key"))
    drain(shop.clock)

    assert (report.status, report.problems) == ("connected", [])
    assert InvoicingAccount.objects.get().stopped_at is None
    assert [shop.row(order_id)["outcome"] for order_id in (1001, 1002, 1003)] == ["issued"] * 3
    assert len(shop.stored()) == 3
    assert len(mail.outbox) == 3
    assert Document.objects.count() == 3


def test_a_key_that_works_again_needs_no_person(shop: Shop) -> None:
    shop.account.api_key = "another-key"
    shop.put(1001)
    shop.ring(1001)
    work_for(shop, 5 * MINUTE)
    assert InvoicingAccount.objects.get().stopped_at is not None

    shop.account.api_key = API_KEY
    drain(shop.clock)

    assert InvoicingAccount.objects.get().stopped_at is None
    assert shop.row(1001)["outcome"] == "issued"
    assert len(shop.stored()) == 1


@pytest.mark.parametrize("status", [401, 403, 402])
def test_a_key_that_is_refused_half_way_makes_no_second_document(shop: Shop, status: int) -> None:
    """The create went through, the finalize is refused together with the harmless read."""
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="error_before", status=status, path_regex="change-state"
    )
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="error_before", status=status, method="GET", path_regex="taxes", times=2
    )

    shop.pay(1001)

    assert [d.status for d in shop.stored()] == ["settled"]
    assert shop.calls("POST", "invoice_receipts") == 1
    assert shop.row(1001)["outcome"] == "issued"


def test_a_refused_shop_token_stops_the_store_and_not_the_order(shop: Shop) -> None:
    shop.shop_side.auth_token = "another-token"
    shop.put(1001)
    assert shop.ring(1001) == 200

    work_for(shop, 15 * MINUTE)

    assert Store.objects.get().stopped_at is not None
    assert InvoicingAccount.objects.get().stopped_at is None
    assert shop.row(1001)["outcome"] == "pending"
    assert shop.row(1001)["operation_state"] == "queued"
    assert shop.calls("GET", "/orders/1001.json") <= 16
    assert Document.objects.count() == 0


def test_the_right_token_lets_the_stores_orders_go_on(shop: Shop) -> None:
    shop.shop_side.auth_token = "the-new-token"
    for order_id in (1001, 1002):
        shop.put(order_id)
        shop.ring(order_id)
    work_for(shop, 5 * MINUTE)

    report = connect_store(settings_with(auth_token="the-new-token"))
    drain(shop.clock)

    assert (report.status, report.problems) == ("connected", [])
    assert Store.objects.get().stopped_at is None
    assert [shop.row(order_id)["outcome"] for order_id in (1001, 1002)] == ["issued"] * 2
    assert len(shop.stored()) == 2


def test_webhooks_are_taken_while_both_sides_refuse(shop: Shop) -> None:
    shop.account.api_key, shop.shop_side.auth_token = "another-key", "another-token"
    for order_id in range(1001, 1006):
        shop.put(order_id)
        assert shop.ring(order_id) == 200
    work_for(shop, 5 * MINUTE)
    assert WebhookDelivery.objects.filter(state="processed").count() == 5

    shop.account.api_key, shop.shop_side.auth_token = API_KEY, AUTH_TOKEN
    drain(shop.clock)

    assert [shop.row(order_id)["outcome"] for order_id in range(1001, 1006)] == ["issued"] * 5
    assert len(shop.stored()) == 5


# --- an order that cannot be read


UNREADABLE: dict[str, tuple[dict[str, Any], str]] = {
    "no products": ({"products": None}, "order_unreadable"),
    "products of a wrong type": ({"products": "two mugs"}, "order_unreadable"),
    "a price that is a word": ({"total": "twelve"}, "order_unreadable"),
    "a total that does not add up": ({"total": 99.99}, "total_not_reproduced"),
    "a negative total": ({"total": -12.3}, "order_unreadable"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_order_that_cannot_be_read_is_kept_held_and_explained(shop: Shop, name: str) -> None:
    changes, reason = UNREADABLE[name]
    shop.put(1001, **changes)
    assert shop.ring(1001) == 200
    drain(shop.clock)

    row, order = shop.row(1001), shop.order(1001)
    assert (row["outcome"], row["hold_reason"]) == ("held", reason)
    assert order.decision.detail
    assert json.loads(order.payload)["order"]["id"] == 1001
    assert WebhookDelivery.objects.get().state == "processed"
    assert shop.stored() == []
    assert Document.objects.count() == 0


def test_a_corrected_order_is_invoiced_by_itself(shop: Shop) -> None:
    shop.put(1001, total=99.99)
    shop.ring(1001)
    drain(shop.clock)
    assert shop.row(1001)["outcome"] == "held"

    shop.put(1001)
    shop.ring(1001, "order_updated")
    drain(shop.clock)

    assert shop.row(1001)["outcome"] == "issued"
    assert len(shop.stored()) == 1


@pytest.mark.parametrize(
    "body", ["<html>maintenance</html>", [], {}, {"order": None}, {"order": {"no": "id"}}, 7]
)
def test_an_answer_that_is_no_order_is_asked_for_again(shop: Shop, body: Any) -> None:
    shop.sandbox.state.faults.add(
        vendor="jumpseller", kind="garbage", body=body, path_regex="/orders/1001.json", times=2
    )

    shop.pay(1001)

    assert shop.row(1001)["outcome"] == "issued"
    assert len(shop.stored()) == 1


def test_another_order_than_the_one_asked_for_is_never_invoiced(shop: Shop) -> None:
    other = shop.put(2002, lines=[Line(price="99.00")])
    shop.sandbox.state.faults.add(
        vendor="jumpseller",
        kind="garbage",
        body=json.loads(json.dumps({"order": other}, default=float)),
        path_regex="/orders/1001.json",
        times=None,
    )
    shop.put(1001)
    shop.ring(1001)

    drain(shop.clock, hours=2)

    assert shop.row(1001)["outcome"] in ("pending", "held")
    assert shop.stored() == []
    assert Document.objects.count() == 0


def test_an_order_that_the_shop_does_not_have_is_held(shop: Shop) -> None:
    body = b'{"order":{"id":4040,"status_enum":"paid"}}'
    assert shop.ring_raw(body) == 200
    drain(shop.clock)

    row = shop.row(4040)
    assert (row["outcome"], row["hold_reason"], row["operation_state"]) == ("held", "not_found", None)
    assert shop.order(4040).decision.detail == "The shop has no such order."
    assert shop.stored() == []
    shop.pay(4040)
    assert shop.row(4040)["outcome"] == "issued"


# --- what the provider refuses


# Error bodies as recorded, one of each shape, and the words that staff are shown.
REFUSALS: dict[str, tuple[Any, str]] = {
    "list of objects": (
        {"errors": [{"error": "Client is invalid"}, {"error": "Fiscal não é válido"}]},
        "Client is invalid; Fiscal não é válido",
    ),
    "one object": ({"errors": {"error": "Invalid date"}}, "Invalid date"),
    "list of texts": (
        {"errors": ["Date must not be before the last one"]},
        "Date must not be before the last one",
    ),
    "one text": ({"error": "Invoice items can't be blank"}, "Invoice items can't be blank"),
    "pairs": ([["due_date", "não é válida."]], "due_date: não é válida."),
    "message": ({"message": "The series is not registered"}, "The series is not registered"),
    "fields": (
        {"errors": {"items": ["is empty"], "date": ["is invalid"]}},
        "items: is empty; date: is invalid",
    ),
    "markup": ({"errors": [{"error": "<b>No</b> <script>alert(1)</script>stock"}]}, "No stock"),
    "html": ("<html><head><title>Unprocessable</title></head><body>x</body></html>", "Unprocessable"),
    "nothing": ("", "invoicexpress refused it"),
    "one space": (" ", "invoicexpress refused it"),
}


@pytest.mark.parametrize("shape", REFUSALS)
def test_a_refusal_is_shown_in_their_words_and_in_ours(shop: Shop, shape: str) -> None:
    body, words = REFUSALS[shape]
    for _ in range(2 if words.startswith("Client is invalid") else 1):
        # A client that is refused is made anew, once.
        shop.sandbox.state.faults.add(
            vendor="invoicexpress",
            kind="error_before",
            status=422,
            body=body,
            method="POST",
            path_regex="invoice_receipts",
        )

    shop.pay(1001)

    row, operation = shop.row(1001), held(shop, 1001)
    assert (row["outcome"], row["hold_reason"], row["operation_state"]) == ("held", "rejected", "held")
    assert (operation.hold_reason, operation.detail) == ("rejected", words)
    assert operation.write_started_at is None
    assert operation.attempt_log.get().error == words
    ours = HOLD_TEXTS[HoldReason(operation.hold_reason)]
    assert ours.sentence == "The other side refused it; its words are shown."
    assert ours.remedy == "Correct what it names, then retry."
    assert shop.calls("POST", "invoice_receipts") == (2 if words.startswith("Client is invalid") else 1)
    assert shop.stored() == []


def test_a_document_in_a_state_that_nobody_knows_is_held(shop: Shop, admin_user) -> None:
    shop.pay(1001)
    (document,) = shop.documents(1001)
    shop.sandbox.state.faults.add(
        vendor="invoicexpress",
        kind="error_before",
        status=200,
        body={"invoice_receipt": {"id": int(document.provider_id), "status": "half-baked", "items": []}},
        method="GET",
        path_regex=rf"/invoice_receipts/{document.provider_id}\.json",
    )

    assert verify_document(document, user=admin_user).is_done
    drain(shop.clock)

    operation = held(shop, 1001)
    assert (operation.verb, operation.hold_reason) == ("verify", "unexpected_answer")
    document.refresh_from_db()
    assert (document.status, len(shop.stored())) == ("settled", 1)


def test_a_refused_order_is_not_tried_again_until_a_person_asks(shop: Shop, admin_user) -> None:
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="error_before", status=422, body={"error": "no"}, method="POST"
    )
    shop.pay(1001)
    shop.clock.advance(30 * 86_400)
    shop.ring(1001, "order_updated")
    drain(shop.clock)
    assert shop.calls("POST", "invoice_receipts") == 1
    assert shop.row(1001)["outcome"] == "held"

    assert retry_operation(held(shop, 1001), user=admin_user).is_done
    drain(shop.clock)

    assert shop.row(1001)["outcome"] == "issued"
    assert len(shop.stored()) == 1


def test_a_refused_finalize_keeps_the_draft_and_its_words(shop: Shop, admin_user) -> None:
    shop.sandbox.state.faults.add(
        vendor="invoicexpress",
        kind="error_before",
        status=422,
        body={"errors": [{"error": "The series is not registered"}]},
        path_regex="change-state",
    )

    shop.pay(1001)

    operation = held(shop, 1001)
    assert (operation.verb, operation.hold_reason) == ("finalize", "rejected")
    assert operation.detail == "The series is not registered"
    assert [d.status for d in shop.stored()] == ["draft"]
    assert mail.outbox == []
    assert retry_operation(operation, user=admin_user).is_done
    drain(shop.clock)
    assert [d.status for d in shop.stored()] == ["settled"]


def test_a_plan_that_lacks_a_feature_does_not_stop_the_account(shop: Shop) -> None:
    """A 401 on one thing while the harmless read works is about that thing."""
    shop.sandbox.state.faults.add(
        vendor="invoicexpress",
        kind="error_before",
        status=401,
        body={"errors": [{"error": "Your plan has no invoice receipts"}]},
        method="POST",
        path_regex="invoice_receipts",
        times=None,
    )

    shop.pay(1001)

    assert InvoicingAccount.objects.get().stopped_at is None
    assert (held(shop, 1001).hold_reason, held(shop, 1001).detail) == (
        "rejected",
        "Your plan has no invoice receipts",
    )


def test_a_refusal_that_repeats_the_key_does_not_show_it(shop: Shop) -> None:
    shop.sandbox.state.faults.add(
        vendor="invoicexpress",
        kind="error_before",
        status=422,
        body={"errors": [{"error": f"Key {API_KEY} of {ACCOUNT} may not"}]},
        method="POST",
    )

    shop.pay(1001)

    assert held(shop, 1001).detail == "Key *** of lojaexemplo may not"


def test_one_orders_refusal_does_not_hold_up_another(shop: Shop) -> None:
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="error_before", status=422, body={"error": "no"}, method="POST"
    )
    shop.pay(1001)

    shop.pay(1002)

    assert (shop.row(1001)["outcome"], shop.row(1002)["outcome"]) == ("held", "issued")
    assert len(shop.stored()) == 1


def test_a_message_for_work_that_is_gone_is_harmless(shop: Shop) -> None:
    before = [model.objects.count() for model in (WebhookDelivery, Document, DocumentOperation)]
    for act in (refresh_order, run_operation, process_delivery):
        act(999_999)

    assert [model.objects.count() for model in (WebhookDelivery, Document, DocumentOperation)] == before


def test_a_used_up_quota_is_one_notice_and_goes_on_by_itself(shop: Shop, caplog) -> None:
    """A harmless read goes well all the while, so only the next document can tell; seldom, and quietly."""
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="error_before", status=402, path_regex="invoice_receipts", times=None
    )
    for order_id in (1001, 1002, 1003):
        shop.put(order_id)
        shop.ring(order_id)

    drain(shop.clock, hours=12)
    asked = shop.calls("POST", "invoice_receipts")
    waiting = [shop.row(order_id)["outcome"] for order_id in (1001, 1002, 1003)]
    shop.sandbox.state.faults.clear()
    drain(shop.clock)

    assert asked <= 2 * 12 + 3
    assert waiting == ["pending"] * 3
    assert len(notices(caplog)) == 1
    assert [shop.row(order_id)["outcome"] for order_id in (1001, 1002, 1003)] == ["issued"] * 3
    assert len(shop.stored()) == 3
