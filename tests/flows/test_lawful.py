"""What the law wants, from the order to the provider: dates, series, limits, broken clients, two settings."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import requests
from django.contrib.auth.models import User

from invoicing.models import AccountSeries, Document, DocumentOperation, InvoicingProfile
from invoicing.services.document_rulings import verify_document
from invoicing.services.eu_sales import net_to_eu_consumers
from invoicing.services.lint import findings_of
from invoicing.services.rulings import issue_anyway, request_finalize, retry_operation
from jumpseller_sync.services.connect import connect_store
from sandbox.orders import Line, Shipping
from sandbox.server import SandboxServer
from stores.services import mark_for_refresh
from tests.flow import ACCOUNT, API_KEY, FakeClock, Shop, connect_shop, drain, shop_settings

FRANCE = {
    "country_code": "FR",
    "country": "France",
    "region": "Paris",
    "postal": "75001",
    "shipping": Shipping(price="4.92"),
}


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana")


def date_of(document: Document) -> tuple[str, str]:
    why = next(why for why in document.plan["why"] if why["subject"] == "date")
    assert why["choice"] == document.issued_on.isoformat()
    return why["choice"], why["because"]


def test_a_payment_told_in_another_month_than_the_orders_completion_waits(shop: Shop, ana: User) -> None:
    shop.put(1001, paid_at=datetime(2026, 6, 30, 10, tzinfo=UTC))
    assert shop.ring(1001) == 200
    drain(shop.clock)

    assert shop.row(1001)["hold_reason"] == "payment_date_unclear"
    assert (shop.documents(1001), shop.stored()) == ([], [])

    assert issue_anyway(shop.order(1001), user=ana).is_done
    drain(shop.clock)
    (document,) = shop.documents(1001)
    assert (document.issued_on.isoformat(), document.status) == ("2026-06-30", "settled")


def test_the_same_payment_told_by_another_event_is_invoiced(shop: Shop) -> None:
    shop.put(1001, paid_at=datetime(2026, 6, 30, 10, tzinfo=UTC))
    assert shop.ring(1001, "order_updated") == 200
    drain(shop.clock)

    (document,) = shop.documents(1001)
    why = next(why for why in document.plan["why"] if why["subject"] == "date")
    assert (why["choice"], why["because"]) == (
        "2026-06-30",
        "the day of payment, when the shop completed the order",
    )


def test_an_order_seen_unpaid_has_the_day_of_the_event(shop: Shop) -> None:
    shop.put(1001, status="pending_payment")
    assert shop.ring(1001, "order_pending_payment") == 200
    drain(shop.clock)
    shop.clock.advance(2 * 86_400)

    shop.pay(1001, paid_at=datetime(2026, 7, 1, 9, tzinfo=UTC))

    (document,) = shop.documents(1001)
    why = next(why for why in document.plan["why"] if why["subject"] == "date")
    assert (document.issued_on.isoformat(), why["because"]) == (
        "2026-07-03",
        "the day of payment, when the shop told of it",
    )


def test_a_series_that_the_account_does_not_have_holds_until_it_does(
    sandbox: SandboxServer, clock: FakeClock, ana: User
) -> None:
    account = sandbox.state.invoicexpress.add_account(ACCOUNT, API_KEY)
    (series,) = account.series.values()
    name = str(series.serie)
    shop = connect_shop(sandbox, clock, email_customer=False, series=name)
    series.serie = "another"
    AccountSeries.objects.update(name="another")

    shop.pay(1001)

    assert shop.row(1001)["hold_reason"] == "unknown_series"
    assert (shop.documents(1001), shop.stored()) == ([], [])


def test_a_series_that_is_not_registered_gives_no_number_until_it_is(
    sandbox: SandboxServer, clock: FakeClock, ana: User
) -> None:
    account = sandbox.state.invoicexpress.add_account(ACCOUNT, API_KEY)
    (series,) = account.series.values()
    code = series.validation_codes.pop("invoice_receipt")
    shop = connect_shop(sandbox, clock, email_customer=False)

    shop.pay(1001)

    assert shop.row(1001)["hold_reason"] == "series_not_registered"
    assert [stored.status for stored in shop.stored()] == ["draft"]

    series.validation_codes["invoice_receipt"] = code
    clock.advance(60)
    held = DocumentOperation.objects.get(state="held")
    assert retry_operation(held, user=ana).is_done
    drain(clock)
    assert [stored.status for stored in shop.stored()] == ["settled"]


def test_sales_to_the_eu_are_added_up_and_wait_above_the_limit(
    sandbox: SandboxServer, clock: FakeClock, ana: User
) -> None:
    shop = connect_shop(sandbox, clock, export_exemption_code="M05", email_customer=False)
    shop.pay(1001, lines=[Line(price="12290.16")], **FRANCE)

    account = shop.documents(1001)[0].account
    assert net_to_eu_consumers(account, 2026) == Decimal("9996.00")
    shop.pay(1002, lines=[Line(price="4.92")], **FRANCE)

    (document,) = shop.documents(1002)
    assert (document.status, shop.row(1002)["hold_reason"]) == ("draft", "unlawful_document")
    assert [finding.check for finding in findings_of(document)] == ["above_eu_limit"]
    assert shop.row(1002)["outcome"] == "held"

    assert request_finalize(document, user=ana).is_done
    drain(clock)
    document.refresh_from_db()
    assert document.status == "settled"
    assert net_to_eu_consumers(account, 2026) == Decimal("10004.00")
    assert net_to_eu_consumers(account, 2025) == 0


def test_a_broken_client_of_the_account_is_made_anew(shop: Shop) -> None:
    shop.pay(1001, taxid="123456789")
    (client,) = [c for c in shop.account.clients.values() if c.fields.get("fiscal_id") == "123456789"]
    client.fields["fiscal_id"] = "123456780"

    shop.pay(1002, taxid="123456789")

    (document,) = shop.documents(1002)
    assert document.status == "settled"
    assert document.planned().customer.code == "LOJA-EXEMPLO-N123456789-2"
    assert document.planned().customer.fiscal_id == "123456789"
    assert len([d for d in shop.stored() if d.reference.endswith("1002-FT1")]) == 1


def test_a_client_that_is_refused_again_is_held_after_one_more_try(shop: Shop) -> None:
    for _ in range(2):
        shop.sandbox.state.faults.add(
            vendor="invoicexpress",
            kind="error_before",
            status=422,
            body={"errors": [{"error": "Client is invalid"}]},
            method="POST",
            path_regex="invoice_receipts",
        )

    shop.pay(1001, taxid="123456789")

    assert shop.row(1001)["hold_reason"] == "rejected"
    assert shop.calls("POST", "/invoice_receipts.json") == 2
    assert shop.stored() == []


def test_the_same_order_under_two_settings_explains_itself_twice(
    sandbox: SandboxServer, clock: FakeClock, ana: User
) -> None:
    shop = connect_shop(sandbox, clock, exemption_code="M07", email_customer=False)
    exempt = {"lines": [Line(price="50.00", rate="0")]}
    shop.pay(1001, **exempt)
    first = InvoicingProfile.objects.get().current
    report = connect_store(
        shop_settings(exemption_code="M99", observations="Venda fora de campo.", email_customer=False)
    )
    assert report.problems == []

    shop.pay(1002, **exempt)

    old, new = (shop.documents(order_id)[0] for order_id in (1001, 1002))
    assert (old.profile_version, new.profile_version) == (first, InvoicingProfile.objects.get().current)
    assert old.profile_version != new.profile_version
    assert [_exemption(document) for document in (old, new)] == [
        ("M07", "setting exemption_code, CIVA art. 9.º"),
        ("M99", new.plan["why"][_index(new)]["source"]),
    ]
    assert "Isento artigo 9.º do CIVA." in old.plan["observations"]
    assert new.plan["observations"].endswith("Venda fora de campo.")


def _index(document: Document) -> int:
    return next(i for i, why in enumerate(document.plan["why"]) if why["subject"] == "exemption")


def _exemption(document: Document) -> tuple[str, str]:
    why = document.plan["why"][_index(document)]
    return why["choice"], why["source"]


def test_a_payment_found_by_a_reading_after_the_month_ended_waits(shop: Shop) -> None:
    shop.clock.moment = datetime(2026, 6, 30, 20, tzinfo=UTC)
    shop.put(1001, status="pending_payment")
    assert shop.ring(1001, "order_pending_payment") == 200
    drain(shop.clock)

    shop.clock.moment = datetime(2026, 7, 1, 8, tzinfo=UTC)
    shop.put(1001)

    mark_for_refresh(shop.order(1001), requested_by="reconciliation")
    drain(shop.clock)

    assert shop.row(1001)["hold_reason"] == "payment_date_unclear"
    assert shop.documents(1001) == []


def test_a_draft_of_a_series_that_is_over_gives_way_and_a_persons_word_stays(
    sandbox: SandboxServer, clock: FakeClock, ana: User
) -> None:
    account = sandbox.state.invoicexpress.add_account(ACCOUNT, API_KEY)
    (first,) = account.series.values()
    shop = connect_shop(sandbox, clock, finalize=False, series=str(first.serie), email_customer=False)
    shop.pay(1001)
    url = f"{sandbox.url}/invoicexpress/{ACCOUNT}/sequences.json?api_key={API_KEY}"
    made = requests.post(url, json={"sequence": {"serie": "2027"}}, timeout=10)
    assert made.status_code == 201, made.text
    (second,) = [row for row in account.series.values() if row is not first]
    second.register(ACCOUNT)
    report = connect_store(shop_settings(finalize=False, series="2027", email_customer=False))
    assert report.problems == []

    assert request_finalize(shop.documents(1001)[0], user=ana).is_done
    drain(clock)

    old, new = shop.documents(1001)
    assert (old.status, new.status) == ("deleted", "settled")
    assert (old.series, new.series) == (str(first.serie), "2027")
    assert len(shop.stored()) == 1


def test_a_draft_that_a_person_or_an_account_made_withhold_is_held(shop: Shop) -> None:
    connect_store(shop_settings(finalize=False, email_customer=False))
    shop.pay(1001)
    (stored,) = shop.stored()
    stored.retention = Decimal("25")

    (document,) = shop.documents(1001)
    assert verify_document(document, user=User.objects.create_superuser("rui")).is_done
    drain(shop.clock)

    assert shop.row(1001)["hold_reason"] == "stored_differs"
