"""The bucket per hook key: never below 100 a second or a burst of 1 000, by an injected clock."""

from __future__ import annotations

import threading

from jumpseller_sync import throttle
from jumpseller_sync.throttle import BURST, RATE_PER_SECOND, Throttle


def admitted(bucket: Throttle, key: str, count: int, at: float) -> int:
    return sum(bucket.admits(key, at) for _ in range(count))


def test_the_promise_of_the_contract_is_kept() -> None:
    assert RATE_PER_SECOND >= 100
    assert BURST >= 1000


def test_a_burst_passes_at_one_moment_and_no_more() -> None:
    bucket = Throttle()

    assert admitted(bucket, "a", 5000, at=10.0) == 2000


def test_after_the_burst_the_rate_passes_for_ever() -> None:
    bucket = Throttle()
    admitted(bucket, "a", 5000, at=0.0)

    for second in range(1, 20):
        assert admitted(bucket, "a", 1000, at=float(second)) == 200


def test_a_steady_hundred_a_second_is_never_refused() -> None:
    bucket = Throttle()

    assert all(bucket.admits("a", at=number / 100) for number in range(20_000))


def test_one_key_does_not_use_up_anothers() -> None:
    bucket = Throttle(rate=1, burst=2)
    admitted(bucket, "a", 10, at=0.0)

    assert admitted(bucket, "b", 10, at=0.0) == 2


def test_a_rest_fills_the_bucket_to_its_burst_and_no_further() -> None:
    bucket = Throttle(rate=1, burst=5)
    admitted(bucket, "a", 5, at=0.0)

    assert admitted(bucket, "a", 100, at=1_000_000.0) == 5


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    bucket = Throttle(rate=1, burst=2)
    admitted(bucket, "a", 2, at=100.0)

    assert admitted(bucket, "a", 5, at=1.0) == 0
    assert admitted(bucket, "a", 5, at=100.0) == 0
    assert admitted(bucket, "a", 5, at=101.0) == 1


def test_refusals_do_not_lengthen_the_wait() -> None:
    bucket = Throttle(rate=1, burst=1)
    bucket.admits("a", 0.0)
    admitted(bucket, "a", 50, at=0.5)

    assert bucket.admits("a", 1.0)


def test_the_memory_has_an_end(monkeypatch) -> None:
    monkeypatch.setattr(throttle, "_MAX_KEYS", 10)
    bucket = Throttle()

    for number in range(1000):
        bucket.admits(str(number), 0.0)

    assert len(bucket._levels) <= 11


def test_threads_share_one_burst() -> None:
    bucket, passed = Throttle(rate=0, burst=1000), []

    def knock() -> None:
        passed.append(admitted(bucket, "a", 500, at=0.0))

    threads = [threading.Thread(target=knock) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(passed) == 1000
