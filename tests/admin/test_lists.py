"""Lists cost the same however long they are, and their filters say what they show."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from invoicing.domain.decision import Outcome
from invoicing.models import DocumentOperation, Ruling
from invoicing.selectors import orders_with_work, outcome_condition, outcome_of
from invoicing.services.rulings import do_not_invoice, issue_anyway
from sandbox.orders import Line
from sandbox.server import SandboxServer
from stores.models import Order
from tests.admin.conftest import delete_first_draft
from tests.flow import FakeClock, Shop, connect_shop, drain

# Whoever asks, that is two queries; then the rows, a count, and what a filter offers.
MOST_QUERIES = 6


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url).status_code == 200
    return sum(1 for query in seen.captured_queries if "SAVEPOINT" not in query["sql"])


def lists() -> list[str]:
    return [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]


def test_lists_cost_the_same_with_1_and_with_30_rows(shop: Shop, staff: Client, ana: Any) -> None:
    shop.pay(1001)
    Ruling.objects.create(order=shop.order(1001), kind="issue_anyway", by=ana)
    before = {url: queries(staff, url) for url in lists()}

    for order_id in range(1002, 1031):
        shop.pay(order_id)
        Ruling.objects.create(order=shop.order(order_id), kind="issue_anyway", by=ana)
    after = {url: queries(staff, url) for url in lists()}

    assert Order.objects.count() == 30
    assert after == before
    assert {url: count for url, count in after.items() if count > MOST_QUERIES} == {}


def test_a_page_costs_the_same_with_more_work_on_it(shop: Shop, staff: Client) -> None:
    shop.pay(1001)
    (document,) = shop.documents(1001)
    pages = [
        reverse("admin:invoicing_document_change", args=[document.pk]),
        reverse("admin:stores_order_change", args=[document.order_id]),
    ]
    Ruling.objects.create(order=document.order, document=document, kind="finalize")
    for url in pages:
        staff.get(url)  # fills what Django keeps per process
    before = [queries(staff, url) for url in pages]

    for number in range(20):
        DocumentOperation.objects.create(
            document=document,
            verb="mail",
            state="done",
            is_fiscal=False,
            not_before=shop.clock(),
        ).attempt_log.create(number=number, started_at=shop.clock())
        Ruling.objects.create(order=document.order, document=document, kind="finalize")
        shop.ring_raw(b'{"order": {"id": 1001, "n": %d}}' % number, "order_updated")

    assert [queries(staff, url) for url in pages] == before


def test_the_outcome_filter_finds_what_the_list_shows(
    sandbox: SandboxServer, clock: FakeClock, ana: Any, staff: Client
) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)
    shop.pay(1001)
    shop.pay(1002, lines=[Line(rate=None)])
    shop.pay(1003, status="pending_payment", paid_at=None)
    do_not_invoice(shop.pay(1004), user=ana)
    order = shop.pay(1005)
    delete_first_draft(shop, 1005, ana)
    shop.pay(1006)
    shop.put(1006, status="canceled")
    shop.ring(1006, "order_canceled")
    drain(clock)
    issue_anyway(order, user=ana)
    DocumentOperation.objects.filter(document__order__shop_order_id="1001").update(
        state="held", hold_reason="crashed"
    )
    shop.put(1007)
    shop.ring(1007)

    rows = orders_with_work(Order.objects.all())
    shown = {order.shop_order_id: outcome_of(order).outcome for order in rows}
    found = {
        order.shop_order_id: outcome
        for outcome in Outcome
        for order in Order.objects.filter(outcome_condition(outcome))
    }

    assert found == shown
    assert set(shown.values()) >= {"held", "not_due", "excluded", "pending", "deleted"}
    page = staff.get(reverse("admin:stores_order_changelist"), {"outcome": "held"})
    assert {o.shop_order_id for o in page.context["cl"].result_list} == {"1001", "1002"}


def test_credited_and_issued_orders_are_found(busy: Shop) -> None:
    rows = orders_with_work(Order.objects.all())
    shown = {order.shop_order_id: str(outcome_of(order).outcome) for order in rows}

    for outcome in Outcome:
        found = set(Order.objects.filter(outcome_condition(outcome)).values_list("shop_order_id", flat=True))
        assert found == {order_id for order_id, value in shown.items() if value == outcome}, outcome
    assert (shown["1001"], shown["1002"], shown["1003"]) == ("issued", "credited", "held")


@pytest.mark.parametrize(
    ("url", "query", "expected"),
    [
        ("invoicing_document", "1001", 1),
        ("invoicing_document", "LOJA-EXEMPLO-1001", 1),
        ("stores_order", "1001", 1),
        ("stores_order", "001", 0),
        ("invoicing_documentoperation", "1005", 5),
        ("jumpseller_sync_webhookdelivery", "1004", 2),
    ],
)
def test_search_finds_by_prefix(busy: Shop, staff: Client, url: str, query: str, expected: int) -> None:
    page = staff.get(reverse(f"admin:{url}_changelist"), {"q": query})

    assert len(page.context["cl"].result_list) == expected


@pytest.mark.parametrize("name", ["store", "state", "verb", "hold_reason"])
def test_a_filter_with_nonsense_does_no_harm(busy: Shop, staff: Client, name: str) -> None:
    url = reverse("admin:invoicing_documentoperation_changelist")

    assert staff.get(url, {name: "<script>"}).status_code == 200


def test_held_work_is_told_with_its_remedy(busy: Shop, staff: Client) -> None:
    url = reverse("admin:invoicing_documentoperation_changelist")

    page = staff.get(url, {"state": "held"}, headers={"Accept-Language": "en"}).content.decode()

    assert "The mail to the buyer was refused." in page
    assert "Correct the buyer&#x27;s address on the order" in page


def test_a_draft_does_not_look_issued_and_an_unpaid_order_not_paid(
    sandbox: SandboxServer, clock: FakeClock, staff: Client
) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)
    draft = shop.pay(1001)
    unpaid = shop.pay(1002, status="pending_payment", paid_at=None)
    screen = admin.site._registry[Order]
    rows = {order.pk: order for order in orders_with_work(Order.objects.all())}

    with override("pt"):
        assert screen.outcome(rows[draft.pk])[1] == "Rascunho por finalizar"
        assert screen.paid(rows[draft.pk]) != ""
        assert (screen.paid(rows[unpaid.pk]), screen.payment(rows[unpaid.pk])) == ("", "")
