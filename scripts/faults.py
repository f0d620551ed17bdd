"""The fault trials on both databases, and the report of a full run.

    python scripts/faults.py full|short [--resume] [pytest arguments]

On the embedded default and on a private PostgreSQL and Redis; for each, the trials inside one process and
those with real processes, which mostly wait and so run beside the others. Inside one process the database
decides only who wins a race: a full run repeats the races at their full counts on PostgreSQL, and the rest
at the short ones. It writes `docs/reliability.md`; its exit status is 1 if anything was doubled, lost, late,
failed or left out. With `--resume` it goes on where a run of the same commit was interrupted or failed: what
has passed is not repeated.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SIZES = ("short", "full")
REAL = "tests/faults/real"
RACES = [
    f"tests/faults/{name}.py"
    for name in ("test_f13_equal_webhooks", "test_f20_racing_workers", "test_f21_eager_staff")
]
LOST_ANSWERS = [f"tests/faults/{name}.py" for name in ("test_f02_lost_answers", "test_f03_blind_searches")]
KILL_POINTS = "tests/faults/test_f01_kill_points.py"
IN_PROCESS = ["tests/faults", f"--ignore={REAL}"]
_NOTHING_LEFT = 5  # pytest's status where every test was left out
SERVICES = (sys.executable, "scripts/with_services.py", "--")


@dataclass(frozen=True)
class Run:
    name: str
    size: str
    selection: list[str]
    services: tuple[str, ...] = ()


def main() -> int:
    size, *arguments = sys.argv[1:] or [""]
    if size not in SIZES:
        sys.exit(__doc__)
    ledger = CHECKOUT / "var" / "faults" / size
    code = _commit()
    if "--resume" in arguments:
        arguments.remove("--resume")
        if not code:
            sys.exit("--resume: the checkout differs from its commit, so what has passed proves nothing.")
        os.environ["FAULTS_RESUME"] = "1"
    else:
        shutil.rmtree(ledger, ignore_errors=True)
    os.environ["FAULTS_CODE"] = code
    ledger.mkdir(parents=True, exist_ok=True)
    others = [*IN_PROCESS, f"--ignore={KILL_POINTS}"]
    lanes = [
        [Run("kill-points-embedded", size, [KILL_POINTS])],
        [Run("in-process-embedded", size, others)],
        [Run("real-embedded", size, [REAL]), *_races_on_services(size)],
        [Run("real-services", size, [REAL], SERVICES), _in_process_on_services(size)],
    ]
    with ThreadPoolExecutor(len(lanes)) as pool:
        statuses = [
            status
            for lane in pool.map(lambda lane: one_by_one(lane, ledger, arguments), lanes)
            for status in lane
        ]
    if size == "full":
        report = [sys.executable, "-m", "tests.faults.report", str(ledger)]
        statuses.append(subprocess.call(report, cwd=CHECKOUT))
    return int(any(statuses))


def _commit() -> str:
    """The commit that is tried; empty where the checkout differs from it, or is none."""
    asked = ["git", "status", "--porcelain", "--", ".", ":!docs/reliability.md"]
    changed = subprocess.run(asked, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if changed.returncode or changed.stdout:
        return ""
    head = ["git", "rev-parse", "HEAD"]
    return subprocess.run(head, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.strip()


def _races_on_services(size: str) -> list[Run]:
    return [Run("races-services", size, RACES, SERVICES)] if size == "full" else []


def _in_process_on_services(size: str) -> Run:
    """A full run has the races at their full counts elsewhere, and the rest at the short ones. A short run
    has what the database decides, races and lost answers: the suite runs the rest on PostgreSQL anyway."""
    if size == "full":
        left_out = [f"--ignore={path}" for path in RACES]
        return Run("in-process-services", "short", [*IN_PROCESS, *left_out], SERVICES)
    return Run("races-services", "short", [*RACES, *LOST_ANSWERS], SERVICES)


def one_by_one(runs: Iterable[Run], ledger: Path, arguments: list[str]) -> list[int]:
    return [perform(run, ledger, arguments) for run in runs]


def perform(run: Run, ledger: Path, arguments: list[str]) -> int:
    """Run the selection; its output goes into a file beside the books, and is shown when it ends."""
    environment = {**os.environ, "FAULTS": run.size, "FAULTS_LEDGER": str(ledger)}
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    # One process for each, whatever else is asked: four of them share the machine.
    command = [*run.services, sys.executable, "-m", "pytest", "-p", "no:xdist", *run.selection, *arguments]
    if REAL not in run.selection:
        # An injected clock waits for nobody; real processes have bounds in real seconds.
        command = ["nice", "-n", "10", *command]
    started = time.monotonic()
    print(f"{run.name}: {' '.join(command[1:])}", flush=True)
    path = ledger / f"{run.name}.log"
    with path.open("wb") as log:
        status = subprocess.call(command, cwd=CHECKOUT, env=environment, stdout=log, stderr=log)
    if status == _NOTHING_LEFT and "FAULTS_RESUME" in os.environ:
        status = 0
    took = f"{run.name}: ended with {status} after {time.monotonic() - started:.0f} s"
    lines = path.read_text(errors="replace").splitlines()
    print("\n".join([*(lines if status else lines[-1:]), took]), flush=True)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
