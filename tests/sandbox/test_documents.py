import re
from typing import Any

import pytest

from tests.sandbox.conftest import Shop, invoice_body, line, messages


def test_a_draft_looks_like_the_recorded_ones(shop: Shop) -> None:
    answer = shop.post(
        "/invoices.json",
        {
            "invoice": {
                "date": "07/05/2026",
                "due_date": "08/05/2026",
                "client": {"name": "Ana Inventada", "code": "100"},
                "items": [
                    {"name": "Produto A", "description": "Sabão", "unit_price": "10.0", "quantity": "1.0"}
                ],
            }
        },
    )

    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    document = answer.json()["invoice"]
    permalink = document.pop("permalink")
    assert re.search(r"/[0-9a-f]{40}$", permalink)
    client_id = shop.get("/clients.json").json()["clients"][0]["id"]
    assert document == {
        "id": document["id"],
        "status": "draft",
        "archived": False,
        "type": "Invoice",
        "sequence_number": "rascunho",
        "date": "07/05/2026",
        "due_date": "08/05/2026",
        "reference": None,
        "observations": None,
        "retention": None,
        "sum": 10.0,
        "discount": 0.0,
        "before_taxes": 10.0,
        "taxes": 2.3,
        "total": 12.3,
        "currency": "Euro",
        "client": {"id": client_id, "name": "Ana Inventada", "code": "100"},
        "items": [
            {
                "name": "Produto A",
                "description": "Sabão",
                "unit_price": "10.0",
                "unit": None,
                "quantity": "1.0",
                "tax": {"id": shop.account.default_tax().id, "name": "IVA23", "value": 23.0},
                "discount": 0.0,
                "subtotal": 10.0,
                "tax_amount": 2.3,
                "discount_amount": 0.0,
                "total": 12.3,
            }
        ],
    }
    assert '"unit_price":"10.0"' in answer.text and '"total":12.3' in answer.text


@pytest.mark.parametrize(
    ("path", "root", "kind"),
    [
        ("invoices", "invoice", "Invoice"),
        ("invoice_receipts", "invoice_receipt", "InvoiceReceipt"),
        ("simplified_invoices", "simplified_invoice", "SimplifiedInvoice"),
    ],
)
@pytest.mark.parametrize("own_root", [True, False])
def test_every_type_takes_the_root_invoice_or_its_own(
    shop: Shop, path: str, root: str, kind: str, own_root: bool
) -> None:
    sent = {root if own_root else "invoice": invoice_body()["invoice"]}

    answer = shop.post(f"/{path}.json", sent)

    assert answer.status_code == 201
    assert answer.json()[root]["type"] == kind


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"items": {"name": "x"}}, "Items element should be of type array"),
        ({"items": None}, "Items element should be of type array"),
        ({"items": []}, "Invoice items is invalid"),
        ({"client": None}, "Nome é um campo obrigatório"),
        ({"client": {"code": "1"}}, "Nome é um campo obrigatório"),
        ({"client": {"name": "Rui", "country": "PT"}}, "Country PT was not found"),
        ({"client": {"name": "Rui", "country": "United Kingdom"}}, "Country United Kingdom was not found"),
        ({"client": {"name": "Rui", "fiscal_id": "123456780"}}, "Fiscal não é válido"),
        ({"client": {"name": "Rui", "fiscal_id": "PT123456789"}}, "Fiscal não é válido"),
        ({"client": {"name": "Rui", "email": "rui"}}, "Email must be an email address"),
        ({"items": [line(unit="kg")]}, "Unit kg is not included in the list of accepted units"),
        ({"items": [line(quantity="0")]}, "Quantity must be a number greater than 0"),
        ({"items": [line(quantity="-1")]}, "Quantity must be a number greater than 0"),
        ({"items": [line(unit_price="10,00")]}, "Unit price must be a number"),
        ({"items": [line(unit_price="-1")]}, "Unit price must be a number"),
        ({"items": [line(discount="ten")]}, "Discount is not a number"),
        ({"items": [line(discount="-1")]}, "Discount must be between 0 and 100"),
        ({"items": [line(discount="100.1")]}, "Discount must be between 0 and 100"),
        ({"items": [line(name="x" * 256)]}, "Name is too long (maximum is 255 characters)"),
        ({"due_date": "14/03/2026"}, "Vencimento deve ser igual ou posterior à data do documento"),
        ({"date": None}, "Date can't be blank"),
        ({"date": "31/02/2026"}, "Date is invalid"),
        ({"retention": "100"}, "Retention must be a number between 0 and 99.99"),
        ({"reference": "x" * 256}, "Reference is too long (maximum is 255 characters)"),
        ({"sequence_id": "1"}, "Sequence is invalid"),
        ({"items": [line(tax={"name": "Isento"})]}, "Razão de isenção deve ter uma opção selecionada"),
        (
            {"items": [line(tax={"name": "Isento"})], "tax_exemption_reason": "M03"},
            "Razão de isenção deve ter uma opção selecionada",
        ),
        (
            {"mb_reference": "1"},
            "Option to generate MB reference is set but no payment provider is configurated",
        ),
    ],
)
def test_what_is_refused_leaves_nothing_behind(shop: Shop, change: dict[str, Any], complaint: str) -> None:
    answer = shop.post("/invoices.json", invoice_body(**change))

    assert answer.status_code == 422
    assert complaint in messages(answer)
    assert (shop.account.documents, shop.account.clients, shop.account.items) == ({}, {}, {})


def test_a_bad_client_makes_the_document_complain_about_the_client(shop: Shop) -> None:
    answer = shop.post("/invoices.json", invoice_body(client={"name": "Rui", "country": "PT"}))

    assert answer.json() == {
        "errors": [{"error": "Country PT was not found"}, {"error": "Client is invalid"}]
    }


def test_english_accounts_complain_in_english(shop: Shop) -> None:
    shop.switches.language = "en"

    answer = shop.post("/invoices.json", invoice_body(client={"name": "Rui", "fiscal_id": "1"}))

    assert messages(answer) == ["Client is invalid", "Fiscal is invalid"]


def test_foreign_tax_numbers_are_not_judged(shop: Shop) -> None:
    document = shop.create(client={"name": "Paul Invented", "country": "France", "fiscal_id": "FR1"})

    assert document["client"]["fiscal_id"] == "FR1"


@pytest.mark.parametrize(("mode", "kept"), [("accept", "111111111"), ("drop", None)])
def test_a_bad_tax_number_is_kept_or_dropped_by_switch(shop: Shop, mode: str, kept: str | None) -> None:
    shop.switches.bad_nif = mode

    document = shop.create(client={"name": "Rui", "fiscal_id": "111111111"})

    assert document["client"].get("fiscal_id") == kept


def test_prices_hold_4_decimals_and_quantities_2(shop: Shop) -> None:
    document = shop.create(items=[line(unit_price="1.23455", quantity="1.005", discount="10.00005")])

    item = document["items"][0]
    assert (item["unit_price"], item["quantity"], item["discount"]) == ("1.2346", "1.01", 10.0001)


@pytest.mark.parametrize(("mode", "price"), [("cut", "1.2345"), ("round", "1.2346")])
def test_a_fifth_decimal_is_cut_or_rounded(shop: Shop, mode: str, price: str) -> None:
    shop.switches.price_over_4_decimals = mode

    assert shop.create(items=[line(unit_price="1.23459")])["items"][0]["unit_price"] == price


def test_a_fifth_decimal_can_be_refused(shop: Shop) -> None:
    shop.switches.price_over_4_decimals = "refuse"

    answer = shop.post("/invoices.json", invoice_body(items=[line(unit_price="1.23459")]))

    assert messages(answer) == ["Invoice items is invalid", "Unit price must be a number"]


def test_discount_amount_is_ignored(shop: Shop) -> None:
    document = shop.create(items=[line(discount_amount="5")])

    assert document["total"] == 12.3


@pytest.mark.parametrize("tax", [None, {"name": "IVA99"}, {"name": "iva6"}])
def test_an_unknown_tax_name_silently_becomes_the_default_tax(shop: Shop, tax: object) -> None:
    document = shop.create(items=[line(tax=tax)])

    assert document["items"][0]["tax"]["name"] == "IVA23"
    assert document["taxes"] == 2.3


def test_an_exempt_line_with_its_code(shop: Shop) -> None:
    document = shop.create(items=[line(tax={"name": "Isento"})], tax_exemption_reason="M05")

    assert (document["tax_exemption"], document["total"]) == ("M05", 10.0)


def test_a_missing_code_can_be_stamped_m99(shop: Shop) -> None:
    shop.switches.zero_rate_without_code = "stamp_m99"

    assert shop.create(items=[line(tax={"name": "Isento"})])["tax_exemption"] == "M99"


def test_iso_dates_are_taken_and_shown_the_portuguese_way(shop: Shop) -> None:
    document = shop.create(date="2026-03-15", due_date="2026-04-14")

    assert (document["date"], document["due_date"]) == ("15/03/2026", "14/04/2026")


def test_an_update_replaces_everything(shop: Shop) -> None:
    document = shop.create(observations="Obrigado", items=[line(), line(name="LIV-01")])

    answer = shop.put(
        f"/invoices/{document['id']}.json",
        invoice_body(reference=None, date="16/03/2026", due_date="16/03/2026"),
    )

    assert (answer.status_code, answer.content) == (200, b"")
    after = shop.get(f"/invoices/{document['id']}.json").json()["invoice"]
    assert (after["date"], after["reference"], after["observations"]) == ("16/03/2026", None, None)
    assert [item["name"] for item in after["items"]] == ["CAN-01"]


def test_a_final_document_can_not_be_edited(shop: Shop) -> None:
    invoice, receipt = shop.final(), shop.final("invoice_receipts")

    first = shop.put(f"/invoices/{invoice['id']}.json", invoice_body())
    second = shop.put(f"/invoice_receipts/{receipt['id']}.json", invoice_body())

    assert (first.status_code, second.status_code) == (422, 422)
    assert messages(second) == ["Invoice has been settled so can't be changed anymore"]


def test_a_document_is_only_found_under_its_own_type(shop: Shop) -> None:
    document = shop.create("invoice_receipts")

    assert shop.get(f"/invoice_receipts/{document['id']}.json").status_code == 200
    answer = shop.get(f"/invoices/{document['id']}.json")
    assert (answer.status_code, answer.content) == (404, b"")
