"""Many at the same moment: each on a thread and a database connection of its own, as processes are."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.db import connection

from sandbox.messages import Request, Response
from sandbox.state import SandboxState
from tests.flow import FakeClock

Handle = Callable[[Request], Response]
_PATIENCE = 60.0
# Short turns, so that threads meet inside each other's work and not only between two pieces of it.
_TURN_SECONDS = 0.0005


def at_once(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all jobs at one barrier; their results in order.

    Raises:
        BaseExceptionGroup: what the jobs raised; losing a race is no reason to raise.
    """
    barrier = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)
    errors: list[BaseException] = []

    def run(number: int, job: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(_PATIENCE)
            results[number] = job()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, job)) for number, job in enumerate(jobs)]
    with _short_turns(), _steady_clock():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(_PATIENCE)
    if any(thread.is_alive() for thread in threads):
        errors.append(TimeoutError("a job does not end"))
    if errors:
        raise BaseExceptionGroup("jobs of a crowd", errors)
    return results


@contextmanager
def around_calls(state: SandboxState, handle: Callable[[Handle, Request], Response]) -> Iterator[None]:
    """Every vendor call goes through `handle(real, request)`."""
    real = state.handle
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "handle", partial(handle, real))
        yield


@contextmanager
def _short_turns() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


@contextmanager
def _steady_clock() -> Iterator[None]:
    """One reading of the clock at a time: two threads must not be told the same moment."""
    lock, real = threading.Lock(), FakeClock.__call__

    def read(clock: FakeClock) -> datetime:
        with lock:
            return real(clock)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeClock, "__call__", read)
        yield
