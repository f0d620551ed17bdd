from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import responses
from responses import matchers

from invoicing.domain.plan import DocumentKind, DocumentStatus, Tax
from invoicing.providers.invoicexpress.client import InvoiceXpressClient
from invoicing.providers.invoicexpress.provider import InvoiceXpressProvider
from outbound.errors import (
    AccountStopped,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Unavailable,
    Unexpected,
)
from outbound.session import OutboundSession
from tests.providers.plans import a_plan, document_json

BASE = "https://loja.app.invoicexpress.com"
INVOICE = DocumentKind.INVOICE
NOTE = DocumentKind.CREDIT_NOTE


@pytest.fixture
def vendor() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def provider() -> InvoiceXpressProvider:
    session = OutboundSession("invoicexpress", BASE, deadline_seconds=5, secrets=("key-123456",))
    return InvoiceXpressProvider(InvoiceXpressClient(session, "key-123456"), lambda url: url.encode())


def page(rows: list[Any], number: int = 1, pages: int = 1, entries: int | None = None) -> dict[str, Any]:
    counts = {
        "total_entries": len(rows) if entries is None else entries,
        "current_page": number,
        "total_pages": pages,
        "per_page": 100,
    }
    return {"invoices": rows, "pagination": counts}


def rows(*ids: int, **changes: Any) -> list[dict[str, Any]]:
    return [document_json(id=number, **changes) for number in ids]


def asked(vendor: responses.RequestsMock, position: int = 0) -> list[tuple[str, str]]:
    from urllib.parse import parse_qsl, urlsplit

    return [
        pair for pair in parse_qsl(urlsplit(vendor.calls[position].request.url).query) if pair[0] != "api_key"
    ]


# -- create ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (DocumentKind.INVOICE, "invoices"),
        (DocumentKind.INVOICE_RECEIPT, "invoice_receipts"),
        (DocumentKind.SIMPLIFIED_INVOICE, "simplified_invoices"),
        (DocumentKind.CREDIT_NOTE, "credit_notes"),
    ],
)
def test_a_create_sends_the_stored_bytes(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider, kind: DocumentKind, path: str
) -> None:
    vendor.post(f"{BASE}/{path}.json", status=201, json={"invoice_receipt": document_json()})
    body = provider.render_create(a_plan(kind=kind), series_id="9")

    stored = provider.create(kind, body)

    assert stored is not None
    assert (stored.provider_id, stored.status) == ("5001", DocumentStatus.DRAFT)
    assert vendor.calls[0].request.body == body.encode()


def test_a_create_may_be_accepted_without_a_word(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    vendor.post(f"{BASE}/invoices.json", status=201, body=" ")

    assert provider.create(INVOICE, "{}") is None


@pytest.mark.parametrize(
    "body",
    [
        "<html>maintenance</html>",
        '{"invoice":{"id":1',
        "[]",
        '"ok"',
        '{"errors":[{"error":"x"}]}',
        '{"invoice":{"id":1,"status":"nonsense"}}',
        '{"invoice":{"id":1,"status":"draft"}}',
        '{"invoice":{"id":1,"status":"draft","total":"x"}}',
    ],
)
def test_a_create_with_a_strange_answer_may_have_acted(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider, body: str
) -> None:
    vendor.post(f"{BASE}/invoices.json", status=201, body=body)

    with pytest.raises(OutcomeUnknown):
        provider.create(INVOICE, "{}")

    assert len(vendor.calls) == 1


def test_a_country_without_a_name_is_refused_before_anything_is_sent(provider: InvoiceXpressProvider) -> None:
    from dataclasses import replace

    plan = a_plan(customer=replace(a_plan().customer, country_code="SS"))

    with pytest.raises(Rejected, match="no country name"):
        provider.render_create(plan, series_id="")


# -- find --------------------------------------------------------------------------------------------


def test_a_search_asks_for_everything_and_compares_by_itself(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    found = [
        *rows(1, 2),
        *rows(3, reference="LE-1001-10"),
        *rows(4, reference="le-1001-1"),
        *rows(5, reference=None),
        {"id": 6, "status": "nobody knows", "reference": "other"},
    ]
    vendor.get(f"{BASE}/invoices.json", json=page(found))

    assert [document.provider_id for document in provider.find("LE-1001-1")] == ["1", "2"]
    assert asked(vendor) == [
        ("text", "LE-1001-1"),
        ("type[]", "Invoice"),
        ("type[]", "InvoiceReceipt"),
        ("type[]", "SimplifiedInvoice"),
        ("type[]", "CreditNote"),
        ("status[]", "draft"),
        ("status[]", "sent"),
        ("status[]", "settled"),
        ("status[]", "canceled"),
        ("status[]", "second_copy"),
        ("status[]", "final"),
        ("non_archived", "true"),
        ("page", "1"),
        ("per_page", "100"),
    ]


def test_live_and_archived_documents_are_asked_for_apart(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    """Both filters at once may mean "either" or "both": a document must be found under each reading."""
    live = matchers.query_param_matcher({"non_archived": "true"}, strict_match=False)
    archived = matchers.query_param_matcher({"archived": "true"}, strict_match=False)
    vendor.get(f"{BASE}/invoices.json", json=page(rows(1)), match=[live])
    vendor.get(f"{BASE}/invoices.json", json=page(rows(1, 2)), match=[archived])

    assert [document.provider_id for document in provider.find("LE-1001-1")] == ["1", "2"]
    assert len(vendor.calls) == 2


def test_the_documents_of_the_day_are_gone_through_whatever_the_text_search_knows(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    day = {"date[from]": "01/07/2026", "date[to]": "01/07/2026", "non_archived": "true"}
    by_day = matchers.query_param_matcher(day, strict_match=False)
    vendor.get(f"{BASE}/invoices.json", json=page([*rows(8, reference="other"), *rows(9)]), match=[by_day])
    vendor.get(f"{BASE}/invoices.json", json=page([], pages=0))

    found = provider.find("LE-1001-1", issued_on=date(2026, 7, 1))

    assert [document.provider_id for document in found] == ["9"]
    assert len(vendor.calls) == 3


def test_a_search_reads_every_page(vendor: responses.RequestsMock, provider: InvoiceXpressProvider) -> None:
    vendor.get(f"{BASE}/invoices.json", json=page(rows(1, 2), 1, 3, 5))
    vendor.get(f"{BASE}/invoices.json", json=page(rows(3, 4), 2, 3, 5))
    vendor.get(f"{BASE}/invoices.json", json=page(rows(5), 3, 3, 5))
    vendor.get(f"{BASE}/invoices.json", json=page([], pages=0))  # none archived

    assert [document.provider_id for document in provider.find("LE-1001-1")] == ["1", "2", "3", "4", "5"]


def test_a_search_without_pagination_goes_on_until_nothing_new_comes(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    vendor.get(f"{BASE}/invoices.json", json={"invoices": rows(1, 2)})
    vendor.get(f"{BASE}/invoices.json", json={"invoices": rows(3)})
    vendor.get(f"{BASE}/invoices.json", json={"invoices": []})

    assert [document.provider_id for document in provider.find("LE-1001-1")] == ["1", "2", "3"]


def test_nothing_found_is_an_empty_list(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    vendor.get(f"{BASE}/invoices.json", json=page([], pages=0))

    assert provider.find("LE-1001-1") == []


@pytest.mark.parametrize(
    "answers",
    [
        [{"json": page(rows(1), 1, 1, 2)}],
        [{"json": page(rows(1, 2), 1, 2, 4)}, {"json": page(rows(2, 3), 2, 2, 4)}],
        [{"json": page(rows(1), 1, 2, 2)}, {"json": page([], 2, 3, 2)}],
        [{"json": page(rows(1), 2, 2, 2)}],
        [{"json": page(rows(1), 1, 101, 10_001)}],
        [{"json": {"errors": [{"error": "x"}]}}],
        [{"json": {"invoices": None}}],
        [{"json": {"invoices": ["text"], "pagination": {}}}, {"json": {"invoices": []}}],
        [{"json": []}],
        [{"body": "<html>"}],
        [{"body": ""}],
        [{"status": 500}],
        [{"status": 409}],
        [{"json": page(rows(1), 1, 2, 2)}, {"status": 502}],
    ],
)
def test_could_not_look_is_never_absent(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider, answers: list[dict[str, Any]]
) -> None:
    for answer in answers:
        vendor.get(f"{BASE}/invoices.json", **answer)

    with pytest.raises(Unavailable):
        provider.find("LE-1001-1")


def test_a_list_that_is_not_there_is_not_an_empty_one(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    vendor.get(f"{BASE}/invoices.json", status=404, body="<html>")

    with pytest.raises(Unexpected):
        provider.find("LE-1001-1")


def test_a_match_that_cannot_be_read_is_for_a_person(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    vendor.get(f"{BASE}/invoices.json", json=page(rows(1, status="strange")))

    with pytest.raises(Unexpected):
        provider.find("LE-1001-1")


def test_a_status_word_that_is_refused_is_left_out(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    vendor.get(f"{BASE}/invoices.json", status=422, json={"errors": [{"error": "Status is invalid"}]})
    vendor.get(f"{BASE}/invoices.json", json=page(rows(1)))

    assert len(provider.find("LE-1001-1")) == 1
    assert ("status[]", "final") not in asked(vendor, 1)


# -- read, states, related ---------------------------------------------------------------------------


def test_a_read(vendor: responses.RequestsMock, provider: InvoiceXpressProvider) -> None:
    vendor.get(f"{BASE}/credit_notes/5001.json", json={"credit_note": document_json(type="CreditNote")})

    found = provider.read(NOTE, "5001")

    assert (found.kind, found.figures.total) == (NOTE, Decimal("27.75"))


def test_a_read_that_answers_another_document(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    vendor.get(f"{BASE}/invoices/5002.json", json={"invoice": document_json()})

    with pytest.raises(Unexpected):
        provider.read(INVOICE, "5002")


@pytest.mark.parametrize("body", ["", " ", "<html>"])
def test_a_document_that_is_not_there(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider, body: str
) -> None:
    vendor.get(f"{BASE}/invoices/1.json", status=404, body=body)

    with pytest.raises(NotFound):
        provider.read(INVOICE, "1")


@pytest.mark.parametrize("provider_id", ["", "../1", "1/2", "1?x=1", "\u0661"])
def test_an_id_is_a_number(provider: InvoiceXpressProvider, provider_id: str) -> None:
    with pytest.raises(ValueError, match="number"):
        provider.read(INVOICE, provider_id)


def change_state(vendor: responses.RequestsMock, **answer: Any) -> None:
    vendor.put(re.compile(rf"{BASE}/(invoices|credit_notes)/5001/change-state\.json"), **answer)


def test_finalizing_gives_the_document(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    change_state(vendor, json={"credit_note": document_json(status="final", sequence_number="3/2026")})

    found = provider.finalize(NOTE, "5001")

    assert found is not None
    assert (found.status, found.number) == (DocumentStatus.FINAL, "3/2026")
    assert json.loads(vendor.calls[0].request.body) == {"invoice": {"state": "finalized"}}


def test_changes_of_state_may_be_accepted_without_a_word(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    change_state(vendor, body="")

    vendor.get(re.compile(r".*/invoices/5001\.json.*"), status=404)

    assert provider.finalize(INVOICE, "5001") is None
    provider.delete_draft(INVOICE, "5001")  # and seen to be gone
    provider.cancel(INVOICE, "5001", "Engano")

    writes = [call.request for call in vendor.calls if call.request.method == "PUT"]
    sent = [json.loads(request.body)["invoice"] for request in writes]
    assert sent == [
        {"state": "finalized"},
        {"state": "deleted"},
        {"state": "canceled", "message": "Engano"},
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {"invoice": document_json(status="draft")}},
        {"json": {"invoice": document_json(id=9, status="final")}},
        {"json": {"status": "success"}},
        {"body": "<html>"},
        {"json": {"errors": ["x"]}},
        {"status": 500},
        {"status": 409},
    ],
)
def test_a_change_of_state_with_a_strange_answer_may_have_acted(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider, answer: dict[str, Any]
) -> None:
    change_state(vendor, **answer)

    with pytest.raises(OutcomeUnknown):
        provider.finalize(INVOICE, "5001")
    with pytest.raises(OutcomeUnknown):
        provider.delete_draft(INVOICE, "5001")
    with pytest.raises(OutcomeUnknown):
        provider.cancel(INVOICE, "5001", "Engano")


def test_a_change_of_state_that_is_refused(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    change_state(vendor, status=422, json={"errors": [{"error": "Invalid state"}]})

    with pytest.raises(Rejected) as caught:
        provider.finalize(INVOICE, "5001")

    assert caught.value.vendor_messages == ("Invalid state",)


def test_related_documents_without_the_deleted_and_without_quotes(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    documents = [
        document_json(id=1, type="CreditNote", status="final", sequence_number="1/2026"),
        document_json(id=2, type="CreditNote", status="deleted"),
        document_json(id=3, type="Receipt", status="final", items=None),
        document_json(id=4, type="Quote", status="accepted"),
    ]
    vendor.get(f"{BASE}/document/5001/related_documents.json", json={"documents": documents})

    found = provider.related("5001")

    assert [(document.provider_id, document.kind) for document in found] == [("1", NOTE), ("3", None)]
    assert len(vendor.calls) == 1


def test_related_documents_of_none(vendor: responses.RequestsMock, provider: InvoiceXpressProvider) -> None:
    vendor.get(f"{BASE}/document/5001/related_documents.json", status=404)

    with pytest.raises(NotFound):
        provider.related("5001")


# -- account and PDF ---------------------------------------------------------------------------------


def test_the_account(vendor: responses.RequestsMock, provider: InvoiceXpressProvider) -> None:
    taxes = [{"id": 1, "name": "IVA23", "value": 23.0, "region": None, "default_tax": 1}]
    series = [{"id": 9, "serie": 2026, "default_sequence": 1, "current_invoice_sequence_id": 9}]
    vendor.get(f"{BASE}/taxes.json", json={"taxes": taxes})
    vendor.get(f"{BASE}/sequences.json", json={"sequences": series})

    facts = provider.read_account()

    assert [(tax.name, tax.rate) for tax in facts.taxes] == [("IVA23", Decimal("23.0"))]
    assert [(one.name, one.is_default, one.id_for(INVOICE)) for one in facts.series] == [("2026", True, "9")]


def test_a_tax_is_added_as_it_was_recorded(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    made = {"id": 231844, "name": "IVA37", "value": 37.0, "region": "PT", "default_tax": 0}
    vendor.post(f"{BASE}/taxes.json", status=201, json={"tax": made})

    provider.create_tax(Tax("IVA37", Decimal(37), "PT"))

    assert json.loads(vendor.calls[0].request.body) == {
        "tax": {"name": "IVA37", "value": "37.0", "region": "PT", "default_tax": "0"}
    }


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (422, '[["name","não está disponível."]]', Rejected),
        (500, "<html>", OutcomeUnknown),
        (409, "", OutcomeUnknown),
        (201, "<html>", OutcomeUnknown),
    ],
)
def test_a_tax_that_is_not_surely_added(
    vendor: responses.RequestsMock,
    provider: InvoiceXpressProvider,
    status: int,
    body: str,
    expected: type[Exception],
) -> None:
    vendor.post(f"{BASE}/taxes.json", status=status, body=body)

    with pytest.raises(expected):
        provider.create_tax(Tax("IVA37", Decimal(37), "PT"))

    assert len(vendor.calls) == 1


@pytest.mark.parametrize(("read", "expected"), [(401, AccountStopped), (200, Rejected)])
def test_a_refused_addition_is_told_from_a_refused_key(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider, read: int, expected: type[Exception]
) -> None:
    """Both go to one address, so the harmless read is asked all the same."""
    vendor.post(f"{BASE}/taxes.json", status=401)
    vendor.get(f"{BASE}/taxes.json", status=read, json={"taxes": []})

    with pytest.raises(expected):
        provider.create_tax(Tax("IVA37", Decimal(37), "PT"))


def test_a_pdf_that_is_still_being_made(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    vendor.get(f"{BASE}/api/pdf/5001.json", status=202)

    assert provider.fetch_pdf("5001") is None


def test_a_pdf_is_fetched_from_where_the_vendor_says(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider
) -> None:
    vendor.get(f"{BASE}/api/pdf/5001.json", json={"output": {"pdfUrl": "https://files.example/a.pdf?s=1"}})

    assert provider.fetch_pdf("5001") == b"https://files.example/a.pdf?s=1"
    assert asked(vendor) == [("second_copy", "false")]


@pytest.mark.parametrize("answer", [{"json": {}}, {"body": ""}, {"body": "<html>"}, {"json": {"output": []}}])
def test_a_pdf_without_an_address_is_asked_for_again(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider, answer: dict[str, Any]
) -> None:
    vendor.get(f"{BASE}/api/pdf/5001.json", **answer)

    with pytest.raises(Unavailable):
        provider.fetch_pdf("5001")


@pytest.mark.parametrize(("status", "expected"), [(404, NotFound), (406, Rejected), (422, Rejected)])
def test_a_pdf_that_will_never_be(
    vendor: responses.RequestsMock, provider: InvoiceXpressProvider, status: int, expected: type[Exception]
) -> None:
    vendor.get(f"{BASE}/api/pdf/5001.json", status=status)

    with pytest.raises(expected):
        provider.fetch_pdf("5001")
