"""F12: the database goes away under load: PostgreSQL is restarted, SQLite's file is locked by a program."""

from __future__ import annotations

import random
import time
from functools import partial

import pytest

from tests.faults.ledger import Trials
from tests.faults.real.history import Attempt, check, delays, keep_delays
from tests.faults.real.installation import BOUND, PROCESSES, Installation
from tests.faults.real.servers import Postgres, SqliteFile
from tests.faults.real.traffic import Traffic

_ORDERS_PER_SECOND = 0.9
_RECOVERED_WITHIN = 10.0
_MODES = ("fast", "immediate")
# On both sides of a lease. The product itself waits 20 s for SQLite's lock, which would be a long trial.
_LOCKED_SECONDS = (1.0, 4.0)
_DOWN_SECONDS = (0.1, 1.5)


@pytest.mark.fault("F12", 0, 2, 50)
@pytest.mark.timeout(3600)
def test_a_database_that_goes_away_loses_nothing(separate_installation: Installation, trials: Trials) -> None:
    installation, chance = separate_installation, random.Random(trials.seed)
    processes = [installation.fleet.pid(name) for name in PROCESSES]
    faults = []
    with Traffic(installation, trials.seed) as traffic:
        with traffic.flowing(per_second=_ORDERS_PER_SECOND):
            while trials.done < trials.planned:
                began = time.time()
                for mode in _MODES[: trials.planned - trials.done]:
                    recovered = _go_away(installation, traffic, mode, chance)
                    trials.delay(recovered, bound=_RECOVERED_WITHIN)
                    trials.add()
                # The numbers of a series come one after the other: without a calm, the first that is in doubt
                # would keep all others waiting from one outage to the next.
                told = set(traffic.history.known_since())
                faults.append((began, time.time()))
                calm = installation.wait(partial(_are_settled, installation, told), "the orders")
                print(
                    f"{trials.done} of {trials.planned} times away, at work after {recovered:.1f} s, "
                    f"calm after {calm:.1f} s"
                )
        installation.settle()

    assert [installation.fleet.pid(name) for name in PROCESSES] == processes
    late = delays(traffic.history, installation, faults)
    keep_delays(late, faults, installation, trials, BOUND)
    refused = [attempt.status for attempt in traffic.history.refused()]
    trials.notes.append(
        f"{_how(installation)}; {len(refused)} webhooks were refused meanwhile, with "
        f"{sorted({str(status) for status in refused})}; back at work within {_RECOVERED_WITHIN:g} s without "
        f"a restart of any process"
    )
    check(installation, traffic.history, trials)


def _go_away(installation: Installation, traffic: Traffic, mode: str, chance: random.Random) -> float:
    """Once away and back, with an order under way; the seconds until all is at work again."""
    time.sleep(chance.uniform(0.3, 2.0))
    traffic.pay()
    gone, returning, back = _take_away(installation, mode, chance)
    _wait_until_at_work(installation, traffic, since=back)
    recovered = time.time() - back
    promised = _answered_between(traffic.history.attempts, gone, returning)
    assert [attempt for attempt in promised if attempt.is_acknowledged] == []
    return recovered


def _are_settled(installation: Installation, orders: set[int]) -> bool:
    return orders <= installation.settled_orders()


def _take_away(installation: Installation, mode: str, chance: random.Random) -> tuple[float, float, float]:
    """Three moments: the database is gone, it begins to return, it is back."""
    database = installation.database
    if isinstance(database, SqliteFile):
        with database.locked():
            gone = time.time()
            time.sleep(chance.uniform(*_LOCKED_SECONDS))
            returning = time.time()
        return gone, returning, time.time()
    assert isinstance(database, Postgres)
    database.stop(mode)
    gone = time.time()
    time.sleep(chance.uniform(*_DOWN_SECONDS))
    returning = time.time()
    return gone, returning, database.start()


def _wait_until_at_work(installation: Installation, traffic: Traffic, *, since: float) -> None:
    """A webhook that was sent since is acknowledged, and a sweep is done."""
    traffic.pay()
    installation.wait(lambda: any(a.at > since for a in traffic.history.acknowledged()), "a webhook")
    installation.wait(lambda: installation.swept_at() > since, "a sweep")


def _answered_between(attempts: list[Attempt], start: float, end: float) -> list[Attempt]:
    return [a for a in attempts if a.at > start and a.at + a.seconds < end and a.status is not None]


def _how(installation: Installation) -> str:
    if isinstance(installation.database, SqliteFile):
        shortest, longest = _LOCKED_SECONDS
        return (
            f"SQLite: another program holds an exclusive lock for {shortest:g} to {longest:g} s (beyond the "
            f"20 s for which the product waits, it answers 503)"
        )
    return "PostgreSQL: stopped fast and immediately in turn, with fsync on"
