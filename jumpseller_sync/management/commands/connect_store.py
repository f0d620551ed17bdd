"""Create or update a store from JSON, check both sets of credentials, register the hooks."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jumpseller_sync.services.connect import (
    ConnectReport,
    connect_store,
)
from jumpseller_sync.services.connect_settings import (
    BadSettings,
    read_settings,
)


class Command(BaseCommand):
    help = (
        "Connects a store from a JSON file (see the README). Never prints a secret. "
        "Exit status 1 if a check failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from", dest="source", required=True, metavar="FILE", help="- reads standard input"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        report = self._connect(options["source"])
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report)))
        else:
            self.stdout.write(f"{report.store}: {report.status}")
            if report.webhook_url:
                self.stdout.write(f"webhook address: {report.webhook_url}")
            for hook in report.hooks:
                self.stdout.write(f"hook: {hook['event']}")
            for problem in report.problems:
                self.stderr.write(problem)
        if report.problems:
            raise SystemExit(1)

    def _connect(self, source: str) -> ConnectReport:
        try:
            text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
            raw = json.loads(text)
        except (OSError, ValueError, RecursionError) as error:
            # A JSON error repeats no input, so no secret can come out here.
            return ConnectReport(store="", status="refused", problems=[f"{source}: {error}"])
        code = raw.get("code") if isinstance(raw, dict) else None
        try:
            return connect_store(read_settings(raw))
        except BadSettings as error:
            return ConnectReport(
                store=code if isinstance(code, str) and code.isprintable() else "",
                status="refused",
                problems=error.problems,
            )
