"""Orders that change their mind while an answer is missing, and what stopped or refused work must not do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User

from invoicing.domain.profile import parse_profile
from invoicing.models import Document, DocumentOperation, InvoicingAccount, InvoicingProfile
from invoicing.services.operations import ensure_operation
from invoicing.services.profiles import save_profile
from invoicing.services.rulings import delete_draft, give_up, request_finalize, retry_operation, revoke
from jumpseller_sync.models import JumpsellerConnection
from jumpseller_sync.services.tokens import current_token
from outbound.errors import AccountStopped
from sandbox.orders import Line, Shipping
from sandbox.server import SandboxServer
from stores import stops
from stores.models import Store
from tests.flow import FakeClock, Shop, connect_shop, drain

CREATE = {"vendor": "invoicexpress", "method": "POST", "path_regex": r"invoice_receipts\.json"}
CHANGE = {"vendor": "invoicexpress", "method": "PUT", "path_regex": "change-state"}


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", "ana@example.com", "invented")


@pytest.fixture
def careful(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    return connect_shop(sandbox, clock, finalize=False)


def cancel(shop: Shop, *, hours: float) -> None:
    shop.put(1001, status="canceled")
    shop.ring(1001, "order_canceled")
    drain(shop.clock, hours=hours)


def pay_again(shop: Shop) -> None:
    shop.put(1001)
    shop.ring(1001, "order_paid")
    drain(shop.clock)


@pytest.mark.parametrize("finalize", [True, False])
@pytest.mark.parametrize("uid", ["ignored", "conflict", "same_document"])
def test_a_lost_create_is_looked_for_though_the_order_was_cancelled_in_between(
    sandbox: SandboxServer, clock: FakeClock, uid: str, finalize: bool
) -> None:
    shop = connect_shop(sandbox, clock, finalize=finalize)
    sandbox.state.invoicexpress.switches.update({"uid": uid})
    sandbox.state.faults.add(kind="drop_after", **CREATE)
    shop.put(1001)
    shop.ring(1001)
    drain(clock, hours=0)
    cancel(shop, hours=0)

    pay_again(shop)

    assert [d.status for d in shop.stored()] == ["settled" if finalize else "draft"]
    assert shop.row(1001)["outcome"] == "issued"


def test_a_lost_create_is_looked_for_though_staff_deleted_the_draft_in_between(
    careful: Shop, ana: User
) -> None:
    careful.sandbox.state.invoicexpress.switches.update({"uid": "ignored"})
    careful.sandbox.state.faults.add(kind="drop_after", **CREATE)
    careful.put(1001)
    careful.ring(1001)
    drain(careful.clock, hours=0)
    answer = delete_draft(Document.objects.get(), user=ana)
    drain(careful.clock, hours=0)
    assert answer.ruling is not None

    assert revoke(answer.ruling, user=ana).is_done
    drain(careful.clock)

    assert [d.status for d in careful.stored()] == ["draft"]


@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("profile", [{"finalize": False}, {"issue_delay_minutes": 60}])
def test_a_deletion_whose_answer_is_lost_comes_to_its_end_before_the_order_goes_on(
    sandbox: SandboxServer, clock: FakeClock, profile: dict[str, Any], arrives: bool
) -> None:
    shop = connect_shop(sandbox, clock, **profile)
    shop.put(1001)
    shop.ring(1001)
    drain(clock, hours=0.1)
    sandbox.state.faults.add(kind="drop_after" if arrives else "drop_before", **CHANGE)
    cancel(shop, hours=0)

    pay_again(shop)

    row = shop.row(1001)
    assert (row["outcome"], row["operation_state"], row["hold_reason"]) == ("issued", "done", None)
    (paper,) = shop.stored()
    assert row["provider_id"] == str(paper.id)
    assert paper.status == ("settled" if "issue_delay_minutes" in profile else "draft")


def test_settings_that_do_not_finalize_any_more_keep_a_draft_in_review(
    sandbox: SandboxServer, clock: FakeClock
) -> None:
    shop = connect_shop(sandbox, clock, issue_delay_minutes=60)
    shop.put(1001)
    shop.ring(1001)
    drain(clock, hours=0.1)

    account = InvoicingProfile.objects.get().account
    save_profile(shop.store, account, parse_profile({"finalize": False}))
    shop.ring(1001, "order_updated")
    drain(clock)

    assert [d.status for d in shop.stored()] == ["draft"]
    assert shop.row(1001)["operation_state"] == "done"


def test_another_apps_invoice_stops_a_shipped_unpaid_order_too(
    sandbox: SandboxServer, clock: FakeClock
) -> None:
    shop = connect_shop(sandbox, clock, issue_on="paid_or_shipped")
    shipping = Shipping(price=Decimal("4.92"))
    shop.put(1001, status="pending_payment", shipping=shipping, shipment_status="in_transit")
    entry = {"order_id": 1001, "document_type": 1, "external_id": "x7", "public_id": "FT 1/7"}
    shop.shop_side.documents.append({**entry, "url": "https://other.example/7"})

    shop.ring(1001, "order_shipped")
    drain(clock)

    assert shop.row(1001)["hold_reason"] == "other_app_document"
    assert shop.stored() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("documents.json", 403),
        ("documents.json", 422),
        (r"orders/1001\.json", 403),
        (r"orders/1001\.json", 500),
    ],
)
def test_an_order_that_the_shop_never_shows_is_held_visibly_and_asked_for_again(
    shop: Shop, path: str, status: int
) -> None:
    shop.sandbox.state.faults.add(
        vendor="jumpseller", kind="error_before", method="GET", path_regex=path, status=status, times=None
    )
    shop.put(1001)
    shop.ring(1001)
    drain(shop.clock, hours=24 * 3)
    assert (shop.row(1001)["outcome"], shop.row(1001)["hold_reason"]) == ("held", "order_unreadable")
    assert shop.stored() == []

    shop.sandbox.state.faults.clear()
    drain(shop.clock)
    assert (shop.row(1001)["outcome"], shop.row(1001)["hold_reason"]) == ("issued", None)


@pytest.mark.parametrize("status", [401, 402])
def test_one_order_that_is_refused_stops_no_other_one(shop: Shop, status: int) -> None:
    shop.sandbox.state.faults.add(
        vendor="jumpseller",
        kind="error_before",
        method="GET",
        path_regex=r"orders/1001\.json",
        status=status,
        times=None,
    )
    shop.put(1001)
    shop.ring(1001)
    drain(shop.clock, hours=1)
    shop.pay(1002, customer_id=1002, surname="Outra")

    assert Store.objects.get().stopped_at is None
    assert shop.row(1001)["outcome"] == "held"
    assert shop.row(1002)["outcome"] == "issued"


def test_a_draft_that_was_corrected_is_finalized_by_the_next_try(careful: Shop, ana: User) -> None:
    careful.pay(1001)
    (stored,) = careful.stored()
    reference, stored.reference = stored.reference, "outra"
    careful.clock.advance(900)
    request_finalize(Document.objects.get(), user=ana)
    drain(careful.clock)
    operation = DocumentOperation.objects.get(verb="finalize")
    assert (operation.state, operation.hold_reason) == ("held", "stored_differs")

    stored.reference = reference
    careful.clock.advance(60)
    retry_operation(operation, user=ana)
    drain(careful.clock)

    assert stored.status == "settled"


def test_an_order_that_is_changed_back_is_held_no_more(careful: Shop) -> None:
    careful.pay(1001)
    careful.put(1001, lines=[Line(rate=Decimal(9))])
    careful.ring(1001, "order_updated")
    drain(careful.clock)
    assert careful.row(1001)["outcome"] == "held"

    careful.put(1001)
    careful.ring(1001, "order_updated")
    drain(careful.clock)

    assert (careful.row(1001)["outcome"], careful.row(1001)["operation_state"]) == ("issued", "done")
    assert len(careful.stored()) == 1


def test_a_comparison_that_is_held_can_be_given_up(shop: Shop, ana: User) -> None:
    shop.pay(1001)
    shop.stored()[0].reference = "outra"
    ensure_operation(Document.objects.get(), "verify", requested_by="staff:ana")
    drain(shop.clock)
    operation = DocumentOperation.objects.get(verb="verify")
    assert operation.state == "held"

    assert give_up(operation, user=ana).is_done
    assert shop.row(1001)["operation_state"] == "done"


def test_a_used_up_quota_is_probed_seldom_however_many_workers_met_it(shop: Shop) -> None:
    account = InvoicingAccount.objects.get()
    stops.stop(account, "used up", is_quota=True)
    first = InvoicingAccount.objects.get().next_probe_at

    stops.stop(account, "used up", is_quota=True)

    second = InvoicingAccount.objects.get().next_probe_at
    assert first is not None
    assert second is not None
    assert second >= first


def test_a_refused_renewal_is_not_repeated_by_those_who_waited(shop: Shop) -> None:
    JumpsellerConnection.objects.update(refresh_token="dead-0123456789", access_token="old-0123456789")
    for _ in range(8):
        with pytest.raises(AccountStopped):
            current_token(shop.connection.pk)

    assert shop.calls("POST", "/oauth/token") == 1
    shop.clock.advance(60)
    with pytest.raises(AccountStopped):
        current_token(shop.connection.pk)
    assert shop.calls("POST", "/oauth/token") == 2
