#!/usr/bin/env python3
"""The command line. A `.env` beside this file fills what the environment leaves out."""

import os
import sys
from pathlib import Path


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - the one clear line for an older interpreter
        sys.exit("Jumpseller Invoicing needs Python 3.11, 3.12 or 3.13.")
    import environ

    env_file = Path(__file__).resolve().parent / ".env"
    if env_file.exists():
        environ.Env.read_env(env_file)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
