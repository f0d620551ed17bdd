from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from invoicing.models import InvoicingAccount
from invoicing.providers.registry import provider_for
from sandbox.server import SandboxServer
from tests.faults.ledger import SIZES, Trials, is_done, size
from tests.flow import FakeClock, Shop, connect_shop


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A run that goes on where another was interrupted leaves out what that one has proved."""
    marked = [(item, item.get_closest_marker("fault")) for item in items]
    done = {item for item, mark in marked if mark and is_done(mark.args[0], item.name, connection.vendor)}
    if done:
        config.hook.pytest_deselected(items=list(done))
        items[:] = [item for item in items if item not in done]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if report.when == "call":
        item.stash[_PASSED] = report.passed
    return report


_PASSED = pytest.StashKey[bool]()


@pytest.fixture
def trials(request: pytest.FixtureRequest) -> Iterator[Trials]:
    """The book of a test marked `fault(row, default, short, full)`; it is checked when the test ends."""
    mark = request.node.get_closest_marker("fault")
    assert mark is not None, "a test with trials names its row of the fault table"
    row, *counts = mark.args
    planned = counts[SIZES.index(size())]
    if not planned:
        pytest.skip(f"runs in {'make faults' if not counts[1] else 'make faults-short and make faults'}")
    seed = int(os.environ.get("FAULTS_SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
    print(f"FAULTS_SEED={seed}")  # shown when it fails: this one repeats it
    book = Trials(row, request.node.name, planned, connection.vendor, seed=seed)
    yield book
    passed = request.node.stash.get(_PASSED, False)
    try:
        if passed:
            book.check()
            book.passed = True
    finally:
        book.save()


@pytest.fixture
def clock(transactional_db: None, clock: FakeClock) -> FakeClock:
    """Real commits: a kill must leave behind what a kill leaves behind."""
    return clock


@pytest.fixture
def careless_shop(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """A shop whose provider forgives nothing: it ignores the idempotency field and lists late."""
    sandbox.state.invoicexpress.switches.update({"uid": "ignored", "list_lag_seconds": 20})
    shop = connect_shop(sandbox, clock, on_cancel="credit_note")
    # The first call of an account makes the row of its pace: after it, all orders go the same way.
    provider_for(InvoicingAccount.objects.get()).ping()
    return shop
