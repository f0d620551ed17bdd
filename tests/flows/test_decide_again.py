"""Held orders are decided again when what holds them may have ended, once for each change."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoicing.domain.profile import parse_profile
from invoicing.domain.reasons import HoldReason
from invoicing.models import DocumentOperation, InvoicingAccount, InvoicingProfile
from invoicing.services import decide_order
from invoicing.services.accounts import refresh_account
from invoicing.services.decide_again import decide_held_again, held_because
from invoicing.services.profiles import SettingsChangedMeanwhile, save_profile
from invoicing.services.series import ask_for_waiting_numbers
from jumpseller_sync.services.connect import connect_store
from sandbox.invoicexpress.records import Tax
from sandbox.orders import Line
from sandbox.server import SandboxServer
from stores.models import OrderRefresh
from tests.flow import ACCOUNT, API_KEY, FakeClock, Shop, connect_shop, drain, shop_settings

UNTAXED = {"lines": [Line(rate=None)]}
BASE = {"finalize": True, "bcc": "loja@example.com"}


def save(shop: Shop, **profile: Any) -> InvoicingProfile:
    return save_profile(shop.store, InvoicingAccount.objects.get(), parse_profile({**BASE, **profile}))


def requests(shop: Shop, order_id: int) -> int:
    return OrderRefresh.objects.get(order=shop.order(order_id)).requested


def reads(shop: Shop) -> int:
    return shop.calls("GET", "/orders/")


def test_a_setting_that_was_missing_sets_its_orders_free(shop: Shop) -> None:
    for order_id in (1001, 1002):
        shop.pay(order_id, **UNTAXED)
    shop.pay(1003)
    before = requests(shop, 1003)

    save(shop, exemption_code="M10")
    drain(shop.clock)

    assert [shop.row(order_id)["outcome"] for order_id in (1001, 1002, 1003)] == ["issued"] * 3
    assert requests(shop, 1003) == before
    assert len(shop.stored()) == 3


def test_the_same_settings_again_mark_nothing(shop: Shop, silent_bell: list[tuple[str, int]]) -> None:
    shop.pay(1001, **UNTAXED)
    before, rung = requests(shop, 1001), len(silent_bell)

    save(shop)
    save(shop)

    assert requests(shop, 1001) == before
    assert len(silent_bell) == rung


def test_a_change_that_does_not_help_marks_once_and_then_no_more(shop: Shop) -> None:
    shop.pay(1001, **UNTAXED)
    before = requests(shop, 1001)

    save(shop, export_exemption_code="M05")
    drain(shop.clock)

    assert requests(shop, 1001) == before + 1
    assert shop.row(1001)["hold_reason"] == "missing_exemption"


def test_a_setting_of_something_else_marks_nothing(shop: Shop) -> None:
    shop.pay(1001, **UNTAXED)
    before = requests(shop, 1001)

    save(shop, observations="Obrigado", finalize=False, on_cancel="credit_note")

    assert requests(shop, 1001) == before


def test_connecting_again_does_the_same(shop: Shop) -> None:
    shop.pay(1001, **UNTAXED)

    report = connect_store(shop_settings(exemption_code="M10"))
    drain(shop.clock)

    assert report.problems == []
    assert shop.row(1001)["outcome"] == "issued"


def test_marking_twice_marks_once(shop: Shop) -> None:
    for order_id in (1001, 1002, 1003):
        shop.pay(order_id, **UNTAXED)
    reasons = [HoldReason.MISSING_EXEMPTION]

    assert decide_held_again(shop.store, reasons, requested_by="settings") == 3
    assert decide_held_again(shop.store, reasons, requested_by="settings") == 0
    assert decide_held_again(shop.store, [], requested_by="settings") == 0
    before = reads(shop)
    drain(shop.clock)

    assert reads(shop) == before + 6  # each order, and what hangs on it


def test_an_order_under_way_is_marked_once_more(shop: Shop) -> None:
    """It may have read the settings before they changed."""
    order = shop.pay(1001, **UNTAXED)
    OrderRefresh.objects.filter(order=order).update(
        requested=5, processed=4, lease_token="x", lease_until=shop.clock() + timedelta(seconds=100)
    )

    assert decide_held_again(shop.store, [HoldReason.MISSING_EXEMPTION], requested_by="settings") == 1
    assert requests(shop, 1001) == 6


def test_many_are_marked_in_a_fixed_number_of_queries(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for order_id in range(1001, 1013):
        shop.pay(order_id, **UNTAXED)
    reasons = [HoldReason.MISSING_EXEMPTION]

    with CaptureQueriesContext(connection) as seen:
        assert decide_held_again(shop.store, reasons, requested_by="settings") == 12

    assert len(seen) <= 8


def test_another_store_is_not_touched(sandbox: SandboxServer, clock: FakeClock, shop: Shop) -> None:
    sandbox.state.jumpseller.add_store("outra", "outro-login-0123", "outro-token-0123", "outros-hooks-0123")
    shop.pay(1001, **UNTAXED)
    other = type(shop.store).objects.create(code="outra-loja", reference_prefix="OUTRA")
    InvoicingProfile.objects.create(store=other, account=InvoicingAccount.objects.get())
    before = requests(shop, 1001)

    save_profile(other, InvoicingAccount.objects.get(), parse_profile({"exemption_code": "M07"}))
    save_profile(other, InvoicingAccount.objects.get(), parse_profile({"exemption_code": "M10"}))

    assert requests(shop, 1001) == before
    assert not held_because(other, list(HoldReason)).exists()


def test_a_draft_that_could_not_be_brought_up_to_date_is_tried_again(
    sandbox: SandboxServer, clock: FakeClock
) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)
    shop.pay(1001)
    shop.pay(1001, **UNTAXED)
    held = DocumentOperation.objects.get(verb="update")
    assert (held.state, held.hold_reason) == ("held", "missing_exemption")

    save(shop, finalize=False, exemption_code="M10")
    drain(clock)

    (document,) = shop.documents(1001)
    assert document.planned().exemption_code == "M10"
    assert document.verified_hash == document.sent_hash
    held.refresh_from_db()
    assert held.state == "superseded"


# --- the account's lists


def add_tax(shop: Shop, name: str, rate: str, region: str | None = "PT") -> None:
    shop.account.taxes[9000 + len(shop.account.taxes)] = Tax(
        9000 + len(shop.account.taxes), name, Decimal(rate), region
    )


@pytest.fixture
def without_six(shop: Shop) -> Shop:
    """Two orders wait for a tax that somebody removed from the account."""
    shop.account.taxes = {pk: tax for pk, tax in shop.account.taxes.items() if tax.name != "IVA6"}
    refresh_account(InvoicingAccount.objects.get())
    for order_id in (1001, 1002):
        shop.pay(order_id, lines=[Line(rate="6")])
    assert [shop.row(order_id)["hold_reason"] for order_id in (1001, 1002)] == ["unknown_tax_rate"] * 2
    return shop


def test_a_tax_that_appears_sets_all_its_orders_free(without_six: Shop) -> None:
    shop = without_six
    add_tax(shop, "IVA6 nova", "6")

    refresh_account(InvoicingAccount.objects.get())
    drain(shop.clock)

    assert [shop.row(order_id)["outcome"] for order_id in (1001, 1002)] == ["issued"] * 2


def test_lists_that_did_not_change_mark_nothing(without_six: Shop) -> None:
    before = [requests(without_six, order_id) for order_id in (1001, 1002)]

    for _ in range(3):
        refresh_account(InvoicingAccount.objects.get())

    assert [requests(without_six, order_id) for order_id in (1001, 1002)] == before


def test_a_hold_that_is_written_down_while_the_lists_change_is_decided_again(
    without_six: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, has_moved_on = without_six, decide_order._has_moved_on
    add_tax(shop, "IVA6 nova", "6")

    def be_overtaken(invoicing: InvoicingProfile) -> bool:
        monkeypatch.setattr(decide_order, "_has_moved_on", has_moved_on)
        refresh_account(InvoicingAccount.objects.get())
        return has_moved_on(invoicing)

    monkeypatch.setattr(decide_order, "_has_moved_on", be_overtaken)
    shop.pay(1003, lines=[Line(rate="6")])

    assert shop.row(1003)["outcome"] == "issued"
    assert len([d for d in shop.stored() if "1003" in d.reference]) == 1


def test_one_order_that_finds_the_tax_frees_the_others_and_is_not_read_twice(without_six: Shop) -> None:
    shop = without_six
    add_tax(shop, "IVA6 nova", "6")
    shop.clock.advance(3600)
    before = reads(shop)

    shop.ring(1001, "order_updated")
    drain(shop.clock)

    assert [shop.row(order_id)["outcome"] for order_id in (1001, 1002)] == ["issued"] * 2
    # Each is read for its refresh and once more before its number, whoever found the tax.
    assert shop.calls("GET", "/orders/1001.json") == shop.calls("GET", "/orders/1002.json")
    assert reads(shop) > before


def test_another_account_is_another_list(sandbox: SandboxServer, without_six: Shop) -> None:
    sandbox.state.invoicexpress.add_account("outraconta", "outra-chave-0123456789")
    other = InvoicingAccount.objects.create(account_name="outraconta", api_key="outra-chave-0123456789")
    refresh_account(other)

    save_profile(without_six.store, other, InvoicingProfile.objects.get().current.value())
    drain(without_six.clock)

    assert [without_six.row(order_id)["outcome"] for order_id in (1001, 1002)] == ["issued"] * 2
    assert {document.account for document in without_six.documents(1001)} == {other}


def test_a_series_that_is_registered_frees_the_numbers_that_waited(
    sandbox: SandboxServer, clock: FakeClock
) -> None:
    account = sandbox.state.invoicexpress.add_account(ACCOUNT, API_KEY)
    (series,) = account.series.values()
    code = series.validation_codes.pop("invoice_receipt")
    shop = connect_shop(sandbox, clock, email_customer=False)
    shop.pay(1001)
    assert shop.row(1001)["hold_reason"] == "series_not_registered"
    row = InvoicingAccount.objects.get()

    refresh_account(row)
    assert ask_for_waiting_numbers(row) == 0
    assert DocumentOperation.objects.get(verb="finalize").state == "held"

    series.validation_codes["invoice_receipt"] = code
    refresh_account(row)
    assert ask_for_waiting_numbers(row) == 0
    drain(clock)

    assert [stored.status for stored in shop.stored()] == ["settled"]
    assert DocumentOperation.objects.filter(verb="finalize").count() == 1


def test_a_draft_that_is_being_deleted_is_not_finalized(sandbox: SandboxServer, clock: FakeClock) -> None:
    account = sandbox.state.invoicexpress.add_account(ACCOUNT, API_KEY)
    (series,) = account.series.values()
    code = series.validation_codes.pop("invoice_receipt")
    shop = connect_shop(sandbox, clock, email_customer=False)
    shop.pay(1001)
    (document,) = shop.documents(1001)
    document.operations.create(verb="delete", is_fiscal=True, not_before=clock())

    series.validation_codes["invoice_receipt"] = code
    refresh_account(InvoicingAccount.objects.get())

    assert DocumentOperation.objects.get(verb="finalize").state == "held"


# --- two people at once


def test_settings_saved_meanwhile_are_not_overwritten(shop: Shop) -> None:
    save(shop, observations="Ana")

    with pytest.raises(SettingsChangedMeanwhile) as refused:
        save_profile(
            shop.store,
            InvoicingAccount.objects.get(),
            parse_profile({**BASE, "observations": "Rui"}),
            based_on=1,
        )

    assert refused.value.current.number == 2
    row = InvoicingProfile.objects.get()
    assert row.current is not None
    assert (row.current.value().observations, row.versions.count()) == ("Ana", 2)
