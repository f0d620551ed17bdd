"""Run a command with DATABASE_URL and REDIS_URL naming a private PostgreSQL and Redis.

    python scripts/with_services.py -- COMMAND ...

Both listen on free local ports, keep their data in a temporary folder, and are stopped at the end.
What is missing is installed from Debian's packages when this runs as root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def main() -> int:
    command = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    if not command:
        sys.exit(__doc__)
    postgres, redis = find_postgres(), shutil.which("redis-server")
    if not postgres or not redis:
        install(["postgresql", "redis-server"])
        postgres, redis = find_postgres(), shutil.which("redis-server")
    if not postgres or not redis:
        sys.exit(
            "PostgreSQL (initdb, postgres) and redis-server are needed; install them and run this again."
        )
    # Ends through `finally`, so that nothing is left running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="invoicing-services-"))
    running: list[subprocess.Popen[bytes]] = []
    try:
        environment = dict(os.environ)
        environment["DATABASE_URL"] = start_postgres(postgres, folder / "postgres", running)
        environment["REDIS_URL"] = start_redis(redis, folder, running)
        return subprocess.call(command, env=environment)
    finally:
        for process in reversed(running):
            process.send_signal(signal.SIGINT)  # PostgreSQL waits for its clients on SIGTERM
        for process in reversed(running):
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def find_postgres() -> Path | None:
    """The folder with initdb and postgres: on PATH, or where Debian keeps its newest version."""
    candidates = [Path(found).resolve().parent] if (found := shutil.which("initdb")) else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in candidates if (folder / "postgres").exists()), None)


def install(packages: list[str]) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-q"], ["install", "-qy", *packages]):
        subprocess.call(
            ["apt-get", *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], name: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"{name} did not start.")


def start_postgres(binaries: Path, data: Path, running: list[subprocess.Popen[bytes]]) -> str:
    """PostgreSQL refuses to run as root, so root lends its data folder to another user."""
    data.mkdir(parents=True)
    data.parent.chmod(0o711)
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if os.geteuid() == 0:
        names = {entry.pw_name: entry for entry in pwd.getpwall()}
        entry = names.get("postgres") or names["nobody"]
        os.chown(data, entry.pw_uid, entry.pw_gid)
        quiet |= {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "cwd": "/"}
    subprocess.run(
        [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "invoicing",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ],
        check=True,
        **quiet,
    )
    port = free_port()
    settings = [
        f"port={port}",
        "listen_addresses=127.0.0.1",
        f"unix_socket_directories={data}",
        "max_connections=200",
        # Thrown away afterwards, so durability across a power cut buys nothing.
        "fsync=off",
    ]
    arguments = [argument for setting in settings for argument in ("-c", setting)]
    process = subprocess.Popen([binaries / "postgres", "-D", data, *arguments], **quiet)
    running.append(process)
    wait_for(port, process, "PostgreSQL")
    return f"postgres://invoicing@127.0.0.1:{port}/postgres"


def start_redis(binary: str, folder: Path, running: list[subprocess.Popen[bytes]]) -> str:
    port = free_port()
    process = subprocess.Popen(
        [
            binary,
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            folder,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    running.append(process)
    wait_for(port, process, "Redis")
    return f"redis://127.0.0.1:{port}/0"


if __name__ == "__main__":
    raise SystemExit(main())
