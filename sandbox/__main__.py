"""`python -m sandbox`: the sandbox as a process of its own."""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import threading
from pathlib import Path

from sandbox.server import SandboxServer

DEFAULT_PORT = 8900


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes any free port")
    parser.add_argument("--ready-file", type=Path, help="gets the base URL once the sandbox listens")
    options = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with SandboxServer(options.host, options.port) as sandbox:
        print(f"sandbox listening on {sandbox.url}", flush=True)
        if options.ready_file is not None:
            write_at_once(options.ready_file, sandbox.url)
        stopped.wait()


def write_at_once(path: Path, text: str) -> None:
    """A reader finds the whole text or no file."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    os.replace(name, path)


if __name__ == "__main__":
    main()
