"""`POST /webhooks/jumpseller/<hook key>/`: what is answered with 200, and what is kept of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from invoicing import bell
from jumpseller_sync.models import WebhookDelivery
from jumpseller_sync.services.deliveries import TASK, process_delivery
from jumpseller_sync.signature import sign
from outbound.clock import now
from stores.models import Order, OrderRefresh, Store
from tests.web.hook import BODY, NOTHING, TOKEN, Hook, connect, kept, said

LIMIT = 1024 * 1024


def test_a_genuine_webhook_is_kept_before_it_is_answered(hook: Hook) -> None:
    before = now()

    response = hook.post()

    row = hook.row()
    assert (response.status_code, said(response)) == (200, {"message": "ok"})
    assert response.headers["Content-Type"] == "application/json"
    assert (row.event, row.shop_order_id, row.body, row.state) == (
        "order_paid",
        "1001",
        BODY.decode(),
        "received",
    )
    assert (row.connection, row.times, row.reason) == (hook.connection, 1, "")
    assert row.body_sha256 == hashlib.sha256(BODY).hexdigest()
    assert before <= row.received_at <= now()
    assert row.last_received_at == row.received_at
    assert hook.rings == [(TASK, row.pk)]
    assert kept() == {**NOTHING, "WebhookDelivery": 1}


def test_the_bell_is_rung_only_after_the_commit(
    db: None, silent_bell: list[tuple[str, int]], django_capture_on_commit_callbacks
) -> None:
    hook = Hook(connect(), [])

    with django_capture_on_commit_callbacks() as callbacks:
        assert hook.post().status_code == 200
    bell._bell.flush()

    assert silent_bell == []
    assert len(callbacks) == 1
    callbacks[0]()
    bell._bell.flush()
    assert silent_bell == [(TASK, hook.row().pk)]


def test_the_same_body_again_adds_no_row_and_is_looked_at_again(hook: Hook) -> None:
    first = hook.post()
    process_delivery(hook.row().pk)
    assert hook.row().state == "processed"

    second = hook.post()

    row = hook.row()
    assert (first.status_code, second.status_code) == (200, 200)
    assert (row.times, row.state) == (2, "received")
    assert row.last_received_at > row.received_at
    assert [ring for ring in hook.rings if ring[0] == TASK] == [(TASK, row.pk)] * 2
    process_delivery(row.pk)
    assert OrderRefresh.objects.get().requested == 2
    assert kept() == {**NOTHING, "WebhookDelivery": 1, "Order": 1, "OrderRefresh": 1}


def test_a_duplicate_that_comes_while_the_first_is_processed_is_not_lost(hook: Hook) -> None:
    hook.post()
    process_delivery(hook.row().pk)
    hook.post()
    hook.post()

    process_delivery(hook.row().pk)
    process_delivery(hook.row().pk)

    assert (hook.row().times, hook.row().state) == (3, "processed")
    assert OrderRefresh.objects.get().requested == 2


def test_one_body_under_two_event_names_is_two_deliveries(hook: Hook) -> None:
    assert hook.post(event="order_paid").status_code == 200
    assert hook.post(event="order_updated").status_code == 200

    assert list(WebhookDelivery.objects.order_by("id").values_list("event", flat=True)) == [
        "order_paid",
        "order_updated",
    ]


def test_two_shops_may_send_the_same_body(hook: Hook) -> None:
    other = Hook(connect("outra-loja", prefix="OUTRA"), [])

    assert hook.post().status_code == 200
    assert other.post().status_code == 200

    assert WebhookDelivery.objects.count() == 2
    for row in WebhookDelivery.objects.all():
        process_delivery(row.pk)
    assert list(Order.objects.order_by("id").values_list("store__code", "shop_order_id")) == [
        ("loja-exemplo", "1001"),
        ("outra-loja", "1001"),
    ]


@pytest.mark.parametrize(
    "event",
    [
        "order_updated",
        "order_pending_payment",
        "order_paid",
        "order_shipped",
        "order_canceled",
        "order_abandoned",
        "order_created",
    ],
)
def test_every_order_event_marks_the_order(hook: Hook, event: str) -> None:
    assert hook.post(event=event).status_code == 200

    process_delivery(hook.row().pk)
    refresh = OrderRefresh.objects.get()
    assert (refresh.order.shop_order_id, refresh.requested, refresh.requested_by) == ("1001", 1, event)
    assert hook.rings[-1] == ("invoicing.refresh_order", refresh.pk)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (None, "no event"),
        ("", "no event"),
        ("   ", "no event"),
        ("product_updated", "not about an order"),
        ("customer_created", "not about an order"),
        ("ORDER_PAID", "not about an order"),
        ("order_exploded", "unknown event"),
        ("order_paid,order_paid", "unknown event"),
        ("order_" + "x" * 5000, "unknown event"),
        ("order_pa\x00id\u00e9", "unknown event"),
    ],
)
def test_an_event_that_means_nothing_to_us_is_kept_and_ignored(
    hook: Hook, event: str | None, reason: str
) -> None:
    response = hook.post(event=event)

    row = hook.row()
    assert response.status_code == 200
    assert (row.state, row.reason, row.shop_order_id) == ("ignored", reason, "")
    assert len(row.event) <= 64
    assert hook.rings == []
    process_delivery(row.pk)
    assert kept() == {**NOTHING, "WebhookDelivery": 1}


@pytest.mark.parametrize(
    "order",
    [
        "{}",
        "null",
        '{"id":null}',
        '{"id":0}',
        '{"id":"0"}',
        '{"id":-1}',
        '{"id":true}',
        '{"id":1001.0}',
        '{"id":1e3}',
        '{"id":""}',
        '{"id":" 1001"}',
        '{"id":"1001\\n"}',
        '{"id":"01001"}',
        '{"id":"1001/../2002"}',
        '{"id":"1001?x=1"}',
        '{"id":"\\u0661\\u0660\\u0660\\u0661"}',
        '{"id":"1\\u0660\\u0660\\u0661"}',
        '{"id":"\\u0000"}',
        '{"id":"\\ud800"}',
        '{"id":[1001]}',
        '{"id":{"id":1001}}',
        '{"id":' + "9" * 20 + "}",
        '{"id":' + "9" * 4000 + "}",
        "[1001]",
        '"1001"',
        "1001",
    ],
)
def test_a_genuine_body_with_a_strange_id_is_kept_and_ignored(hook: Hook, order: str) -> None:
    response = hook.post(b'{"order":' + order.encode() + b"}")

    row = hook.row()
    assert response.status_code == 200
    assert (row.state, row.reason, row.shop_order_id) == ("ignored", "no usable order id", "")
    assert hook.rings == []
    assert kept() == {**NOTHING, "WebhookDelivery": 1}


@pytest.mark.parametrize(
    "body",
    [b'{"id":1001}', b'{"order":{"id":1001}}', b'{"order":{"id":"1001"}}', b'{"order":{"id":7,"id":1001}}'],
)
def test_the_order_is_found_wrapped_or_bare(hook: Hook, body: bytes) -> None:
    assert hook.post(body).status_code == 200

    assert (hook.row().shop_order_id, hook.row().state) == ("1001", "received")


def test_a_repeated_ignored_event_counts_and_stays_ignored(hook: Hook) -> None:
    for _ in range(3):
        assert hook.post(event="product_updated").status_code == 200

    assert (hook.row().times, hook.row().state, hook.row().reason) == (3, "ignored", "not about an order")
    assert hook.rings == []


@pytest.mark.parametrize("code", ["outra-loja", "LOJA-EXEMPLO", "ol\u00e1", "x" * 5000, "a\x00b"])
def test_a_foreign_store_code_is_flagged_and_changes_nothing_else(
    hook: Hook, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(
        "jumpseller_sync.services.deliveries.refresh_store_info",
        lambda connection: asked.append(connection.pk),
    )

    response = hook.post(store_code=code)

    row = hook.row()
    assert (response.status_code, row.is_foreign_code, row.state) == (200, True, "received")
    assert len(row.store_code) <= 100
    process_delivery(row.pk)
    assert asked == [hook.connection.pk]
    assert Order.objects.get().store == hook.connection.store
    assert Store.objects.count() == 1


def test_a_foreign_store_code_on_an_ignored_event_is_flagged_and_asked_about_too(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(
        "jumpseller_sync.services.deliveries.refresh_store_info",
        lambda connection: asked.append(connection.pk),
    )

    assert hook.post(event="product_updated", store_code="outra-loja").status_code == 200
    process_delivery(hook.row().pk)

    assert (hook.row().is_foreign_code, hook.row().state) == (True, "ignored")
    assert hook.row().reason == "not about an order"
    assert asked == [hook.connection.pk]
    assert kept() == {**NOTHING, "WebhookDelivery": 1}


def test_a_duplicate_under_a_foreign_store_code_is_flagged(hook: Hook) -> None:
    hook.post()
    assert hook.row().is_foreign_code is False

    assert hook.post(store_code="outra-loja").status_code == 200

    assert (hook.row().is_foreign_code, hook.row().store_code, hook.row().times) == (True, "outra-loja", 2)


@pytest.mark.parametrize("code", [None, "", "  ", "loja-exemplo", " loja-exemplo "])
def test_the_stores_own_code_or_none_is_not_flagged(hook: Hook, code: str | None) -> None:
    assert hook.post(store_code=code).status_code == 200

    assert hook.row().is_foreign_code is False


def test_a_body_of_exactly_one_mebibyte_is_kept(hook: Hook) -> None:
    body = b'{"order":{"id":1001},"pad":"' + b"x" * (LIMIT - 30) + b'"}'
    assert len(body) == LIMIT

    assert hook.post(body).status_code == 200

    assert hook.row().body_sha256 == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=bogus"]
)
def test_json_by_any_spelling_of_its_type_is_taken(hook: Hook, content_type: str) -> None:
    assert hook.post(content_type=content_type).status_code == 200

    assert WebhookDelivery.objects.count() == 1


def test_the_bytes_are_signed_not_what_they_mean(hook: Hook) -> None:
    body = b' { "order" : {"id":1001, "name":"Jo\\u00e3o \xe2\x82\xac", "total":12.300} }\r\n'

    assert hook.post(body).status_code == 200

    assert hook.row().body == body.decode()
    again = json.dumps(json.loads(body)).encode()
    assert hook.post(again, signature=sign(body, TOKEN)).status_code == 401
    assert WebhookDelivery.objects.count() == 1


@pytest.mark.parametrize(
    ("header", "kept_as"),
    [
        ("{t:%Y-%m-%d %H:%M:%S}.829 UTC", "829"),
        ("{t:%Y-%m-%d %H:%M:%S} UTC", "0"),
        ("{t:%Y-%m-%dT%H:%M:%S}.5Z", "500"),
    ],
)
def test_a_believable_trigger_time_is_kept(hook: Hook, header: str, kept_as: str) -> None:
    moment = (now() - timedelta(hours=1)).replace(microsecond=0)

    hook.post(triggered_at=header.format(t=moment))

    assert hook.row().triggered_at == moment + timedelta(milliseconds=int(kept_as))


@pytest.mark.parametrize("offset", [timedelta(days=-9), timedelta(minutes=6), timedelta(days=4000)])
def test_a_trigger_time_that_cannot_be_is_not_believed(hook: Hook, offset: timedelta) -> None:
    forged = now() + offset

    assert hook.post(triggered_at=f"{forged:%Y-%m-%d %H:%M:%S}.000 UTC").status_code == 200

    assert hook.row().triggered_at is None
    process_delivery(hook.row().pk)
    assert Order.objects.get().first_seen_paid_at == hook.row().received_at


@pytest.mark.parametrize(
    "header",
    [
        "",
        "yesterday",
        "2026-13-01 00:00:00 UTC",
        "0000-00-00 00:00:00 UTC",
        "9999-12-31 23:59:60 UTC",
        "2026-07-01 10:00:00",
        "2026-07-01 10:00:00 +0100",
        "\u0662\u0660\u0662\u0666-07-01 10:00:00 UTC",
        "2026-07-01 10:00:00 UTC" * 500,
        "1" * 5000,
    ],
)
def test_a_trigger_time_that_is_none_is_left_out(hook: Hook, header: str) -> None:
    assert hook.post(triggered_at=header.encode().decode("latin-1")).status_code == 200

    assert hook.row().triggered_at is None


def test_a_new_hooks_token_is_taken_at_once(hook: Hook) -> None:
    assert hook.post().status_code == 200
    hook.connection.hooks_token = "the-token-that-came-after"
    hook.connection.save()

    body = b'{"order":{"id":1002}}'
    assert hook.post(body, signature=sign(body, "the-token-that-came-after")).status_code == 200

    assert WebhookDelivery.objects.count() == 2


def chunked(hook: Hook, body: bytes) -> tuple[int, list[int]]:
    """Post without an announced length through a server that knows where the body ends.

    Returns the status, and how many bytes were asked for at each read.
    """
    left, asked, answers = [body], list[int](), list[int]()

    class Body:
        def read(self, size: int = -1) -> bytes:
            asked.append(size)
            data = left[0] if size < 0 else left[0][:size]
            left[0] = left[0][len(data) :]
            return data

        readline = read

    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": hook.path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "HTTP_HOST": "testserver",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "HTTP_JUMPSELLER_EVENT": "order_paid",
        "HTTP_JUMPSELLER_STORE_CODE": hook.connection.store.code,
        "HTTP_JUMPSELLER_HMAC_SHA256": sign(body, TOKEN),
        "wsgi.input": Body(),
        "wsgi.input_terminated": True,
        "wsgi.url_scheme": "http",
        "wsgi.errors": None,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }

    def start_response(status: str, _headers: Any, _error: Any = None, /) -> Callable[[bytes], object]:
        answers.append(int(status[:3]))
        return lambda _data: None

    # As Django's own client does: the signals would close the test's connection.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    try:
        WSGIHandler()(environ, start_response).close()
    finally:
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)
    return answers[0], asked


def test_a_chunked_body_is_kept(hook: Hook) -> None:
    status, _asked = chunked(hook, BODY)

    assert status == 200
    assert hook.row().body == BODY.decode()


def test_a_chunked_body_is_read_no_further_than_the_limit(hook: Hook) -> None:
    body = b'{"order":{"id":1001},"pad":"' + b"x" * (3 * LIMIT) + b'"}'

    status, asked = chunked(hook, body)

    assert status == 413
    assert all(0 < size <= LIMIT + 1 for size in asked)
    assert sum(asked) <= LIMIT + 1
    assert kept() == NOTHING
    assert hook.rings == []


def test_the_trigger_time_of_the_first_paid_event_counts(hook: Hook) -> None:
    moment = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    hook.post(event="order_paid", triggered_at=f"{moment:%Y-%m-%d %H:%M:%S}.000 UTC")

    process_delivery(hook.row().pk)

    assert Order.objects.get().first_seen_paid_at == moment
