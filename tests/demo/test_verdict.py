"""The demo's verdict: green for the right end of an order, red for every single thing that is wrong."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from sandbox.demo.mailbox import Mail
from sandbox.demo.scenarios import CREDIT_NOTE, INVOICE, Expected
from sandbox.demo.verdict import Seen, belongs_to, complaints, strays, unknown_orders

PUBLIC_URL = "http://127.0.0.1:20001"
EXPECTED = Expected("issued", Decimal("17.22"), mail_to="cliente2001@example.com")
HELD = Expected("held", Decimal("60.00"), papers=(), hold_reason="missing_exemption")
CREDITED = replace(EXPECTED, outcome="credited", papers=(INVOICE, CREDIT_NOTE), credited=Decimal("17.22"))


def paper(number: int = 5001, kind: str = INVOICE, mark: str = "FT1", **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "type": kind,
        "status": "settled",
        "reference": f"LOJA-2001-{mark}",
        "sequence_number": "1/2026",
        "total": Decimal("17.22"),
        "client": {"name": "Beatriz Fictícia"},
        **changes,
    }


def entry(number: int = 5001, kind: int = 1, **changes: Any) -> dict[str, Any]:
    url = f"{PUBLIC_URL}/d/token"
    return {"external_id": str(number), "document_type": kind, "public_id": "FR-1", "url": url, **changes}


def mail(mark: str = "FT1", **changes: Any) -> Mail:
    to = "cliente2001@example.com"
    return replace(Mail((to, "loja@example.com"), to, "Loja", f"LOJA-2001-{mark}.pdf", 800), **changes)


def row(**changes: Any) -> dict[str, Any]:
    return {
        "order_id": "2001",
        "order_status": "paid",
        "paid_total": "17.22",
        "outcome": "issued",
        "hold_reason": None,
        "kind": "invoice_receipt",
        "reference": "LOJA-2001-FT1",
        "provider_id": "5001",
        "number": "1/2026",
        "status": "settled",
        "gross_total": "17.22",
        "operation_state": "done",
        "credited_total": "0.00",
        **changes,
    }


def seen(**changes: Any) -> Seen:
    return replace(Seen(row(), [paper()], [entry()], [mail()], {"5001": 800}), **changes)


def test_the_right_end_has_no_complaint() -> None:
    assert complaints(EXPECTED, seen(), public_url=PUBLIC_URL) == []


def test_a_credited_order_has_two_papers_two_entries_and_two_mails() -> None:
    end = Seen(
        row(outcome="credited", credited_total="17.22"),
        [paper(), paper(5002, CREDIT_NOTE, "NC1", status="final")],
        [entry(), entry(5002, 0)],
        [mail(), mail("NC1")],
        {"5001": 800, "5002": 800},
    )

    assert complaints(CREDITED, end, public_url=PUBLIC_URL) == []


def test_a_held_order_has_nothing_at_the_provider() -> None:
    facts = {
        "outcome": "held",
        "hold_reason": "missing_exemption",
        "paid_total": "60.00",
        "operation_state": None,
        "number": None,
        "provider_id": None,
    }

    assert complaints(HELD, Seen(row(**facts)), public_url=PUBLIC_URL) == []
    assert complaints(HELD, seen(row=row(**facts)), public_url=PUBLIC_URL)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"row": None}, "the product does not know the order"),
        ({"row": row(outcome="held", hold_reason="not_exact")}, "outcome is held"),
        ({"row": row(operation_state="queued")}, "work is queued"),
        ({"row": row(paid_total="17.21")}, "paid is 17.21"),
        ({"row": row(number="2/2026")}, "the product's number is 2/2026"),
        ({"row": row(provider_id="5009")}, "the product's id is 5009"),
        ({"row": row(gross_total="17.23")}, "the product's total is 17.23"),
        ({"papers": []}, "the product shows 1/2026, the provider has none"),
        ({"papers": [paper(), paper(5002)]}, "documents is ['InvoiceReceipt', 'InvoiceReceipt']"),
        ({"papers": [paper(status="draft")]}, "LOJA-2001-FT1 is draft"),
        ({"papers": [paper(status="canceled")]}, "documents is []"),
        ({"papers": [paper(total=Decimal("17.21"))]}, "total of LOJA-2001-FT1 is 17.21"),
        ({"papers": [paper(client={"fiscal_id": "512345678"})]}, "NIF on LOJA-2001-FT1 is 512345678"),
        ({"papers": [paper(type="Invoice")]}, "the product's kind is invoice_receipt"),
        ({"entries": []}, "hangs on the order 0 times"),
        ({"entries": [entry(), entry()]}, "hangs on the order 2 times"),
        ({"entries": [entry(kind=0)]}, "type of the entry is 0"),
        ({"entries": [entry(url="https://vendor.example/1")]}, "does not lead to our own link"),
        ({"entries": [entry(), entry(5009)]}, "leads to no live document"),
        ({"mails": []}, "was mailed 0 times"),
        ({"mails": [mail(), mail()]}, "was mailed 2 times"),
        ({"mails": [mail(recipients=("cliente2001@example.com",))]}, "envelope is"),
        ({"mails": [mail(shown_bcc="loja@example.com")]}, "not addressed to the buyer alone"),
        ({"mails": [mail(attachment_bytes=0)]}, "carries an empty file"),
        ({"pdf_bytes": {}}, "no PDF at the link"),
    ],
)
def test_one_wrong_thing_is_red(changes: dict[str, Any], complaint: str) -> None:
    found = complaints(EXPECTED, seen(**changes), public_url=PUBLIC_URL)

    assert any(complaint in text for text in found), found


def test_a_mail_that_nobody_expects_is_red() -> None:
    assert complaints(replace(EXPECTED, mail_to=""), seen(), public_url=PUBLIC_URL) == [
        "a mail went to cliente2001@example.com, loja@example.com"
    ]


def test_a_deleted_draft_is_no_document() -> None:
    end = seen(papers=[paper(5000, status="deleted"), paper()])

    assert complaints(EXPECTED, end, public_url=PUBLIC_URL) == []


def test_papers_mails_and_orders_of_nobody_are_told() -> None:
    assert strays([paper()], [mail()], [2001]) == []
    assert strays([paper()], [mail()], [2002]) == [
        "document 5001 (LOJA-2001-FT1) belongs to no order",
        "a mail with LOJA-2001-FT1.pdf belongs to no order",
    ]
    assert unknown_orders([2001, 2003], [2001]) == ["the product tells of an order 2003"]


def test_an_order_is_found_by_its_whole_number() -> None:
    assert belongs_to(2001, "LOJA-2001-FT1")
    assert not belongs_to(200, "LOJA-2001-FT1")
    assert not belongs_to(2001, None)
