"""From nothing to a connected shop with web, worker and beat at work; and back to nothing."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from sandbox.demo.mailbox import Mailbox
from sandbox.demo.processes import free_port, procfile_lines
from sandbox.demo.remote import SandboxControl
from sandbox.demo.scenarios import ACCOUNT, STORE_CODE, connect_settings
from tests.faults.real.fleet import Fleet
from tests.faults.real.installation import DEADLINE, KEYS, LAG, LEASE, SWEEP, TRUE_LAG, Installation
from tests.faults.real.servers import (
    Broker,
    Database,
    Folder,
    Postgres,
    PostgresDatabase,
    Redis,
    SqliteFile,
)

_START_SECONDS = 90.0
_PASSED_ON = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR")


class _Mailbox(Mailbox):
    """A sender that dies in the middle of a conversation is everyday business here."""

    def __init__(self) -> None:
        super().__init__()
        usual = self._server.handle_error

        def handle_error(*where: Any) -> None:
            if not isinstance(sys.exc_info()[1], ConnectionError):
                usual(*where)

        vars(self._server)["handle_error"] = handle_error


@dataclass(frozen=True)
class Released:
    """A folder and a database after `release`: copied, so that each test need not wait for it."""

    folder: Path
    database: str


@contextmanager
def new_folder() -> Iterator[Path]:
    """In memory where there is some: a kill takes nothing from there either."""
    memory = Path("/dev/shm")
    folder = Path(
        tempfile.mkdtemp(prefix="invoicing-faults-", dir=memory if os.access(memory, os.W_OK) else None)
    )
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def released_once() -> Iterator[Released]:
    """Runs the line `release` of the Procfile."""
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder())
        fleet = stack.enter_context(Fleet(folder))
        server = os.environ.get("DATABASE_URL", "")
        name = f"faults_{uuid4().hex[:12]}"
        database: Database = SqliteFile(folder / "db.sqlite3")
        if server.startswith("postgres"):
            database = stack.enter_context(PostgresDatabase.made(server, name))
        environment = _environment(folder, database.url, Folder(folder / "broker").url)
        fleet.run("release", ["sh", "-c", procfile_lines()["release"]], environment)
        yield Released(folder, name)


@contextmanager
def installed(released: Released, *, own_server: bool = False, **settings: str) -> Iterator[Installation]:
    """A connected shop, and web, worker and beat at work; on request with a database server of its own.
    `settings` are variables of the environment that differ from those of the other tests."""
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder())
        fleet = stack.enter_context(Fleet(folder))
        mailbox = stack.enter_context(_Mailbox())
        database, broker = _services(stack, folder, fleet, released, own_server=own_server)
        broker.start()
        control = SandboxControl(_start_sandbox(fleet))
        environment = _environment(folder, database.url, broker.url) | {
            "EMAIL_URL": f"smtp://127.0.0.1:{mailbox.port}",
            "JUMPSELLER_API_URL": f"{control.base_url}/jumpseller/v1",
            "INVOICEXPRESS_URL": control.base_url + "/invoicexpress/{account}",
            "VIES_URL": f"{control.base_url}/vies",
            **settings,
        }
        installation = Installation(fleet, environment, control, mailbox, database, broker)
        if isinstance(database, Postgres):
            fleet.run("release", ["sh", "-c", procfile_lines()["release"]], environment)
        else:
            shutil.copytree(released.folder / "static", folder / "static")
        # A provider that forgives nothing, and makes its PDFs at once, for nothing here is about them.
        installation.switch(uid="ignored", list_lag_seconds=TRUE_LAG, pdf_pending_answers=0)
        installation.start()
        _connect(installation)
        installation.wait(lambda: installation.health() == "ok", "web, worker and beat")
        installation.restarts.clear()
        try:
            yield installation
        except BaseException:
            print(fleet.tails())
            raise


def _services(
    stack: ExitStack, folder: Path, fleet: Fleet, released: Released, *, own_server: bool
) -> tuple[Database, Broker]:
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        file = SqliteFile(folder / "db.sqlite3")
        shutil.copy(released.folder / "db.sqlite3", file.path)
        return file, Folder(folder / "broker")
    if not own_server:
        name = f"faults_{uuid4().hex[:12]}"
        made = PostgresDatabase.made(server, name, template=released.database)
        return stack.enter_context(made), Redis(fleet)
    own = Postgres(fleet)
    stack.callback(own.remove)
    stack.callback(fleet.stop)  # before its folder goes
    own.start()
    return own, Redis(fleet)


def _environment(folder: Path, database_url: str, redis_url: str) -> dict[str, str]:
    port = free_port()
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {
        **passed_on,
        "PATH": f"{Path(sys.executable).parent}:{passed_on.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SECRET_KEY": "faults-only-secret-key-0123456789-0123456789-0123456789",
        "FIELD_ENCRYPTION_KEYS": "ZmF1bHRzLW9ubHkta2V5LXRoaXJ0eS10d28tYnl0ZXM=",
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "VAR_DIR": str(folder),
        "BROKER_DIR": str(folder / "broker"),
        "MEDIA_URL_STORAGE": str(folder / "documents"),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DEFAULT_FROM_EMAIL": "faturas@plataforma.example",
        "LOG_LEVEL": "WARNING",
        "LOG_FORMAT": "json",
        "INVOICEXPRESS_REQUESTS_PER_MINUTE": "100000",
        "INVOICEXPRESS_INDEX_LAG_SECONDS": f"{LAG:g}",
        "HTTP_TIMEOUT_SECONDS": f"{DEADLINE:g}",
        "LEASE_SECONDS": f"{LEASE:g}",
        "SWEEP_SECONDS": f"{SWEEP:g}",
        "RETRY_FIRST_SECONDS": "0.2",
        "RETRY_MAX_SECONDS": "2",
        "PROBE_SECONDS": "2",
    }


def _start_sandbox(fleet: Fleet) -> str:
    ready = fleet.folder / "sandbox.url"
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--ready-file", str(ready)]
    fleet.start("sandbox", command, os.environ)
    end = time.monotonic() + _START_SECONDS
    while not ready.exists():
        assert time.monotonic() < end, f"the sandbox does not start\n{fleet.tails()}"
        time.sleep(0.02)
    return ready.read_text().strip()


def _connect(installation: Installation) -> None:
    control = installation.control
    control.call("POST", "accounts", {"account": ACCOUNT, "api_key": KEYS["api_key"]})
    keys = {name: KEYS[name] for name in ("login", "auth_token", "hooks_token")}
    control.call("POST", "stores", {"code": STORE_CODE, "timezone": "Europe/Lisbon", **keys})
    installation.manage("connect_store", "--from", "-", "--json", given=json.dumps(connect_settings(KEYS)))
    hooks: Sequence[dict[str, Any]] = installation.shop()["hooks"]
    installation.hook_url = next(str(hook["url"]) for hook in hooks if hook["event"] == "order_paid")
