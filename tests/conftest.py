"""Fixtures of every test. Time, vendors and the bell are ours; nothing leaves the machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from invoicing import bell
from jumpseller_sync import clients
from outbound import clock as database_clock
from sandbox.jumpseller.accounts import CLIENT_ID, CLIENT_SECRET
from sandbox.server import SandboxServer
from tests.flow import FakeClock, Shop, connect_shop


@pytest.fixture(autouse=True)
def silent_bell(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Messages are recorded instead of published; tests do the due work themselves."""
    rung: list[tuple[str, int]] = []
    monkeypatch.setattr(bell, "publish", lambda task, pk, **_options: rung.append((task, pk)))
    return rung


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def clock(db: None) -> Iterator[FakeClock]:
    fake = FakeClock()
    database_clock.inject(fake)
    yield fake
    database_clock.inject(None)


@pytest.fixture
def sandbox(
    sandbox_server: SandboxServer, clock: FakeClock, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SandboxServer]:
    """Both vendors over HTTP, fresh, on the test's clock. Allowances are wide: the clock stands still."""
    monkeypatch.setattr(clients, "_CALLS_PER_MINUTE", 100_000)
    monkeypatch.setattr(clients, "_CALLS_AT_ONCE", 10_000)
    sandbox_server.reset()
    sandbox_server.state.now = lambda: clock().timestamp()
    settings.JUMPSELLER_API_URL = f"{sandbox_server.url}/jumpseller/v1"
    settings.JUMPSELLER_ACCOUNTS_URL = f"{sandbox_server.url}/jumpseller/accounts"
    settings.JUMPSELLER_CLIENT_ID, settings.JUMPSELLER_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    settings.INVOICEXPRESS_URL = sandbox_server.url + "/invoicexpress/{account}"
    settings.VIES_URL = f"{sandbox_server.url}/vies"
    settings.INVOICEXPRESS_REQUESTS_PER_MINUTE = 100_000
    settings.HTTP_TIMEOUT_SECONDS = 5
    settings.LEASE_SECONDS = 30
    yield sandbox_server
    sandbox_server.reset()


@pytest.fixture
def shop(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """A connected store that finalizes by itself."""
    return connect_shop(sandbox, clock)
