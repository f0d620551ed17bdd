from typing import Any

import pytest
import requests

from sandbox.invoicexpress.papers import pdf_bytes
from tests.sandbox.conftest import Shop, invoice_body, line, messages


def note_of(document: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"credit_note": invoice_body(owner_invoice_id=str(document["id"]), **fields)["invoice"]}


def test_a_credit_note_takes_the_client_of_its_document(shop: Shop) -> None:
    owner = shop.final("invoice_receipts")

    answer = shop.post("/credit_notes.json", note_of(owner, client={"name": "Outra Pessoa", "code": "9"}))

    note = answer.json()["credit_note"]
    assert (answer.status_code, note["type"], note["client"]) == (201, "CreditNote", owner["client"])
    assert len(shop.account.clients) == 1
    related = shop.get(f"/document/{owner['id']}/related_documents.json").json()["documents"]
    assert [row["id"] for row in related] == [note["id"]]
    final = shop.change(note, "finalized", "credit_notes").json()["credit_note"]
    assert (final["status"], final["sequence_number"]) == ("final", "1/2026")
    settled = shop.change(note, "settled", "credit_notes").json()["credit_note"]
    assert settled["status"] == "settled"
    assert shop.change(note, "unsettled", "credit_notes").json()["credit_note"]["status"] == "final"


def test_a_deleted_note_is_no_relation(shop: Shop) -> None:
    owner = shop.final()
    note = shop.post("/credit_notes.json", note_of(owner)).json()["credit_note"]
    shop.change(note, "deleted", "credit_notes")

    assert shop.get(f"/document/{owner['id']}/related_documents.json").json() == {"documents": []}


def test_which_documents_can_be_credited(shop: Shop) -> None:
    draft, settled = shop.create(), shop.final("invoice_receipts")

    assert messages(shop.post("/credit_notes.json", note_of(draft))) == ["Owner invoice must be finalized"]
    assert messages(shop.post("/credit_notes.json", note_of({"id": 1}))) == ["Owner invoice was not found"]
    shop.switches.settled_source = "refuse"
    assert shop.post("/credit_notes.json", note_of(settled)).status_code == 422
    assert len(shop.account.documents) == 2


def test_credits_above_the_source_pass_unless_switched(shop: Shop) -> None:
    owner = shop.final()
    twice = [line(quantity="2")]

    assert shop.post("/credit_notes.json", note_of(owner, items=twice)).status_code == 201
    shop.switches.notes_above_source = "refuse"
    assert shop.post("/credit_notes.json", note_of(owner)).status_code == 422


def test_parts_of_a_document_are_credited_one_after_the_other(shop: Shop) -> None:
    owner = shop.final(items=[line(quantity="3")])
    shop.switches.notes_above_source = "refuse"

    notes = [
        shop.post("/credit_notes.json", note_of(owner, items=[line(quantity=quantity)]))
        for quantity in ("1", "2", "1")
    ]

    assert [note.status_code for note in notes] == [201, 201, 422]
    totals = [note.json()["credit_note"]["total"] for note in notes[:2]]
    assert (owner["total"], totals) == (36.9, [12.3, 24.6])
    related = shop.get(f"/document/{owner['id']}/related_documents.json").json()["documents"]
    assert [row["total"] for row in related] == totals


def test_a_credited_document_is_not_canceled(shop: Shop) -> None:
    owner = shop.final()
    note = shop.post("/credit_notes.json", note_of(owner)).json()["credit_note"]
    shop.change(note, "finalized", "credit_notes")

    assert messages(shop.change(owner, "canceled", message="x")) == ["Invalid state"]


def test_a_note_of_exempt_lines_needs_the_code_again(shop: Shop) -> None:
    exempt = [line(tax={"name": "Isento"})]
    owner = shop.final(items=exempt, tax_exemption_reason="M05")

    answer = shop.post("/credit_notes.json", note_of(owner, items=exempt))

    assert messages(answer) == ["Razão de isenção deve ter uma opção selecionada"]


def pay(shop: Shop, document: dict[str, object], amount: str) -> requests.Response:
    return shop.post(
        f"/documents/{document['id']}/partial_payments.json",
        {"partial_payment": {"payment_mechanism": "MB", "amount": amount, "payment_date": "16/03/2026"}},
    )


def test_payments_make_receipts_and_the_last_one_settles(shop: Shop) -> None:
    invoice = shop.final()

    first, second = pay(shop, invoice, "2.3"), pay(shop, invoice, "10")

    assert (first.status_code, first.json()["receipt"]["total"]) == (201, 2.3)
    assert first.json()["receipt"]["type"] == "Receipt"
    assert shop.get(f"/invoices/{invoice['id']}.json").json()["invoice"]["status"] == "settled"
    receipt = second.json()["receipt"]
    canceled = shop.put(
        f"/receipts/{receipt['id']}/change-state.json", {"receipt": {"state": "canceled", "message": "x"}}
    )
    assert canceled.json()["receipt"]["status"] == "canceled"
    assert shop.get(f"/invoices/{invoice['id']}.json").json()["invoice"]["status"] == "final"


def test_a_note_lowers_what_is_due_unless_switched(shop: Shop) -> None:
    invoice = shop.final(items=[line(quantity="2")])
    note = shop.post("/credit_notes.json", note_of(invoice)).json()["credit_note"]
    assert messages(pay(shop, invoice, "24.61")) == ["Montante deve ser menor ou igual a 24.60"]
    shop.change(note, "finalized", "credit_notes")

    assert messages(pay(shop, invoice, "12.31")) == ["Montante deve ser menor ou igual a 12.30"]
    shop.switches.notes_lower_due = "no"
    assert pay(shop, invoice, "12.31").status_code == 201


def test_payments_that_are_refused(shop: Shop) -> None:
    invoice = shop.final()

    assert messages(pay(shop, invoice, "12.31")) == ["Montante deve ser menor ou igual a 12.30"]
    assert messages(pay(shop, shop.create(), "1")) == ["Invalid state"]
    assert messages(pay(shop, shop.final("invoice_receipts"), "1")) == ["Invalid state"]


def test_a_pdf_takes_a_moment(shop: Shop) -> None:
    document = shop.final()
    path = f"/api/pdf/{document['id']}.json"

    pending, ready = shop.get(path, second_copy="false"), shop.get(path)
    paper = requests.get(ready.json()["output"]["pdfUrl"], timeout=10)

    assert (pending.status_code, pending.content, ready.status_code) == (202, b"", 200)
    assert paper.headers["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-1.4") and paper.content.endswith(b"%%EOF\n")
    assert b"Invoice 1/2026" in paper.content and b"Total: 12.30 EUR" in paper.content


def test_a_pdf_that_never_comes_and_one_of_a_draft(shop: Shop) -> None:
    shop.switches.pdf = "always_pending"
    final, draft = shop.final(), shop.create()

    assert [shop.get(f"/api/pdf/{final['id']}.json").status_code for _ in range(4)] == [202] * 4
    assert shop.get(f"/api/pdf/{draft['id']}.json").status_code == 422
    assert shop.get("/api/pdf/1.json").status_code == 404


def test_the_link_of_a_pdf_expires(shop: Shop) -> None:
    clock = [1_800_000_000.0]
    shop.sandbox.state.now = lambda: clock[0]
    shop.switches.pdf_pending_answers = 0
    url = shop.get(f"/api/pdf/{shop.final()['id']}.json").json()["output"]["pdfUrl"]

    assert requests.get(url, timeout=10).status_code == 200
    clock[0] += 86_400
    assert requests.get(url, timeout=10).status_code == 403


def test_the_cross_reference_table_of_a_pdf_points_at_its_objects() -> None:
    paper = pdf_bytes(["Fatura (1) \\ Olá"])

    start = int(paper.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert paper[start : start + 4] == b"xref"
    places = [int(row[:10]) for row in paper[start:].split(b"\n")[3:8]]
    assert [paper[place : place + 7] for place in places] == [b"%d 0 obj" % n for n in range(1, 6)]


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ({"client": {"email": "ana"}}, "Email: is an invalid email"),
        ({"client": {"email": "ana@example.com"}, "bcc": "x"}, "Bcc: is an invalid email"),
        ({}, "No content type or wrongly specified"),
    ],
)
def test_mails_that_are_refused(shop: Shop, message: dict[str, object], complaint: str) -> None:
    document = shop.final()

    answer = shop.put(f"/invoices/{document['id']}/email-document.json", {"message": message})

    assert messages(answer) == [complaint]
    assert shop.account.documents[document["id"]].emails == []


def test_mail(shop: Shop) -> None:
    path = f"/invoices/{shop.final()['id']}/email-document.json"
    message = {"message": {"client": {"email": "ana@example.com", "save": "0"}, "subject": "Fatura"}}

    sent = shop.put(path, message)
    shop.switches.email = "trial"
    refused = shop.put(path, message)

    assert (sent.status_code, sent.content) == (200, b"")
    assert refused.status_code == 401
