"""Another application invoices the order, too: before our draft, or while it waits."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from invoicing.models import DocumentOperation
from invoicing.services.links import document_link
from invoicing.services.rulings import request_finalize, retry_operation
from sandbox.server import SandboxServer
from tests.flow import FakeClock, Shop, connect_shop, drain


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", "ana@example.com", "invented")


@pytest.fixture
def waiting(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """A shop whose drafts wait for an hour; order 1001 has one."""
    shop = connect_shop(sandbox, clock, issue_delay_minutes=60)
    shop.put(1001)
    assert shop.ring(1001) == 200
    drain(clock, hours=0.5)
    assert [d.status for d in shop.stored()] == ["draft"]
    return shop


def hang(shop: Shop, **facts: Any) -> None:
    entry = {"document_type": 1, "external_id": "77", "public_id": "FT-77", "url": "https://other.example/77"}
    shop.shop_side.documents.append({**entry, "order_id": 1001, **facts})


def test_an_invoice_hung_on_the_order_while_our_draft_waited_stops_its_number(waiting: Shop) -> None:
    hang(waiting)

    drain(waiting.clock)

    assert [d.status for d in waiting.stored()] == ["draft"]
    assert waiting.calls("PUT", "change-state") == 0
    assert (waiting.row(1001)["outcome"], waiting.row(1001)["hold_reason"]) == ("held", "other_app_document")


def test_removed_there_and_tried_again_it_gets_its_number(waiting: Shop, ana: User) -> None:
    hang(waiting)
    drain(waiting.clock)
    waiting.shop_side.documents.clear()

    assert retry_operation(DocumentOperation.objects.get(state="held"), user=ana).kind == "done"
    drain(waiting.clock)

    assert [d.status for d in waiting.stored()] == ["settled"]


def test_staff_may_finalize_it_all_the_same(waiting: Shop, ana: User) -> None:
    hang(waiting)
    drain(waiting.clock)

    answer = request_finalize(waiting.documents(1001)[0], user=ana)
    assert answer.kind == "done", answer
    drain(waiting.clock)

    assert [d.status for d in waiting.stored()] == ["settled"]
    assert waiting.row(1001)["outcome"] == "issued"


@pytest.mark.parametrize("link", ["of this document", "of nothing"])
def test_only_a_link_to_a_document_of_the_order_is_ours(waiting: Shop, link: str, settings: Any) -> None:
    ours = document_link(waiting.documents(1001)[0])
    hang(waiting, url=ours if link == "of this document" else f"{settings.PUBLIC_URL}/d/1-forged/")

    drain(waiting.clock)

    assert [d.status for d in waiting.stored()] == ["settled" if link == "of this document" else "draft"]
