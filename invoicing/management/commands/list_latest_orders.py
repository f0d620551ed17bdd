"""The latest orders of a shop: what would happen to each and why; with `--issue`, their documents planned."""

from __future__ import annotations

import argparse
import json
import re
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from invoicing.domain.sync import SyncMode
from invoicing.models import SyncRun
from invoicing.queue import LeaseLost
from invoicing.services.sync_queue import in_words
from invoicing.services.sync_results import results_of
from invoicing.services.sync_runs import Wishes, begin_here, run_here
from outbound.errors import OutboundError
from stores.models import Store

_USUAL_LIMIT = 50
_ORDER_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


class Command(BaseCommand):
    help = (
        "Says of the latest orders of a shop what would happen and why. With --issue their documents are "
        "planned, and the workers issue them. Exit status 1 if the shop could not be asked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("store", help="the store's code")
        parser.add_argument("--limit", type=_count, metavar="N", help="the newest so many; default: 50")
        parser.add_argument(
            "--since", type=date.fromisoformat, metavar="DATE", help="made on that day or later"
        )
        parser.add_argument(
            "--order",
            dest="orders",
            type=_order_id,
            action="append",
            default=[],
            metavar="ID",
            help="this order, also if it was paid before the beginning of invoicing; alone: no others",
        )
        parser.add_argument("--issue", action="store_true", help="plan the documents")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        store = Store.objects.filter(code=options["store"]).first()
        if store is None:
            raise CommandError(f"There is no store {options['store']!r}.")
        mode = SyncMode.ISSUE if options["issue"] else SyncMode.PREVIEW
        run = begin_here(store, _wishes(options), mode=mode, requested_by="list_latest_orders")
        try:
            planned = run_here(run)
        except OutboundError as error:
            raise CommandError(in_words(error)) from None
        except LeaseLost:
            raise CommandError("This process was silent for too long; a worker carries the run on.") from None
        facts = _report(run, store, planned)
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
            return
        for order in facts["orders"]:
            self.stdout.write(f"{order['order_id']}  {order['outcome']}  {order['reason'] or ''}".rstrip())
        self.stdout.write(f"{facts['seen']} orders seen, {facts['planned']} documents planned.")


def _wishes(options: dict[str, Any]) -> Wishes:
    """Orders by name are listed alone, unless a number or a day is given beside them."""
    limit, since, names = options["limit"], options["since"], tuple(options["orders"])
    if limit is None and (since is not None or not names):
        limit = _USUAL_LIMIT
    return Wishes(limit=limit, since=since, order_ids=names)


def _report(run: SyncRun, store: Store, planned: int) -> dict[str, Any]:
    results = results_of(list(run.rows.order_by("position")))
    return {
        "store": store.code,
        "seen": len(results),
        "planned": planned,
        "orders": [
            {
                "order_id": result.row.shop_order_id,
                "outcome": str(result.outcome),
                "reason": result.reason or None,
            }
            for result in results
        ],
    }


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= 100_000 or len(text) > 9:
        raise argparse.ArgumentTypeError("a number from 1 to 100000")
    return int(text)


def _order_id(text: str) -> str:
    if not _ORDER_ID.fullmatch(text):
        raise argparse.ArgumentTypeError("an order's id at the shop")
    return text
