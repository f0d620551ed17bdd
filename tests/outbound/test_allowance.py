from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections

from outbound.allowance import CallAllowance, Pace, block_until, book, reserve
from outbound.errors import Unavailable
from outbound.models import Allowance

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
KEY = "invoicexpress:loja"


def refused(key: str, per_minute: int, burst: int, now: datetime) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        reserve(key, per_minute, burst=burst, now=now)
    return caught.value


@pytest.mark.django_db
def test_a_burst_goes_at_once_and_the_next_call_waits_for_its_slot() -> None:
    for _ in range(5):
        reserve(KEY, 66, burst=5, now=START)  # 61 s / 62 slots

    error = refused(KEY, 66, 5, START)

    assert error.counts is False
    assert error.retry_after == timedelta(microseconds=983_871)
    reserve(KEY, 66, burst=5, now=START + error.retry_after)


@pytest.mark.django_db
def test_a_refusal_takes_nothing() -> None:
    reserve(KEY, 1, burst=1, now=START)
    before = Allowance.objects.get(key=KEY).next_slot

    refused(KEY, 1, 1, START)

    assert Allowance.objects.get(key=KEY).next_slot == before


@pytest.mark.django_db
def test_accounts_do_not_share() -> None:
    reserve("invoicexpress:one", 1, burst=1, now=START)

    reserve("invoicexpress:two", 1, burst=1, now=START)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(8))
def test_no_sixty_seconds_hold_more_calls_than_allowed(seed: int) -> None:
    dice = random.Random(seed)
    per_minute = dice.choice([1, 2, 7, 60, 100])
    burst = dice.randint(1, per_minute)
    now, taken = START, []
    for _ in range(600):
        try:
            reserve(KEY, per_minute, burst=burst, now=now)
            taken.append(now)
        except Unavailable:
            pass
        now += timedelta(seconds=dice.choice([0, 0, 0, 0.01, 0.3, 1, 5, 70]))

    for position, first in enumerate(taken):
        window = [moment for moment in taken[position:] if moment < first + timedelta(seconds=60)]
        assert len(window) <= per_minute


@pytest.mark.django_db
def test_a_full_minute_of_hammering_gets_nearly_the_whole_allowance() -> None:
    pace_per_minute, now, taken = 100, START, 0
    while now < START + timedelta(minutes=10):
        try:
            reserve(KEY, pace_per_minute, burst=12, now=now)
            taken += 1
        except Unavailable as error:
            assert error.retry_after is not None
            now += error.retry_after

    assert 870 <= taken <= 900


@pytest.mark.django_db
def test_a_block_holds_whatever_is_left_and_is_never_shortened() -> None:
    block_until(KEY, START + timedelta(seconds=90))
    block_until(KEY, START + timedelta(seconds=30))

    error = refused(KEY, 100, 10, START + timedelta(seconds=60))

    assert error.retry_after == timedelta(seconds=30)
    reserve(KEY, 100, burst=10, now=START + timedelta(seconds=90))


@pytest.mark.django_db
def test_a_clock_that_was_set_back_costs_a_minute_and_gives_no_burst() -> None:
    for _ in range(10):
        reserve(KEY, 100, burst=10, now=START)
    back = START - timedelta(hours=1)

    first = refused(KEY, 100, 10, back)

    assert first.retry_after == timedelta(seconds=61)
    reserve(KEY, 100, burst=10, now=back + timedelta(seconds=61))
    assert refused(KEY, 100, 10, back + timedelta(seconds=61)).retry_after is not None


@pytest.mark.django_db
def test_a_slot_may_be_taken_in_advance_within_patience() -> None:
    pace = Pace.of(60, 1)
    book(KEY, pace, now=START, patience=timedelta(0))

    wait = book(KEY, pace, now=START, patience=timedelta(seconds=2))

    assert wait == timedelta(microseconds=1_016_667)
    with pytest.raises(Unavailable):
        book(KEY, pace, now=START, patience=timedelta(seconds=2))


@pytest.mark.django_db
def test_work_that_has_begun_waits_for_its_slot_and_new_work_does_not() -> None:
    slept: list[float] = []
    first = CallAllowance(KEY, Pace.of(60, 1), now=lambda: START, sleep=slept.append)
    second = CallAllowance(KEY, Pace.of(60, 1), now=lambda: START, sleep=slept.append)

    first.reserve()
    first.reserve()
    with pytest.raises(Unavailable):
        second.reserve()

    assert slept == [1.016667]


@pytest.mark.django_db
def test_a_client_can_block_the_account_for_all() -> None:
    allowance = CallAllowance(KEY, Pace.of(60, 10), now=lambda: START)

    allowance.block(timedelta(seconds=7))

    assert refused(KEY, 60, 10, START).retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(("per_minute", "burst"), [(0, 1), (-1, 1), (5, 0), (5, 6)])
def test_a_limit_that_makes_no_sense_is_refused(per_minute: int, burst: int) -> None:
    with pytest.raises(ValueError, match="allowance"):
        Pace.of(per_minute, burst)


@pytest.mark.django_db(transaction=True)
def test_racing_threads_take_no_slot_twice() -> None:
    barrier = threading.Barrier(8)
    taken: list[int] = []

    def take() -> None:
        barrier.wait()
        for _ in range(10):
            try:
                reserve(KEY, 40, burst=20, now=START)
                taken.append(1)
            except Unavailable:
                pass
        connections.close_all()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == 20
    assert not connection.in_atomic_block
