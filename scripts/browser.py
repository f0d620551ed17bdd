"""Run the browser tests; install Chromium from Debian's packages if it is missing and this runs as root.

    python scripts/browser.py [pytest arguments]

`SCREENSHOTS=1` renews the pictures in docs/screenshots, else they go to var/screenshots.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from with_services import install

CHECKOUT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    browser = _find()
    if browser is None:
        install(["chromium"])
        browser = _find()
    if browser is None:
        sys.exit("Chromium is needed; install it, or name it in CHROMIUM, and run this again.")
    environment = {**os.environ, "BROWSER_TESTS": "1", "CHROMIUM": browser}
    command = [sys.executable, "-m", "pytest", "-p", "no:xdist", "tests/browser", *sys.argv[1:]]
    return subprocess.call(command, cwd=CHECKOUT, env=environment)


def _find() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return named if shutil.which(named) else None
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


if __name__ == "__main__":
    sys.exit(main())
