"""What staff read of a vendor that is stopped, and of work that waits by itself."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from invoicing.models import DocumentOperation, InvoicingAccount
from sandbox.server import SandboxServer
from stores.models import Store
from tests.flow import FakeClock, Shop, connect_shop, drain

EN = {"Accept-Language": "en"}


def page(staff: Client, name: str, pk: int) -> str:
    return staff.get(reverse(f"admin:{name}_change", args=[pk]), headers=EN).content.decode()


def test_refused_credentials_are_told_apart_from_an_outage(shop: Shop, staff: Client) -> None:
    account = InvoicingAccount.objects.get()
    assert "Works" in page(staff, "invoicing_invoicingaccount", account.pk)

    shop.account.api_key = "another"
    shop.put(1001)
    shop.ring(1001)
    drain(shop.clock, hours=0.5)
    text = page(staff, "invoicing_invoicingaccount", account.pk)
    assert "Its work waits until the credentials, or the plan, are right again." in text

    operation = DocumentOperation.objects.get(verb="create")
    waiting = page(staff, "invoicing_documentoperation", operation.pk)
    assert "The invoicing account is stopped; it goes on by itself when the account works again." in waiting


def test_a_shop_that_does_not_answer_is_no_alarm(shop: Shop, staff: Client) -> None:
    shop.sandbox.state.faults.add(kind="error_before", vendor="jumpseller", status=503, times=None)
    shop.put(1001)
    shop.ring(1001)
    drain(shop.clock, hours=0.5)

    text = page(staff, "stores_store", Store.objects.get().pk)

    assert "No answer" in text
    assert "It is looked at again by itself; nothing is lost." in text


def test_a_draft_in_review_says_what_it_waits_for(
    sandbox: SandboxServer, clock: FakeClock, staff: Client
) -> None:
    shop = connect_shop(sandbox, clock, issue_delay_minutes=60)
    shop.put(1001)
    shop.ring(1001)
    drain(clock, hours=0.5)

    operation = DocumentOperation.objects.get(verb="finalize")
    text = page(staff, "invoicing_documentoperation", operation.pk)

    assert "Time for people to look at the draft; then it gets its number by itself." in text
