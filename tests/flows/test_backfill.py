"""List latest orders: what would happen and why, without a trace, whatever happens meanwhile."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from invoicing.domain.profile import parse_profile
from invoicing.models import AccountTax, InvoicingAccount, SyncRun
from invoicing.selectors import export_rows
from invoicing.services import sync_listing
from invoicing.services.profiles import save_profile
from invoicing.services.rulings import do_not_invoice
from invoicing.services.sync_runs import Wishes, advance_run, request_run
from jumpseller_sync import platform
from sandbox.orders import Line, Shipping
from sandbox.server import SandboxServer
from stores.models import Store
from tests.backfill import (
    BEFORE_GO_LIVE,
    GO_LIVE,
    NO_TRACES,
    again,
    ask,
    hang_foreign,
    listed,
    names,
    put_many,
    row_of,
    told,
    traces,
    work_for,
)
from tests.flow import AUTH_TOKEN, FakeClock, Shop, connect_shop, drain

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
SPANISH_BUSINESS: dict[str, Any] = {
    "lines": [Line(price="100.00", rate="0")],
    "shipping": Shipping(price="8.00", rate="0"),
    "country_code": "ES",
    "country": "Spain",
    "region": "Madrid",
    "postal": "28001",
    "taxid": "ESB12345674",
    "company": "Ejemplo SL",
}


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", "ana@example.com", "invented")


@pytest.fixture
def lately(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """A shop that has invoiced since the first of June."""
    return connect_shop(sandbox, clock, go_live_on=GO_LIVE)


# --- what is told


def test_a_list_says_what_would_happen_and_leaves_no_trace(lately: Shop) -> None:
    lately.put(1001, paid_at=BEFORE_GO_LIVE)
    lately.put(1002)
    lately.put(1003, status="pending_payment")
    lately.put(1004, status="canceled")
    lately.put(1005, lines=[Line(rate="21")])
    lately.put(1006, products=[])

    run = listed(lately)

    assert told(run) == [
        ("1006", "held", "order_unreadable"),
        ("1005", "held", "unknown_tax_rate"),
        ("1004", "not_due", ""),
        ("1003", "not_due", ""),
        ("1002", "pending", ""),
        ("1001", "excluded", "before_go_live"),
    ]
    assert (run.state, run.mode, run.seen, run.total, run.planned) == ("done", "preview", 6, 6, 1)
    assert traces() == NO_TRACES
    assert list(export_rows(lately.store)) == []
    assert lately.stored() == []


def test_a_row_has_the_facts_and_the_document_that_would_be_made(shop: Shop) -> None:
    shop.put(1001, paid_at=datetime(2026, 6, 30, 23, 30, tzinfo=UTC), lines=[Line(price="12.30", qty=2)])

    row = row_of(listed(shop), 1001)

    assert (row.buyer_name, row.total, row.currency, row.status) == (
        "Beatriz Fictícia",
        Decimal("24.6000"),
        "EUR",
        "paid",
    )
    assert row.paid_on == date(2026, 7, 1)  # in Lisbon
    assert (row.kind, row.gross) == ("invoice_receipt", Decimal("24.6000"))
    assert (row.would_issue, row.may_be_ticked, row.is_ticked, row.order) == (True, True, False, None)


def test_only_what_can_be_issued_may_be_ticked(lately: Shop) -> None:
    lately.put(1001, paid_at=BEFORE_GO_LIVE)
    lately.put(1002)
    lately.put(1003, status="pending_payment")
    lately.put(1004, lines=[Line(rate="21")])
    lately.put(1005, lines=[Line(rate="21")], paid_at=BEFORE_GO_LIVE)

    rows = listed(lately).rows.order_by("shop_order_id")

    assert list(rows.values_list("shop_order_id", "would_issue", "may_be_ticked", "obstacle")) == [
        ("1001", False, True, ""),
        ("1002", True, True, ""),
        ("1003", False, False, ""),
        ("1004", False, False, ""),
        ("1005", False, False, "unknown_tax_rate"),
    ]


def test_an_order_of_2014_is_read(shop: Shop) -> None:
    payload = json.loads((SCENARIOS / "year_2014.json").read_text(encoding="utf-8"))["order"]
    shop.shop_side.put_order(payload)

    run = listed(shop)

    assert told(run) == [("1235", "pending", "")]
    assert row_of(run, 1235).paid_on == date(2014, 7, 1)
    assert traces() == NO_TRACES


def test_an_order_that_is_issued_already_says_so(shop: Shop) -> None:
    shop.pay(1001)
    before = traces()

    run = listed(shop)

    row = row_of(run, 1001)
    assert told(run) == [("1001", "issued", "")]
    assert (row.order, row.kind, row.gross) == (shop.order(1001), "invoice_receipt", Decimal("12.3000"))
    assert (row.would_issue, row.may_be_ticked) == (False, False)
    assert (run.planned, traces()) == (0, before)


def test_a_persons_word_against_it_is_not_overridden_by_a_tick(shop: Shop, ana: User) -> None:
    shop.put(1001, status="pending_payment")
    shop.ring(1001, "order_pending_payment")
    drain(shop.clock)
    do_not_invoice(shop.order(1001), user=ana)
    shop.put(1001)

    run = listed(shop)

    assert told(run) == [("1001", "excluded", "do_not_invoice")]
    assert row_of(run, 1001).may_be_ticked is False


def test_an_order_with_another_applications_invoice_is_told_and_cannot_be_ticked(lately: Shop) -> None:
    lately.put(1001)
    lately.put(1002, paid_at=BEFORE_GO_LIVE)
    hang_foreign(lately, 1001)
    hang_foreign(lately, 1002)

    run = listed(lately)

    assert told(run) == [("1002", "excluded", "before_go_live"), ("1001", "held", "other_app_document")]
    assert row_of(run, 1002).obstacle == "other_app_document"
    assert run.rows.filter(may_be_ticked=True).count() == 0


def test_a_vat_number_is_not_asked_about_in_a_list(sandbox: SandboxServer, clock: FakeClock) -> None:
    shop = connect_shop(
        sandbox,
        clock,
        export_exemption_code="M05",
        intra_eu_exemption_code="M16",
        seller_tax_id="123456789",
    )
    shop.put(1001, **SPANISH_BUSINESS)

    run = listed(shop)

    row = row_of(run, 1001)
    assert told(run) == [("1001", "pending", "vat_number_unchecked")]
    assert (row.would_issue, row.may_be_ticked, row.kind, row.gross) == (True, True, "", Decimal("108.0000"))
    assert shop.calls("GET", "/vies/") == 0


def test_what_is_issued_by_hand_only_says_so_and_may_be_ticked(
    sandbox: SandboxServer, clock: FakeClock
) -> None:
    shop = connect_shop(sandbox, clock, issue_on="manual")
    shop.put(1001)

    run = listed(shop)

    row = row_of(run, 1001)
    assert told(run) == [("1001", "pending", "")]
    assert (row.would_issue, row.may_be_ticked, row.kind) == (False, True, "invoice_receipt")


def test_a_tax_that_the_account_got_since_is_found(shop: Shop) -> None:
    AccountTax.objects.filter(rate=23).delete()
    shop.put(1001)
    assert told(listed(shop)) == [("1001", "held", "unknown_tax_rate")]
    shop.clock.advance(60)

    assert told(listed(shop)) == [("1001", "pending", "")]


def test_a_series_that_does_not_exist_is_told_beforehand(shop: Shop) -> None:
    save_profile(shop.store, InvoicingAccount.objects.get(), parse_profile({"series": "NEVER"}))
    shop.put(1001)

    run = listed(shop)

    assert told(run) == [("1001", "held", "unknown_series")]
    assert row_of(run, 1001).may_be_ticked is False


def test_texts_from_the_shop_are_cleaned(shop: Shop) -> None:
    shop.put(1001, name="Ana\x00\u202e", surname="A" * 400)

    row = row_of(listed(shop), 1001)

    assert row.buyer_name.startswith("Ana AAAA")
    assert len(row.buyer_name) <= 255


# --- which orders


def test_a_number_crosses_pages(shop: Shop) -> None:
    put_many(shop, 1001, 1130)

    run = listed(shop, limit=120)

    assert names(run) == [str(order_id) for order_id in range(1130, 1010, -1)]
    assert (run.seen, run.total, shop.calls("GET", "/orders.json")) == (120, 120, 3)


def test_more_than_there_are_ends_with_the_list(shop: Shop) -> None:
    put_many(shop, 1001, 1050)

    run = listed(shop, limit=1000)

    assert (run.state, run.seen, run.total) == ("done", 50, 50)


def test_a_shop_without_orders_has_an_empty_list(shop: Shop) -> None:
    run = listed(shop)

    assert (run.state, run.seen, run.total, told(run)) == ("done", 0, 0, [])


def test_carts_that_were_left_behind_are_no_orders(shop: Shop) -> None:
    put_many(shop, 1001, 1003)
    put_many(shop, 1004, 1093, status="abandoned")

    run = listed(shop, limit=2)

    assert names(run) == ["1003", "1002"]


def test_days_are_those_of_the_store_on_which_the_order_was_made(shop: Shop) -> None:
    shop.put(1001, paid_at=datetime(2026, 6, 9, 22, 59, tzinfo=UTC))
    shop.put(1002, paid_at=datetime(2026, 6, 9, 23, 1, tzinfo=UTC))  # the tenth in Lisbon
    shop.put(1003, paid_at=datetime(2026, 6, 12, 22, 59, tzinfo=UTC))
    shop.put(1004, paid_at=datetime(2026, 6, 12, 23, 1, tzinfo=UTC))

    run = listed(shop, since=date(2026, 6, 10), until=date(2026, 6, 12))

    assert names(run) == ["1003", "1002"]
    assert (run.seen, run.total) == (2, 2)


def test_a_shop_that_obeys_no_days_is_filtered_here_and_not_read_to_its_end(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "_days_asked_for", lambda _since, _until: None)
    put_many(shop, 1001, 1200, paid_at=datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    put_many(shop, 1201, 1210, paid_at=datetime(2026, 6, 15, 12, 0, tzinfo=UTC))

    run = listed(shop, since=date(2026, 6, 1))

    assert names(run) == [str(order_id) for order_id in range(1210, 1200, -1)]
    assert shop.calls("GET", "/orders.json") == 2


def test_an_order_that_states_no_day_may_be_of_any(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "_days_asked_for", lambda _since, _until: None)
    shop.put(1001)
    shop.shop_side.orders[1001]["created_at"] = "soon"

    assert names(listed(shop, since=date(2026, 6, 1))) == ["1001"]


def test_orders_are_listed_by_name(shop: Shop) -> None:
    put_many(shop, 1001, 1005)

    run = listed(shop, order_ids=("1002", "1004", "1002", "9999"))

    assert told(run) == [("1002", "pending", ""), ("1004", "pending", ""), ("9999", "held", "not_found")]
    assert (run.seen, run.total, shop.calls("GET", "/orders.json")) == (3, 3, 0)


def test_names_beside_a_number_are_added_to_the_list(shop: Shop) -> None:
    put_many(shop, 1001, 1005)

    assert names(listed(shop, limit=2, order_ids=("1001", "1005"))) == ["1005", "1004", "1001"]


# --- what happens meanwhile


def test_orders_that_arrive_meanwhile_shift_the_pages_and_nothing_is_missed_or_doubled(shop: Shop) -> None:
    put_many(shop, 1001, 1120)
    run = ask(shop, limit=120)

    advance_run(run.pk)
    assert again(run).seen == 50
    put_many(shop, 1121, 1150)
    drain(shop.clock)

    assert names(run) == [str(order_id) for order_id in range(1120, 1000, -1)]


def test_a_shop_that_repeats_its_last_page_for_ever_comes_to_an_end(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_many(shop, 1001, 1060)
    real = platform.JumpsellerShop.list_orders
    monkeypatch.setattr(
        platform.JumpsellerShop,
        "list_orders",
        lambda self, *, page, **days: real(self, page=min(page, 2), **days),
    )

    run = listed(shop, limit=500)

    assert (run.state, run.seen, shop.calls("GET", "/orders.json")) == ("done", 60, 4)


def test_a_turn_twice_does_nothing_twice(shop: Shop) -> None:
    put_many(shop, 1001, 1003)
    run = listed(shop)
    calls = shop.calls("GET", "/jumpseller/")

    advance_run(run.pk)
    drain(shop.clock)

    assert again(run).seen == 3
    assert shop.calls("GET", "/jumpseller/") == calls


def test_the_same_form_twice_is_one_run(shop: Shop) -> None:
    token = "0" * 32
    runs = [
        request_run(shop.store, Wishes(limit=limit), requested_by="staff:ana", token=token)
        for limit in (10, 10, 20, 20)
    ]

    assert runs[0] == runs[1]
    assert runs[2] != runs[0]
    assert [run.limit for run in runs] == [10, 10, 20, 20]


@pytest.fixture
def lives(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The process dies while it looks at so many-th an order; set anew to kill it again."""
    left = [3]
    real = sync_listing.forecast

    def forecast(*args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return real(*args, **kwargs)

    monkeypatch.setattr(sync_listing, "forecast", forecast)
    return left


def test_a_crash_in_the_middle_is_taken_up_there(shop: Shop, lives: list[int]) -> None:
    put_many(shop, 1001, 1005)
    run = ask(shop)
    with pytest.raises(Killed):
        advance_run(run.pk)
    assert names(run) == ["1005", "1004"]

    drain(shop.clock)

    assert names(run) == ["1005", "1004", "1003", "1002", "1001"]
    finished = again(run)
    assert (finished.state, finished.seen, finished.planned, finished.losses) == ("done", 5, 5, 0)
    # The two that were looked at before the crash were not looked at again.
    assert [shop.calls("GET", f"/orders/{order_id}/documents") for order_id in (1005, 1004, 1001)] == [
        1,
        1,
        1,
    ]


def test_a_run_that_kills_its_process_again_and_again_fails(shop: Shop, lives: list[int]) -> None:
    shop.put(1001)
    run = ask(shop)
    for _ in range(3):
        lives[0] = 1
        with pytest.raises(Killed):
            advance_run(run.pk)
        shop.clock.advance(60)

    advance_run(run.pk)

    failed = again(run)
    assert (failed.state, failed.error) == ("failed", "3 processes died at it.")
    assert traces() == NO_TRACES


def test_an_error_of_ours_is_told_of_its_order_and_hides_no_other(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sync_listing.forecast

    def forecast(order: Any, **kwargs: Any) -> Any:
        if order.shop_order_id == "1002":
            raise RuntimeError("cannot")
        return real(order, **kwargs)

    monkeypatch.setattr(sync_listing, "forecast", forecast)
    put_many(shop, 1001, 1003)

    run = listed(shop)

    assert told(run) == [("1003", "pending", ""), ("1002", "held", "internal"), ("1001", "pending", "")]
    row = row_of(run, 1002)
    assert (run.state, row.detail, row.may_be_ticked) == ("done", "RuntimeError: cannot", False)


@pytest.mark.parametrize("day", ["0001-01-01 00:00:00 UTC", "9999-12-31 23:59:59 UTC"])
def test_an_order_from_the_end_of_time_hides_no_other(shop: Shop, day: str) -> None:
    put_many(shop, 1001, 1002)
    shop.shop_side.orders[1002] |= {"created_at": day, "completed_at": day}

    run = listed(shop)

    assert (run.state, names(run)) == ("done", ["1002", "1001"])


def test_a_shift_by_a_whole_page_is_not_taken_for_the_end(shop: Shop) -> None:
    put_many(shop, 1001, 1120)
    run = ask(shop, limit=120)

    advance_run(run.pk)
    put_many(shop, 1121, 1170)
    drain(shop.clock)

    assert names(run) == [str(order_id) for order_id in range(1120, 1000, -1)]


def test_refused_credentials_stop_the_shop_and_the_run_waits(shop: Shop) -> None:
    shop.put(1001)
    shop.shop_side.auth_token = "another-token"
    run = ask(shop)

    work_for(shop, 120)

    waiting = again(run)
    assert (waiting.state, waiting.seen) == ("queued", 0)
    assert "jumpseller" in waiting.error or "stopped" in waiting.error
    assert Store.objects.get().stopped_at is not None

    shop.shop_side.auth_token = AUTH_TOKEN
    work_for(shop, 180)
    assert (again(run).state, names(run)) == ("done", ["1001"])


def test_a_list_that_fails_is_asked_for_later_and_says_so(shop: Shop) -> None:
    shop.put(1001)
    shop.sandbox.state.faults.add(
        vendor="jumpseller", kind="error_before", status=503, path_regex=r"/orders\.json", times=2
    )
    run = ask(shop)

    advance_run(run.pk)

    waiting = again(run)
    assert (waiting.state, waiting.error, waiting.attempts) == ("queued", "jumpseller answered 503", 1)
    assert waiting.not_before > shop.clock()
    drain(shop.clock)
    assert (again(run).state, again(run).error, names(run)) == ("done", "", ["1001"])


def test_the_vendors_own_wish_is_waited_for(shop: Shop) -> None:
    shop.sandbox.state.faults.add(
        vendor="jumpseller",
        kind="error_before",
        status=503,
        headers={"Retry-After": "600"},
        path_regex=r"/orders\.json",
    )
    run = ask(shop)
    moment = shop.clock.moment

    advance_run(run.pk)

    assert timedelta(seconds=599) < again(run).not_before - moment < timedelta(seconds=602)


def test_a_list_that_fails_for_ever_fails_the_run(shop: Shop) -> None:
    shop.sandbox.state.faults.add(
        vendor="jumpseller", kind="error_before", status=503, path_regex=r"/orders\.json", times=None
    )

    run = listed(shop)

    assert (run.state, run.error, run.attempts) == ("failed", "jumpseller answered 503", 8)
    assert traces() == NO_TRACES


def test_a_refusal_fails_the_run_in_the_shops_own_words(shop: Shop) -> None:
    shop.sandbox.state.faults.add(
        vendor="jumpseller",
        kind="error_before",
        status=400,
        body={"errors": ["datas inválidas"]},
        path_regex=r"/orders\.json",
    )

    run = listed(shop)

    assert (run.state, run.error) == ("failed", "datas inválidas")


def test_two_lists_at_once_do_not_disturb_each_other(shop: Shop) -> None:
    put_many(shop, 1001, 1003)
    runs = [ask(shop, limit=3), ask(shop, limit=2)]

    drain(shop.clock)

    assert [len(names(run)) for run in runs] == [3, 2]
    assert set(SyncRun.objects.values_list("state", flat=True)) == {"done"}
