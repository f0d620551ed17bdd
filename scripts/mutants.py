"""Change the figures' code one place at a time, and count the changes that the tests notice.

    python scripts/mutants.py [mutmut arguments]

Prints each module's share and the mutants that live (`mutmut show NAME` prints one); exit status 1 if a
module is below its share. What is mutated, and by which tests it is judged, is in `pyproject.toml`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
FOLDER = CHECKOUT / "mutants"
LEAST_SHARE = 0.90
_SURVIVED, _UNTESTED = 0, (5, 33)  # mutmut's exit codes of a mutant; every other one is a kill or a timeout


def main() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    mutmut = [sys.executable, "-m", "mutmut", "run", *sys.argv[1:]]
    if subprocess.call(mutmut, cwd=CHECKOUT):
        return 1
    configured = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["mutmut"]
    shares = [_is_tested(module) for module in configured["only_mutate"]]
    return int(not all(shares))


def _is_tested(module: str) -> bool:
    """Print what came of a module's mutants. A mutant that was never judged counts as alive."""
    codes = json.loads((FOLDER / f"{module}.meta").read_text())["exit_code_by_key"]
    alive = sorted(name for name, code in codes.items() if code in (None, _SURVIVED, *_UNTESTED))
    share = 1 - len(alive) / len(codes)
    print(f"{module}: {len(codes) - len(alive)} of {len(codes)} killed, {share:.1%}")
    for name in alive:
        print(f"  alive: {name}")
    return share >= LEAST_SHARE


if __name__ == "__main__":
    raise SystemExit(main())
