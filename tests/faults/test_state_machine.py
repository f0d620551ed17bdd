"""Everything that may happen to a few orders of one shop, in orders that nobody thought of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from invoicing.services import refresh, run
from sandbox.server import SandboxServer
from stores import stops
from tests.faults.ledger import Trials, size
from tests.faults.machine import Machine
from tests.faults.machine_world import ByHand, World, credited_of, total_of
from tests.faults.simulator import in_process
from tests.faults.staff_story import papers
from tests.faults.watch import Watch
from tests.flow import FakeClock, Shop, drain

_STEPS = {"default": 8, "short": 12, "full": 25}


@pytest.fixture
def world(sandbox: SandboxServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    # An example must go the same way when it is repeated: nothing random but what it chooses.
    for module in (run, refresh, stops):
        monkeypatch.setattr(module, "random", lambda: 0.5, raising=False)
    user = User.objects.create_superuser("ana", "ana@example.com")
    with in_process(Shop(sandbox, clock, None, None)):  # type: ignore[arg-type]
        yield World(sandbox, clock, user)


@pytest.mark.fault("F14", 3, 20, 600)
@pytest.mark.timeout(7200)
def test_whatever_happens_in_whatever_order(world: World, trials: Trials) -> None:
    """Repeat a failure with the FAULTS_SEED and the size (FAULTS) that it was found with."""

    @seed(trials.seed)
    def machine() -> Machine:
        trials.add()
        return Machine(world)

    options: dict[str, Any] = {
        "max_examples": trials.planned,
        "stateful_step_count": _STEPS[size()],
        "deadline": None,
        "database": None,
        "phases": (Phase.generate, Phase.shrink),
        "suppress_health_check": list(HealthCheck),
        "print_blob": False,
        "report_multiple_bugs": False,
    }
    run_state_machine_as_test(machine, settings=settings(**options))


def test_a_credit_made_by_hand_while_ours_is_a_draft_is_not_made_twice(world: World) -> None:
    """What is left to credit is looked at when the note is drafted, which may be days before its number."""
    shop = world.open_shop(finalize=True, on_cancel="credit_note", issue_delay_minutes=60)
    watch = Watch(shop)
    with watch.open():
        shop.pay(1001)
        cancel(shop, 1001, hours=0.5)
        assert papers(shop, 1001) == ("FT1 settled", "NC1 draft")
        (invoice,) = (d for d in shop.stored() if d.status == "settled")
        assert ByHand(shop, watch).credit(invoice)

        drain(shop.clock)

    assert credited_of(shop, invoice) == total_of(shop, invoice)
    assert papers(shop, 1001) == ("FT1 settled", "NC1 draft")
    assert shop.row(1001)["hold_reason"] == "nothing_left_to_credit"


def cancel(shop: Shop, order_id: int, *, hours: float) -> None:
    shop.put(order_id, status="canceled")
    shop.ring(order_id, "order_canceled")
    drain(shop.clock, hours=hours)
