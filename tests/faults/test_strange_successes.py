"""Answers that say "done" and are not what was asked for: believed only when the provider shows it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from invoicing.models import Document
from sandbox.messages import Request
from sandbox.server import SandboxServer
from tests.faults.history import assert_one_final_document
from tests.flow import FakeClock, Shop, connect_shop, drain

CREATE = {"vendor": "invoicexpress", "method": "POST", "path_regex": "invoice_receipts.json"}
CHANGE = {"vendor": "invoicexpress", "method": "PUT", "path_regex": "change-state"}


def answer_of(shop: Shop, document: Any, **changes: Any) -> str:
    """What the provider would say of one of its documents, with `changes`."""
    path = f"/invoicexpress/lojaexemplo/invoice_receipts/{document.id}.json"
    said = shop.sandbox.state.handle(Request.of("GET", f"{path}?api_key={shop.account.api_key}"))
    body = json.loads(said.body)
    body[next(iter(body))].update(changes)
    return json.dumps(body)


@pytest.mark.parametrize("status", ["draft", "settled"])
def test_a_create_answered_with_another_orders_document_is_held(shop: Shop, status: str) -> None:
    shop.pay(1001)
    (first,) = shop.stored()
    body = answer_of(shop, first, status=status)
    shop.sandbox.state.faults.add(kind="error_before", status=201, body=body, **CREATE)

    shop.pay(1002)

    row = shop.row(1002)
    assert (row["outcome"], row["hold_reason"]) == ("held", "duplicate_reference")
    (document,) = shop.documents(1002)
    assert (document.status, document.provider_id) == ("planned", "")
    assert_one_final_document_of_the_first(shop)


def assert_one_final_document_of_the_first(shop: Shop) -> None:
    assert shop.documents(1001)[0].status == "settled"
    assert shop.row(1001)["outcome"] == "issued"


def test_a_create_answered_with_a_final_document_is_held(shop: Shop) -> None:
    """Somebody, or something, gave it its number at once: true, recorded, and looked at by a person."""
    shop.pay(1001)
    (first,) = shop.stored()
    body = answer_of(
        shop, first, status="settled", id=987654, reference="LOJA-EXEMPLO-1002-FT1", sequence_number="9/2026"
    )
    shop.sandbox.state.faults.add(kind="error_before", status=201, body=body, **CREATE)

    shop.pay(1002)

    row = shop.row(1002)
    assert (row["outcome"], row["hold_reason"]) == ("held", "unexpected_status")
    assert (row["status"], row["provider_id"], row["number"]) == ("settled", "987654", "9/2026")


def test_a_deletion_with_an_empty_answer_is_read_back(sandbox: SandboxServer, clock: FakeClock) -> None:
    """200 and nothing, while the draft is still there: it is asked for again."""
    shop = connect_shop(sandbox, clock, finalize=False)
    shop.pay(1001)
    (draft,) = shop.stored()
    shop.put(1001, status="canceled")
    shop.ring(1001, "order_canceled")
    shop.sandbox.state.faults.add(kind="error_before", status=200, body="", **CHANGE)

    drain(clock)

    assert draft.status == "deleted"
    assert Document.objects.get().status == "deleted"
    assert shop.calls("PUT", "change-state") == 2


def test_a_finalize_with_an_empty_answer_that_did_nothing_is_asked_for_again(shop: Shop) -> None:
    shop.sandbox.state.faults.add(kind="error_before", status=200, body="", **CHANGE)

    shop.pay(1001)

    assert_one_final_document(shop, 1001)
    assert shop.calls("PUT", "change-state") == 2


def test_an_empty_create_is_found(careless_shop: Shop) -> None:
    careless_shop.sandbox.state.faults.add(kind="garbage", body="", **CREATE)

    careless_shop.pay(1001)

    assert_one_final_document(careless_shop, 1001)
