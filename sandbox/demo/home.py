"""The demo's private folder: one run at a time, secrets that stay, everything else fresh."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / "var" / "demo"
SECRETS_FILE = "secrets.json"
LOCK_FILE = "lock"
PATIENCE_SECONDS = 20.0
# What a command needs of the user's environment. Settings of another installation are kept out.
_PASSED_ON = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TERM", "TMPDIR", "TZ")


class DemoFailed(Exception):
    """The demo cannot go on; the text says why."""


@dataclass(frozen=True)
class Secrets:
    """Generated on the first run and kept, so that a second run is the same installation."""

    secret_key: str
    field_encryption_key: str
    admin_password: str
    api_key: str
    auth_token: str
    login: str
    hooks_token: str


@dataclass
class Home:
    folder: Path
    lock: IO[str]
    secrets: Secrets

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


def open_home(folder: Path = FOLDER) -> Home:
    """Take the folder for this run and empty it, but for the secrets.

    Raises:
        DemoFailed: another run of this checkout is under way.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    lock = _take_lock(folder / LOCK_FILE)
    for entry in folder.iterdir():
        if entry.name in (LOCK_FILE, SECRETS_FILE):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return Home(folder, lock, _keep_secrets(folder / SECRETS_FILE))


def _take_lock(path: Path) -> IO[str]:
    """The lock belongs to the run and to its reaper: it is free only when every process has ended."""
    lock = path.open("a")
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() > end:
                lock.close()
                raise DemoFailed(
                    "Another demo runs in this checkout. Stop it first (Ctrl-C there)."
                ) from None
            time.sleep(0.2)


def _keep_secrets(path: Path) -> Secrets:
    try:
        return Secrets(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        pass  # none yet, or of an older version
    made = Secrets(
        secret_key=secrets.token_urlsafe(48),
        field_encryption_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        admin_password=secrets.token_urlsafe(9),
        api_key=secrets.token_hex(20),
        auth_token=secrets.token_hex(16),
        login=secrets.token_hex(16),
        hooks_token=secrets.token_hex(16),
    )
    path.touch(mode=0o600)
    path.write_text(json.dumps(made.__dict__, indent=1))
    return made


def environment(home: Home, *, port: int, smtp_port: int, sandbox_url: str) -> dict[str, str]:
    """What the product's processes run under. Times are short, so that a lost reply ends in seconds."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    binaries = str(Path(sys.executable).parent)
    folder = home.folder
    return {
        **passed_on,
        "PATH": f"{binaries}:{passed_on.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "CSRF_TRUSTED_ORIGINS": f"http://127.0.0.1:{port},http://localhost:{port}",
        "DEBUG": "0",
        "SECRET_KEY": home.secrets.secret_key,
        "FIELD_ENCRYPTION_KEYS": home.secrets.field_encryption_key,
        "VAR_DIR": str(folder),
        "BROKER_DIR": str(folder / "broker"),
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "REDIS_URL": "",
        "MEDIA_URL_STORAGE": str(folder / "documents"),
        "SENTRY_DSN": "",
        "LOG_LEVEL": "INFO",
        "LOG_FORMAT": "console",
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp_port}",
        "DEFAULT_FROM_EMAIL": "faturas@plataforma.example",
        "JUMPSELLER_API_URL": f"{sandbox_url}/jumpseller/v1",
        "INVOICEXPRESS_URL": sandbox_url + "/invoicexpress/{account}",
        "VIES_URL": f"{sandbox_url}/vies",
        # A day's calls within seconds; the true limit would make the short day wait for its allowance.
        "INVOICEXPRESS_REQUESTS_PER_MINUTE": "600",
        "INVOICEXPRESS_INDEX_LAG_SECONDS": "2",
        "HTTP_TIMEOUT_SECONDS": "3",
        "LEASE_SECONDS": "10",
        "SWEEP_SECONDS": "2",
        "RETRY_FIRST_SECONDS": "1",
    }
