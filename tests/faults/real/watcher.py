"""Stops the processes of a test run that was itself killed outright.

It reads `+ID` and `-ID` of process groups from standard input, one per line. The line `done` ends it; the end
of the input without that line means that the run is dead: every group that is left is stopped, and the folder
that is named by the argument removed.
"""

from __future__ import annotations

import shutil
import sys

from sandbox.demo.reaper import stop_groups


def main() -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        word = line.strip()
        if word == "done":
            return
        (groups.add if word[0] == "+" else groups.discard)(int(word[1:]))
    stop_groups(groups)
    shutil.rmtree(sys.argv[1], ignore_errors=True)


if __name__ == "__main__":
    main()
