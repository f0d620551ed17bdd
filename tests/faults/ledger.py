"""What the trials came to: each named fault test counts its trials, and the counts become a report.

A test is marked with its row of the fault table and three numbers of trials: by default (`make test`),
the short run (`make faults-short`) and the full one (`make faults`). The fixture `trials` is the book it
writes into. Books lie as JSON in the folder named by `FAULTS_LEDGER`, one file per test.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

SIZES = ("default", "short", "full")


def size() -> str:
    """How much is asked for: `FAULTS=short` or `FAULTS=full`, else the default."""
    wanted = os.environ.get("FAULTS", SIZES[0])
    if wanted not in SIZES:
        raise ValueError(f"FAULTS must be one of {', '.join(SIZES)}")
    return wanted


@dataclass
class Trials:
    """The book of one test.

    `duplicates` counts documents beyond the one that an order may have, `lost` what was acknowledged and
    came to nothing. `delays` are seconds from the end of the fault to the final document, beside the
    bound that was in force.
    """

    row: str
    test: str
    planned: int
    database: str
    processes: str = "in one process, injected clock"
    seed: int | None = None
    done: int = 0
    duplicates: int = 0
    lost: int = 0
    worst_delay: float | None = None
    delay_bound: float | None = None
    notes: list[str] = field(default_factory=list)
    passed: bool = False
    code: str = field(default_factory=lambda: os.environ.get("FAULTS_CODE", ""))  # which commit was tried

    def add(self, trials: int = 1, *, duplicates: int = 0, lost: int = 0) -> None:
        self.done += trials
        self.duplicates += duplicates
        self.lost += lost

    def delay(self, seconds: float, *, bound: float) -> None:
        """Keep the delay that came nearest to its bound, or went furthest beyond it."""
        known = self.worst_delay
        if known is None or self.delay_bound is None or seconds - bound > known - self.delay_bound:
            self.worst_delay, self.delay_bound = seconds, bound

    def check(self) -> None:
        """
        Raises:
            AssertionError: a duplicate, a loss, a delay beyond its bound, or fewer trials than planned.
        """
        where = f"{self.row} {self.test} (seed {self.seed})"
        assert self.duplicates == 0, f"{where}: {self.duplicates} duplicates"
        assert self.lost == 0, f"{where}: {self.lost} lost"
        assert self.done >= self.planned, f"{where}: {self.done} of {self.planned} trials"
        if self.worst_delay is not None and self.delay_bound is not None:
            assert self.worst_delay <= self.delay_bound, f"{where}: {self.worst_delay:.1f} s late"

    def save(self) -> None:
        folder = os.environ.get("FAULTS_LEDGER")
        if not folder:
            return
        Path(folder).mkdir(parents=True, exist_ok=True)
        path = _path(folder, self.row, self.test, self.database)
        path.write_text(json.dumps({**asdict(self), "size": size()}, indent=1))


def is_done(row: str, test: str, database: str) -> bool:
    """Whether an interrupted run of the same commit and size has this test's book, and it passed."""
    folder, code = os.environ.get("FAULTS_LEDGER"), os.environ.get("FAULTS_CODE")
    if not folder or not code or os.environ.get("FAULTS_RESUME") != "1":
        return False
    path = _path(folder, row, test, database)
    if not path.exists():
        return False
    book = json.loads(path.read_text())
    return bool(book["passed"]) and (book["size"], book.get("code")) == (size(), code)


def _path(folder: str, row: str, test: str, database: str) -> Path:
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"{row}-{test}-{database}").strip("-")
    return Path(folder) / f"{name}.json"
