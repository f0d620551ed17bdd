"""Web, worker and scheduler with the settings of `.env`: the release line first, then the others.

A variable that is set already wins over `.env`. Nothing but this and `manage.py` reads that file.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import environ

CHECKOUT = Path(__file__).resolve().parent.parent


def release() -> int:
    """Read `.env`, then run the release line. Returns its exit status."""
    os.chdir(CHECKOUT)
    if Path(".env").exists():
        environ.Env.read_env(".env")
    if not os.environ.get("SECRET_KEY") and not environ.Env().bool("DEBUG", default=False):
        print(
            "Copy .env.example to .env and fill in SECRET_KEY and FIELD_ENCRYPTION_KEYS, or set DEBUG=1.",
            file=sys.stderr,
        )
        return 1
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    os.environ.setdefault("PORT", "8000")
    lines = Path("Procfile").read_text().splitlines()
    command = next(line.partition(":")[2].strip() for line in lines if line.startswith("release:"))
    return subprocess.call(["sh", "-c", command])


def main() -> None:
    status = release()
    if status:
        sys.exit(status)
    print(f"Listening on port {os.environ['PORT']}. Stop with Ctrl-C.", flush=True)
    # honcho would read .env by rules of its own; it was read above.
    command = ["honcho", "--no-colour", "--env", os.devnull, "start", "web", "worker", "beat"]
    os.execvp(command[0], command)  # noqa: S606 - a fixed command


if __name__ == "__main__":
    main()
