"""The buyer as staff corrected it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from invoicing.domain.corrected import (
    BuyerCorrection,
    as_the_shop_says,
    corrected,
    correction_from_json,
    problem_with,
)
from stores.domain.order import Address, Buyer, OrderSnapshot, OrderStatus, Shipping

ORDER = OrderSnapshot(
    shop_order_id="1001",
    status=OrderStatus.PAID,
    currency="EUR",
    lines=(),
    shipping=Shipping(),
    total=Decimal(10),
    paid_gross=Decimal(10),
    tax_total=Decimal(0),
    buyer=Buyer(full_name="Inês Exemplo", tax_id="12345678", phone="912345678"),
    billing=Address(name="Inês", surname="Exemplo", country_code="PT"),
)


def test_without_a_correction_the_order_is_the_shops() -> None:
    assert corrected(ORDER, None) is ORDER


def test_saying_what_the_shop_says_changes_nothing() -> None:
    assert corrected(ORDER, as_the_shop_says(ORDER)) == ORDER


def test_a_tax_id_is_replaced_and_nothing_else() -> None:
    said = replace(as_the_shop_says(ORDER), tax_id="123456789")

    assert corrected(ORDER, said) == replace(ORDER, buyer=replace(ORDER.buyer, tax_id="123456789"))


def test_a_company_and_a_name_are_replaced() -> None:
    said = BuyerCorrection("501964843", "Exemplo, Lda", "Inês Modelo", is_renamed=True)

    order = corrected(ORDER, said)

    assert (order.buyer.tax_id, order.buyer.company_name) == ("501964843", "Exemplo, Lda")
    assert order.billing.full_name == order.buyer.full_name == order.corrected_name == "Inês Modelo"
    assert order.billing.country_code == "PT"


def test_it_survives_json_and_twice_is_once() -> None:
    said = BuyerCorrection("501964843", "Exemplo, Lda", "Inês Modelo", is_renamed=True)

    assert correction_from_json(said.as_json()) == said
    assert corrected(corrected(ORDER, said), said).buyer == corrected(ORDER, said).buyer


def test_a_name_that_nobody_corrected_stays_the_shops() -> None:
    said = replace(as_the_shop_says(ORDER), tax_id="123456789")
    renamed = replace(ORDER, billing=replace(ORDER.billing, name="Maria"))

    order = corrected(renamed, said)

    assert (order.billing.full_name, order.corrected_name) == ("Maria Exemplo", "")


def test_a_name_that_was_corrected_stays_so_when_the_shop_says_it_too() -> None:
    said = replace(as_the_shop_says(ORDER), name="Inês Modelo", is_renamed=True)
    renamed = replace(ORDER, billing=replace(ORDER.billing, name="Inês", surname="Modelo"))

    assert corrected(ORDER, said).corrected_name == corrected(renamed, said).corrected_name == "Inês Modelo"


def test_what_is_typed_is_cleaned_and_cut() -> None:
    said = correction_from_json({"tax_id": " 501\x00964843 ", "company_name": "x" * 500, "name": ""})

    assert (said.tax_id, said.name) == ("501964843", "")
    assert (len(said.company_name), said.company_name[:99]) == (100, "x" * 99)  # the mark of a cut one


@pytest.mark.parametrize(
    ("tax_id", "company", "problem"),
    [
        ("123456789", "", ""),
        ("", "", ""),
        ("501964843", "Exemplo, Lda", ""),
        ("", "Exemplo, Lda", "a company needs its tax id"),
    ],
)
def test_what_can_be_used(tax_id: str, company: str, problem: str) -> None:
    assert problem_with(ORDER, BuyerCorrection(tax_id, company, "Inês")) == problem


@pytest.mark.parametrize("tax_id", ["123456780", "12345678", "912345678"])
def test_what_cannot_is_told(tax_id: str) -> None:
    assert problem_with(ORDER, BuyerCorrection(tax_id, "", "Inês")) != ""


def test_abroad_a_number_is_taken_as_typed() -> None:
    abroad = replace(ORDER, billing=replace(ORDER.billing, country_code="DE"))

    assert problem_with(abroad, BuyerCorrection("DE12", "Beispiel GmbH", "")) == ""


def test_two_words_say_the_same_whenever_they_were_given() -> None:
    said = BuyerCorrection("501964843", "Exemplo, Lda", "Inês Modelo")

    assert said.says_the_same_as(replace(said, is_renamed=True))
    assert not said.says_the_same_as(replace(said, name="Inês"))
