"""One row per known order of a store, with its outcome and document."""

from __future__ import annotations

import csv
import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from invoicing.selectors import EXPORT_FIELDS, export_rows
from stores.models import Store

# A spreadsheet would run a cell that begins with one of these.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\x00")


class Command(BaseCommand):
    help = "Prints one row per known order of a store, also the unpaid and the excluded ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("store", help="the store's code")
        parser.add_argument("--from", dest="start", type=date.fromisoformat, metavar="DATE")
        parser.add_argument("--to", dest="end", type=date.fromisoformat, metavar="DATE")
        parser.add_argument("--format", choices=("json", "csv"), default="json")
        parser.add_argument("--json", dest="format", action="store_const", const="json")

    def handle(self, *args: Any, **options: Any) -> None:
        store = Store.objects.filter(code=options["store"]).first()
        if store is None:
            raise CommandError(f"There is no store {options['store']!r}.")
        rows = export_rows(store, start=options["start"], end=options["end"])
        if options["format"] == "json":
            self.stdout.write(json.dumps(list(rows), ensure_ascii=False, indent=1))
            return
        writer = csv.DictWriter(self.stdout, EXPORT_FIELDS, lineterminator="\r\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({key: _cell(value) for key, value in row.items()})


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
