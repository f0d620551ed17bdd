"""Sets the product up and starts it, by its own Procfile and commands."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox.demo.backoffice import BackOffice
from sandbox.demo.home import DemoFailed, Home
from sandbox.demo.processes import Processes, procfile_lines
from sandbox.demo.remote import SandboxControl, fetch
from sandbox.demo.scenarios import ACCOUNT, STORE_CODE, connect_settings
from sandbox.demo.verdict import Row

ADMIN = "admin"
_PATIENCE_SECONDS = 60.0
Say = Callable[[str], None]


def start_sandbox(home: Home, processes: Processes, environment: Mapping[str, str]) -> SandboxControl:
    """Both vendors, with an account and a store in them."""
    ready = home.folder / "sandbox.url"
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--ready-file", str(ready)]
    processes.start("sandbox", command, environment)
    _wait(ready.exists, processes, "the sandbox")
    control = SandboxControl(ready.read_text().strip())
    secrets = home.secrets
    control.call("POST", "accounts", {"account": ACCOUNT, "api_key": secrets.api_key})
    keys = {
        "login": secrets.login,
        "auth_token": secrets.auth_token,
        "hooks_token": secrets.hooks_token,
    }
    control.call("POST", "stores", {"code": STORE_CODE, "timezone": "Europe/Lisbon", **keys})
    return control


class Product:
    """The product as its operator sees it."""

    def __init__(self, home: Home, processes: Processes, environment: dict[str, str], say: Say) -> None:
        self._home, self._processes, self._environment, self._say = home, processes, environment, say
        self.public_url = environment["PUBLIC_URL"]

    def start(self) -> None:
        """`release` to its end, then `web`, `worker` and `beat`; a superuser; the store connected."""
        lines = procfile_lines()
        self._processes.run("release", ["sh", "-c", lines["release"]], self._environment)
        self._say("release: database migrated, static files collected, configuration checked")
        for name in ("web", "worker", "beat"):
            self._processes.start(name, ["sh", "-c", lines[name]], self._environment)
        password = {"DJANGO_SUPERUSER_PASSWORD": self._home.secrets.admin_password}
        command = ["createsuperuser", "--noinput", "--username", ADMIN, "--email", "admin@example.com"]
        self._manage("createsuperuser", command, more=password)
        self._connect()
        ready = f"{self.public_url}/health/ready"
        _wait(lambda: _is_ready(ready), self._processes, f"web, worker and beat ({ready})")
        self._say("web, worker and beat are up (/health/ready: ok)")

    def _connect(self) -> None:
        given = json.dumps(connect_settings(self._home.secrets.__dict__))
        report = json.loads(self._manage("connect_store", ["connect_store", "--from", "-", "--json"], given))
        events = ", ".join(hook["event"] for hook in report["hooks"])
        self._say(f"store {report['store']} is {report['status']}; hooks: {events}")

    def back_office(self) -> BackOffice:
        return BackOffice(self.public_url, ADMIN, self._home.secrets.admin_password)

    def export(self) -> dict[int, Row]:
        """`export_documents`, by order."""
        command = ["export_documents", STORE_CODE, "--format", "json"]
        rows = json.loads(self._manage("export_documents", command))
        return {int(row["order_id"]): row for row in rows}

    def settled_export(self, expected_orders: int) -> dict[int, Row]:
        """The export once no work is open, or as it is when patience ends."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while True:
            rows = self.export()
            is_settled = len(rows) >= expected_orders and not any(_is_open(row) for row in rows.values())
            if is_settled or time.monotonic() > end:
                return rows
            self._processes.require_alive()
            time.sleep(0.2)

    def _manage(
        self, name: str, arguments: list[str], given: str = "", *, more: Mapping[str, str] | None = None
    ) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return self._processes.run(name, command, self._environment | dict(more or {}), given=given)


def _is_open(row: Mapping[str, Any]) -> bool:
    return row["operation_state"] in ("queued", "running") or row["outcome"] == "pending"


def _is_ready(url: str) -> bool:
    status, body = fetch(url, timeout=5)
    return status == 200 and json.loads(body).get("status") == "ok"


def _wait(is_reached: Callable[[], bool], processes: Processes, what: str) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not is_reached():
        processes.require_alive()
        if time.monotonic() > end:
            raise DemoFailed(f"Waited {_PATIENCE_SECONDS:.0f} s for {what}.")
        time.sleep(0.05)


def stylesheet_problem(public_url: str) -> str:
    """Whether the admin comes with its style: empty, or what is wrong."""
    status, page = fetch(f"{public_url}/admin/login/")
    sheets = [
        part.split('"')[0] for part in page.decode(errors="replace").split('href="') if ".css" in part[:200]
    ]
    own = [sheet for sheet in sheets if sheet.startswith("/") and sheet.split("?")[0].endswith(".css")]
    if status != 200 or not own:
        return f"the admin answers {status} with {len(own)} style sheets"
    broken = [sheet for sheet in own if fetch(public_url + sheet)[0] != 200]
    return f"style sheets are missing: {', '.join(broken)}" if broken else ""


def folder_name(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
