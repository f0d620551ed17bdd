"""Do the due work in this process: for cron instead of workers, and for tests."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from invoicing.services.sweep import run_due


class Command(BaseCommand):
    help = "Does the due work in this process. Exit status 1 if a piece of it failed with an error of ours."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--until-idle", action="store_true", help="also wait for work that becomes due within the timeout"
        )
        parser.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="default: 60")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        # The work may write there, too: a mail to the console, for instance.
        with contextlib.redirect_stdout(sys.stderr):
            report = run_due(until_idle=options["until_idle"], timeout=options["timeout"])
        if options["json"]:
            facts = {"done": report.done, "idle": report.idle, "errors": report.errors}
            self.stdout.write(json.dumps(facts, sort_keys=True))
        else:
            total = sum(report.done.values())
            self.stdout.write(f"{total} pieces of work done; {'idle' if report.idle else 'more is waiting'}.")
            for error in report.errors:
                self.stderr.write(error)
        if report.errors:
            raise SystemExit(1)
