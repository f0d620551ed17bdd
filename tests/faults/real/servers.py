"""Databases and brokers that may be stopped: private servers, or the embedded default's files."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
import redis

from scripts.with_services import find_postgres, free_port
from tests.faults.real.fleet import Fleet

_PATIENCE_SECONDS = 60.0
Row = tuple[Any, ...]


class Broker(Protocol):
    """What rings the workers. `forget` drops every message while it works on, and tells how many waited."""

    url: str

    def stop(self) -> None: ...
    def start(self) -> None: ...
    def forget(self) -> int: ...


class Redis:
    """A Redis of this run's own, which keeps nothing when it is stopped."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet, self.port = fleet, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        binary = shutil.which("redis-server")
        assert binary is not None, "redis-server is not installed"
        settings = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no"}
        arguments = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
        self._fleet.start("redis", [binary, *arguments], os.environ, cwd=self._fleet.folder)
        end = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                with self.client() as client:
                    client.ping()
                return
            except redis.RedisError:
                assert time.monotonic() < end, "Redis does not start"
                time.sleep(0.02)

    def stop(self) -> None:
        self._fleet.kill("redis")

    def forget(self) -> int:
        with self.client() as client:
            # At once, so that no message slips in between.
            waiting, _forgotten = client.pipeline().llen("celery").flushall().execute()
        return int(waiting)

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=5)


class Folder:
    """The embedded broker: stopped, its folder is not there, nor can a process make it again."""

    url = ""

    def __init__(self, path: Path) -> None:
        self.path = path

    def start(self) -> None:
        away = self._away()
        if not away.exists():
            self.path.mkdir(exist_ok=True)
            return
        self.path.unlink()
        away.rename(self.path)

    def stop(self) -> None:
        self.path.rename(self._away())
        self.path.write_text("in the way", encoding="utf-8")

    def forget(self) -> int:
        names = [name for name in os.listdir(self.path) if name.endswith((".msg", ".taken"))]
        for name in names:
            (self.path / name).unlink(missing_ok=True)
        return len(names)

    def _away(self) -> Path:
        return self.path.with_name(f"{self.path.name}.away")


class Database(Protocol):
    """Where the product keeps its rows; `rows` looks into them from outside."""

    url: str

    def rows(self, sql: str) -> Sequence[Row]: ...


class SqliteFile:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"

    def rows(self, sql: str) -> Sequence[Row]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(sql).fetchall()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else writes meanwhile."""
        with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")


class PostgresDatabase:
    """One database on a server that is there already; dropped at the end."""

    def __init__(self, url: str) -> None:
        self.url = url

    def rows(self, sql: str) -> Sequence[Row]:
        with psycopg.connect(self.url, connect_timeout=10) as connection:
            return connection.execute(sql).fetchall()

    @classmethod
    @contextmanager
    def made(cls, server_url: str, name: str, *, template: str = "") -> Iterator[PostgresDatabase]:
        copied = f' TEMPLATE "{template}"' if template else ""
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"{copied}')
            try:
                yield cls(f"{server_url.rpartition('/')[0]}/{name}")
            finally:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class Postgres(PostgresDatabase):
    """A server of this run's own that keeps its promises: a commit is on the disk before it is confirmed."""

    def __init__(self, fleet: Fleet) -> None:
        binaries = find_postgres()
        assert binaries is not None, "PostgreSQL is not installed"
        self._fleet, self._binaries, self._port = fleet, binaries, free_port()
        # Not below the run's folder: the server's user has to get in.
        self._folder = Path(tempfile.mkdtemp(prefix="invoicing-faults-postgres-"))
        self._folder.chmod(0o711)
        self._how: dict[str, Any] = {"cwd": "/"}
        self._data = self._folder / "data"
        self._data.mkdir()
        if os.geteuid() == 0:
            # It refuses to run as root.
            users = {entry.pw_name: entry for entry in pwd.getpwall()}
            user = users.get("postgres") or users["nobody"]
            os.chown(self._data, user.pw_uid, user.pw_gid)
            self._how |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        super().__init__(f"postgres://invoicing@127.0.0.1:{self._port}/postgres")
        how = ("-U", "invoicing", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8")
        self._run("initdb", *how)

    def start(self) -> float:
        """Returns when connections are taken: the moment, in seconds since the epoch."""
        settings = {
            "port": self._port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self._data,
            "max_connections": 200,
        }
        command: list[str | Path] = [self._binaries / "postgres", "-D", self._data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        # On SIGQUIT it ends at once and yet gives its shared memory back.
        self._fleet.start("postgres", command, os.environ, end=signal.SIGQUIT, **self._how)
        end = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                self.rows("SELECT 1")
                return time.time()
            except psycopg.OperationalError:
                assert time.monotonic() < end, f"PostgreSQL does not start\n{self._fleet.tails()}"
                time.sleep(0.02)

    def stop(self, mode: str) -> float:
        """`fast` or `immediate`, as `pg_ctl stop -m` does it. Returns the moment at which it was asked."""
        at = time.time()
        self._run("pg_ctl", "stop", "-m", mode, "-w")
        self._fleet.bury("postgres")
        return at

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [self._binaries / name, "-D", self._data, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._how,
        )
