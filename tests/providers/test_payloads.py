from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from invoicing.domain.plan import Customer, DocumentKind, PlanLine
from invoicing.providers.invoicexpress.countries import UnknownCountry
from invoicing.providers.invoicexpress.payloads import (
    catalogue_key,
    change_state_body,
    create_body,
    plain_number,
)
from tests.providers.plans import IVA23, a_plan


def test_a_create_body_to_the_byte() -> None:
    assert create_body(a_plan(), series_id="") == (
        '{"invoice":{"client":{"address":"Rua Inventada 1","city":"Porto","code":"LE-77",'
        '"country":"Portugal","email":"beatriz@example.com","fiscal_id":"123456789",'
        '"name":"Beatriz Inventada","postal_code":"4000-001"},"date":"05/03/2026","due_date":"05/03/2026",'
        '"items":[{"description":"Camisola azul","discount":"12.5","name":"SKU-1","quantity":"2",'
        '"tax":{"name":"IVA23"},"unit":"unit","unit_price":"10.5691"},'
        '{"description":"Portes de envio","name":"PORTES","quantity":"1","tax":{"name":"IVA23"},'
        '"unit":"unit","unit_price":"4.065"}],"reference":"LE-1001-1"},"proprietary_uid":"LE-1001-1"}'
    )


@pytest.mark.parametrize(
    ("kind", "root"),
    [
        (DocumentKind.INVOICE, "invoice"),
        (DocumentKind.INVOICE_RECEIPT, "invoice"),
        (DocumentKind.SIMPLIFIED_INVOICE, "invoice"),
        (DocumentKind.CREDIT_NOTE, "credit_note"),
    ],
)
def test_the_root_key_of_each_kind(kind: DocumentKind, root: str) -> None:
    body = json.loads(create_body(a_plan(kind=kind), series_id=""))

    assert set(body) == {root, "proprietary_uid"}
    assert body["proprietary_uid"] == body[root]["reference"]


def test_what_is_chosen_is_sent_and_what_is_not_is_left_out() -> None:
    plan = a_plan(
        exemption_code="M10",
        observations="Encomenda 1001\nObrigado",
        original_provider_id="4001",
        issued_on=date(2026, 12, 31),
        due_on=date(2027, 1, 1),
    )

    sent = json.loads(create_body(plan, series_id="900"))["invoice"]

    assert (sent["tax_exemption"], sent["tax_exemption_reason"]) == ("M10", "M10")
    assert (sent["sequence_id"], sent["owner_invoice_id"]) == ("900", "4001")
    assert sent["observations"] == "Encomenda 1001\nObrigado"
    assert (sent["date"], sent["due_date"]) == ("31/12/2026", "01/01/2027")
    plain = json.loads(create_body(a_plan(), series_id=""))["invoice"]
    assert not {
        "tax_exemption",
        "tax_exemption_reason",
        "sequence_id",
        "owner_invoice_id",
        "observations",
    } & set(plain)


def test_a_final_consumer_is_only_a_name_and_a_code() -> None:
    nobody = Customer(name="Consumidor Final", code="LE-CF", is_final_consumer=True)

    sent = json.loads(create_body(a_plan(customer=nobody), series_id=""))["invoice"]

    assert sent["client"] == {"name": "Consumidor Final", "code": "LE-CF"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("10", "10"),
        ("10.0", "10"),
        ("100", "100"),
        ("1E+2", "100"),
        ("1E-4", "0.0001"),
        ("259.3496", "259.3496"),
        ("0", "0"),
        ("-0.00", "0"),
        ("0E+5", "0"),
        ("33.3300", "33.33"),
        ("123456789012345678901234567890.1234", "123456789012345678901234567890.1234"),
    ],
)
def test_numbers_are_plain_digits(value: str, text: str) -> None:
    assert plain_number(Decimal(value)) == text


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_no_number_that_is_none(value: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        plain_number(Decimal(value))


def test_long_texts_are_cut_and_long_skus_stay_apart() -> None:
    first = PlanLine("S" * 300 + "1", "D" * 300, Decimal(1), Decimal(1), IVA23)
    second = replace(first, sku="S" * 300 + "2")

    items = json.loads(create_body(a_plan(lines=(first, second)), series_id=""))["invoice"]["items"]

    assert [len(item["name"]) for item in items] == [200, 200]
    assert items[0]["name"] != items[1]["name"]
    assert [len(item["description"]) for item in items] == [255, 255]


def test_texts_lose_what_cannot_be_printed() -> None:
    line = PlanLine("A\x00B\n1", "Caf\u00e9\u202e \ud800 \U0001f600", Decimal(1), Decimal(1), IVA23)

    body = create_body(a_plan(lines=(line,)), series_id="")

    assert body.encode("utf-8")
    assert json.loads(body)["invoice"]["items"][0]["description"] == "Café \U0001f600"
    assert "\\u0000" not in body


def test_a_line_without_a_sku_is_named_by_its_description() -> None:
    line = PlanLine("", "Cartão de papel", Decimal(1), Decimal(1), IVA23)

    item = json.loads(create_body(a_plan(lines=(line,)), series_id=""))["invoice"]["items"][0]

    assert item["name"] == "Cartão de papel"


def test_a_sku_that_fits_is_untouched() -> None:
    assert catalogue_key("ABC-123/x") == "ABC-123/x"
    assert catalogue_key("S" * 200) == "S" * 200


def test_a_country_without_an_accepted_name_is_refused() -> None:
    customer = replace(a_plan().customer, country_code="TO")

    with pytest.raises(UnknownCountry):
        create_body(a_plan(customer=customer), series_id="")


def test_changes_of_state() -> None:
    assert change_state_body("finalized") == '{"invoice":{"state":"finalized"}}'
    assert change_state_body("canceled", "Erro no\nnome") == (
        '{"invoice":{"message":"Erro no nome","state":"canceled"}}'
    )
