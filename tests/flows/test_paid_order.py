"""A paid order becomes one certified document, mailed and hung on the order."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client

from invoicing.models import Document, DocumentOperation
from jumpseller_sync import clients
from sandbox.orders import Line, Shipping
from tests.flow import Shop, connect_shop, drain


def test_a_paid_order_ends_as_one_final_document(shop: Shop) -> None:
    shop.pay(1001, paid_at=datetime(2026, 7, 1, 9, 0, tzinfo=UTC))

    (stored,) = shop.stored()
    assert shop.row(1001) == {
        "order_id": "1001",
        "order_status": "paid",
        "paid_total": "12.30",
        "outcome": "issued",
        "hold_reason": None,
        "kind": "invoice_receipt",
        "reference": "LOJA-EXEMPLO-1001-FT1",
        "provider_id": str(stored.id),
        "number": "1/2026",
        "status": "settled",
        "gross_total": "12.30",
        "operation_state": "done",
        "credited_total": "0.00",
        "document_url": shop.row(1001)["document_url"],
    }
    assert stored.reference == "LOJA-EXEMPLO-1001-FT1"
    assert stored.day.isoformat() == "2026-07-01"


def test_the_buyer_gets_the_pdf_and_the_merchant_only_the_envelope(shop: Shop) -> None:
    shop.pay(1001)

    (message,) = mail.outbox
    ((name, content, kind),) = message.attachments
    assert message.to == ["beatriz@example.com"]
    assert message.bcc == ["loja@example.com"]
    assert "loja@example.com" not in message.message().as_string()
    assert (name, kind) == ("LOJA-EXEMPLO-1001-FT1.pdf", "application/pdf")
    assert content.startswith(b"%PDF")


def test_a_bad_tax_id_never_stops_a_sale_nor_its_mail(shop: Shop) -> None:
    shop.pay(1001, taxid="123456780")

    (stored,) = shop.stored()
    (message,) = mail.outbox
    assert shop.row(1001)["outcome"] == "issued"
    assert stored.client_copy["name"] == "Consumidor final"
    assert "email" not in stored.client_copy  # all final consumers share one client there
    assert message.to == ["beatriz@example.com"]


def test_the_document_hangs_on_the_order_with_our_own_link(shop: Shop) -> None:
    shop.pay(1001)

    (entry,) = shop.shop_side.documents
    (document,) = shop.documents(1001)
    assert entry["document_type"] == 1
    assert entry["external_id"] == document.provider_id
    assert entry["public_id"] == "FR-1-2026"
    assert entry["url"].startswith("http://testserver/d/")
    answer = Client().get(entry["url"].removeprefix("http://testserver"))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]


def test_the_same_webhook_twice_makes_one_document_and_one_mail(shop: Shop) -> None:
    shop.put(1001)
    for _ in range(2):
        assert shop.ring(1001) == 200
        drain(shop.clock)

    assert len(shop.stored()) == 1
    assert len(mail.outbox) == 1
    assert len(shop.shop_side.documents) == 1
    assert shop.calls("POST", "invoice_receipts") == 1


def test_two_rates_and_a_line_discount_add_up_to_what_was_paid(shop: Shop) -> None:
    lines = [
        Line(sku="CAN-01", name="Caneca", price=Decimal("12.30"), qty=3, discount=Decimal("3.69")),
        Line(sku="LIV-06", name="Livro", price=Decimal("10.60"), rate=Decimal(6)),
    ]
    shop.pay(1001, lines=lines, shipping=Shipping(Decimal("4.92")))

    row, (stored,) = shop.row(1001), shop.stored()
    assert row["outcome"] == "issued"
    assert row["paid_total"] == row["gross_total"]
    assert [line.tax_name for line in stored.lines] == ["IVA23", "IVA6", "IVA23"]


def test_drafts_wait_for_staff_when_the_settings_say_so(sandbox, clock) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)

    shop.pay(1001)

    assert [d.status for d in shop.stored()] == ["draft"]
    assert shop.row(1001)["outcome"] == "issued"
    assert shop.row(1001)["status"] == "draft"
    assert mail.outbox == []
    assert shop.shop_side.documents == []


def test_an_unpaid_order_gets_nothing(shop: Shop) -> None:
    shop.put(1001, status="pending_payment")
    shop.ring(1001, "order_pending_payment")
    drain(shop.clock)

    assert shop.row(1001)["outcome"] == "not_due"
    assert shop.stored() == []
    assert Document.objects.count() == 0
    assert DocumentOperation.objects.count() == 0


def test_an_order_that_is_paid_later_is_dated_by_the_event_that_shows_it(shop: Shop) -> None:
    shop.put(1001, status="pending_payment")
    shop.ring(1001, "order_pending_payment")
    drain(shop.clock)
    shop.clock.advance(3 * 86_400)
    shop.pay(1001)

    (document,) = shop.documents(1001)
    assert document.issued_on.isoformat() == "2026-07-04"


def test_a_cancelled_draft_is_deleted_without_a_trace(sandbox, clock) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)
    shop.pay(1001)

    for _ in range(2):
        shop.put(1001, status="canceled")
        shop.ring(1001, "order_canceled")
        drain(shop.clock)

    assert shop.stored() == []
    assert shop.row(1001)["outcome"] == "deleted"
    assert shop.row(1001)["status"] == "deleted"
    assert shop.calls("PUT", "change-state") == 1


def test_an_order_cancelled_after_finalizing_is_credited_whole(sandbox, clock) -> None:
    shop = connect_shop(sandbox, clock, on_cancel="credit_note")
    shop.pay(1001)

    for _ in range(2):
        shop.put(1001, status="canceled")
        shop.ring(1001, "order_canceled")
        drain(shop.clock)

    invoice, note = shop.stored()
    assert (invoice.status, note.status) == ("settled", "final")
    assert note.owner_id == invoice.id
    assert shop.row(1001)["outcome"] == "credited"
    assert shop.row(1001)["credited_total"] == "12.30"
    assert [entry["document_type"] for entry in shop.shop_side.documents] == [1, 0]
    assert [message.subject for message in mail.outbox] == [
        "Loja Exemplo: fatura 1/2026",
        "Loja Exemplo: nota de crédito 1/2026",
    ]


def test_a_credit_note_waits_for_approval_unless_the_settings_say_otherwise(shop: Shop) -> None:
    shop.pay(1001)

    shop.put(1001, status="canceled")
    shop.ring(1001, "order_canceled")
    drain(shop.clock)

    assert shop.row(1001)["outcome"] == "held"
    assert shop.row(1001)["hold_reason"] == "credit_needs_approval"
    assert len(shop.stored()) == 1


def test_an_order_paid_again_after_its_credit_gets_the_next_generation(sandbox, clock) -> None:
    shop = connect_shop(sandbox, clock, on_cancel="credit_note")
    shop.pay(1001)
    shop.put(1001, status="canceled")
    shop.ring(1001, "order_canceled")
    drain(shop.clock)
    shop.clock.advance(60)

    shop.pay(1001)

    assert [d.reference for d in shop.documents(1001)] == [
        "LOJA-EXEMPLO-1001-FT1",
        "LOJA-EXEMPLO-1001-NC1",
        "LOJA-EXEMPLO-1001-FT2",
    ]
    assert [d.status for d in shop.stored()] == ["settled", "final", "settled"]
    assert shop.row(1001)["outcome"] == "issued"


def test_an_edited_total_brings_the_draft_up_to_date(sandbox, clock) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)
    shop.pay(1001)

    shop.put(1001, lines=[Line(sku="CAN-01", name="Caneca", price=Decimal("24.60"))])
    shop.ring(1001, "order_updated")
    drain(shop.clock)

    (stored,) = shop.stored()
    assert stored.reference == "LOJA-EXEMPLO-1001-FT1"
    assert shop.row(1001)["gross_total"] == "24.60"
    assert (shop.row(1001)["outcome"], shop.row(1001)["status"]) == ("issued", "draft")


def test_an_edited_total_after_finalizing_is_held(shop: Shop) -> None:
    shop.pay(1001)

    shop.put(1001, lines=[Line(sku="CAN-01", name="Caneca", price=Decimal("24.60"))])
    shop.ring(1001, "order_updated")
    drain(shop.clock)

    assert shop.row(1001)["outcome"] == "held"
    assert shop.row(1001)["hold_reason"] == "changed_after_final"
    assert len(shop.stored()) == 1


def test_another_applications_document_on_the_order_is_respected(shop: Shop) -> None:
    shop.put(1001)
    shop.shop_side.documents.append(
        {
            "document_type": 1,
            "external_id": "77",
            "public_id": "FT-77",
            "url": "https://outra.example/77",
            "order_id": 1001,
        }
    )
    shop.ring(1001)
    drain(shop.clock)

    assert shop.row(1001)["hold_reason"] == "other_app_document"
    assert shop.stored() == []


def test_orders_paid_before_go_live_are_left_out(sandbox, clock) -> None:
    shop = connect_shop(sandbox, clock, go_live_on="2026-07-01")

    shop.pay(1001, paid_at=datetime(2026, 6, 30, 9, 0, tzinfo=UTC))

    assert shop.row(1001)["outcome"] == "excluded"
    assert shop.row(1001)["hold_reason"] == "before_go_live"
    assert shop.stored() == []


def test_a_refusal_is_shown_in_the_providers_words(shop: Shop) -> None:
    shop.sandbox.state.faults.add(
        vendor="invoicexpress",
        kind="error_before",
        method="POST",
        path_regex="invoice_receipts",
        status=422,
        body={"errors": [{"error": "Fiscal não é válido"}]},
    )

    shop.pay(1001)

    operation = DocumentOperation.objects.get()
    assert (operation.state, operation.hold_reason) == ("held", "rejected")
    assert operation.detail == "Fiscal não é válido"
    assert shop.row(1001)["outcome"] == "held"
    assert shop.stored() == []


def test_documents_of_one_series_are_finalized_oldest_first(shop: Shop) -> None:
    shop.clock.advance(5 * 86_400)
    for order_id, day in ((1001, 5), (1002, 3), (1003, 4)):
        shop.put(order_id, paid_at=datetime(2026, 7, day, 9, 0, tzinfo=UTC))
    for order_id in (1001, 1002, 1003):
        shop.ring(order_id)
    drain(shop.clock)

    assert {row: shop.row(row)["outcome"] for row in (1001, 1002, 1003)} == {
        1001: "issued",
        1002: "issued",
        1003: "issued",
    }
    numbers = [(d.day.isoformat(), d.number) for d in shop.stored()]
    assert sorted(numbers) == [("2026-07-03", 1), ("2026-07-04", 2), ("2026-07-05", 3)]


def test_orders_that_share_a_used_up_allowance_all_get_through(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each needs two calls in a row: giving the first one up again and again would starve all of them."""
    monkeypatch.setattr(clients, "_CALLS_PER_MINUTE", 700)
    monkeypatch.setattr(clients, "_CALLS_AT_ONCE", 7)
    numbers = range(1001, 1009)

    for order_id in numbers:
        shop.put(order_id)
        shop.ring(order_id)
    drain(shop.clock)

    assert {shop.row(order_id)["operation_state"] for order_id in numbers} == {"done"}
    assert len(shop.shop_side.documents) == 8
    assert max(DocumentOperation.objects.values_list("attempts", flat=True)) < 20


def test_a_search_that_does_not_know_references_does_not_make_a_second_document(shop: Shop) -> None:
    shop.sandbox.state.invoicexpress.switches.update(
        {"uid": "ignored", "list_lag_seconds": 20, "text_finds_reference": False}
    )
    shop.sandbox.state.faults.add(
        vendor="invoicexpress", kind="drop_after", method="POST", path_regex="invoice_receipts"
    )

    shop.pay(1001)

    assert len(shop.stored()) == 1
    assert shop.row(1001)["outcome"] == "issued"


def test_namesakes_both_get_their_invoice(shop: Shop) -> None:
    """Client names are unique at the provider; two people may well have the same one."""
    shop.pay(1001, customer_id=5550001)
    shop.pay(1002, customer_id=5550002)
    shop.pay(1003, customer_id=5550002)

    names = [d.client_copy["name"] for d in shop.stored()]
    assert [shop.row(order_id)["outcome"] for order_id in (1001, 1002, 1003)] == ["issued"] * 3
    assert names == ["Beatriz Fictícia", "Beatriz Fictícia (C5550002)", "Beatriz Fictícia (C5550002)"]
    assert DocumentOperation.objects.filter(state="held").count() == 0


def test_a_name_that_stays_taken_is_held_with_the_providers_words(shop: Shop) -> None:
    shop.sandbox.state.faults.add(
        vendor="invoicexpress",
        kind="error_before",
        method="POST",
        path_regex="invoice_receipts",
        status=422,
        times=None,
        body={"errors": [{"error": "Client is invalid"}, {"error": "Nome não está disponível"}]},
    )

    shop.pay(1001)

    assert shop.row(1001)["hold_reason"] == "rejected"
    assert shop.calls("POST", "invoice_receipts") == 2
    assert shop.stored() == []
