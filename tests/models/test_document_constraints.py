"""What the database refuses about documents, whoever asks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model, ProtectedError

from invoicing.domain.plan import DocumentStatus
from invoicing.models import Document, DocumentLine, InvoicingAccount
from invoicing.models.profile import ImmutableVersion
from outbound.clock import now
from stores.models import Order, OrderRefresh
from tests.models import rows

FINAL = {"status": "final", "provider_id": "5001", "number": "1/2026"}


def refused(constraint: str, write: Callable[..., Any], *args: Any, **fields: Any) -> None:
    """The database refuses it, and no row came of it."""
    models: tuple[type[Model], ...] = (Document, DocumentLine, Order, OrderRefresh)
    before = [list(model._default_manager.order_by("pk").values()) for model in models]
    rows.refused(constraint, write, *args, **fields)
    assert [list(model._default_manager.order_by("pk").values()) for model in models] == before


def change(document: Document, **fields: Any) -> None:
    Document.objects.filter(pk=document.pk).update(**fields)


def test_one_document_of_an_order_role_and_generation(invoice: Document) -> None:
    change(invoice, status="deleted")

    refused("one_document_per_order_role_generation", rows.document, invoice.order, invoice.account)
    assert rows.document(invoice.order, invoice.account, generation=2).pk


@pytest.mark.parametrize("status", ["planned", "draft", "final", "settled"])
@pytest.mark.parametrize("second", ["planned", "draft", "final", "settled"])
def test_one_live_invoice_of_an_order(
    order: Order, account: InvoicingAccount, status: str, second: str
) -> None:
    rows.document(order, account, status=status, provider_id="5001")

    refused(
        "one_live_invoice_per_order",
        rows.document,
        order,
        account,
        generation=2,
        status=second,
        provider_id="5002",
    )


def test_a_live_invoice_stays_the_only_one_on_another_account_too(invoice: Document) -> None:
    other = rows.account("outraconta")

    refused("one_live_invoice_per_order", rows.document, invoice.order, other, generation=2)


@pytest.mark.parametrize(
    "ended",
    [
        {"status": "deleted"},
        {"status": "canceled", "provider_id": "5001"},
        {"status": "final", "provider_id": "5001", "reversed_at": "now"},
        {"status": "settled", "provider_id": "5001", "reversed_at": "now"},
    ],
)
def test_an_ended_or_reversed_invoice_makes_room_for_the_next(
    order: Order, account: InvoicingAccount, ended: dict[str, Any]
) -> None:
    moment = {"reversed_at": now()} if "reversed_at" in ended else {}
    rows.document(order, account, **{**ended, **moment})

    assert rows.document(order, account, generation=2).pk
    refused("one_live_invoice_per_order", rows.document, order, account, generation=3)


def test_an_ended_invoice_cannot_come_back_beside_a_live_one(invoice: Document) -> None:
    change(invoice, status="deleted")
    rows.document(invoice.order, invoice.account, generation=2)

    refused("one_live_invoice_per_order", change, invoice, status="planned")


def test_a_credit_note_stands_beside_a_live_invoice(order: Order, account: InvoicingAccount) -> None:
    invoice = rows.document(order, account, **FINAL)

    note = rows.document(order, account, role="credit_note", kind="credit_note", original=invoice)

    assert list(invoice.credit_notes.all()) == [note]


def test_one_reference_in_an_account(invoice: Document) -> None:
    other_order = rows.order(invoice.order.store, 1002)

    refused(
        "one_reference_per_account",
        rows.document,
        other_order,
        invoice.account,
        reference=invoice.reference,
    )
    assert rows.document(other_order, rows.account("outraconta"), reference=invoice.reference).pk


def test_one_document_for_a_provider_id_in_an_account(order: Order, account: InvoicingAccount) -> None:
    rows.document(order, account, **FINAL)
    other = rows.order(order.store, 1002)

    refused("one_document_per_provider_id", rows.document, other, account, status="draft", provider_id="5001")
    assert rows.document(other, rows.account("outraconta"), status="draft", provider_id="5001").pk


def test_documents_that_are_only_planned_share_the_empty_provider_id(invoice: Document) -> None:
    assert rows.document(rows.order(invoice.order.store, 1002), invoice.account).provider_id == ""


@pytest.mark.parametrize("status", ["draft", "final", "settled", "canceled"])
def test_what_exists_has_a_provider_id(order: Order, account: InvoicingAccount, status: str) -> None:
    refused("what_exists_has_a_provider_id", rows.document, order, account, status=status)


@pytest.mark.parametrize("status", ["", "sent", "FINAL", "reversed"])
def test_a_status_is_one_of_the_list(order: Order, account: InvoicingAccount, status: str) -> None:
    refused("known_document_status", rows.document, order, account, status=status, provider_id="5001")
    assert {str(known) for known in DocumentStatus} == {
        "planned",
        "draft",
        "final",
        "settled",
        "deleted",
        "canceled",
    }


@pytest.mark.parametrize("status", ["planned", "draft", "deleted", "canceled"])
def test_only_a_final_invoice_is_reversed(order: Order, account: InvoicingAccount, status: str) -> None:
    refused(
        "only_final_invoices_are_reversed",
        rows.document,
        order,
        account,
        status=status,
        provider_id="5001",
        reversed_at=now(),
    )


def test_a_credit_note_has_an_original_and_an_invoice_has_none(
    order: Order, account: InvoicingAccount
) -> None:
    invoice = rows.document(order, account, **FINAL)
    note = {"role": "credit_note", "kind": "credit_note"}

    refused("credit_notes_have_an_original", rows.document, order, account, **note)
    refused("credit_notes_have_an_original", change, invoice, original=invoice)
    refused("credit_notes_have_an_original", rows.document, order, account, role="quote")


def test_a_credit_note_is_never_reversed(order: Order, account: InvoicingAccount) -> None:
    invoice = rows.document(order, account, **FINAL)
    note = rows.document(
        order,
        account,
        role="credit_note",
        kind="credit_note",
        original=invoice,
        status="final",
        provider_id="5002",
    )

    refused("only_final_invoices_are_reversed", change, note, reversed_at=now())


def test_one_line_at_a_position(invoice: Document) -> None:
    def line() -> None:
        DocumentLine.objects.create(
            document=invoice, position=1, sku="A", quantity=1, unit_price=1, tax_name="IVA23", tax_rate=23
        )

    line()

    refused("one_line_per_position", line)


@pytest.mark.parametrize("owner", ["order", "account", "profile_version"])
def test_a_document_outlives_every_wish_to_remove_what_it_stands_on(invoice: Document, owner: str) -> None:
    with pytest.raises((ProtectedError, ImmutableVersion)):
        getattr(invoice, owner).delete()

    assert Document.objects.filter(pk=invoice.pk).exists()


def test_an_order_with_documents_keeps_its_store(invoice: Document) -> None:
    with pytest.raises(ProtectedError):
        invoice.order.store.delete()

    assert Document.objects.count() == Order.objects.count() == 1


def test_one_row_per_order_and_one_lane(order: Order) -> None:
    OrderRefresh.objects.create(order=order, not_before=now())

    refused("one_row_per_order", rows.order, order.store, 1001)
    refused("order", OrderRefresh.objects.create, order=order, not_before=now())
    assert rows.order(rows.store("outra-loja"), 1001).pk
    assert (Order.objects.count(), OrderRefresh.objects.count()) == (2, 1)
