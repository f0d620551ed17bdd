"""`list_latest_orders`: the backfill by command."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import CommandError

from invoicing.domain.sync import SyncMode
from invoicing.models import Ruling, SyncRun
from invoicing.queue import LeaseLost
from invoicing.services import sync_runs
from invoicing.services.sync_runs import Wishes, begin_here, run_here
from outbound.errors import Unavailable
from sandbox.orders import Line
from sandbox.server import SandboxServer
from stores.models import Order
from tests.backfill import BEFORE_GO_LIVE, GO_LIVE, NO_TRACES, hang_foreign, put_many, traces
from tests.commands.run import Ended, command
from tests.flow import AUTH_TOKEN, FakeClock, Shop, connect_shop, drain

STORE = "loja-exemplo"


@pytest.fixture
def lately(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """A shop that has invoiced since the first of June."""
    return connect_shop(sandbox, clock, go_live_on=GO_LIVE)


def list_orders(*options: str) -> Ended:
    ended = command("list_latest_orders", STORE, *options, "--json")
    assert AUTH_TOKEN not in ended.out + ended.err
    return ended


def order(order_id: int, outcome: str, reason: str | None = None) -> dict[str, Any]:
    return {"order_id": str(order_id), "outcome": outcome, "reason": reason}


def test_without_issue_it_only_says_what_would_happen(lately: Shop) -> None:
    lately.put(1001, paid_at=BEFORE_GO_LIVE)
    lately.put(1002)
    lately.put(1003, status="pending_payment")
    lately.put(1004, lines=[Line(rate="21")])

    ended = list_orders()

    assert (ended.status, ended.err) == (0, "")
    assert ended.json == {
        "store": STORE,
        "seen": 4,
        "planned": 0,
        "orders": [
            order(1004, "held", "unknown_tax_rate"),
            order(1003, "not_due"),
            order(1002, "pending"),
            order(1001, "excluded", "before_go_live"),
        ],
    }
    assert traces() == NO_TRACES
    drain(lately.clock)
    assert (traces(), lately.stored()) == (NO_TRACES, [])


def test_it_is_kept_as_a_run(shop: Shop) -> None:
    shop.put(1001)

    list_orders("--limit", "7", "--since", "2026-06-01")

    (run,) = SyncRun.objects.all()
    assert (run.kind, run.mode, run.state, run.requested_by) == (
        "backfill",
        "preview",
        "done",
        "list_latest_orders",
    )
    assert (run.limit, run.since, run.seen, run.planned, run.lease_token) == (7, date(2026, 6, 1), 1, 1, "")


def test_with_issue_it_plans_and_the_workers_issue(lately: Shop) -> None:
    lately.put(1001, paid_at=BEFORE_GO_LIVE)
    lately.put(1002)
    lately.put(1003)

    ended = list_orders("--issue")

    assert ended.json["planned"] == 2
    assert ended.json["orders"] == [
        order(1003, "pending"),
        order(1002, "pending"),
        order(1001, "excluded", "before_go_live"),
    ]
    assert [document.status for document in [*lately.documents(1002), *lately.documents(1003)]] == [
        "planned",
        "planned",
    ]
    assert (lately.stored(), Ruling.objects.count()) == ([], 0)
    drain(lately.clock)
    assert [lately.row(order_id)["outcome"] for order_id in (1002, 1003)] == ["issued", "issued"]
    assert not Order.objects.filter(shop_order_id="1001").exists()


def test_twice_it_plans_nothing_twice(shop: Shop) -> None:
    put_many(shop, 1001, 1003)
    first = list_orders("--issue")

    again = list_orders("--issue")
    drain(shop.clock)
    last = list_orders("--issue")

    assert [ended.json["planned"] for ended in (first, again, last)] == [3, 0, 0]
    assert [entry["outcome"] for entry in last.json["orders"]] == ["issued"] * 3
    assert len(shop.stored()) == 3


def test_fifty_unless_told_and_more_crosses_pages(shop: Shop) -> None:
    put_many(shop, 1001, 1120)

    assert list_orders().json["seen"] == 50
    listed = list_orders("--limit", "110").json

    assert listed["seen"] == 110
    assert [entry["order_id"] for entry in listed["orders"]] == [str(n) for n in range(1120, 1010, -1)]


def test_since_a_day(shop: Shop) -> None:
    shop.put(1001, paid_at=datetime(2026, 6, 9, 12, 0, tzinfo=UTC))
    shop.put(1002, paid_at=datetime(2026, 6, 10, 12, 0, tzinfo=UTC))

    assert [entry["order_id"] for entry in list_orders("--since", "2026-06-10").json["orders"]] == ["1002"]


def test_a_named_order_overrides_go_live_and_leaves_a_ruling(lately: Shop) -> None:
    put_many(lately, 1001, 1003, paid_at=BEFORE_GO_LIVE)

    ended = list_orders("--order", "1001", "--order", "1003", "--issue")

    assert ended.json == {
        "store": STORE,
        "seen": 2,
        "planned": 2,
        "orders": [order(1001, "pending"), order(1003, "pending")],
    }
    rulings = Ruling.objects.order_by("order__shop_order_id")
    assert [(ruling.order.shop_order_id, ruling.kind, ruling.by) for ruling in rulings] == [
        ("1001", "issue_anyway", None),
        ("1003", "issue_anyway", None),
    ]
    drain(lately.clock)
    assert [lately.row(order_id)["outcome"] for order_id in (1001, 1003)] == ["issued", "issued"]


def test_a_named_order_twice_is_issued_once(lately: Shop) -> None:
    lately.put(1001, paid_at=BEFORE_GO_LIVE)
    for _ in range(2):
        list_orders("--order", "1001", "--issue")
        drain(lately.clock)

    assert (len(lately.stored()), Ruling.objects.count()) == (1, 1)


def test_without_issue_a_named_order_is_only_looked_at(lately: Shop) -> None:
    lately.put(1001, paid_at=BEFORE_GO_LIVE)

    assert list_orders("--order", "1001").json["orders"] == [order(1001, "excluded", "before_go_live")]
    assert traces() == NO_TRACES


def test_names_beside_a_number_leave_go_live_in_force_for_the_others(lately: Shop) -> None:
    put_many(lately, 1001, 1003, paid_at=BEFORE_GO_LIVE)

    ended = list_orders("--limit", "2", "--order", "1001", "--issue")

    assert ended.json["orders"] == [
        order(1003, "excluded", "before_go_live"),
        order(1002, "excluded", "before_go_live"),
        order(1001, "pending"),
    ]
    assert ended.json["planned"] == 1


def test_a_named_order_with_another_applications_invoice_is_not_issued(lately: Shop) -> None:
    lately.put(1001, paid_at=BEFORE_GO_LIVE)
    hang_foreign(lately, 1001)

    ended = list_orders("--order", "1001", "--issue")
    drain(lately.clock)

    assert ended.json["planned"] == 0
    assert (traces(), lately.stored()) == (NO_TRACES, [])


def test_an_order_that_the_shop_has_not_is_told(shop: Shop) -> None:
    ended = list_orders("--order", "9999", "--issue")

    assert (ended.status, ended.json["orders"]) == (0, [order(9999, "held", "not_found")])
    assert traces() == NO_TRACES


def test_an_order_that_the_settings_keep_for_people_is_not_planned(
    sandbox: SandboxServer, clock: FakeClock
) -> None:
    shop = connect_shop(sandbox, clock, issue_on="manual")
    put_many(shop, 1001, 1002)

    assert list_orders("--issue").json["planned"] == 0
    assert traces() == NO_TRACES
    assert list_orders("--order", "1001", "--issue").json["planned"] == 1


def test_lines_for_people(shop: Shop) -> None:
    shop.put(1001)
    shop.put(1002, lines=[Line(rate="21")])

    ended = command("list_latest_orders", STORE)

    assert ended.out.splitlines() == [
        "1002  held  unknown_tax_rate",
        "1001  pending",
        "2 orders seen, 0 documents planned.",
    ]


# --- refusals


def test_an_unknown_store(db: None) -> None:
    with pytest.raises(CommandError, match="There is no store 'nowhere'"):
        command("list_latest_orders", "nowhere", "--json")
    assert SyncRun.objects.count() == 0


@pytest.mark.parametrize(
    "options",
    [
        ("--limit", "0"),
        ("--limit", "-1"),
        ("--limit", "many"),
        ("--limit", "1000000000000"),
        ("--since", "yesterday"),
        ("--order", ""),
        ("--order", "../1001"),
        ("--order", "9" * 65),
    ],
)
def test_bad_options(shop: Shop, options: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        command("list_latest_orders", STORE, *options, "--json")
    assert SyncRun.objects.count() == 0


def test_refused_credentials(shop: Shop) -> None:
    shop.put(1001)
    shop.shop_side.auth_token = "another-token"

    with pytest.raises(CommandError, match="refuses the store's credentials"):
        list_orders("--issue")

    (run,) = SyncRun.objects.all()
    assert (run.state, run.error) == ("failed", "jumpseller refuses the store's credentials")
    assert traces() == NO_TRACES


def waits(shop: Shop, run: SyncRun) -> tuple[list[float], Exception | None]:
    """How long the command slept each time, and what it raised."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 1))
        shop.clock.advance(seconds)

    try:
        run_here(run, sleep=sleep)
    except Exception as error:
        return slept, error
    return slept, None


def test_a_vendor_that_asks_for_patience_is_waited_for(shop: Shop) -> None:
    shop.put(1001)
    shop.sandbox.state.faults.add(
        vendor="jumpseller",
        kind="error_before",
        status=429,
        headers={"Retry-After": "7"},
        path_regex=r"/orders\.json",
        times=2,
    )
    run = begin_here(shop.store, Wishes(limit=5), mode=SyncMode.PREVIEW, requested_by="test")

    assert waits(shop, run) == ([7.0, 7.0], None)
    run.refresh_from_db()
    assert (run.state, run.seen, run.error) == ("done", 1, "")


@pytest.mark.parametrize(("retry_after", "times"), [("7", 4), ("3600", 0)])
def test_patience_ends(shop: Shop, retry_after: str, times: int) -> None:
    shop.sandbox.state.faults.add(
        vendor="jumpseller",
        kind="error_before",
        status=429,
        headers={"Retry-After": retry_after},
        path_regex=r"/orders\.json",
        times=None,
    )
    run = begin_here(shop.store, Wishes(limit=5), mode=SyncMode.PREVIEW, requested_by="test")

    slept, error = waits(shop, run)

    assert (len(slept), type(error)) == (times, Unavailable)
    run.refresh_from_db()
    assert (run.state, run.error) == ("failed", "jumpseller asks us to slow down")


def test_a_person_who_interrupts_it_ends_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_run: SyncRun) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sync_runs, "list_some", interrupted)

    with pytest.raises(KeyboardInterrupt):
        list_orders("--issue")

    assert SyncRun.objects.get().state == "failed"


def test_what_a_worker_took_over_is_the_workers(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(_run: SyncRun) -> None:
        raise LeaseLost

    monkeypatch.setattr(sync_runs, "list_some", late)

    with pytest.raises(CommandError, match="a worker carries the run on"):
        list_orders("--issue")

    assert SyncRun.objects.get().state == "running"


def test_a_command_that_died_is_carried_on_by_workers(shop: Shop) -> None:
    put_many(shop, 1001, 1002)
    begin_here(shop.store, Wishes(limit=5), mode=SyncMode.ISSUE, requested_by="list_latest_orders")

    drain(shop.clock)

    assert [shop.row(order_id)["outcome"] for order_id in (1001, 1002)] == ["issued", "issued"]
    assert SyncRun.objects.get().state == "done"
