"""Processes that can be killed: each a group of its own, started again by its name, stopped at the end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from sandbox.demo.home import CHECKOUT

_TAIL_LINES = 12
_END_SECONDS = 30.0


class Fleet:
    """Use as a context: whatever was started is stopped at the end, however it comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ends: dict[str, signal.Signals] = {}
        # A run that is killed outright cannot tidy up; this process does it then.
        self._watcher = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.real.watcher", folder],
            stdin=subprocess.PIPE,
            cwd=CHECKOUT,
            start_new_session=True,
        )

    def __enter__(self) -> Fleet:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        end: signal.Signals = signal.SIGKILL,
        **how: Any,
    ) -> float:
        """Start a process under a name that is free. `end` is the signal of the final tidying up, `how`
        goes to `Popen`. Returns the moment, in seconds since the epoch."""
        assert name not in self._running, f"{name} runs already"
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
                **{"cwd": CHECKOUT, **how},
            )
        self._running[name], self._ends[name] = process, end
        self._tell_watcher(f"+{process.pid}")
        return time.time()

    def run(
        self, name: str, command: Sequence[str | Path], environment: Mapping[str, str], *, given: str = ""
    ) -> str:
        """Run a command to its end. Returns what it printed; its errors go to the log of that name."""
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=CHECKOUT,
                env=dict(environment),
                start_new_session=True,
            )
            self._tell_watcher(f"+{process.pid}")
            try:
                printed, _errors = process.communicate(given.encode())
            except BaseException:
                _send(process.pid, signal.SIGKILL)
                process.wait()
                raise
            finally:
                self._tell_watcher(f"-{process.pid}")
            log.write(printed if process.returncode else b"")
        assert process.returncode == 0, f"{name} ended with {process.returncode}\n{self.tails()}"
        return printed.decode()

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def is_alive(self, name: str) -> bool:
        return name in self._running and not _has_ended(self._running[name].pid)

    def require_alive(self) -> None:
        """No process ends by itself: nobody would be there to start it again."""
        dead = [name for name, process in self._running.items() if _has_ended(process.pid)]
        assert not dead, f"ended by themselves: {dead}\n{self.tails()}"

    def kill(self, name: str) -> float:
        """SIGKILL to the whole group. Returns the moment, in seconds since the epoch."""
        return self._end(name, signal.SIGKILL)

    def terminate(self, name: str) -> float:
        """SIGTERM to the whole group, as service managers send it; returns when all of it has ended."""
        return self._end(name, signal.SIGTERM)

    def bury(self, name: str) -> None:
        """Take note of a process that was asked to end by somebody else."""
        self._end(name, None)

    def stop(self) -> None:
        for name in reversed(list(self._running)):
            with contextlib.suppress(AssertionError):
                self._end(name, self._ends[name])
        self._tell_watcher("done")
        with contextlib.suppress(OSError):
            if self._watcher.stdin is not None:
                self._watcher.stdin.close()
        self._watcher.wait()

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def tails(self) -> str:
        """The last lines of every log, for the report of a failure."""
        parts = []
        for path in sorted(self.folder.glob("*.log")):
            lines = path.read_text(errors="replace").splitlines()[-_TAIL_LINES:]
            if lines:
                parts.append("\n".join([f"--- {path.name}", *(line[:600] for line in lines)]))
        return "\n".join(parts)

    def _end(self, name: str, number: signal.Signals | None) -> float:
        process = self._running.pop(name)
        at = time.time()
        try:
            if number is not None:
                _send(process.pid, number)
            ended = _wait(process.pid, _END_SECONDS)
        finally:
            _send(process.pid, signal.SIGKILL)  # what outlived its leader, or would not end
            process.wait()
            self._tell_watcher(f"-{process.pid}")
        assert ended, f"{name} does not end on {number}\n{self.tails()}"
        return at

    def _tell_watcher(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._watcher.stdin is not None:
                self._watcher.stdin.write(f"{line}\n".encode())
                self._watcher.stdin.flush()


def _send(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _has_ended(pid: int) -> bool:
    """Without burying it: an unburied leader keeps the id of its group from being given to others."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def _wait(pid: int, seconds: float) -> bool:
    """Whether the process has ended in time; it is not buried."""
    end = time.monotonic() + seconds
    while not _has_ended(pid):
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True
