"""The call allowance holds when many threads, and so many processes, draw on one row."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from outbound.allowance import block_until, reserve
from outbound.errors import Unavailable
from outbound.models import Allowance

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


def taken_by_threads(threads: int, each: int, **pace: int) -> tuple[int, list[Unavailable]]:
    """How many calls were granted at one moment, and the refusals."""
    granted: list[int] = []
    refusals: list[Unavailable] = []
    barrier = threading.Barrier(threads)

    def draw() -> None:
        try:
            barrier.wait(timeout=30)
            for _ in range(each):
                try:
                    reserve("invoicexpress:loja", now=NOON, **pace)
                    granted.append(1)
                except Unavailable as refusal:
                    refusals.append(refusal)
        finally:
            connection.close()

    workers = [threading.Thread(target=draw) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    return len(granted), refusals


def test_no_call_is_granted_twice() -> None:
    granted, refusals = taken_by_threads(8, 6, per_minute=100, burst=12)

    assert granted == 12
    assert len(refusals) == 36
    assert all(refusal.counts is False for refusal in refusals)
    assert all(refusal.retry_after is not None for refusal in refusals)
    assert Allowance.objects.count() == 1


def test_a_block_stops_every_thread() -> None:
    block_until("invoicexpress:loja", NOON + timedelta(seconds=90))

    granted, refusals = taken_by_threads(4, 3, per_minute=100, burst=100)

    assert granted == 0
    assert {refusal.retry_after for refusal in refusals} == {timedelta(seconds=90)}
