"""The accountant's file: who gets it, what is in it, and that nothing in it is run."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override
from openpyxl import load_workbook
from structlog.testing import capture_logs

from invoicing.admin import export_form, exports
from invoicing.admin.export_formats import CSV, XLSX
from invoicing.admin.export_table import CellKind, document_table
from invoicing.exports import export_rows_of
from invoicing.models import CreditNote, Document
from invoicing.services.rulings import approve_credit
from sandbox.orders import Line
from sandbox.server import SandboxServer
from stores.models import Membership, Order, Store
from tests.flow import FakeClock, Shop, connect_shop, drain

LIST = "admin:invoicing_document_changelist"
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=cmd|"/c calc"!A1', "#N/A"]
JULY = {"start": "2026-07-01", "end": "2026-07-31"}


def address(query: str = "", model: str = "document") -> str:
    return reverse(f"admin:invoicing_{model}_export") + query


def person(store: Store | None, role: str, name: str = "rui") -> Client:
    user = User.objects.create_user(name, is_staff=True)
    if store is not None:
        Membership.objects.create(user=user, store=store, role=role)
    client = Client()
    client.force_login(user)
    return client


def ask(client: Client, query: str = "", **fields: str) -> Any:
    return client.post(address(query), {"format": "csv", **fields}, headers={"Accept-Language": "en"})


def table(response: Any) -> list[dict[str, str]]:
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8", response.content.decode()[:9000]
    assert response.content.startswith(b"\xef\xbb\xbf")
    text = response.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def orders_of(response: Any) -> list[str]:
    return [row["Order"] for row in table(response)]


def assert_nothing_was_sent(response: Any) -> None:
    assert "Content-Disposition" not in response.headers
    assert "1001" not in response.content.decode()
    assert not LogEntry.objects.filter(change_message__startswith="export").exists()


# --- who


@pytest.mark.parametrize("role", ["viewer", "operator", ""])
def test_without_the_right_nothing_is_sent(shop: Shop, role: str) -> None:
    shop.pay(1001)
    client = person(shop.store if role else None, role)

    for response in (client.get(address()), ask(client), ask(client, selected="1")):
        assert response.status_code == 403
        assert_nothing_was_sent(response)


def test_nobody_unknown_gets_anything(shop: Shop, client: Client) -> None:
    shop.pay(1001)

    for response in (client.get(address()), ask(client)):
        assert response.status_code == 302
        assert_nothing_was_sent(response)


@pytest.mark.parametrize("role", ["accountant", "manager"])
def test_those_with_the_right_get_their_stores_alone(
    sandbox: SandboxServer, clock: FakeClock, role: str
) -> None:
    mine, other = connect_shop(sandbox, clock), connect_shop(sandbox, clock, code="outra-loja")
    mine.pay(1001)
    other.pay(2001)
    client = person(mine.store, role)
    theirs = other.documents(2001)[0]

    assert orders_of(ask(client)) == ["1001"]
    assert_refused_as_empty(ask(client, f"?store={other.store.pk}"))
    assert_refused_as_empty(ask(client, selected=str(theirs.pk)))


def test_to_see_a_store_is_not_to_take_its_figures_away(sandbox: SandboxServer, clock: FakeClock) -> None:
    mine, seen = connect_shop(sandbox, clock), connect_shop(sandbox, clock, code="outra-loja")
    mine.pay(1001)
    seen.pay(2001)
    client = person(mine.store, "accountant")
    Membership.objects.create(user=User.objects.get(username="rui"), store=seen.store, role="viewer")
    listed = client.get(reverse(LIST)).content.decode()
    assert ("1001" in listed, "2001" in listed) == (True, True)

    response = ask(client)

    assert orders_of(response) == ["1001"]
    assert b"2001" not in response.content


def assert_refused_as_empty(response: Any) -> None:
    assert response.status_code == 200
    assert "Content-Disposition" not in response.headers
    assert "No document fits" in response.content.decode()


@pytest.mark.parametrize(
    ("role", "is_offered"), [("viewer", False), ("operator", False), ("accountant", True)]
)
def test_the_list_offers_it_to_those_who_may(shop: Shop, role: str, is_offered: bool) -> None:
    shop.pay(1001)
    client = person(shop.store, role)

    page = client.get(reverse(LIST), {"kind": "invoice_receipt"}).content.decode()

    assert (f"{address()}?kind=invoice_receipt" in page) is is_offered
    assert ('value="export_selected"' in page) is is_offered


# --- which documents


def test_drafts_are_left_out_unless_asked_for(
    sandbox: SandboxServer, clock: FakeClock, staff: Client
) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)
    for order_id in (1001, 1002, 1003, 1004):
        shop.pay(order_id)
    for order_id, status in ((1002, "final"), (1003, "canceled"), (1004, "deleted")):
        Document.objects.filter(order__shop_order_id=order_id).update(status=status)

    assert orders_of(ask(staff)) == ["1002", "1003"]
    assert orders_of(ask(staff, with_drafts="on")) == ["1001", "1002", "1003"]


def test_days_are_those_of_issue_and_both_included(shop: Shop, staff: Client) -> None:
    for order_id in (1001, 1002, 1003):
        shop.pay(order_id)
    days = {1001: date(2026, 7, 30), 1002: date(2026, 7, 31), 1003: date(2026, 8, 1)}
    for order_id, day in days.items():
        Document.objects.filter(order__shop_order_id=order_id).update(issued_on=day)

    assert orders_of(ask(staff, **JULY)) == ["1001", "1002"]
    assert orders_of(ask(staff, start="2026-07-31")) == ["1002", "1003"]
    assert orders_of(ask(staff, end="2026-07-30")) == ["1001"]


def test_the_forms_days_count_instead_of_the_lists(shop: Shop, staff: Client) -> None:
    shop.pay(1001)
    query = "?issued_on_from=2026-06-01&issued_on_to=2026-06-30"

    page = staff.get(address(query)).content.decode()

    assert 'value="2026-06-01"' in page
    assert 'value="2026-06-30"' in page
    assert orders_of(ask(staff, query, **JULY)) == ["1001"]


def test_filters_and_search_of_the_list_count_on_all_its_pages(
    shop: Shop, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin.site._registry[Document], "list_per_page", 1)
    shop.pay(1001)
    shop.pay(1002)
    shop.pay(2001, name="Zita")
    Document.objects.filter(order__shop_order_id="1002").update(status="final")

    assert orders_of(ask(staff)) == ["1001", "1002", "2001"]
    assert orders_of(ask(staff, "?q=Zita")) == ["2001"]
    assert orders_of(ask(staff, "?status=final&p=1")) == ["1002"]
    assert orders_of(ask(staff, f"?store={shop.store.pk}&kind=invoice_receipt")) == ["1001", "1002", "2001"]


def test_the_list_of_notes_exports_notes(shop: Shop, ana: User, staff: Client) -> None:
    shop.pay(1001)
    approve_credit(shop.documents(1001)[0], user=ana, reason="Erro no preço")
    drain(shop.clock)

    response = staff.post(address(model="creditnote"), {"format": "csv"}, headers={"Accept-Language": "en"})

    (row,) = table(response)
    assert (row["Gross (credit notes negative)"], row["VAT 23 %"]) == ("-12,30", "-2,30")
    assert row["Reason of the credit note"] == "Erro no preço"
    assert row["Document corrected"] == f"FR {shop.documents(1001)[0].number}"
    assert CreditNote.objects.count() == 1


def test_selected_documents_alone(shop: Shop, staff: Client) -> None:
    for order_id in (1001, 1002, 1003):
        shop.pay(order_id)
    keys = [str(shop.documents(order_id)[0].pk) for order_id in (1001, 1003)]

    page = staff.post(
        f"{reverse(LIST)}?status=settled", {"action": "export_selected", "_selected_action": keys}
    )

    assert page.status_code == 200
    assert f'action="{address()}?status=settled"' in page.content.decode()
    assert f'name="selected" value="{",".join(keys)}"' in page.content.decode()
    assert 'type="date"' not in page.content.decode()
    assert orders_of(ask(staff, "?status=settled", selected=",".join(keys))) == ["1001", "1003"]


@pytest.mark.parametrize("selected", ["x", "1,", "1;2", "1" * 40, "-1"])
def test_a_selection_that_cannot_be_read_sends_nothing(shop: Shop, staff: Client, selected: str) -> None:
    shop.pay(1001)

    response = ask(staff, selected=selected)

    assert response.status_code == 200
    assert "The selection cannot be read" in response.content.decode()
    assert_nothing_was_sent(response)


def test_too_many_are_not_selected(shop: Shop, staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "SELECTED_AT_MOST", 1)
    keys = [shop.pay(order_id).documents.get().pk for order_id in (1001, 1002)]

    page = staff.post(
        reverse(LIST),
        {"action": "export_selected", "_selected_action": keys},
        headers={"Accept-Language": "en"},
        follow=True,
    )

    assert "At most 1 can be selected" in page.content.decode()
    assert 'name="selected"' not in page.content.decode()


def test_more_than_one_file_holds_are_refused(
    shop: Shop, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_MOST", 1)
    shop.pay(1001)
    shop.pay(1002)

    response = ask(staff)

    assert "more than 1 documents" in response.content.decode()
    assert_nothing_was_sent(response)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"start": "2026-07-02", "end": "2026-07-01"}, "The first day is after the last."),
        ({"start": "1999-01-01", "end": "1999-12-31"}, "No document fits"),
        ({"start": "<script>"}, "&lt;script&gt;"),
        ({"format": "html"}, "html"),
        ({"format": "json"}, "json"),
        ({"format": "ods"}, "ods"),
        ({"format": ""}, "required"),
    ],
)
def test_what_cannot_be_done_is_told_and_sends_nothing(
    shop: Shop, staff: Client, fields: dict[str, str], told: str
) -> None:
    shop.pay(1001)

    response = ask(staff, **fields)

    assert response.status_code == 200
    assert told in response.content.decode()
    assert_nothing_was_sent(response)


def test_a_list_that_cannot_be_asked_for_leads_back_to_it(shop: Shop, staff: Client) -> None:
    shop.pay(1001)

    response = ask(staff, "?nonsense=1")

    assert (response.status_code, response.headers["Location"]) == (302, f"{reverse(LIST)}?e=1")
    assert_nothing_was_sent(response)


# --- the file


def test_the_csv_is_what_a_portuguese_excel_reads(shop: Shop, staff: Client) -> None:
    shop.pay(1001, lines=[Line(price="1230.00", qty=2)], name="Ana; Filha", surname='"X"')

    response = ask(staff)

    head, line = response.content.decode("utf-8-sig").split("\r\n")[:2]
    (row,) = table(response)
    assert head.startswith("Store;Order;Kind of document;Number;")
    assert '"Ana; Filha ""X"""' in line
    assert row["Customer"] == 'Ana; Filha "X"'
    assert (row["Net 23 %"], row["VAT 23 %"]) == ("2000,00", "460,00")
    assert row["Gross (credit notes negative)"] == "2460,00"
    assert (row["Date of issue"], row["Date of payment"]) == ("01/07/2026", "01/07/2026")
    assert row["Finalized at"].startswith("01/07/2026 11:0")
    assert (row["Kind of document"], row["Status"]) == ("Invoice-receipt", "Settled")
    assert (row["Payment method"], row["Means of payment (SAF-T)"]) == ("Multibanco", "MB")
    assert (row["Document corrected"], row["Date of the document corrected"]) == ("", "")


def test_the_xlsx_has_numbers_and_dates_under_a_frozen_head(shop: Shop, staff: Client) -> None:
    shop.pay(1001, lines=[Line(), Line(sku="LIV", price="10.60", rate="6")])

    response = ask(staff, format="xlsx")

    assert response.headers["Content-Type"] == XLSX.CONTENT_TYPE
    sheet = load_workbook(io.BytesIO(response.content)).active
    assert sheet is not None
    head, row = list(sheet.iter_rows())
    cells = {title.value: cell for title, cell in zip(head, row, strict=True)}
    assert sheet.freeze_panes == "A2"
    assert head[0].font.b
    assert all(sheet.column_dimensions[cell.column_letter].width > 8 for cell in head)
    assert (cells["Net 6 %"].value, cells["VAT 6 %"].value) == (10, 0.6)
    assert cells["Gross (credit notes negative)"].value == 22.9
    assert cells["Gross (credit notes negative)"].number_format == "#,##0.00"
    assert cells["Date of issue"].value == datetime(2026, 7, 1)  # noqa: DTZ001
    assert cells["Date of issue"].number_format == "dd/mm/yyyy"
    assert cells["Order"].value == "1001"
    assert cells["Document corrected"].value is None


def test_rates_are_columns_in_pairs_by_their_size(shop: Shop, staff: Client) -> None:
    shop.pay(1001, lines=[Line(), Line(sku="B", price="11.30", rate="13")])
    shop.pay(1002, lines=[Line(sku="C", price="10.60", rate="6")])

    first, second = table(ask(staff))

    titles = [title for title in first if title.startswith(("Net ", "VAT ")) and title.endswith("%")]
    assert titles == ["Net 6 %", "VAT 6 %", "Net 13 %", "VAT 13 %", "Net 23 %", "VAT 23 %"]
    assert [first[title] for title in titles] == ["", "", "10,00", "1,30", "10,00", "2,30"]
    assert [second[title] for title in titles] == ["10,00", "0,60", "", "", "", ""]


@pytest.mark.parametrize(
    ("language", "titles"),
    [("pt", ("Base 23 %", "IVA 23 %", "Loja")), ("es", ("Base 23 %", "IVA 23 %", "Tienda"))],
)
def test_the_head_is_in_the_users_language(shop: Shop, language: str, titles: tuple[str, ...]) -> None:
    shop.pay(1001)

    with override(language):
        found = document_table(list(export_rows_of(Document.objects.all())))

    assert set(titles) <= {column.title for column in found.columns}


def test_rates_with_decimals_and_unknown_ones(shop: Shop) -> None:
    shop.pay(1001)
    shop.pay(1002)
    Document.objects.filter(order__shop_order_id="1002").update(plan={})
    (document,) = shop.documents(1001)
    document.plan["lines"][0]["tax"]["rate"] = "25.5"
    Document.objects.filter(pk=document.pk).update(plan=document.plan, tax_total="2.55", gross_total="12.55")

    with override("en"):
        titles = [c.title for c in document_table(list(export_rows_of(Document.objects.all()))).columns]

    assert titles[21:25] == ["Net 25.5 %", "VAT 25.5 %", "Net, rates unknown", "VAT, rates unknown"]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_column_holds_a_formula(shop: Shop, ana: User, text: str) -> None:
    shop.pay(1001)
    approve_credit(shop.documents(1001)[0], user=ana, reason="Erro no preço")
    drain(shop.clock)
    Store.objects.update(name=text)
    Order.objects.update(shop_order_id=text, payload=json.dumps({"order": {"payment_method_name": text}}))
    names = (
        "number",
        "reference",
        "atcud",
        "series",
        "customer_name",
        "customer_tax_id",
        "currency",
        "reason",
    )
    for document in Document.objects.all():
        document.plan["customer"]["country_code"] = text
        document.plan["exemption_code"] = text
        document.plan["lines"][0]["tax"]["region"] = text
        hostile = {name: text[:3] if name == "currency" else text for name in names}
        hostile["reference"] += str(document.pk)
        Document.objects.filter(pk=document.pk).update(
            **hostile, plan=document.plan, supply=text[:16], destination=text[:2]
        )

    found = document_table(list(export_rows_of(Document.objects.all())))
    sheet = load_workbook(io.BytesIO(XLSX().export_data(found))).active
    assert sheet is not None
    kinds = [column.kind for column in found.columns]
    shown = 0
    for row in list(sheet.iter_rows())[1:]:
        for kind, cell in zip(kinds, row, strict=True):
            if kind is CellKind.TEXT and cell.value is not None:
                assert cell.data_type == "s", cell.coordinate
                assert not str(cell.value).startswith(("=", "+", "-", "@", "\t", "\r", "＝")), cell.coordinate
                shown += str(cell.value).lstrip("'").startswith(text.strip()[:2])
    assert shown >= 20
    content = CSV().export_data(found).decode("utf-8-sig")
    for line in list(csv.reader(io.StringIO(content, newline=""), delimiter=";"))[1:]:
        for kind, value in zip(kinds, line, strict=True):
            if kind is CellKind.TEXT:
                assert not value.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))


# --- afterwards


def test_the_file_is_nobody_elses_and_says_what_it_is(shop: Shop, staff: Client) -> None:
    shop.pay(1001)

    response = ask(staff, **JULY)

    assert {"private", "no-store"} <= set(response.headers["Cache-Control"].split(", "))
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="documents-loja-exemplo-2026-07-01-2026-07-31.csv"'
    )


def test_a_file_of_several_stores_says_so(sandbox: SandboxServer, clock: FakeClock, staff: Client) -> None:
    for code, order_id in (("loja-exemplo", 1001), ("outra-loja", 2001)):
        connect_shop(sandbox, clock, code=code).pay(order_id)

    response = ask(staff, format="xlsx")

    assert 'filename="documents-stores-2026-07-01-2026-07-01.xlsx"' in response.headers["Content-Disposition"]


def test_each_export_is_recorded_and_no_search_with_it(shop: Shop, staff: Client, ana: User) -> None:
    shop.pay(1001)

    with capture_logs() as logs:
        for _twice in range(2):
            ask(staff, "?q=Beatriz&status=settled&issued_on_from=2026-01-01", with_drafts="on", **JULY)

    entries = LogEntry.objects.filter(change_message__startswith="export")
    assert [(entry.user, entry.change_message) for entry in entries] == [
        (ana, "export: 1 rows; status=settled search with_drafts")
    ] * 2
    assert {entry.object_repr for entry in entries} == {"documents-loja-exemplo-2026-07-01-2026-07-31.csv"}
    told = [entry for entry in logs if entry["event"] == "documents_exported"]
    assert [(entry["user"], entry["rows"]) for entry in told] == [(ana.pk, 1)] * 2
    assert "Beatriz" not in str(told)


def test_an_export_costs_the_same_queries_with_1_and_with_10_rows(shop: Shop, staff: Client) -> None:
    shop.pay(1001)
    ask(staff)
    counts = []
    for more in (range(0), range(1002, 1011)):
        for order_id in more:
            shop.pay(order_id)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert len(orders_of(ask(staff))) == 1 + len(more)
        counts.append(len(seen))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("language", ["pt", "en", "es"])
def test_the_form_answers_in_every_language(shop: Shop, staff: Client, language: str) -> None:
    shop.pay(1001)

    response = staff.get(address("?q=%3Cscript%3E"), headers={"Accept-Language": language})

    assert response.status_code == 200
    assert "<script>" not in response.content.decode().split('<form action="', 1)[1].split("</form>")[0]
    assert response.headers["Content-Language"] == language


def test_only_two_formats_are_offered() -> None:
    assert list(export_form.FORMATS) == ["xlsx", "csv"]
