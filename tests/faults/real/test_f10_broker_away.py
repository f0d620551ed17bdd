"""F10: the broker is away when webhooks arrive: Redis is killed, or the embedded broker's folder is gone."""

from __future__ import annotations

import random

import pytest

from tests.faults.ledger import Trials, size
from tests.faults.real.history import check
from tests.faults.real.installation import Installation
from tests.faults.real.traffic import Traffic

_EVENTS = {"short": 50, "full": 500}
_EVENTS_OF_AN_ORDER = 25
_ANSWERED_WITHIN = 1.0
_DISPATCHED_WITHIN = 60.0


@pytest.mark.fault("F10", 0, 1, 20)
@pytest.mark.timeout(3600)
def test_webhooks_are_taken_while_the_broker_is_away(
    seldom_swept_installation: Installation, trials: Trials
) -> None:
    installation, chance = seldom_swept_installation, random.Random(trials.seed)
    events = _EVENTS[size()]
    slowest = 0.0
    with Traffic(installation, trials.seed) as traffic:
        while trials.done < trials.planned:
            before = len(traffic.history.attempts)

            installation.broker.stop()
            _ring(traffic, events, chance)
            told = traffic.history.attempts[before:]
            is_away = installation.health()
            # Whatever it keeps in memory to be rung later goes with it.
            installation.kill("web")
            installation.start("web")
            installation.broker.start()
            dispatched = installation.wait(lambda: "deliveries" not in installation.open_work(), "the events")
            installation.settle()

            assert is_away == "degraded"
            assert [attempt for attempt in told if attempt.status != 200] == []
            assert len(told) == events
            slowest = max(slowest, *(attempt.seconds for attempt in told))
            trials.delay(dispatched, bound=_DISPATCHED_WITHIN)
            trials.add()
            print(f"{trials.done} of {trials.planned} outages, {events} events each: {dispatched:.1f} s")

    trials.notes.append(
        f"{events} events per outage, {_EVENTS_OF_AN_ORDER} of them about one order; the slowest answer took "
        f"{slowest:.2f} s; a delay runs from the broker's return to the last event that was acted upon; "
        f"there is a sweep every {installation.environment['SWEEP_SECONDS']} s; "
        "web is killed before the broker returns"
    )
    check(installation, traffic.history, trials)
    assert slowest <= _ANSWERED_WITHIN


def _ring(traffic: Traffic, events: int, chance: random.Random) -> None:
    """So many different webhooks, eight at a time, as fast as they are answered."""
    rung = 0
    while rung < events:
        order_id, rung = traffic.pay(), rung + 2
        for number in range(min(_EVENTS_OF_AN_ORDER - 2, events - rung)):
            traffic.tell(order_id, "order_updated", additional_information=f"{number} {chance.random()}")
            rung += 1
        traffic.wait_until_told()
