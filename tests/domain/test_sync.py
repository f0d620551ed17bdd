"""How far a run is."""

from __future__ import annotations

from typing import Any

import pytest

from invoicing.domain.sync import SyncPhase, SyncState, progress_of


def at(**facts: Any) -> tuple[SyncPhase, int, int | None, int | None, bool]:
    known: dict[str, Any] = {
        "state": SyncState.RUNNING,
        "is_listed": True,
        "seen": 40,
        "total": 50,
        "ticked": 0,
        "settled": 0,
        **facts,
    }
    found = progress_of(**known)
    return found.phase, found.done, found.total, found.percent, found.is_over


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"is_listed": False}, (SyncPhase.LISTING, 40, 50, 80, False)),
        ({"is_listed": False, "total": None}, (SyncPhase.LISTING, 40, None, None, False)),
        ({"is_listed": False, "seen": 50}, (SyncPhase.LISTING, 50, 50, 99, False)),
        ({"is_listed": False, "seen": 0, "total": 0}, (SyncPhase.LISTING, 0, 0, None, False)),
        ({"state": SyncState.DONE}, (SyncPhase.LISTED, 40, 40, 100, True)),
        ({"ticked": 4, "settled": 1}, (SyncPhase.ISSUING, 1, 4, 25, False)),
        ({"ticked": 4, "settled": 4}, (SyncPhase.ISSUING, 4, 4, 99, False)),
        ({"state": SyncState.DONE, "ticked": 4, "settled": 3}, (SyncPhase.ISSUING, 3, 4, 75, False)),
        ({"state": SyncState.DONE, "ticked": 4, "settled": 4}, (SyncPhase.SETTLED, 4, 4, 100, True)),
        ({"state": SyncState.FAILED, "is_listed": False}, (SyncPhase.FAILED, 40, 50, 100, True)),
    ],
)
def test_progress(facts: dict[str, Any], expected: Any) -> None:
    assert at(**facts) == expected
