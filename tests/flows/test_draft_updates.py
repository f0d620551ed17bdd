"""A draft follows its order: replaced in full, read back, and never against a person's word."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from invoicing.models import Document, DocumentOperation
from invoicing.services.rulings import keep_draft, request_finalize
from invoicing.services.run import run_operation
from sandbox.invoicexpress.sequencing import give_number
from sandbox.orders import Line
from sandbox.server import SandboxServer
from tests.flow import FakeClock, Shop, connect_shop, drain

DOUBLE = [Line(sku="CAN-01", name="Caneca", price=Decimal("24.60"))]
UPDATE = {"vendor": "invoicexpress", "method": "PUT", "path_regex": r"invoice_receipts/\d+\.json"}


@pytest.fixture
def careful(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    """A store whose documents stay drafts until a person finalizes them."""
    return connect_shop(sandbox, clock, finalize=False)


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", "ana@example.com", "invented")


def edit(shop: Shop, order_id: int, **facts: object) -> None:
    shop.put(order_id, **facts)
    assert shop.ring(order_id, "order_updated") == 200
    drain(shop.clock)


def test_the_same_draft_gets_the_new_total(careful: Shop) -> None:
    careful.pay(1001)
    (before,) = careful.stored()

    edit(careful, 1001, lines=DOUBLE)

    (stored,) = careful.stored()
    (document,) = careful.documents(1001)
    assert stored.id == before.id
    assert [line.name for line in stored.lines] == ["CAN-01"]
    assert (document.gross_total, document.status) == (Decimal("24.60"), "draft")
    assert document.verified_hash == document.sent_hash
    assert [line.unit_price for line in document.lines.all()] == [Decimal("20.0000")]
    assert careful.calls("POST", "invoice_receipts") == 1
    assert careful.calls("PUT", f"invoice_receipts/{stored.id}.json") == 1


def test_a_corrected_tax_id_reaches_the_draft(careful: Shop) -> None:
    careful.pay(1001)

    edit(careful, 1001, taxid="123456789")

    (document,) = careful.documents(1001)
    (stored,) = careful.stored()
    assert document.customer_tax_id == "123456789"
    assert stored.client.fields["fiscal_id"] == "123456789"
    assert careful.row(1001)["outcome"] == "issued"


def test_an_update_that_was_done_is_not_done_again(careful: Shop) -> None:
    careful.pay(1001)
    edit(careful, 1001, lines=DOUBLE)
    update = DocumentOperation.objects.get(verb="update")

    run_operation(update.pk)
    edit(careful, 1001, lines=DOUBLE)

    assert careful.calls("PUT", "invoice_receipts") == 1
    assert DocumentOperation.objects.filter(verb="update").count() == 1


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "error_after", "truncate", "garbage"])
def test_an_update_whose_answer_is_lost_ends_with_the_new_content(careful: Shop, kind: str) -> None:
    careful.pay(1001)
    status = {"status": 500} if kind == "error_after" else {}
    careful.sandbox.state.faults.add(kind=kind, **UPDATE, **status)

    edit(careful, 1001, lines=DOUBLE)

    (document,) = careful.documents(1001)
    assert document.verified_hash == document.sent_hash
    assert (document.gross_total, document.status) == (Decimal("24.60"), "draft")
    assert len(careful.stored()) == 1
    assert careful.row(1001)["operation_state"] == "done"


def test_an_edit_before_the_number_is_finalized_with_the_new_total(
    sandbox: SandboxServer, clock: FakeClock
) -> None:
    shop = connect_shop(sandbox, clock, issue_delay_minutes=60)
    shop.put(1001)
    shop.ring(1001)
    drain(clock, hours=0.5)
    assert shop.row(1001)["outcome"] == "pending"

    shop.put(1001, lines=DOUBLE)
    shop.ring(1001, "order_updated")
    drain(clock)

    (document,) = shop.documents(1001)
    assert (document.status, document.gross_total) == ("settled", Decimal("24.60"))
    assert shop.row(1001)["paid_total"] == "24.60"
    assert document.finalized_at is not None
    assert document.revised_at is not None
    assert (document.finalized_at - document.revised_at).total_seconds() >= 3600


def test_a_refused_update_is_held_and_a_further_edit_sets_it_free(careful: Shop) -> None:
    careful.pay(1001)
    careful.sandbox.state.faults.add(
        kind="error_before", status=422, body={"errors": [{"error": "Client is strange"}]}, **UPDATE
    )
    edit(careful, 1001, lines=DOUBLE)
    assert (careful.row(1001)["outcome"], careful.row(1001)["hold_reason"]) == ("held", "rejected")
    assert careful.calls("PUT", "invoice_receipts") == 1

    edit(careful, 1001, lines=[Line(sku="CAN-01", price=Decimal("36.90"))])

    (document,) = careful.documents(1001)
    assert (document.gross_total, document.verified_hash) == (Decimal("36.90"), document.sent_hash)
    assert careful.row(1001)["outcome"] == "issued"


def test_a_draft_finalized_by_hand_meanwhile_is_not_touched(careful: Shop) -> None:
    careful.pay(1001)
    (stored,) = careful.stored()
    give_number(stored)
    stored.status = "settled"

    edit(careful, 1001, lines=DOUBLE)

    (document,) = careful.documents(1001)
    assert document.status == "settled"
    assert careful.row(1001)["hold_reason"] == "changed_after_final"
    assert len(careful.stored()) == 1


def test_a_draft_deleted_by_hand_meanwhile_is_not_made_again(careful: Shop) -> None:
    careful.pay(1001)
    (stored,) = careful.stored()
    stored.status = "deleted"

    edit(careful, 1001, lines=DOUBLE)

    (document,) = careful.documents(1001)
    assert (document.status, document.ended_by_person) == ("deleted", True)
    assert careful.row(1001)["hold_reason"] == "ended_by_person"
    assert careful.stored() == []


def test_an_edit_back_to_the_first_total_ends_with_the_first_total(careful: Shop) -> None:
    careful.pay(1001)
    careful.put(1001, lines=DOUBLE)
    careful.ring(1001, "order_updated")
    drain(careful.clock, hours=0)

    edit(careful, 1001)

    (document,) = careful.documents(1001)
    assert (document.gross_total, document.verified_hash) == (Decimal("12.30"), document.sent_hash)


# --- the time given to people


def test_a_draft_gets_its_number_when_the_review_is_over(sandbox: SandboxServer, clock: FakeClock) -> None:
    shop = connect_shop(sandbox, clock, issue_delay_minutes=60)
    shop.put(1001)
    shop.ring(1001)

    drain(clock, hours=0.9)
    waiting = [d.status for d in shop.stored()]
    drain(clock)

    assert waiting == ["draft"]
    assert [d.status for d in shop.stored()] == ["settled"]


def test_a_person_ends_the_review(sandbox: SandboxServer, clock: FakeClock, ana: User) -> None:
    shop = connect_shop(sandbox, clock, issue_delay_minutes=60)
    shop.put(1001)
    shop.ring(1001)
    drain(clock, hours=0.1)

    answer = request_finalize(Document.objects.get(), user=ana)
    drain(clock, hours=0.1)

    assert answer.is_done
    assert [d.status for d in shop.stored()] == ["settled"]


def test_a_person_stops_a_draft_during_the_review(
    sandbox: SandboxServer, clock: FakeClock, ana: User
) -> None:
    shop = connect_shop(sandbox, clock, issue_delay_minutes=60)
    shop.put(1001)
    shop.ring(1001)
    drain(clock, hours=0.1)

    answer = keep_draft(Document.objects.get(), user=ana, reason="preço errado")
    again = keep_draft(Document.objects.get(), user=ana)
    drain(clock)
    shop.ring(1001, "order_updated")
    drain(clock)

    assert (answer.is_done, again.kind) == (True, "already")
    assert [d.status for d in shop.stored()] == ["draft"]
    assert shop.row(1001)["outcome"] == "issued"


def test_a_cancelled_order_gets_no_number_when_its_review_ends(
    sandbox: SandboxServer, clock: FakeClock
) -> None:
    shop = connect_shop(sandbox, clock, issue_delay_minutes=60)
    shop.put(1001)
    shop.ring(1001)
    drain(clock, hours=0.1)

    shop.put(1001, status="canceled")  # and its webhook is lost
    drain(clock)

    assert shop.stored() == []
    assert all(d.number is None for d in shop.account.documents.values())
