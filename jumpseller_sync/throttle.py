"""A bucket per hook key and process: floods are refused before their body is read."""

from __future__ import annotations

import threading
import time

RATE_PER_SECOND = 200.0
BURST = 2000.0
_MAX_KEYS = 50_000


class Throttle:
    def __init__(self, rate: float = RATE_PER_SECOND, burst: float = BURST) -> None:
        self._rate, self._burst = rate, burst
        self._levels: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def admits(self, key: str, at: float | None = None) -> bool:
        """Whether one more request for the key may pass. `at` in seconds, any steady clock."""
        at = time.monotonic() if at is None else at
        with self._lock:
            if len(self._levels) > _MAX_KEYS:
                self._levels.clear()
            level, since = self._levels.get(key, (self._burst, at))
            at = max(at, since)  # whoever came first may get the lock last
            level = min(self._burst, level + (at - since) * self._rate)
            if level < 1.0:
                self._levels[key] = (level, at)
                return False
            self._levels[key] = (level - 1.0, at)
            return True
