"""Stops the demo's processes when the demo itself dies without a word.

It reads the ids of process groups from standard input, one per line. The line `done` ends it; the end of
the input without that line means that the demo was killed, and every group is stopped.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable

GRACE_SECONDS = 10.0


def stop_groups(
    groups: Iterable[int], *, bury: Callable[[], object] = list, grace_seconds: float = GRACE_SECONDS
) -> None:
    """SIGTERM to every group, and SIGKILL to what is left after the grace. `bury` collects the caller's own
    dead children, which count as members of their group until then."""
    left = [group for group in groups if _send(group, signal.SIGTERM)]
    end = time.monotonic() + grace_seconds
    while left and time.monotonic() < end:
        time.sleep(0.05)
        bury()
        left = [group for group in left if _send(group, 0)]
    for group in left:
        _send(group, signal.SIGKILL)


def _send(group: int, number: int) -> bool:
    """Whether the group was there."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def main() -> None:
    groups: list[int] = []
    for line in sys.stdin:
        if line.strip() == "done":
            return
        groups.append(int(line))
    stop_groups(groups)


if __name__ == "__main__":
    main()
