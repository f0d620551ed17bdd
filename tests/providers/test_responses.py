from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoicing.domain.plan import DocumentKind, DocumentStatus, Figures, StoredDocument, StoredLine
from invoicing.providers.invoicexpress.responses import (
    NotADocument,
    pdf_url,
    read_document,
    read_page,
    read_series,
    read_tax,
)
from outbound.errors import Unexpected
from tests.providers.plans import as_received, document_json


def read(**changes: Any) -> StoredDocument:
    return read_document(as_received({"invoice_receipt": document_json(**changes)}))


def test_a_recorded_draft() -> None:
    assert read() == StoredDocument(
        provider_id="5001",
        kind=DocumentKind.INVOICE_RECEIPT,
        status=DocumentStatus.DRAFT,
        reference="LE-1001-1",
        issued_on=date(2026, 3, 5),
        due_on=date(2026, 3, 5),
        figures=Figures(
            Decimal("25.20"), Decimal("2.64"), Decimal("22.56"), Decimal("5.19"), Decimal("27.75")
        ),
        lines=(
            StoredLine(
                name="SKU-1",
                description="Camisola azul",
                quantity=Decimal("2.0"),
                unit_price=Decimal("10.5691"),
                tax_name="IVA23",
                tax_rate=Decimal("23.0"),
                discount_percent=Decimal("12.5"),
            ),
        ),
        customer_name="Beatriz Inventada",
        fiscal_id="123456789",
        customer_code="LE-77",
    )


def test_a_finalized_document() -> None:
    found = read(
        status="final",
        type="Invoice",
        sequence_number="60/2026",
        inverted_sequence_number="2026/60",
        sequence_id=405080,
        atcud="ABCD1234-60",
        tax_exemption="M10",
        archived=True,
        owner_invoice_id=4001,
        observations="\nArtigo 53.º",
    )

    assert (found.kind, found.status, found.number) == (DocumentKind.INVOICE, DocumentStatus.FINAL, "60/2026")
    assert (found.series_id, found.atcud, found.exemption_code) == ("405080", "ABCD1234-60", "M10")
    assert (found.archived, found.original_provider_id) == (True, "4001")
    assert found.observations == "Artigo 53.º"


def test_the_second_shape_is_read_too() -> None:
    document = {
        "id": 1,
        "status": "final",
        "type": "Invoice",
        "date": "2026-03-15",
        "due_date": "2026-03-16T00:00:00",
        "owner_invoice_id": None,
        "client": {"name": "Loja de Teste", "fiscal_id": "123456789"},
        "items": [{"name": "Product 1", "unit_price": 121.1382, "quantity": 1.0, "discount": 10.0}],
        "summary": {"sum": 121.14, "discount": 12.11, "before_taxes": 109.02, "taxes": 25.08, "total": 134.1},
    }

    found = read_document(as_received({"invoice": document}))

    assert found.figures.total == Decimal("134.10")
    assert (found.issued_on, found.due_on) == (date(2026, 3, 15), date(2026, 3, 16))
    assert (found.lines[0].unit_price, found.lines[0].tax_name) == (Decimal("121.1382"), "")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("draft", DocumentStatus.DRAFT),
        ("final", DocumentStatus.FINAL),
        ("sent", DocumentStatus.FINAL),
        ("second_copy", DocumentStatus.FINAL),
        ("settled", DocumentStatus.SETTLED),
        ("canceled", DocumentStatus.CANCELED),
        ("deleted", DocumentStatus.DELETED),
    ],
)
def test_the_words_of_status(word: str, status: DocumentStatus) -> None:
    assert read(status=word).status is status


@pytest.mark.parametrize("word", ["", "refused", "Draft ", None, 3, ["draft"], {"draft": 1}])
def test_an_unknown_status_is_for_a_person(word: Any) -> None:
    with pytest.raises(Unexpected, match="unknown status"):
        read(status=word)


@pytest.mark.parametrize("number", ["rascunho", "draft", "Rascunho", "", None])
def test_a_draft_has_no_number(number: str | None) -> None:
    assert read(sequence_number=number).number == ""
    assert read(sequence_number=number, status="deleted").number == ""


@pytest.mark.parametrize(
    ("type_name", "root", "kind"),
    [
        ("Invoice", "invoice", DocumentKind.INVOICE),
        ("CreditNote", "credit_note", DocumentKind.CREDIT_NOTE),
        ("SimplifiedInvoice", "invoice", DocumentKind.SIMPLIFIED_INVOICE),
        ("Receipt", "receipt", None),
        ("Quote", "invoice", None),
        (None, "simplified_invoice", DocumentKind.SIMPLIFIED_INVOICE),
        (None, "something", None),
    ],
)
def test_the_kind_comes_from_the_type_or_else_from_the_root(
    type_name: str | None, root: str, kind: DocumentKind | None
) -> None:
    assert read_document(as_received({root: document_json(type=type_name)})).kind is kind


@pytest.mark.parametrize("value", ["27.75", 27.75, "27.750", 27.7500])
def test_money_as_number_or_text(value: Any) -> None:
    assert read(total=value).figures.total == Decimal("27.75")


@pytest.mark.parametrize(
    "changes",
    [
        {"total": None},
        {"total": "much"},
        {"total": True},
        {"total": "1e999999"},
        {"total": "1" * 30},
        {"taxes": []},
        {"date": "2026/03/05"},
        {"date": "31/02/2026"},
        {"date": 20260305},
        {"items": {}},
        {"items": ["line"]},
        {"items": [{"quantity": "two"}]},
        {"items": [{"unit_price": {}, "quantity": []}, {"unit_price": [1]}]},
    ],
)
def test_a_document_that_cannot_be_understood(changes: dict[str, Any]) -> None:
    with pytest.raises(Unexpected):
        read(**changes)


def test_members_may_be_missing_or_null() -> None:
    bare = {"id": "7", "status": "draft", "type": "Invoice", "total": 0}

    found = read_document(
        {"invoice": {**bare, "client": None, "items": None, "date": None, "reference": None}}
    )

    assert (found.provider_id, found.reference, found.lines, found.issued_on) == ("7", "", (), None)
    assert read_document(bare) == found


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        {},
        "text",
        3,
        {"errors": [{"error": "x"}]},
        {"status": "success", "message": "done"},
        {"invoice": {"status": "draft"}},
        {"invoice": {"id": 0.5, "status": "draft"}},
        {"invoice": {"id": "../1", "status": "draft"}},
        {"invoice": []},
    ],
)
def test_what_is_no_document(payload: Any) -> None:
    with pytest.raises(NotADocument):
        read_document(payload)


def test_an_exemption_of_none_is_no_exemption() -> None:
    assert [read(tax_exemption=code).exemption_code for code in ("", None, "M00", "M99")] == [
        "",
        "",
        "",
        "M99",
    ]
    assert read(tax_exemption_reason="M05").exemption_code == "M05"


def test_pages() -> None:
    counts = {"total_entries": 7, "current_page": 1, "total_pages": "2", "per_page": 5}

    page = read_page({"invoices": [{}], "pagination": counts}, "invoices")

    assert (page.number, page.pages, page.entries) == (1, 2, 7)
    assert read_page({"invoices": []}, "invoices").pages is None
    for payload in (None, [], {"invoices": None}, {"documents": []}, {"errors": ["x"]}):
        with pytest.raises(NotADocument):
            read_page(payload, "invoices")


def test_taxes() -> None:
    tax = read_tax(as_received({"id": 1, "name": "IVA23", "value": 23.0, "region": None, "default_tax": 1}))

    assert (tax.name, tax.rate, tax.region) == ("IVA23", Decimal("23.0"), "")
    assert read_tax({"tax": {"name": "Açores", "value": "16.0", "region": "PT-AC"}}).region == "PT-AC"
    assert read_tax({"name": "X", "value": 1, "region": "Desconhecido"}).region == ""
    for row in ({"value": 1}, {"name": "X"}, {"name": "X", "value": "?"}, "tax", None):
        with pytest.raises(Unexpected):
            read_tax(row)


def test_series() -> None:
    row = {
        "id": 1,
        "serie": 2026,
        "default_sequence": 1,
        "current_invoice_sequence_id": 1424772,
        "current_invoice_receipt_sequence_id": "1424774",
        "current_credit_note_sequence_id": None,
        "current_debit_note_sequence_id": 1424776,
    }

    series = read_series(row)

    assert (series.name, series.is_default, series.registered) == ("2026", True, None)
    assert series.id_for(DocumentKind.INVOICE) == "1424772"
    assert series.id_for(DocumentKind.INVOICE_RECEIPT) == "1424774"
    assert series.id_for(DocumentKind.CREDIT_NOTE) == ""
    told = read_series({**row, "default_sequence": 0, "current_invoice_validation_code": "ABCD1234"})
    assert (told.is_default, told.registered) == (False, tuple(DocumentKind))
    # Nothing said of a kind is no refusal; an empty code is one.
    empty = {"current_invoice_validation_code": "A", "current_credit_note_validation_code": None}
    said = read_series({**row, **empty}).registered
    assert said == tuple(kind for kind in DocumentKind if kind is not DocumentKind.CREDIT_NOTE)
    with pytest.raises(Unexpected):
        read_series({"id": 1})


def test_the_address_of_a_pdf() -> None:
    assert (
        pdf_url({"output": {"pdfUrl": "https://files.example/a.pdf?s=1"}})
        == "https://files.example/a.pdf?s=1"
    )
    for payload in (None, {}, {"output": None}, {"output": {"pdfUrl": ""}}, {"output": {"pdfUrl": 3}}, []):
        with pytest.raises(NotADocument):
            pdf_url(payload)


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["draft", "Invoice", "01/02/2026", "2026-13-01", "1e400", "-", "12.5"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
members = st.sampled_from([*document_json(), "summary", "tax_exemption", "sequence_id", "owner_invoice_id"])


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(members, values, max_size=6), st.sampled_from(["invoice", "", "errors"]))
def test_any_answer_is_read_or_refused_in_the_family(changes: dict[str, Any], root: str) -> None:
    payload = {root: {**document_json(), **changes}}

    try:
        found = read_document(payload)
    except (NotADocument, Unexpected):
        return

    assert found.provider_id.isdigit()
    assert found.figures.total.is_finite()


@settings(max_examples=300, deadline=None)
@given(values)
def test_any_json_is_read_or_refused_in_the_family(payload: Any) -> None:
    for reader in (read_document, read_tax, read_series, pdf_url, lambda value: read_page(value, "invoices")):
        try:
            reader(payload)
        except (NotADocument, Unexpected):
            continue
