"""Runs over many orders: what they are for, how they go, and how far they are. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SyncKind(StrEnum):
    BACKFILL = "backfill"  # the latest orders of a shop, listed and issued


class SyncMode(StrEnum):
    PREVIEW = "preview"  # says what would happen, and leaves no trace on any order
    ISSUE = "issue"


class SyncState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


OPEN_SYNC_STATES = (SyncState.QUEUED, SyncState.RUNNING)


class SyncPhase(StrEnum):
    LISTING = "listing"
    LISTED = "listed"
    ISSUING = "issuing"
    SETTLED = "settled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """`done` of `total` orders in this phase; `total` is None where nobody knows it yet."""

    phase: SyncPhase
    done: int
    total: int | None

    @property
    def is_over(self) -> bool:
        return self.phase in (SyncPhase.LISTED, SyncPhase.SETTLED, SyncPhase.FAILED)

    @property
    def percent(self) -> int | None:
        if self.is_over:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else None


def progress_of(
    *, state: SyncState, is_listed: bool, seen: int, total: int | None, ticked: int, settled: int
) -> SyncProgress:
    """How far a run is: first its orders are looked at, then those that were ticked come to their ends."""
    if state is SyncState.FAILED:
        return SyncProgress(SyncPhase.FAILED, seen, total)
    if not is_listed:
        return SyncProgress(SyncPhase.LISTING, seen, total)
    if not ticked:
        return SyncProgress(SyncPhase.LISTED, seen, seen)
    is_settled = settled >= ticked and state is SyncState.DONE
    return SyncProgress(SyncPhase.SETTLED if is_settled else SyncPhase.ISSUING, settled, ticked)
