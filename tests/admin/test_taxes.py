"""The shop's rates against the account's taxes, what is made on a click, and the account's series."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from invoicing.domain.taxes import percent
from invoicing.models import AccountSeries, AccountTax, InvoicingAccount, InvoicingProfile
from invoicing.services.accounts import refresh_account
from invoicing.services.taxes import RateRow, TaxOutcome, create_missing_tax, rates_of
from sandbox.orders import Line
from sandbox.server import SandboxServer
from stores.admin.pages import address
from stores.models import OrderRefresh, Store
from tests.admin.conftest import SCRIPT
from tests.admin.people import EN, person, queries, told
from tests.flow import ACCOUNT, FakeClock, Shop, connect_shop, drain

SIX = {"rate": "6", "region": "PT"}


def page(view: str = "taxes_of_store") -> str:
    return address(InvoicingProfile.objects.get(), view)


def names(shop: Shop) -> list[str]:
    return [tax.name for tax in shop.account.taxes.values()]


def found(store: Store) -> list[tuple[str, str, str, int, int]]:
    def told_of(row: RateRow) -> tuple[str, str, str, int, int]:
        need = row.need
        return percent(need.rate), need.region, need.tax.name if need.tax else "", row.seen, row.waiting

    return [told_of(row) for row in rates_of(store)]


@pytest.fixture
def without_six(shop: Shop) -> Shop:
    """Two orders wait for a tax of 6 %, one is issued at 23 %."""
    shop.account.taxes = {pk: tax for pk, tax in shop.account.taxes.items() if tax.name != "IVA6"}
    refresh_account(InvoicingAccount.objects.get())
    for order_id in (1001, 1002):
        shop.pay(order_id, lines=[Line(rate="6")])
    shop.pay(1003)
    return shop


def posts(shop: Shop) -> int:
    return shop.calls("POST", "taxes.json")


def test_the_missing_ones_come_first_with_the_orders_that_wait(without_six: Shop, staff: Client) -> None:
    assert found(without_six.store) == [("6", "PT", "", 2, 2), ("23", "PT", "IVA23", 1, 0)]

    content = staff.get(page(), headers=EN).content.decode()

    assert "Missing" in content
    assert f"{page('create_tax')}?rate=6&amp;region=PT" in content


def test_looking_calls_nobody(without_six: Shop, staff: Client) -> None:
    calls = len(without_six.sandbox.state.requests)

    staff.get(page())
    staff.get(page("create_tax"), SIX)

    assert len(without_six.sandbox.state.requests) == calls


def test_the_tax_is_asked_about_as_it_will_be_made(without_six: Shop, staff: Client) -> None:
    content = staff.get(page("create_tax"), SIX, headers=EN).content.decode()

    for words in ("Name: IVA6", "Value: 6 %", "Region: Continente (PT)"):
        assert words in content
    assert "IVA6" not in names(without_six)


def test_a_click_makes_one_tax_and_the_orders_are_decided_again(without_six: Shop, staff: Client) -> None:
    shop = without_six

    first, second = (
        staff.post(page("create_tax"), {**SIX, "confirmed": "yes"}, headers=EN) for _ in range(2)
    )
    drain(shop.clock)

    assert "IVA6 is there." in told(first)
    assert "Nothing was sent." in told(second)
    assert posts(shop) == 1
    (made,) = [tax for tax in shop.account.taxes.values() if tax.name == "IVA6"]
    assert (made.value, made.region, made.is_default) == (Decimal(6), "PT", False)
    assert [shop.row(order_id)["outcome"] for order_id in (1001, 1002, 1003)] == ["issued"] * 3
    assert AccountTax.objects.filter(name="IVA6", rate=6, region="PT").count() == 1
    messages = list(LogEntry.objects.values_list("change_message", flat=True))
    assert messages == [f"Tax IVA6 (6 %, PT) made in {ACCOUNT}"]


@pytest.mark.parametrize("kind", ["drop_after", "reset_after", "error_after", "truncate", "garbage"])
def test_a_lost_answer_is_looked_up_before_anything_is_said(without_six: Shop, kind: str) -> None:
    shop = without_six
    shop.sandbox.state.faults.add(kind=kind, vendor="invoicexpress", method="POST", path_regex="taxes")

    first = create_missing_tax(shop.store, Decimal(6), "PT")
    second = create_missing_tax(shop.store, Decimal(6), "PT")

    assert (first.outcome, second.outcome) == (TaxOutcome.MADE, TaxOutcome.ALREADY)
    assert posts(shop) == 1
    assert names(shop).count("IVA6") == 1


@pytest.mark.parametrize("kind", ["drop_before", "reset_before", "error_before"])
def test_a_write_that_did_nothing_can_be_sent_again(without_six: Shop, kind: str) -> None:
    shop = without_six
    shop.sandbox.state.faults.add(kind=kind, vendor="invoicexpress", method="POST", path_regex="taxes")

    first = create_missing_tax(shop.store, Decimal(6), "PT")
    assert first.outcome is TaxOutcome.UNKNOWN
    assert "IVA6" not in names(shop)

    assert create_missing_tax(shop.store, Decimal(6), "PT").outcome is TaxOutcome.MADE
    assert names(shop).count("IVA6") == 1


def test_what_cannot_be_seen_is_called_unknown_and_made_once(without_six: Shop, staff: Client) -> None:
    """The tax is made, and the list that would show it fails."""
    shop = without_six
    faults = shop.sandbox.state.faults
    faults.add(
        kind="error_before",
        vendor="invoicexpress",
        method="GET",
        path_regex="taxes",
        skip=1,
        times=1,
        status=503,
    )

    response = staff.post(page("create_tax"), SIX, headers=EN)

    assert "could not be seen" in told(response)
    assert names(shop).count("IVA6") == 1
    assert create_missing_tax(shop.store, Decimal(6), "PT").outcome is TaxOutcome.ALREADY
    assert posts(shop) == 1


def test_two_at_the_same_time_make_one(without_six: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both read the account before either wrote; the second one's name is taken."""
    from invoicing.services import taxes

    shop = without_six
    real, nested = taxes.provider_for, []

    def racing(account: Any, **options: Any) -> Any:
        if not nested:
            nested.append(None)
            nested[0] = create_missing_tax(shop.store, Decimal(6), "PT").outcome  # type: ignore[call-overload]
        return real(account, **options)

    monkeypatch.setattr(taxes, "provider_for", racing)

    outer = create_missing_tax(shop.store, Decimal(6), "PT").outcome

    assert (nested, outer) == ([TaxOutcome.MADE], TaxOutcome.MADE)
    assert posts(shop) == 2
    assert names(shop).count("IVA6") == 1


def test_a_refusal_is_told_in_the_vendors_words(without_six: Shop, staff: Client) -> None:
    without_six.sandbox.state.faults.add(
        kind="error_before",
        vendor="invoicexpress",
        method="POST",
        path_regex="taxes",
        status=422,
        body={"errors": [{"error": f"não é possível {SCRIPT}"}]},
    )

    response = staff.post(page("create_tax"), SIX, headers=EN, follow=True)

    content = response.content.decode()
    assert "InvoiceXpress refused it: não é possível" in content
    assert SCRIPT not in content
    assert "IVA6" not in names(without_six)
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("status", [401, 503])
def test_an_account_that_cannot_be_asked_gets_nothing(without_six: Shop, staff: Client, status: int) -> None:
    without_six.sandbox.state.faults.add(
        kind="error_before", vendor="invoicexpress", status=status, times=None
    )

    response = staff.post(page("create_tax"), SIX, headers=EN)

    assert "InvoiceXpress could not be asked" in told(response)
    assert posts(without_six) == 0
    assert InvoicingAccount.objects.get().stopped_at is not None if status == 401 else True


@pytest.mark.parametrize(
    "given",
    [
        {"rate": "13", "region": "PT"},  # no order calls for it
        {"rate": "23", "region": "PT"},  # it is there
        {"rate": "6", "region": "DE"},
        {"rate": "6", "region": ""},
        {"rate": "x", "region": "PT"},
        {"rate": "NaN", "region": "PT"},
        {"rate": "-6", "region": "PT"},
        {"rate": "1e99", "region": "PT"},
        {"region": "PT"},
        {"rate": "6" * 500, "region": SCRIPT},
    ],
)
def test_only_what_orders_call_for_is_made(without_six: Shop, staff: Client, given: dict[str, str]) -> None:
    asked = staff.get(page("create_tax"), given, headers=EN)
    answered = staff.post(page("create_tax"), given, headers=EN)

    assert (asked.status_code, answered.status_code) == (302, 302)
    assert posts(without_six) == 0
    assert not LogEntry.objects.exists()


def test_a_rate_that_the_law_does_not_know_is_not_offered(shop: Shop, staff: Client) -> None:
    shop.pay(1001, lines=[Line(rate="21")])
    assert shop.row(1001)["hold_reason"] == "unknown_tax_rate"

    content = staff.get(page(), headers=EN).content.decode()
    staff.post(page("create_tax"), {"rate": "21", "region": "PT"})

    assert "The law knows no such rate there" in content
    assert page("create_tax") not in content
    assert posts(shop) == 0


def test_a_country_of_oss_is_offered_with_its_region(
    sandbox: SandboxServer, clock: FakeClock, staff: Client
) -> None:
    shop = connect_shop(sandbox, clock, oss=True)
    abroad = {"country_code": "DE", "country": "Germany", "postal": "10115", "region": "Berlin"}
    from sandbox.orders import Shipping

    shop.pay(1001, lines=[Line(rate="19")], shipping=Shipping(rate="19"), **abroad)
    assert shop.row(1001)["hold_reason"] == "unknown_tax_rate"

    staff.post(page("create_tax"), {"rate": "19", "region": "DE"}, headers=EN)
    drain(clock)

    assert shop.row(1001)["outcome"] == "issued"
    (tax,) = [tax for tax in shop.account.taxes.values() if tax.name == "IVA19 DE"]
    assert (tax.value, tax.region) == (Decimal(19), "DE")


# --- read again, and series


def test_reading_again_frees_what_waited(without_six: Shop, staff: Client) -> None:
    shop = without_six
    shop.account.taxes[9001] = type(shop.account.default_tax())(9001, "Reduzida", Decimal(6), "PT")

    response = staff.post(f"{page('read_account')}?to=taxes", headers=EN)
    drain(shop.clock)

    assert response.headers["Location"] == page()
    assert [shop.row(order_id)["outcome"] for order_id in (1001, 1002)] == ["issued"] * 2


def test_reading_twice_marks_nothing_more(without_six: Shop, staff: Client) -> None:
    for _ in range(2):
        staff.post(page("read_account"))
    before = list(OrderRefresh.objects.order_by("pk").values_list("requested", flat=True))

    staff.post(page("read_account"))

    assert list(OrderRefresh.objects.order_by("pk").values_list("requested", flat=True)) == before


def test_lists_that_cannot_be_read_stay_as_they_are(without_six: Shop, staff: Client) -> None:
    before = list(AccountTax.objects.values())
    without_six.sandbox.state.faults.add(kind="garbage", vendor="invoicexpress", path_regex="taxes")

    response = staff.post(f"{page('read_account')}?to=series", headers=EN)

    assert response.headers["Location"] == page("series_of_account")
    assert "could not be read" in told(response)
    assert list(AccountTax.objects.values()) == before


def test_a_link_alone_reads_nothing(shop: Shop, staff: Client) -> None:
    calls = len(shop.sandbox.state.requests)

    assert staff.get(page("read_account")).status_code == 405
    assert len(shop.sandbox.state.requests) == calls


def test_series_are_shown_for_each_kind(shop: Shop, staff: Client) -> None:
    AccountSeries.objects.create(
        account=InvoicingAccount.objects.get(),
        name=f"2027 {SCRIPT}",
        ids={"invoice": "1", "credit_note": "2"},
        registered=["invoice"],
    )

    content = staff.get(page("series_of_account"), headers=EN).content.decode()

    assert SCRIPT not in content
    assert "2027 &lt;script&gt;" in content
    assert content.count("Not registered") == 1
    assert content.count("Registered") == 5  # four kinds of the first series, one of the second
    assert "Default" in content
    assert "In the settings" in content


# --- who may


@pytest.mark.parametrize(
    ("role", "status"), [("viewer", 403), ("operator", 403), ("accountant", 302), ("manager", 302)]
)
def test_only_who_may_change_settings_makes_a_tax(without_six: Shop, role: str, status: int) -> None:
    client = person(without_six.store, role)

    assert client.post(page("create_tax"), SIX).status_code == status
    assert client.get(page()).status_code == (200 if status == 302 else 403)
    assert client.post(page("read_account")).status_code == status
    assert ("IVA6" in names(without_six)) == (status == 302)


def test_another_stores_taxes_are_not_there(without_six: Shop) -> None:
    client = person(Store.objects.create(code="outra", reference_prefix="OUTRA"), "manager")

    for view in ("taxes_of_store", "series_of_account", "create_tax", "read_account"):
        assert client.get(page(view), SIX).status_code == 404
        assert client.post(page(view), SIX).status_code == 404
    assert "IVA6" not in names(without_six)


def test_the_page_costs_the_same_with_more_orders(without_six: Shop, staff: Client) -> None:
    staff.get(page())
    before = queries(staff, page())
    for order_id in range(1010, 1020):
        without_six.pay(order_id, lines=[Line(rate="6")])

    assert queries(staff, page()) == before <= 14
