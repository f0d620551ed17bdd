from __future__ import annotations

import pytest

from sandbox.server import SandboxServer
from tests.flow import FakeClock, Shop, connect_shop


@pytest.fixture
def clock(transactional_db: None, clock: FakeClock) -> FakeClock:
    """Real commits: a kill must leave behind what a kill leaves behind."""
    return clock


@pytest.fixture
def careless_shop(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """A shop whose provider forgives nothing: it ignores the idempotency field and lists late."""
    sandbox.state.invoicexpress.switches.update({"uid": "ignored", "list_lag_seconds": 20})
    return connect_shop(sandbox, clock, on_cancel="credit_note")
