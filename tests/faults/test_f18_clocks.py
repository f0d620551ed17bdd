"""F18: machine and database disagree by an hour, clocks are put forward and back, the year ends."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as in_force
from django.utils import timezone

from invoicing import queue
from invoicing.models import DocumentOperation
from jumpseller_sync.client import throttle_advice
from outbound import session
from outbound.allowance import CallAllowance, Pace
from outbound.answers import Answer, retry_after
from outbound.errors import Unavailable
from sandbox.server import SandboxServer
from stores.models import OrderRefresh
from tests.faults import lost_answers as lost
from tests.faults.ledger import Trials
from tests.faults.machine_clock import HOUR, MachineClock, wrong_machine_clock
from tests.faults.simulator import Trial, in_process
from tests.flow import FakeClock, Shop, connect_shop, drain

_LISBON = ZoneInfo("Europe/Lisbon")
_JUMPS = (-HOUR, -1.0, 0.0, 1.0, HOUR)


@pytest.fixture
def machine() -> Iterator[MachineClock]:
    with wrong_machine_clock() as clock:
        yield clock


def _last_sunday(year: int, month: int) -> date:
    end = date(year, month, 31)
    return end - timedelta(days=(end.weekday() + 1) % 7)


def hard_moments(year: int) -> list[datetime]:
    """Midnights in Lisbon at which a date is easily wrong, and the two changes of the clocks, in UTC."""
    days = [_last_sunday(year, 3), date(year, 3, 1), _last_sunday(year, 10), date(year + 1, 1, 1)]
    if year % 4 == 0 and year % 100:
        days += [date(year, 2, 29)]
    midnights = [datetime(d.year, d.month, d.day, tzinfo=_LISBON).astimezone(UTC) for d in days]
    changes = [datetime(year, m, _last_sunday(year, m).day, 1, tzinfo=UTC) for m in (3, 10)]
    return sorted([*midnights, *changes])


def next_hard_moment(after: datetime) -> datetime:
    return next(m for year in (after.year, after.year + 1) for m in hard_moments(year) if m > after)


def go_near_a_hard_moment(clock: FakeClock, chance: random.Random) -> datetime:
    """Jump to within three hours before the next one that is not near yet."""
    hard = next_hard_moment(clock.moment + timedelta(hours=3))
    clock.moment = hard - timedelta(seconds=chance.uniform(0, 3 * HOUR))
    return hard


def test_the_machine_of_these_trials_is_wrong(machine: MachineClock) -> None:
    """Else they would prove nothing."""
    true = time.monotonic()
    before: Any = session.datetime.now(UTC)  # type: ignore[attr-defined]
    machine.ahead = HOUR

    assert session.datetime.now(UTC) - before > timedelta(minutes=59)  # type: ignore[attr-defined]
    assert timezone.now() - before > timedelta(minutes=59)
    assert time.time() - before.timestamp() > HOUR - 60
    assert time.monotonic() - true < 60


# --- leases, and one document


class _WrongClocks(Trial):
    """A trial of the simulator on machines that disagree; watches every lease."""

    def __init__(self, shop: Shop, seed: int, machine: MachineClock) -> None:
        super().__init__(shop, seed, orders=1, steps=10)
        self.machine = machine

    def step(self) -> None:
        self.machine.ahead = self.chance.choice(_JUMPS)
        self.look_at_the_leases()
        super().step()

    def look_at_the_leases(self) -> None:
        """They end within one lease of the database's time, and nobody takes one back before its end."""
        now = self.shop.clock.moment
        running = DocumentOperation.objects.filter(state="running")
        alive = set(
            running.filter(lease_until__gt=now + timedelta(seconds=1)).values_list("pk", "lease_token")
        )
        longest = now + timedelta(seconds=in_force.LEASE_SECONDS)
        assert not running.filter(lease_until__gt=longest).exists()
        assert not OrderRefresh.objects.filter(lease_until__gt=longest).exists()

        queue.recover_lost()

        kept = set(DocumentOperation.objects.filter(state="running").values_list("pk", "lease_token"))
        assert alive <= kept


@pytest.mark.fault("F18", 1, 15, 200)
@pytest.mark.timeout(3600)
def test_wrong_machines_make_no_second_document_and_take_no_lease(
    careless_shop: Shop, trials: Trials, machine: MachineClock
) -> None:
    chance = random.Random(trials.seed)

    for number in range(trials.planned):
        hard = go_near_a_hard_moment(careless_shop.clock, chance)
        print(f"around {hard}")
        trial = _WrongClocks(careless_shop, trials.seed % 10_000 + number, machine)
        careless_shop.sandbox.state.requests.clear()
        trial.run()
        for order_id in trial.told:
            found = lost.papers(careless_shop, order_id)
            trials.add(0, duplicates=len(found) - len({paper.reference for paper in found}))
        trial.check()
        trials.add()


# --- dates


@pytest.mark.fault("F18", 2, 20, 250)
@pytest.mark.timeout(3600)
def test_a_document_has_the_day_of_payment_in_the_shops_zone(
    sandbox: SandboxServer, clock: FakeClock, trials: Trials, machine: MachineClock
) -> None:
    chance = random.Random(trials.seed)
    shop = connect_shop(sandbox, clock, email_customer=False)

    with in_process(shop):
        for number in range(trials.planned):
            hard = go_near_a_hard_moment(clock, chance)
            order_id = lost.begin_trial(shop, number)
            was_seen_unpaid = chance.random() < 0.5
            if was_seen_unpaid:
                machine.ahead = chance.choice(_JUMPS)
                shop.put(order_id, status="pending_payment")
                assert shop.ring(order_id, "order_pending_payment") == 200
                drain(clock)
            clock.advance(chance.uniform(1, 4 * HOUR))
            paid_at = clock.moment.replace(microsecond=0)
            machine.ahead = chance.choice(_JUMPS)
            print(f"order {order_id}: paid at {paid_at}, near {hard}, machine {machine.ahead:+.0f} s")
            shop.put(order_id, paid_at=paid_at)
            assert shop.ring(order_id) == 200
            clock.advance(chance.choice((0, 60, 3 * HOUR)))  # the worker comes later, perhaps next day
            machine.ahead = chance.choice(_JUMPS)
            drain(clock)

            lost.enter(trials, shop, order_id, expected="issued")
            lost.assert_papers(shop, order_id, ("FT1", "settled"))
            (document,) = shop.documents(order_id)
            assert document.issued_on == paid_at.astimezone(_LISBON).date()
            assert lost.papers(shop, order_id)[0].day == document.issued_on


# --- the allowance


@pytest.mark.fault("F18", 5, 25, 250)
@pytest.mark.timeout(3600)
def test_wrong_machines_share_an_allowance_without_a_burst(
    clock: FakeClock, trials: Trials, machine: MachineClock
) -> None:
    chance = random.Random(trials.seed)

    for number in range(trials.planned):
        go_near_a_hard_moment(clock, chance)
        per_minute = chance.choice((6, 30, 60))
        pace = Pace.of(per_minute, burst=chance.choice((1, max(1, per_minute // 8), per_minute // 2)))
        taken = calls_of_wrong_machines(clock, machine, chance, f"trial-{number}", pace)
        most = max(sum(start <= at < start + 60 for at in taken) for start in taken)
        assert most <= per_minute
        assert most >= per_minute // 3  # it was in use
        trials.add()


def calls_of_wrong_machines(
    clock: FakeClock, machine: MachineClock, chance: random.Random, key: str, pace: Pace
) -> list[float]:
    """Four workers, each on a machine of its own, call as often as they may. When each call went, in true
    seconds; in the midst of it the database's clock may be set back by an hour."""
    offset = 0.0  # what the database's clock was set back by
    set_back_at = chance.choice((None, 40))
    taken: list[float] = []

    def sleep(seconds: float) -> None:
        clock.advance(seconds)

    for turn in range(80):
        machine.ahead = chance.choice(_JUMPS)
        if turn == set_back_at:
            clock.advance(-HOUR)
            offset += HOUR
        worker = CallAllowance(key, pace, sleep=sleep)
        try:
            for _ in range(chance.choice((1, 3))):
                worker.reserve()
                taken.append(clock.moment.timestamp() + offset)
        except Unavailable as refusal:
            assert refusal.retry_after is not None
            clock.advance(refusal.retry_after.total_seconds() * chance.choice((0.5, 1, 1)))
    return taken


# --- how long vendors want to be left alone


@pytest.mark.fault("F18", 5, 25, 250)
def test_a_wait_that_ends_at_a_time_of_day_is_counted_on_the_vendors_clock(
    trials: Trials, machine: MachineClock
) -> None:
    """The answer says what time it is there; our machine's opinion does not matter."""
    chance = random.Random(trials.seed)

    for _ in range(trials.planned):
        machine.ahead = chance.choice((-HOUR, HOUR))
        wait = chance.randint(30, 1800)
        there = datetime.now(UTC).replace(microsecond=0)
        until = f"{there + timedelta(seconds=wait):%a, %d %b %Y %H:%M:%S} GMT"
        said_at = f"{there:%a, %d %b %Y %H:%M:%S} GMT"

        assert retry_after({"Retry-After": until, "Date": said_at}) == timedelta(seconds=wait)
        trials.add()


@pytest.mark.fault("F18", 5, 25, 250)
def test_a_ban_is_counted_on_the_shops_clock(trials: Trials, machine: MachineClock) -> None:
    chance = random.Random(trials.seed)

    for _ in range(trials.planned):
        machine.ahead = chance.choice((-HOUR, HOUR))
        wait = chance.randint(30, 1800)
        there = datetime.now(UTC).replace(microsecond=0)
        ends = (there + timedelta(seconds=wait)).isoformat()
        said_at = f"{there:%a, %d %b %Y %H:%M:%S} GMT"
        headers = {"Jumpseller-BannedByRateLimit-Reset": ends, "Date": said_at}

        assert throttle_advice(Answer(403, headers, b"")) == timedelta(seconds=wait)
        trials.add()
