"""A machine whose clock is wrong: the time of day that the process reads jumps, the database's does not."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest

HOUR = 3600.0
_OURS = ("config", "outbound", "stores", "invoicing", "jumpseller_sync", "django.utils.timezone")


class MachineClock:
    """`ahead`: by how many seconds the machine is ahead of the true time."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + timedelta(seconds=self.ahead)

    def time(self) -> float:
        return _true_time() + self.ahead


_true_time = time.time


class _Stand(type):
    """In the place of the class `datetime`: it makes and knows true ones, and only `now` is another."""

    clock: MachineClock

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return datetime(*args, **kwargs)  # noqa: DTZ001 - as it was asked for

    def __getattr__(cls, name: str) -> Any:
        return cls.clock.now if name == "now" else getattr(datetime, name)


@contextmanager
def wrong_machine_clock() -> Iterator[MachineClock]:
    """All of the product that reads the machine's time of day reads this clock."""
    clock = MachineClock()
    stand = _Stand("datetime", (), {"clock": clock})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", clock.time)
        for name, module in list(sys.modules.items()):
            if name.startswith(_OURS) and getattr(module, "datetime", None) is datetime:
                patch.setattr(module, "datetime", stand)
        yield clock
