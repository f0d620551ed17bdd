"""The screen of "list latest orders": a form, a page that follows the run, ticks, and a page that asks."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from invoicing.models import Ruling, SyncRun
from invoicing.services.sync_runs import advance_run
from sandbox.orders import Line
from sandbox.server import SandboxServer
from stores.models import Membership, Store
from tests.admin.conftest import IMAGE, SCRIPT
from tests.backfill import BEFORE_GO_LIVE, GO_LIVE, NO_TRACES, again, listed, put_many, traces
from tests.flow import FakeClock, Shop, connect_shop, drain

NEW = "/admin/invoicing/syncrun/list-latest-orders/"
ENGLISH = {"Accept-Language": "en"}
TOKEN = "0123456789abcdef" * 2


@pytest.fixture
def lately(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """A shop that has invoiced since the first of June."""
    return connect_shop(sandbox, clock, go_live_on=GO_LIVE)


def page_of(run: SyncRun) -> str:
    return reverse("admin:invoicing_syncrun_change", args=[run.pk])


def issue_of(run: SyncRun) -> str:
    return reverse("admin:invoicing_syncrun_issue", args=[run.pk])


def progress_of(run: SyncRun) -> str:
    return reverse("admin:invoicing_syncrun_progress", args=[run.pk])


def form(shop: Shop, **fields: str) -> dict[str, str]:
    return {"store": str(shop.store.pk), "limit": "", "since": "", "until": "", "token": TOKEN, **fields}


def rows(run: SyncRun, *order_ids: int) -> list[str]:
    found = run.rows.filter(shop_order_id__in=[str(order_id) for order_id in order_ids])
    return [str(pk) for pk in found.values_list("pk", flat=True)]


def confirmed(response: Any, **more: str) -> dict[str, Any]:
    """What the browser sends from the page that asks."""
    data: dict[str, Any] = {"confirmed": "yes", **more}
    for name, value in response.context["hidden"]:
        data.setdefault(name, []).append(value)
    return data


def told(response: Any) -> str:
    return " | ".join(str(message) for message in get_messages(response.wsgi_request))


def member(shop: Shop, role: str) -> Client:
    user = User.objects.create_user(f"{role}-{shop.store.code}", is_staff=True)
    Membership.objects.create(user=user, store=shop.store, role=role)
    client = Client(headers=ENGLISH)
    client.force_login(user)
    return client


# --- asking for a list


def test_the_form_asks_for_a_list_that_a_worker_makes(shop: Shop, staff: Client) -> None:
    put_many(shop, 1001, 1003)
    assert staff.get(NEW).status_code == 200
    assert SyncRun.objects.count() == 0

    answer = staff.post(NEW, form(shop, limit="2"))

    (run,) = SyncRun.objects.all()
    assert (answer.status_code, answer.headers["Location"]) == (302, page_of(run))
    assert (run.store, run.limit, run.requested_by, run.state) == (shop.store, 2, "staff:ana", "queued")
    drain(shop.clock)
    assert (again(run).state, again(run).seen, traces()) == ("done", 2, NO_TRACES)


def test_the_form_sent_twice_asks_once(shop: Shop, staff: Client) -> None:
    answers = [staff.post(NEW, form(shop, limit="2")) for _ in range(2)]

    assert SyncRun.objects.count() == 1
    assert {answer.headers["Location"] for answer in answers} == {page_of(SyncRun.objects.get())}


def test_the_form_of_the_back_button_with_other_wishes_asks_anew(shop: Shop, staff: Client) -> None:
    for limit in ("2", "3"):
        staff.post(NEW, form(shop, limit=limit))

    assert list(SyncRun.objects.order_by("id").values_list("limit", flat=True)) == [2, 3]


def test_days_instead_of_a_number(shop: Shop, staff: Client) -> None:
    staff.post(NEW, form(shop, since="2026-06-01", until="2026-06-30"))

    run = SyncRun.objects.get()
    assert (run.limit, str(run.since), str(run.until)) == (None, "2026-06-01", "2026-06-30")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "Give a number of orders, or days."),
        ({"limit": "0"}, "greater than or equal to 1"),
        ({"limit": "1001"}, "less than or equal to 1000"),
        ({"limit": "many"}, "Enter a whole number."),
        ({"since": "2026-06-02", "until": "2026-06-01"}, "It ends before it begins."),
        ({"since": "soon"}, "Enter a valid date."),
        ({"limit": "5", "store": "999"}, "Select a valid choice."),
    ],
)
def test_a_form_that_says_nothing_useful_asks_for_nothing(
    shop: Shop, staff: Client, fields: dict[str, str], problem: str
) -> None:
    answer = staff.post(NEW, form(shop, **fields), headers=ENGLISH)

    assert (answer.status_code, SyncRun.objects.count()) == (200, 0)
    assert problem in answer.content.decode()


# --- the page of a run


def test_the_page_shows_what_would_happen_and_why(lately: Shop, staff: Client) -> None:
    lately.put(1001, paid_at=BEFORE_GO_LIVE)
    lately.put(1002)
    lately.put(1003, lines=[Line(rate="21")])
    lately.put(1004, lines=[Line(rate="21")], paid_at=BEFORE_GO_LIVE)
    run = listed(lately)

    page = staff.get(page_of(run), headers=ENGLISH).content.decode()

    for sentence in (
        "Orders listed: 4. Would be issued: 1.",
        "Paid before the day on which invoicing began.",
        "If you tick it, it is issued all the same.",
        "The invoicing account has no tax of the rate that the shop charged.",
        "It cannot be issued here all the same",
        "Invoice-receipt, 12.30\u00a0€",
        "Issue all that would be issued (1)",
    ):
        assert sentence in page, sentence
    boxes = re.findall(r'name="row" value="(\d+)"( data-would-issue)?', page)
    assert sorted(boxes) == sorted([(rows(run, 1001)[0], ""), (rows(run, 1002)[0], " data-would-issue")])


def test_the_page_follows_a_run_that_goes_on(shop: Shop, staff: Client) -> None:
    put_many(shop, 1001, 1060)
    staff.post(NEW, form(shop, limit="60"))
    run = SyncRun.objects.get()
    advance_run(run.pk)

    page = staff.get(page_of(run), headers=ENGLISH).content.decode()
    answer = staff.get(progress_of(run), headers=ENGLISH)

    assert 'data-over="no"' in page
    assert 'name="row"' not in page
    assert "Refresh" in page
    assert answer.json() == {
        "phase": "listing",
        "done": 50,
        "total": 60,
        "percent": 83,
        "text": "Orders looked at: 50 of 60.",
        "is_over": False,
    }
    assert "no-store" in answer.headers["Cache-Control"]

    drain(shop.clock)
    assert staff.get(progress_of(run)).json()["is_over"] is True
    assert 'data-over="yes"' in staff.get(page_of(run)).content.decode()


def test_trouble_is_told_in_words(shop: Shop, staff: Client) -> None:
    shop.sandbox.state.faults.add(
        vendor="jumpseller", kind="error_before", status=503, path_regex=r"/orders\.json"
    )
    staff.post(NEW, form(shop, limit="5"))
    run = SyncRun.objects.get()
    advance_run(run.pk)

    text = staff.get(progress_of(run), headers=ENGLISH).json()["text"]

    assert text.startswith("Orders looked at: 0 of 5. It waits: jumpseller answered 503. Next try: ")


def test_a_stopped_shop_is_told_in_words(shop: Shop, staff: Client) -> None:
    shop.shop_side.auth_token = "another-token"
    staff.post(NEW, form(shop, limit="5"))
    run = SyncRun.objects.get()
    advance_run(run.pk)

    text = staff.get(progress_of(run), headers=ENGLISH).json()["text"]

    assert "jumpseller refuses the store's credentials" in text


def test_a_long_list_has_pages(shop: Shop, staff: Client) -> None:
    put_many(shop, 1001, 1060)
    run = listed(shop, limit=60)

    first = staff.get(page_of(run), headers=ENGLISH).content.decode()
    second = staff.get(page_of(run), {"p": "2"}, headers=ENGLISH).content.decode()

    assert (first.count('name="row"'), second.count('name="row"')) == (50, 10)
    assert "Page 1 of 2" in first
    assert "Page 2 of 2" in second
    assert staff.get(page_of(run), {"p": "<script>"}).status_code == 200


def test_a_page_costs_the_same_with_more_orders(
    shop: Shop, staff: Client, django_assert_max_num_queries: Any
) -> None:
    put_many(shop, 1001, 1040)
    for order_id in range(1001, 1011):
        shop.pay(order_id)
    run = listed(shop)
    staff.get(page_of(run))

    with django_assert_max_num_queries(20):
        assert staff.get(page_of(run)).status_code == 200


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_every_page_answers_in_every_language_and_escapes(lately: Shop, staff: Client, language: str) -> None:
    lately.put(1001, name=SCRIPT, surname=IMAGE)
    lately.put(1002, name=SCRIPT, paid_at=BEFORE_GO_LIVE)
    lately.put(1003, lines=[Line(rate="21", name=SCRIPT)])
    run = listed(lately)
    headers = {"Accept-Language": language}

    pages = [
        staff.get(NEW, headers=headers),
        staff.get(page_of(run), headers=headers),
        staff.post(issue_of(run), {"row": rows(run, 1001, 1002)}, headers=headers),
        staff.get(reverse("admin:invoicing_syncrun_changelist"), headers=headers),
    ]

    for page in pages:
        assert (page.status_code, page.headers["Content-Language"]) == (200, language)
        assert SCRIPT not in page.content.decode()
        assert "<img src=x" not in page.content.decode()
    assert "&lt;script&gt;" in pages[1].content.decode()


# --- issuing


def test_it_asks_before_it_issues(lately: Shop, staff: Client) -> None:
    lately.put(1001, paid_at=BEFORE_GO_LIVE)
    lately.put(1002)
    lately.put(1003)
    run = listed(lately)

    asked = staff.post(issue_of(run), {"row": rows(run, 1001, 1002)}, headers=ENGLISH)

    page = asked.content.decode()
    assert asked.status_code == 200
    for sentence in (
        "Issue the ticked orders (2)",
        "This cannot be undone.",
        "The document is created and finalized at once: it gets its legal number.",
        "The PDF is mailed to the buyer, if the order names an address.",
        "Order 1001",
        "Order 1002",
        "Beatriz Fictícia",
        "Invoice-receipt, 12.30\u00a0€",
        "It is left out otherwise: your word overrides that, and is kept as a ruling.",
        'name="reason"',
        "csrfmiddlewaretoken",
    ):
        assert sentence in page, sentence
    assert "Order 1003" not in page
    drain(lately.clock)
    assert (again(run).mode, traces(), lately.stored()) == ("preview", NO_TRACES, [])

    first = staff.post(issue_of(run), confirmed(asked, reason="asked for by the accountant"))
    second = staff.post(issue_of(run), confirmed(asked, reason="asked for by the accountant"))
    drain(lately.clock)

    assert {answer.headers["Location"] for answer in (first, second)} == {f"{page_of(run)}"}
    assert "2" in told(first)
    assert [lately.row(order_id)["outcome"] for order_id in (1001, 1002)] == ["issued", "issued"]
    assert (len(lately.stored()), Ruling.objects.get().reason) == (2, "asked for by the accountant")
    assert LogEntry.objects.filter(object_id=str(run.pk)).count() == 1
    after = staff.get(page_of(run), headers=ENGLISH).content.decode()
    assert "Orders that have come to their end: 2 of 2." in after
    assert lately.documents(1001)[0].number in after


def test_the_second_click_is_told(shop: Shop, staff: Client) -> None:
    shop.put(1001)
    run = listed(shop)
    data = {"row": rows(run, 1001), "confirmed": "yes"}

    staff.post(issue_of(run), data)
    again_told = told(staff.post(issue_of(run), data, headers=ENGLISH))

    assert again_told.endswith("| Already in progress; nothing was changed.")


def test_all_that_would_be_issued(lately: Shop, staff: Client) -> None:
    put_many(lately, 1001, 1055)
    lately.put(1056, paid_at=BEFORE_GO_LIVE)
    run = listed(lately, limit=60)

    asked = staff.post(issue_of(run), {"all": "yes"}, headers=ENGLISH)
    assert "Issue the ticked orders (55)" in asked.content.decode()
    assert 'name="reason"' not in asked.content.decode()
    staff.post(issue_of(run), confirmed(asked))

    assert run.rows.filter(is_ticked=True).count() == 55
    assert not run.rows.get(shop_order_id="1056").is_ticked


@pytest.mark.parametrize("row", ["", "x", "-1", "9" * 30, "٣", "0"])
def test_nonsense_for_rows_does_nothing(shop: Shop, staff: Client, row: str) -> None:
    shop.put(1001)
    run = listed(shop)

    answer = staff.post(issue_of(run), {"row": [row], "confirmed": "yes"}, headers=ENGLISH)

    assert told(answer) == "Tick at least one order that can be issued."
    assert run.rows.filter(is_ticked=True).count() == 0


def test_a_link_issues_nothing(shop: Shop, staff: Client) -> None:
    shop.put(1001)
    run = listed(shop)

    answer = staff.get(issue_of(run), {"row": rows(run, 1001), "confirmed": "yes"})

    assert (answer.status_code, run.rows.filter(is_ticked=True).count()) == (302, 0)


def test_a_post_without_a_token_is_refused(shop: Shop, ana: User) -> None:
    shop.put(1001)
    run = listed(shop)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ana)

    assert browser.post(issue_of(run), {"all": "yes", "confirmed": "yes"}).status_code == 403
    assert browser.post(NEW, form(shop, limit="5")).status_code == 403
    assert run.rows.filter(is_ticked=True).count() == 0
    assert SyncRun.objects.count() == 1


def test_times_are_the_stores(shop: Shop, staff: Client) -> None:
    Store.objects.update(timezone="Atlantic/Azores")
    run = listed(shop)
    SyncRun.objects.update(created_at=shop.clock.moment.replace(hour=23, minute=30) - timedelta(days=1))

    assert "2026-06-30 23:30" in staff.get(page_of(run), headers=ENGLISH).content.decode()


# --- who may


def test_a_viewer_looks_and_may_not_list_nor_issue(shop: Shop) -> None:
    shop.put(1001)
    run = listed(shop)
    viewer = member(shop, "viewer")

    page = viewer.get(page_of(run))

    assert page.status_code == 200
    assert 'name="row"' not in page.content.decode()
    assert NEW not in page.content.decode()
    assert viewer.get(progress_of(run)).status_code == 200
    assert viewer.get(NEW).status_code == 403
    assert viewer.post(NEW, form(shop, limit="5")).status_code == 403
    assert viewer.post(issue_of(run), {"all": "yes", "confirmed": "yes"}).status_code == 403
    assert (SyncRun.objects.count(), run.rows.filter(is_ticked=True).count()) == (1, 0)


@pytest.mark.parametrize("role", ["operator", "manager"])
def test_an_operator_lists_and_issues(shop: Shop, role: str) -> None:
    shop.put(1001)
    browser = member(shop, role)
    browser.post(NEW, form(shop, limit="5"))
    drain(shop.clock)
    run = SyncRun.objects.get()

    browser.post(issue_of(run), {"row": rows(run, 1001), "confirmed": "yes"})
    drain(shop.clock)

    assert shop.row(1001)["outcome"] == "issued"


def test_nobody_lists_or_sees_another_store(shop: Shop, sandbox: SandboxServer, clock: FakeClock) -> None:
    shop.put(1001)
    run = listed(shop)
    sandbox.state.jumpseller.add_store("outra", "login-2", "token-2", "hooks-2")
    other = Store.objects.create(code="outra", name="Outra", reference_prefix="OUTRA")
    user = User.objects.create_user("rui", is_staff=True)
    Membership.objects.create(user=user, store=other, role="manager")
    browser = Client(headers=ENGLISH)
    browser.force_login(user)

    assert browser.get(page_of(run)).status_code == 302
    assert browser.get(progress_of(run)).status_code == 404
    assert browser.post(issue_of(run), {"all": "yes", "confirmed": "yes"}).status_code == 404
    assert "1001" not in browser.get(reverse("admin:invoicing_syncrun_changelist")).content.decode()
    answer = browser.post(NEW, form(shop, limit="5"))
    assert (answer.status_code, SyncRun.objects.count()) == (200, 1)
    assert "Loja Exemplo" not in answer.content.decode()


@pytest.mark.parametrize("who", ["anonymous", "nobody"])
def test_nobody_else_comes_in(shop: Shop, client: Client, who: str) -> None:
    shop.put(1001)
    run = listed(shop)
    if who == "nobody":
        client.force_login(User.objects.create_user("rui", is_staff=True))

    for url in (NEW, page_of(run), progress_of(run), issue_of(run)):
        for answer in (client.get(url), client.post(url, {"all": "yes", "confirmed": "yes"})):
            assert answer.status_code == (302 if who == "anonymous" else 403), url
            assert "1001" not in answer.content.decode()
    assert run.rows.filter(is_ticked=True).count() == 0
