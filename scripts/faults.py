"""The fault trials on both databases, and the report of a full run.

    python scripts/faults.py full|short [pytest arguments]

On the embedded default first, then on a private PostgreSQL and Redis; for each, the trials inside one
process, then those with real processes, one at a time because their delays are measured. A full run
writes `docs/reliability.md`; its exit status is 1 if anything was doubled, lost, late, failed or left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SIZES = ("short", "full")
REAL = "tests/faults/real"
IN_PROCESS = ["-n", "2", "tests/faults", f"--ignore={REAL}"]
WITH_PROCESSES = ["-p", "no:xdist", REAL]
SERVICES = [sys.executable, "scripts/with_services.py", "--"]


def main() -> int:
    size, *arguments = sys.argv[1:] or [""]
    if size not in SIZES:
        sys.exit(__doc__)
    ledger = CHECKOUT / "var" / "faults" / size
    shutil.rmtree(ledger, ignore_errors=True)
    environment = {**os.environ, "FAULTS": size, "FAULTS_LEDGER": str(ledger)}
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    runs = [
        [*services, sys.executable, "-m", "pytest", *selection, *arguments]
        for services in ([], SERVICES)
        for selection in (IN_PROCESS, WITH_PROCESSES)
    ]
    statuses = [run(command, environment) for command in runs]
    if size == "full":
        report = [sys.executable, "-m", "tests.faults.report", str(ledger)]
        statuses.append(subprocess.call(report, cwd=CHECKOUT))
    return int(any(statuses))


def run(command: list[str], environment: dict[str, str]) -> int:
    started = time.monotonic()
    print(f"$ {' '.join(command[1:])}", flush=True)
    status = subprocess.call(command, cwd=CHECKOUT, env=environment)
    print(f"ended with {status} after {time.monotonic() - started:.0f} s", flush=True)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
