"""F9: one byte at a time, no connection, no TLS, no name: a call ends in time and gives its claim back."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.conf import settings as in_force

from config import settings as shipped
from invoicing import queue
from invoicing.models import DocumentOperation, InvoicingAccount
from invoicing.providers.registry import provider_for
from invoicing.services.refresh import refresh_order
from invoicing.services.run import run_operation
from jumpseller_sync.clients import client_for
from sandbox.server import SandboxServer
from stores.models import OrderRefresh
from tests.faults import lost_answers as lost
from tests.faults.ledger import Trials
from tests.flow import FakeClock, Shop, connect_shop, drain
from tests.outbound.servers import RawServer, json_answer, raw_server

_DEADLINE = 1
_BOUND = _DEADLINE + 1
_INTERVAL = 0.1  # between two bytes: no single read ever takes too long
_TAXES = json_answer(200, b'{"taxes":[]}', "Connection: close")
_ANSWER = json_answer(201, b'{"invoice_receipt":{"id":1,"status":"draft"}}')


@pytest.fixture
def shop(sandbox: SandboxServer, clock: FakeClock, settings: Any) -> Shop:
    connected = connect_shop(sandbox, clock, email_customer=False)
    settings.HTTP_TIMEOUT_SECONDS = _DEADLINE
    return connected


# --- hosts


@contextmanager
def slow_host(at_once: bytes, slowly: bytes) -> Iterator[str]:
    """Sends `at_once`, then `slowly` byte by byte, and nothing more. The harmless read is answered well."""

    def behave(opened: socket.socket) -> None:
        if server.requests[-1].startswith(b"GET "):
            opened.sendall(_TAXES)
            return
        opened.sendall(at_once)
        for position in range(len(slowly)):
            time.sleep(_INTERVAL)
            opened.sendall(slowly[position : position + 1])
        time.sleep(3 * _DEADLINE)

    with raw_server(behave) as server:
        yield server.url


def trickled_head() -> Any:
    return slow_host(b"", _ANSWER)


def trickled_body() -> Any:
    return slow_host(_ANSWER[:-40], _ANSWER[-40:])


def silence() -> Any:
    return slow_host(b"", b"")


@contextmanager
def full_backlog() -> Iterator[str]:
    """A port whose queue of connections is full: the next connection hangs."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def closed_port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


@contextmanager
def no_tls() -> Iterator[str]:
    """Speaks plain HTTP where TLS is wanted."""
    with raw_server(lambda opened: opened.sendall(_TAXES), reads_first=False) as server:
        yield server.url.replace("http://", "https://")


@contextmanager
def tls_that_never_answers() -> Iterator[str]:
    with raw_server(lambda _opened: time.sleep(3 * _DEADLINE), reads_first=False) as server:
        yield server.url.replace("http://", "https://")


@contextmanager
def no_name() -> Iterator[str]:
    yield "http://no-such-host.invalid"


@contextmanager
def hanging_resolver() -> Iterator[str]:
    def look_up(*_args: Any, **_options: Any) -> Any:
        time.sleep(3 * _DEADLINE)
        raise socket.gaierror("too late")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", look_up)
        yield "http://no-such-host.invalid"


Host = Callable[[], Any]
# The request was sent, so the vendor may have acted.
_AFTER_SENDING: tuple[Host, ...] = (trickled_head, trickled_body, silence)
_HANGING: tuple[Host, ...] = (full_backlog, hanging_resolver, tls_that_never_answers)
_DEAD: tuple[Host, ...] = (closed_port, no_tls, no_name)


# --- trials


def do_due(task: str) -> None:
    for source in queue.sources():
        if source.task == task:
            for pk in source.due(queue.now(), 10):
                source.perform(pk)


def heard_of(shop: Shop, order_id: int) -> OrderRefresh:
    """The order is paid, its webhook taken in, and its reading waits for a worker."""
    shop.put(order_id)
    assert shop.ring(order_id) == 200
    do_due("jumpseller_sync.process_delivery")
    return OrderRefresh.objects.get(order=shop.order(order_id))


def planned_create(shop: Shop, order_id: int) -> DocumentOperation:
    """The order is read and decided, too; its create waits for a worker."""
    heard_of(shop, order_id)
    do_due("invoicing.refresh_order")
    return DocumentOperation.objects.get(document__order=shop.order(order_id))


def create_at(shop: Shop, number: int, host: Host, settings: Any) -> tuple[DocumentOperation, list[Any]]:
    """Run the create against the host. Its row afterwards, and the calls that it made."""
    order_id = lost.begin_trial(shop, number)
    operation = planned_create(shop, order_id)
    print(f"order {order_id}: {host.__name__}")
    good = in_force.INVOICEXPRESS_URL
    with host() as url:
        settings.INVOICEXPRESS_URL = url + "/invoicexpress/{account}"
        started = time.monotonic()
        run_operation(operation.pk)
        took = time.monotonic() - started
    settings.INVOICEXPRESS_URL = good
    operation.refresh_from_db()
    calls = operation.attempt_log.get().calls
    assert calls[0]["method"] == "POST"
    assert max(call["milliseconds"] for call in calls) <= _BOUND * 1000
    assert took <= len(calls) * _BOUND
    return operation, calls


def assert_given_back(operation: DocumentOperation, *, in_doubt: bool) -> None:
    assert (operation.state, operation.lease_token, operation.lease_until) == ("queued", "", None)
    assert (operation.write_started_at is not None) == in_doubt
    assert operation.attempt_log.get().outcome == ("unknown" if in_doubt else "try_later")
    if in_doubt:
        assert operation.write_started_at is not None
        assert operation.not_before >= queue.settle_time(operation.write_started_at)


def finish(shop: Shop, trials: Trials, operation: DocumentOperation) -> None:
    order_id = int(operation.document.order.shop_order_id)
    drain(shop.clock)
    lost.enter(trials, shop, order_id, expected="issued")
    lost.assert_papers(shop, order_id, ("FT1", "settled"))


def run(shop: Shop, trials: Trials, settings: Any, hosts: tuple[Host, ...], *, in_doubt: bool) -> None:
    trials.processes = "real sockets, injected clock"
    order = random.Random(trials.seed).sample(hosts, len(hosts))
    slowest = 0
    for number in range(trials.planned):
        operation, calls = create_at(shop, number, order[number % len(order)], settings)
        assert_given_back(operation, in_doubt=in_doubt)
        slowest = max(slowest, *(call["milliseconds"] for call in calls))
        finish(shop, trials, operation)
    trials.notes.append(f"longest call {slowest / 1000:.2f} s under a deadline of {_DEADLINE} s")


@pytest.mark.fault("F9", 2, 6, 50)
@pytest.mark.timeout(3600)
def test_an_answer_that_trickles_ends_in_time_and_in_doubt(shop: Shop, trials: Trials, settings: Any) -> None:
    run(shop, trials, settings, _AFTER_SENDING, in_doubt=True)


@pytest.mark.fault("F9", 1, 4, 30)
@pytest.mark.timeout(3600)
def test_a_connection_that_hangs_ends_in_time_with_nothing_sent(
    shop: Shop, trials: Trials, settings: Any
) -> None:
    run(shop, trials, settings, _HANGING, in_doubt=False)


@pytest.mark.fault("F9", 2, 6, 50)
@pytest.mark.timeout(3600)
def test_a_dead_host_is_tried_later_with_nothing_sent(shop: Shop, trials: Trials, settings: Any) -> None:
    run(shop, trials, settings, _DEAD, in_doubt=False)


@pytest.mark.fault("F9", 1, 4, 20)
@pytest.mark.timeout(3600)
def test_a_shop_that_trickles_gives_the_lane_of_the_order_back(
    shop: Shop, trials: Trials, settings: Any
) -> None:
    trials.processes = "real sockets, injected clock"
    good = in_force.JUMPSELLER_API_URL

    def behave(opened: socket.socket) -> None:
        request = slow.requests[-1]
        if b"/store/info.json" in request:
            opened.sendall(json_answer(200, b'{"store":{"code":"loja-exemplo"}}', "Connection: close"))
            return
        for byte in _ANSWER:
            opened.sendall(bytes([byte]))
            time.sleep(_INTERVAL)

    slow: RawServer
    with raw_server(behave) as slow:
        for number in range(trials.planned):
            order_id = lost.begin_trial(shop, number)
            refresh = heard_of(shop, order_id)
            settings.JUMPSELLER_API_URL = slow.url
            started = time.monotonic()
            refresh_order(refresh.pk)
            took = time.monotonic() - started
            settings.JUMPSELLER_API_URL = good

            assert _DEADLINE <= took <= _BOUND
            refresh.refresh_from_db()
            assert (refresh.lease_token, refresh.lease_until, refresh.processed) == ("", None, 0)
            assert refresh.last_error.startswith("Unavailable")

            drain(shop.clock)
            lost.enter(trials, shop, order_id, expected="issued")
            lost.assert_papers(shop, order_id, ("FT1", "settled"))


def test_a_call_has_thirty_seconds_by_default(shop: Shop, settings: Any) -> None:
    settings.HTTP_TIMEOUT_SECONDS = shipped.HTTP_TIMEOUT_SECONDS

    provider: Any = provider_for(InvoicingAccount.objects.get())

    assert provider._client.session.deadline_seconds == 30
    assert client_for(shop.store)._session.deadline_seconds == 30
