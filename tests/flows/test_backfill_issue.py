"""Ticked orders of a list: a few at a time, each once, with a person's word where one is needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from invoicing.domain.sync import SyncPhase
from invoicing.models import InvoicingAccount, OrderDecision, Ruling, SyncRun
from invoicing.services import sync_issue
from invoicing.services.refresh import refresh_order
from invoicing.services.rulings import approve_credit, issue_anyway, reprocess
from invoicing.services.sync_issue import progress, tick_orders
from invoicing.services.sync_results import results_of
from invoicing.services.sync_runs import advance_run
from sandbox.orders import Line
from sandbox.server import SandboxServer
from stores import stops
from stores.models import OrderRefresh
from stores.services import hear_of_order
from tests.backfill import (
    BEFORE_GO_LIVE,
    GO_LIVE,
    again,
    hang_foreign,
    listed,
    put_many,
    row_of,
    traces,
)
from tests.flow import FakeClock, Shop, connect_shop, drain, run_once


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", "ana@example.com", "invented")


@pytest.fixture
def lately(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """A shop that has invoiced since the first of June."""
    return connect_shop(sandbox, clock, go_live_on=GO_LIVE)


def tick(run: SyncRun, user: User, *order_ids: int, word: str = "") -> int:
    rows = run.rows.filter(shop_order_id__in=[str(order_id) for order_id in order_ids])
    return tick_orders(run, user=user, rows=list(rows.values_list("pk", flat=True)), word=word)


def results(run: SyncRun) -> list[tuple[str, str, str]]:
    rows = list(run.rows.order_by("position"))
    return [(result.row.shop_order_id, str(result.outcome), result.reason) for result in results_of(rows)]


def test_ticked_orders_are_issued_and_the_others_are_left_alone(shop: Shop, ana: User) -> None:
    put_many(shop, 1001, 1003)
    run = listed(shop)

    assert tick(run, ana, 1001, 1003) == 2
    drain(shop.clock)

    assert results(run) == [("1003", "issued", ""), ("1002", "pending", ""), ("1001", "issued", "")]
    assert sorted(document.reference for document in shop.stored()) == [
        "LOJA-EXEMPLO-1001-FT1",
        "LOJA-EXEMPLO-1003-FT1",
    ]
    finished = again(run)
    assert (finished.state, finished.mode) == ("done", "issue")
    assert traces()["Order"] == 2
    assert Ruling.objects.count() == 0
    assert {refresh.requested_by for refresh in OrderRefresh.objects.all()} == {"staff:ana"}


def test_ticked_twice_is_issued_once(shop: Shop, ana: User) -> None:
    shop.put(1001)
    run = listed(shop)

    assert (tick(run, ana, 1001), tick(run, ana, 1001)) == (1, 0)
    drain(shop.clock)
    assert tick(run, ana, 1001) == 0
    advance_run(run.pk)
    drain(shop.clock)

    assert len(shop.stored()) == 1
    assert OrderRefresh.objects.get().requested == 1


def test_in_two_lists_it_is_issued_once(shop: Shop, ana: User) -> None:
    shop.put(1001)
    runs = [listed(shop), listed(shop)]

    for run in runs:
        assert tick(run, ana, 1001) == 1
    drain(shop.clock)

    assert len(shop.stored()) == 1
    assert [results(run) for run in runs] == [[("1001", "issued", "")]] * 2


def test_a_tick_overrides_go_live_and_leaves_a_ruling(lately: Shop, ana: User) -> None:
    lately.put(1001, paid_at=BEFORE_GO_LIVE)
    lately.put(1002)
    run = listed(lately)

    assert tick(run, ana, 1001, 1002, word="the accountant asked for it\x00") == 2
    drain(lately.clock)

    assert results(run) == [("1002", "issued", ""), ("1001", "issued", "")]
    (ruling,) = Ruling.objects.all()
    assert (ruling.order.shop_order_id, ruling.kind, ruling.by, ruling.reason) == (
        "1001",
        "issue_anyway",
        ana,
        "the accountant asked for it",
    )
    assert lately.row(1001)["number"] != ""


def test_all_that_would_be_issued_leaves_out_what_needs_a_word(lately: Shop, ana: User) -> None:
    lately.put(1001, paid_at=BEFORE_GO_LIVE)
    lately.put(1002)
    lately.put(1003, lines=[Line(rate="21")])
    run = listed(lately)

    assert tick_orders(run, user=ana, rows=None) == 1
    drain(lately.clock)

    assert [result[:2] for result in results(run)] == [
        ("1003", "held"),
        ("1002", "issued"),
        ("1001", "excluded"),
    ]
    assert Ruling.objects.count() == 0


def test_what_may_not_be_ticked_is_not(lately: Shop, ana: User) -> None:
    lately.put(1001, lines=[Line(rate="21")])
    lately.put(1002, status="pending_payment")
    run = listed(lately)
    before = traces()

    assert tick(run, ana, 1001, 1002) == 0
    drain(lately.clock)

    assert (again(run).mode, traces()) == ("preview", before)


def test_rows_of_another_list_are_not_ticked(shop: Shop, ana: User) -> None:
    shop.put(1001)
    mine, other = listed(shop), listed(shop)
    rows = list(other.rows.values_list("pk", flat=True))

    assert tick_orders(mine, user=ana, rows=rows) == 0
    assert other.rows.filter(is_ticked=True).count() == 0


def test_nothing_is_ticked_before_the_list_is_complete(shop: Shop, ana: User) -> None:
    shop.put(1001)
    run = listed(shop)
    SyncRun.objects.filter(pk=run.pk).update(listed_at=None, state="running")

    assert tick(run, ana, 1001) == 0


def test_issued_by_hand_only_leaves_a_ruling(sandbox: SandboxServer, clock: FakeClock, ana: User) -> None:
    shop = connect_shop(sandbox, clock, issue_on="manual")
    shop.put(1001)
    run = listed(shop)

    assert tick(run, ana, 1001) == 1
    drain(clock)

    assert results(run) == [("1001", "issued", "")]
    assert [ruling.kind for ruling in Ruling.objects.all()] == ["issue_anyway"]


def test_another_applications_invoice_that_came_meanwhile_stops_a_word(lately: Shop, ana: User) -> None:
    lately.put(1001, paid_at=BEFORE_GO_LIVE)
    run = listed(lately)
    hang_foreign(lately, 1001)

    assert tick(run, ana, 1001) == 1
    drain(lately.clock)

    row = row_of(run, 1001)
    assert (row.is_ticked, row.may_be_ticked, row.obstacle) == (False, False, "other_app_document")
    assert (again(run).state, lately.stored(), Ruling.objects.count()) == ("done", [], 0)
    assert traces()["Order"] == 0


def test_another_applications_invoice_that_came_meanwhile_holds_what_needs_no_word(
    shop: Shop, ana: User
) -> None:
    shop.put(1001)
    run = listed(shop)
    hang_foreign(shop, 1001)

    tick(run, ana, 1001)
    drain(shop.clock)

    assert results(run) == [("1001", "held", "other_app_document")]
    assert shop.stored() == []


def test_an_order_that_is_gone_is_told(lately: Shop, ana: User) -> None:
    lately.put(1001, paid_at=BEFORE_GO_LIVE)
    run = listed(lately)
    lately.shop_side.orders.clear()

    tick(run, ana, 1001)
    drain(lately.clock)

    assert results(run) == [("1001", "held", "not_found")]
    assert (row_of(run, 1001).is_ticked, Ruling.objects.count(), lately.stored()) == (False, 0, [])


def test_cancelled_meanwhile_it_is_not_issued(shop: Shop, ana: User) -> None:
    shop.put(1001)
    run = listed(shop)
    shop.put(1001, status="canceled")

    tick(run, ana, 1001)
    drain(shop.clock)

    assert results(run) == [("1001", "not_due", "")]
    assert shop.stored() == []


def test_the_oldest_payment_comes_first_and_a_few_at_a_time(shop: Shop, ana: User) -> None:
    for order_id in range(1001, 1013):
        shop.put(order_id, paid_at=shop.clock.moment - timedelta(days=1012 - order_id))
    run = listed(shop)
    tick_orders(run, user=ana, rows=None)

    advance_run(run.pk)

    asked = run.rows.filter(asked_at__isnull=False).values_list("shop_order_id", flat=True)
    assert sorted(asked) == ["1001", "1002", "1003", "1004", "1005"]
    assert progress(again(run)).phase is SyncPhase.ISSUING
    drain(shop.clock)
    assert {result[1] for result in results(run)} == {"issued"}
    dates = [document.issued_on for document in sorted(
        (document for order_id in range(1001, 1013) for document in shop.documents(order_id)),
        key=lambda document: int(document.number.partition("/")[0]),
    )]  # fmt: skip
    assert dates == sorted(dates)


def test_while_as_many_are_under_way_as_may_be_nothing_is_added(shop: Shop, ana: User) -> None:
    put_many(shop, 1001, 1007)
    run = listed(shop)
    tick_orders(run, user=ana, rows=None)

    advance_run(run.pk)
    shop.clock.advance(2)
    advance_run(run.pk)

    assert run.rows.filter(asked_at__isnull=False).count() == 5
    assert again(run).not_before - shop.clock.moment > timedelta(seconds=4)


def test_a_stopped_account_makes_the_run_wait(shop: Shop, ana: User) -> None:
    shop.put(1001)
    run = listed(shop)
    account = InvoicingAccount.objects.get()
    stops.stop(account, "invoicexpress refuses the account's key")
    tick(run, ana, 1001)

    advance_run(run.pk)

    waiting = again(run)
    assert (waiting.state, waiting.attempts) == ("queued", 0)
    assert "stopped" in waiting.error
    assert traces()["Order"] == 0

    drain(shop.clock)
    assert results(run) == [("1001", "issued", "")]


def test_a_crash_between_two_orders_asks_for_each_once(
    shop: Shop, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_many(shop, 1001, 1003)
    run = listed(shop)
    tick_orders(run, user=ana, rows=None)
    left = [2]
    real: Callable[..., Any] = sync_issue.ask_for_reading

    def ask_for_reading(*args: Any, **kwargs: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        real(*args, **kwargs)

    monkeypatch.setattr(sync_issue, "ask_for_reading", ask_for_reading)
    with pytest.raises(Killed):
        advance_run(run.pk)
    assert run.rows.filter(asked_at__isnull=False).count() == 1

    drain(shop.clock)

    assert {result[1] for result in results(run)} == {"issued"}
    assert list(OrderRefresh.objects.values_list("requested", flat=True)) == [1, 1, 1]
    assert len(shop.stored()) == 3


def test_a_failed_run_can_be_asked_to_go_on(shop: Shop, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.put(1001)
    run = listed(shop)

    def broken(*_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError("cannot")

    with monkeypatch.context() as patch:
        patch.setattr(sync_issue, "hear_of_order", broken)
        tick(run, ana, 1001)
        drain(shop.clock)
    assert (again(run).state, again(run).error) == ("failed", "RuntimeError: cannot")
    assert progress(again(run)).phase is SyncPhase.FAILED

    assert tick(again(run), ana, 1001) == 1
    drain(shop.clock)

    assert (again(run).state, results(run)) == ("done", [("1001", "issued", "")])


def test_the_progress_follows_the_documents(shop: Shop, ana: User) -> None:
    put_many(shop, 1001, 1002)
    run = listed(shop)
    assert progress(run).phase is SyncPhase.LISTED

    tick_orders(run, user=ana, rows=None)
    advance_run(run.pk)
    at = progress(again(run))
    assert (at.phase, at.done, at.total, at.is_over) == (SyncPhase.ISSUING, 0, 2, False)

    drain(shop.clock)
    at = progress(again(run))
    assert (at.phase, at.done, at.total, at.percent) == (SyncPhase.SETTLED, 2, 2, 100)


def test_an_earlier_decision_is_not_shown_as_the_result(shop: Shop, ana: User) -> None:
    shop.put(1001, status="pending_payment")
    shop.ring(1001, "order_pending_payment")
    drain(shop.clock)
    shop.put(1001)
    run = listed(shop)
    assert OrderDecision.objects.get().outcome == "not_due"

    tick(run, ana, 1001)
    advance_run(run.pk)

    assert results(run) == [("1001", "pending", "")]
    while run_once():
        pass
    drain(shop.clock)
    assert results(run) == [("1001", "issued", "")]


def test_a_draft_that_waits_for_people_has_come_to_its_end(
    sandbox: SandboxServer, clock: FakeClock, ana: User
) -> None:
    shop = connect_shop(sandbox, clock, issue_delay_minutes=60)
    shop.put(1001)
    run = listed(shop)
    tick(run, ana, 1001)

    drain(clock, hours=0.5)

    assert [document.status for document in shop.stored()] == ["draft"]
    assert progress(again(run)).phase is SyncPhase.SETTLED


def test_an_invoice_that_came_about_during_the_look_is_never_followed_by_a_second(
    lately: Shop, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word would be younger than that invoice: after its credit it would read "issue again"."""
    lately.put(1001, paid_at=BEFORE_GO_LIVE)
    run = listed(lately)
    tick(run, ana, 1001)
    look = sync_issue._still_possible

    def look_and_be_overtaken(*about: Any) -> bool:
        is_possible = look(*about)
        order = hear_of_order(lately.store, "1001")
        reprocess(order, user=ana)
        refresh_order(OrderRefresh.objects.get(order=order).pk)
        assert issue_anyway(order, user=ana).is_done
        return is_possible

    monkeypatch.setattr(sync_issue, "_still_possible", look_and_be_overtaken)
    drain(lately.clock)
    (invoice,) = [d for d in lately.documents(1001) if d.role == "invoice"]
    assert approve_credit(invoice, user=ana, reason="Erro no preço").is_done
    drain(lately.clock)

    assert Ruling.objects.filter(kind="issue_anyway").count() == 1
    assert [d.kind.name for d in lately.stored() if d.kind.name != "CreditNote"] == ["InvoiceReceipt"]
