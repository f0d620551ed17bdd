"""What an accountant gets of each document; figures come to those of the document, whatever it is."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoicing.domain.by_rate import Taxed
from invoicing.exports import ExportRow, export_rows_of
from invoicing.models import Document
from invoicing.services.rulings import approve_credit
from sandbox.orders import Line, Shipping, nif
from sandbox.server import SandboxServer
from stores.models import Order, Store
from tests.flow import ACCOUNT, API_KEY, FakeClock, Shop, connect_shop, drain
from tests.models import rows

D = Decimal


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana")


def exported(**filters: Any) -> list[ExportRow]:
    return list(export_rows_of(Document.objects.filter(**filters)))


def credit(shop: Shop, order_id: int, user: User) -> Document:
    approve_credit(shop.documents(order_id)[0], user=user, reason="Direito de livre resolução")
    drain(shop.clock)
    return shop.documents(order_id)[1]


def assert_adds_up(row: ExportRow) -> None:
    assert sum(part.net for part in row.by_rate.values()) == row.net
    assert sum(part.tax for part in row.by_rate.values()) == row.tax
    assert row.net + row.tax == row.gross


def test_an_invoice_receipt(shop: Shop) -> None:
    number = nif(7)
    shop.pay(
        1001,
        taxid=number,
        paid_at=datetime(2026, 7, 1, 9, 59, tzinfo=UTC),
        lines=[Line(price="12.30"), Line(name="Livro", sku="LIV", price="10.60", rate="6")],
        shipping=Shipping(price="4.92"),
    )
    (document,) = shop.documents(1001)
    assert document.finalized_at is not None

    (row,) = exported()

    assert asdict(row) == {
        "store": "Loja Exemplo",
        "store_code": "loja-exemplo",
        "order_id": "1001",
        "kind": "invoice_receipt",
        "number": f"FR {document.number}",
        "reference": "LOJA-EXEMPLO-1001-FT1",
        "atcud": document.atcud,
        "series": document.series,
        "status": "settled",
        "issued_on": date(2026, 7, 1),
        "paid_on": date(2026, 7, 1),
        # Times are the store's: in July, Lisbon is an hour ahead of UTC.
        "finalized_at": document.finalized_at.replace(tzinfo=None, hour=11),
        "customer": "Beatriz Fictícia",
        "tax_id": number,
        "country": "PT",
        "supply": "domestic",
        "destination": "PT",
        "regions": row.regions,
        "currency": "EUR",
        "net": D("24.00"),
        "tax": D("3.82"),
        "gross": D("27.82"),
        "by_rate": {
            D(6): {"net": D("10.00"), "tax": D("0.60")},
            D(23): {"net": D("14.00"), "tax": D("3.22")},
        },
        "exemption_codes": "",
        "payment_method": "Multibanco",
        "mechanism": "MB",
        "original_number": "",
        "original_on": None,
        "reason": "",
    }
    assert document.number
    assert document.finalized_at.hour == 10


def test_a_credit_note_is_negative_and_names_its_original(shop: Shop, ana: User) -> None:
    shop.pay(1001)
    credit(shop, 1001, ana)

    invoice, note = exported()

    assert (note.kind, note.net, note.tax, note.gross) == ("credit_note", D("-10"), D("-2.3"), D("-12.3"))
    assert note.by_rate == {D(23): Taxed(D("-10.00"), D("-2.30"))}
    assert invoice.gross + note.gross == 0
    assert (note.original_number, note.original_on) == (invoice.number, invoice.issued_on)
    assert note.reason == "Direito de livre resolução"
    assert note.paid_on is None
    assert note.number.startswith("NC ")
    assert (invoice.original_number, invoice.original_on, invoice.reason) == ("", None, "")


def test_a_cancelled_document_keeps_its_number_and_counts_nothing(shop: Shop) -> None:
    shop.pay(1001)
    Document.objects.update(status="canceled")

    (row,) = exported()

    assert (row.status, row.net, row.tax, row.gross) == ("canceled", 0, 0, 0)
    assert row.by_rate == {D(23): Taxed(D(0), D(0))}
    assert str(row.gross) == "0.00"
    assert row.number.startswith("FR ")


def test_a_final_consumer_has_no_number_and_no_country(shop: Shop) -> None:
    shop.pay(1001, name="", surname="", customer={"id": 7, "email": "x@example.com", "fullname": ""})

    (row,) = exported()

    assert (row.customer, row.tax_id, row.country) == ("Consumidor final", "", "")


def test_a_sale_out_of_the_eu_tells_its_place_and_its_code(sandbox: SandboxServer, clock: FakeClock) -> None:
    shop = connect_shop(sandbox, clock, export_exemption_code="M05", finalize=False)
    shop.pay(
        1001,
        lines=[Line(price="10.00", rate=None)],
        shipping=Shipping(price="5.00", rate=None),
        country_code="CH",
        country="Switzerland",
        region="Zürich",
        postal="8001",
    )

    (row,) = exported()

    assert (row.supply, row.destination, row.country, row.exemption_codes) == ("export", "", "CH", "M05")
    assert row.by_rate == {D(0): Taxed(D("15.00"), D("0.00"))}
    assert (row.number, row.finalized_at) == ("", None)


def test_a_consumer_abroad_pays_the_rate_of_that_country(sandbox: SandboxServer, clock: FakeClock) -> None:
    sandbox.state.invoicexpress.add_account(ACCOUNT, API_KEY)
    for name, rate, region in (("ES21", "21.0", "ES"), ("IVA22", "22.0", "PT-MA")):
        tax = {"name": name, "value": rate, "region": region, "default_tax": "0"}
        address = f"{sandbox.url}/invoicexpress/{ACCOUNT}/taxes.json?api_key={API_KEY}"
        assert requests.post(address, json={"tax": tax}, timeout=10).status_code == 201
    shop = connect_shop(sandbox, clock, oss=True)
    spain = {"country_code": "ES", "country": "España", "region": "Madrid", "postal": "28001"}
    shop.pay(
        1001, lines=[Line(price="12.10", rate="21")], shipping=Shipping(price="6.05", rate="21"), **spain
    )

    (row,) = exported()

    assert (row.supply, row.destination, row.regions, row.country) == ("oss", "ES", "ES", "ES")
    assert row.by_rate == {D(21): Taxed(D("15.00"), D("3.15"))}


def test_every_document_adds_up(shop: Shop, ana: User) -> None:
    for order_id, prices in enumerate(
        (("0.99", "0.99", "0.99"), ("7.77", "3.33", "1.11"), ("0.05",) * 3), 1001
    ):
        lines = [
            Line(sku=f"S{rate}", price=price, rate=rate, qty=order_id - 1000)
            for price, rate in zip(prices, ("23", "13", "6"), strict=True)
        ]
        shop.pay(order_id, lines=lines)
    credit(shop, 1002, ana)

    found = exported()

    assert len(found) == 4
    for row in found:
        assert_adds_up(row)
        assert set(row.by_rate) == {D(6), D(13), D(23)}


def test_what_cannot_be_read_is_told_as_a_whole(shop: Shop) -> None:
    shop.pay(1001)
    shop.pay(1002)
    Document.objects.filter(order__shop_order_id="1001").update(plan={"format": 99})
    Document.objects.filter(order__shop_order_id="1002").update(net_total=D("11.00"), tax_total=D("1.30"))
    Order.objects.filter(shop_order_id="1001").update(payload="<html>")

    first, second = exported()

    assert first.by_rate == {None: Taxed(D("10.00"), D("2.30"))}
    assert second.by_rate == {None: Taxed(D("11.00"), D("1.30"))}
    assert (first.payment_method, first.mechanism, first.country) == ("", "", "")
    for row in (first, second):
        assert_adds_up(row)


@pytest.mark.parametrize(
    ("method", "kind", "expected"),
    [
        ("Transferência bancária", "manual", ("Transferência bancária", "TB")),
        ("", "stripe", ("stripe", "CC")),
        ("Qualquer coisa", "manual", ("Qualquer coisa", "OU")),
        ("", "", ("", "")),
    ],
)
def test_the_payment_method_is_the_shops_word(
    shop: Shop, method: str, kind: str, expected: tuple[str, str]
) -> None:
    shop.pay(1001, payment_method_name=method, payment_method_type=kind)

    (row,) = exported()

    assert (row.payment_method, row.mechanism) == expected


def test_days_are_the_stores(shop: Shop) -> None:
    shop.pay(1001)
    Store.objects.update(timezone="Atlantic/Azores")
    late = datetime(2026, 7, 2, 0, 30, tzinfo=UTC)
    Document.objects.update(paid_at=late, finalized_at=late)

    (row,) = exported()

    assert (row.paid_on, row.finalized_at) == (date(2026, 7, 2), datetime(2026, 7, 2, 0, 30))  # noqa: DTZ001
    Store.objects.update(timezone="America/Santiago")
    (row,) = exported()
    assert (row.paid_on, row.finalized_at) == (date(2026, 7, 1), datetime(2026, 7, 1, 20, 30))  # noqa: DTZ001


def test_any_number_of_documents_takes_two_queries(db: None) -> None:
    store, account = rows.store(), rows.account()
    for number in range(3):
        rows.document(rows.order(store, number), account, issued_on=date(2026, 7, 9 - number))
    counts = []
    for most in (1, 3):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            found = list(export_rows_of(Document.objects.filter(order__shop_order_id__lt=str(most))))
        assert len(found) == most
        counts.append(len(seen))

    assert counts == [2, 2]
    assert [row.issued_on.day for row in found] == [7, 8, 9]
