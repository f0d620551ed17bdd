"""The demo's processes: the Procfile's lines in a shell, each a group of its own, always stopped."""

from __future__ import annotations

import contextlib
import random
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.demo.home import CHECKOUT, DemoFailed, Home
from sandbox.demo.reaper import stop_groups

_TAIL_LINES = 15
# Below the range that systems lend out for outgoing connections.
_FIRST_PORT, _LAST_PORT = 20_000, 32_000


def procfile_lines(path: Path = CHECKOUT / "Procfile") -> dict[str, str]:
    lines = (line.partition(":") for line in path.read_text().splitlines() if ":" in line)
    return {name.strip(): command.strip() for name, _colon, command in lines}


def free_port() -> int:
    """A port that nobody listens on now. Another program may still take it; then the web process ends
    and says so."""
    while True:
        port = random.randint(_FIRST_PORT, _LAST_PORT)
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port


class Processes:
    """Use as a context: whatever was started is stopped at the end, however it comes."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        # If this process is killed outright, the reaper stops the others; it also keeps the lock till then.
        self._reaper = subprocess.Popen(
            [sys.executable, "-m", "sandbox.demo.reaper"],
            stdin=subprocess.PIPE,
            cwd=CHECKOUT,
            start_new_session=True,
            pass_fds=(home.lock.fileno(),),
        )

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        with self._home.log(name).open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=CHECKOUT,
                env=dict(environment),
                start_new_session=True,
            )
        self._running[name] = process
        self._tell_reaper(str(process.pid))

    def run(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], *, given: str = ""
    ) -> str:
        """Run a command to its end. Returns what it printed; its errors go to the log of that name.

        Raises:
            DemoFailed: it did not end with 0.
        """
        with self._home.log(name).open("ab") as log:
            ended = subprocess.run(
                command,
                input=given.encode(),
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=CHECKOUT,
                env=dict(environment),
                check=False,
            )
            log.write(ended.stdout)
        if ended.returncode != 0:
            raise DemoFailed(f"{name} ended with {ended.returncode}.")
        return ended.stdout.decode(errors="replace")

    def require_alive(self) -> None:
        """
        Raises:
            DemoFailed: a process ended by itself.
        """
        for name, process in self._running.items():
            if process.poll() is not None:
                raise DemoFailed(f"{name} ended by itself ({process.returncode}).")

    def stop(self) -> None:
        processes = list(self._running.values())
        stop_groups([each.pid for each in processes], bury=lambda: [each.poll() for each in processes])
        for process in processes:
            process.wait()
        self._running.clear()
        self._tell_reaper("done")
        with contextlib.suppress(OSError):
            if self._reaper.stdin is not None:
                self._reaper.stdin.close()
        self._reaper.wait()

    def tails(self) -> str:
        """The last lines of every log, for the report of a failure."""
        parts = []
        for path in sorted(self._home.folder.glob("*.log")):
            lines = path.read_text(errors="replace").splitlines()[-_TAIL_LINES:]
            if lines:
                parts.append("\n".join([f"--- {path.relative_to(CHECKOUT)}", *lines]))
        return "\n".join(parts)

    def _tell_reaper(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._reaper.stdin is not None:
                self._reaper.stdin.write(f"{line}\n".encode())
                self._reaper.stdin.flush()
