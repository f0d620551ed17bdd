"""Ring the workers after a commit. A lost ring costs one sweep, never the work."""

from __future__ import annotations

import atexit
import queue
import threading
import time
from typing import NamedTuple

import structlog
from django.db import transaction

logger = structlog.get_logger(__name__)

# Longer waits are left to the sweep; holding them in a worker's memory gains nothing.
_LONGEST_COUNTDOWN_SECONDS = 60.0


class _Ring(NamedTuple):
    task: str
    pk: int
    delay: float
    expires: float | None


class Bell:
    """Publishes from its own thread, so that a broker that hangs cannot hold a request or a worker."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._rings: queue.Queue[_Ring] = queue.Queue(capacity)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self, task: str, pk: int, *, delay: float = 0.0, expires: float | None = None) -> None:
        """Ask for `task(pk)` once the current transaction is committed.

        `delay` in seconds; a delay over a minute is not rung at all. `expires` in seconds.
        """
        if delay > _LONGEST_COUNTDOWN_SECONDS:
            return
        transaction.on_commit(lambda: self._put(_Ring(task, pk, delay, expires)))

    def _put(self, ring: _Ring) -> None:
        try:
            self._rings.put_nowait(ring)
        except queue.Full:
            logger.warning("bell_full", task=ring.task)
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._publish_all, name="bell", daemon=True)
                self._thread.start()

    def _publish_all(self) -> None:
        while True:
            ring = self._rings.get()
            try:
                publish(ring.task, ring.pk, delay=ring.delay, expires=ring.expires)
            except Exception as error:  # noqa: BLE001 - any broker failure means the same: the sweep will ring
                logger.warning("bell_not_rung", task=ring.task, error=type(error).__name__)
            finally:
                self._rings.task_done()

    def flush(self, timeout: float = 2.0) -> None:
        """Give a short-lived process the time to ring what it committed."""
        end = time.monotonic() + timeout
        while self._rings.unfinished_tasks and time.monotonic() < end:
            time.sleep(0.02)


def publish(task: str, pk: int, *, delay: float, expires: float | None) -> None:
    """Send one message now; raises what the broker raises."""
    from config.celery import app

    app.send_task(task, args=[pk], countdown=delay or None, expires=expires, ignore_result=True, retry=False)


_bell = Bell()
ring = _bell.ring
atexit.register(_bell.flush)
