"""The list of documents by its days of issue."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from invoicing.models import Document
from tests.flow import Shop

LIST = "admin:invoicing_document_changelist"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"issued_on_from": "2026-06-01", "issued_on_to": "2026-06-30"}, {"1002"}),
        ({"issued_on_from": "2026-07-01"}, {"1001"}),
        ({"issued_on_to": "2026-06-30"}, {"1002"}),
        ({"issued_on_from": "", "issued_on_to": ""}, {"1001", "1002"}),
        ({"issued_on_from": "<script>", "issued_on_to": "2026-02-31"}, {"1001", "1002"}),
        ({"issued_on_from": "2026-07-01", "status": "final"}, set()),
    ],
)
def test_the_list_is_filtered_by_days(
    shop: Shop, staff: Client, query: dict[str, str], expected: set[str]
) -> None:
    shop.pay(1001)
    shop.pay(1002)
    Document.objects.filter(order__shop_order_id="1002").update(issued_on=date(2026, 6, 30))

    page = staff.get(reverse(LIST), query)

    assert {row.order.shop_order_id for row in page.context["cl"].result_list} == expected
    assert "<script>" not in page.content.decode().split('id="changelist-filter"')[1]


def test_periods_are_links_that_keep_the_other_filters(shop: Shop, staff: Client) -> None:
    page = staff.get(reverse(LIST), {"status": "final", "p": "1"}, headers={"Accept-Language": "en"})
    content = page.content.decode()

    assert "This month" in content
    for days in ("2026-07-01&amp;issued_on_to=2026-07-31", "2026-06-01&amp;issued_on_to=2026-06-30"):
        assert f"issued_on_from={days}" in content
    assert "issued_on_from=2026-01-01&amp;issued_on_to=2026-12-31" in content
    assert '<input type="hidden" name="status" value="final">' in content
    assert '<input type="hidden" name="p"' not in content


def test_a_chosen_period_is_marked_and_its_link_takes_it_back(shop: Shop, staff: Client) -> None:
    query = {"issued_on_from": "2026-07-01", "issued_on_to": "2026-07-31", "status": "final"}

    (spec,) = [
        found
        for found in staff.get(reverse(LIST), query).context["cl"].filter_specs
        if "issued_on_from" in found.expected_parameters()
    ]
    (choice,) = spec.choices(staff.get(reverse(LIST), query).context["cl"])

    assert [period["is_chosen"] for period in choice["periods"]] == [True, False, False]
    assert choice["periods"][0]["query"] == "?status=final"
    assert choice["others"] == [("status", "final")]
