"""Writes whose answer is lost, and the searches that tell what they did."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import requests
from django.test import override_settings

from invoicing.models import DocumentOperation
from sandbox.invoicexpress.sequencing import give_number
from tests.faults.history import assert_one_final_document
from tests.flow import ACCOUNT, API_KEY, Shop, drain

_CREATE = {"vendor": "invoicexpress", "method": "POST", "path_regex": "invoice_receipts"}


def test_each_lost_create_is_looked_for_twice_again(careless_shop: Shop) -> None:
    """The first create did nothing and was believed absent; the second one acted, and is listed late."""
    faults = careless_shop.sandbox.state.faults
    faults.add(kind="error_before", status=503, **_CREATE)
    faults.add(kind="drop_after", **_CREATE)
    # The search shows it later than one look after the second create would come.
    with override_settings(INVOICEXPRESS_INDEX_LAG_SECONDS=30, HTTP_TIMEOUT_SECONDS=1):
        careless_shop.sandbox.state.invoicexpress.switches.update({"list_lag_seconds": 45})
        careless_shop.pay(1001)

    assert_one_final_document(careless_shop, 1001)


def test_a_create_that_never_got_through_is_made_again_with_the_same_bytes(careless_shop: Shop) -> None:
    careless_shop.sandbox.state.faults.add(kind="error_before", status=503, **_CREATE)

    careless_shop.pay(1001)

    bodies = [r.body for r in careless_shop.sandbox.state.requests if "invoice_receipts.json" in r.path]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]
    assert_one_final_document(careless_shop, 1001)


def test_no_search_comes_before_the_deadline_and_the_lag_are_over(careless_shop: Shop) -> None:
    careless_shop.sandbox.state.faults.add(kind="drop_after", **_CREATE)
    before = careless_shop.clock.moment

    careless_shop.pay(1001)

    requests = list(careless_shop.sandbox.state.requests)
    created = next(r for r in requests if r.method == "POST" and "invoice_receipts.json" in r.path)
    searched = next(r for r in requests if r.method == "GET" and "/invoices.json" in r.path)
    assert created.at >= before.timestamp()
    assert searched.at - created.at >= 5 + 30  # HTTP_TIMEOUT_SECONDS + INVOICEXPRESS_INDEX_LAG_SECONDS


def test_could_not_look_is_not_absent(careless_shop: Shop) -> None:
    faults = careless_shop.sandbox.state.faults
    faults.add(kind="drop_after", **_CREATE)
    faults.add(
        kind="error_before",
        vendor="invoicexpress",
        method="GET",
        path_regex="invoices.json",
        status=500,
        times=4,
    )

    careless_shop.pay(1001)

    assert_one_final_document(careless_shop, 1001)
    assert careless_shop.calls("POST", "invoice_receipts.json") == 1


def test_a_lost_finalize_is_found_done(careless_shop: Shop) -> None:
    careless_shop.sandbox.state.faults.add(
        kind="drop_after", vendor="invoicexpress", method="PUT", path_regex="change-state"
    )

    careless_shop.pay(1001)

    assert_one_final_document(careless_shop, 1001)
    assert careless_shop.calls("PUT", "change-state") == 1


def test_a_surplus_draft_is_deleted(careless_shop: Shop) -> None:
    """A create of ours that arrived late beside its repeat: one is kept, the other leaves no trace."""
    careless_shop.sandbox.state.faults.add(kind="drop_after", **_CREATE)
    careless_shop.put(1001)
    careless_shop.ring(1001)
    drain(careless_shop.clock, hours=0)
    (draft,) = careless_shop.stored()
    body = next(r.body for r in careless_shop.sandbox.state.requests if "invoice_receipts.json" in r.path)
    _post_again(careless_shop, body)
    assert len(careless_shop.stored()) == 2

    drain(careless_shop.clock)

    assert [d.id for d in careless_shop.stored()] == [draft.id]
    assert_one_final_document(careless_shop, 1001)


@pytest.mark.parametrize("change", ["edited", "finalized"])
def test_a_second_document_that_is_no_copy_is_left_to_a_person(careless_shop: Shop, change: str) -> None:
    careless_shop.sandbox.state.faults.add(kind="drop_after", **_CREATE)
    careless_shop.put(1001)
    careless_shop.ring(1001)
    drain(careless_shop.clock, hours=0)
    body = next(r.body for r in careless_shop.sandbox.state.requests if "invoice_receipts.json" in r.path)
    _post_again(careless_shop, body)
    second = careless_shop.stored()[1]
    if change == "finalized":
        give_number(second)
        second.status = "settled"
    else:
        second.lines = second.lines[:0]

    drain(careless_shop.clock)

    assert len(careless_shop.stored()) == 2
    row = careless_shop.row(1001)
    assert (row["outcome"], row["hold_reason"]) == ("held", "duplicate_reference")
    assert careless_shop.calls("PUT", "change-state") == 0


def _post_again(shop: Shop, body: object) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    answer = requests.post(
        f"{shop.sandbox.url}/invoicexpress/{ACCOUNT}/invoice_receipts.json",
        params={"api_key": API_KEY},
        data=text.encode(),
        headers={"Content-Type": "application/json"},
        timeout=5,
    )
    assert answer.status_code == 201


def test_attempts_are_logged_with_what_was_called(careless_shop: Shop) -> None:
    careless_shop.sandbox.state.faults.add(kind="drop_after", **_CREATE)

    careless_shop.pay(1001)

    create = DocumentOperation.objects.get(verb="create")
    outcomes = [attempt.outcome for attempt in create.attempt_log.all()]
    assert outcomes == ["unknown", "done"]
    first = create.attempt_log.get(number=1)
    # The harmless read after it tells that the account as such answers.
    assert [call["method"] for call in first.calls] == ["POST", "GET"]
    assert datetime.fromisoformat(first.calls[0]["at"]) > datetime.now(UTC) - timedelta(minutes=5)
