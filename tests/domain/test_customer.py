"""Whom a document is made out to, and who must be asked first."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from invoicing.domain.customer import billing_customer
from invoicing.domain.plan import Customer
from invoicing.domain.profile import InvalidTaxId, Profile
from invoicing.domain.reasons import Hold, HoldReason
from stores.domain.order import Address, Buyer, OrderSnapshot

from .orders import BUYER, HOME, order_line, snapshot

FINAL = Customer(name="Consumidor final", code="LOJA-CF", is_final_consumer=True)
BIG = order_line(unit_price=Decimal(1000))


def customer_of(order: OrderSnapshot, profile: Profile | None = None) -> Customer:
    return billing_customer(order, profile or Profile(), code_prefix="LOJA")[0]


def held(order: OrderSnapshot, profile: Profile | None = None) -> HoldReason:
    with pytest.raises(Hold) as caught:
        customer_of(order, profile)
    assert caught.value.detail
    return caught.value.reason


def buyer(**changes: str) -> Buyer:
    return replace(BUYER, **changes)


def test_a_person_without_a_tax_id_is_named() -> None:
    assert customer_of(snapshot()) == Customer(
        name="Maria Exemplo",
        code="LOJA-C77",
        email="maria@example.com",
        phone="+351910000000",
        address="Rua Inventada 10",
        city="Porto",
        postal_code="4000-001",
        country_code="PT",
    )


def test_a_valid_tax_id_is_printed_and_keys_the_buyer() -> None:
    customer = customer_of(snapshot(buyer=buyer(tax_id="PT 123 456 789")))

    assert (customer.fiscal_id, customer.code) == ("123456789", "LOJA-N123456789")


def test_the_same_digits_as_shop_id_and_tax_id_are_two_buyers() -> None:
    by_id = customer_of(snapshot(buyer=buyer(shop_customer_id="123456789")))
    by_tax_id = customer_of(snapshot(buyer=buyer(tax_id="123456789")))

    assert by_id.code != by_tax_id.code


def test_without_any_id_the_order_keys_the_buyer() -> None:
    assert customer_of(snapshot(buyer=buyer(shop_customer_id=""))).code == "LOJA-O1001"


def test_a_company_is_named_by_its_company_name() -> None:
    customer = customer_of(snapshot(buyer=buyer(company_name="Empresa Exemplo Lda", tax_id="512345678")))

    assert (customer.name, customer.fiscal_id) == ("Empresa Exemplo Lda", "512345678")


def test_nobody_is_the_final_consumer_with_nothing_but_the_name() -> None:
    order = snapshot(
        buyer=Buyer(email="alguem@example.com", full_name="alguem@example.com"), billing=Address()
    )

    assert customer_of(order) == FINAL


def test_a_tax_id_without_a_name_is_not_called_final_consumer() -> None:
    customer = customer_of(snapshot(buyer=Buyer(tax_id="123456789"), billing=Address()))

    assert (customer.name, customer.is_final_consumer) == ("Contribuinte 123456789", False)


def test_a_bad_tax_id_goes_to_the_final_consumer_and_leaves_no_trace() -> None:
    customer, why = billing_customer(snapshot(buyer=buyer(tax_id="111111111")), Profile(), code_prefix="LOJA")

    assert customer == FINAL
    assert "check digit" in why[0].because
    assert "111111111" not in repr(customer) + repr(why)


def test_a_bad_tax_id_is_held_if_the_merchant_says_so() -> None:
    profile = Profile(invalid_tax_id=InvalidTaxId.HOLD)

    assert held(snapshot(buyer=buyer(tax_id="111111111")), profile) is HoldReason.INVALID_TAX_ID


def test_a_bad_tax_id_is_held_from_a_thousand_on() -> None:
    assert held(snapshot(BIG, buyer=buyer(tax_id="111111111"))) is HoldReason.INVALID_TAX_ID


@pytest.mark.parametrize("tax_id", ["", "111111111", "999999990"])
def test_a_company_needs_its_tax_id(tax_id: str) -> None:
    order = snapshot(buyer=buyer(company_name="Empresa Exemplo Lda", tax_id=tax_id))

    assert held(order) is HoldReason.COMPANY_WITHOUT_TAX_ID


@pytest.mark.parametrize(
    "billing",
    [
        replace(HOME, line=""),
        replace(HOME, city="", postal_code=""),
    ],
)
def test_a_thousand_euro_need_an_address(billing: Address) -> None:
    assert held(snapshot(BIG, billing=billing)) is HoldReason.IDENTITY_REQUIRED


@pytest.mark.parametrize("typed", ["-", ".", " x "])
def test_a_company_field_filled_to_get_past_it_is_no_company(typed: str) -> None:
    assert customer_of(snapshot(buyer=buyer(company_name=typed))).name == "Maria Exemplo"


def test_a_thousand_euro_need_a_name() -> None:
    order = snapshot(BIG, billing=replace(HOME, name="", surname=""), buyer=Buyer(shop_customer_id="77"))

    assert held(order) is HoldReason.IDENTITY_REQUIRED


def test_a_cent_less_needs_nothing() -> None:
    order = snapshot(order_line(unit_price=Decimal("999.99")), billing=Address(), buyer=Buyer())

    assert customer_of(order) == FINAL


@pytest.mark.parametrize(
    "abroad",
    [replace(HOME, country_code="FR"), replace(HOME, country_code="", country="Espanha")],
)
def test_a_buyer_or_a_delivery_abroad_is_held(abroad: Address) -> None:
    assert held(snapshot(billing=abroad)) is HoldReason.FOREIGN_BUYER
    assert held(snapshot(delivery=abroad)) is HoldReason.FOREIGN_BUYER


def test_an_address_without_a_country_is_at_home() -> None:
    order = snapshot(billing=replace(HOME, country_code="", country="Portugal"), delivery=Address())

    assert customer_of(order).country_code == "PT"


@pytest.mark.parametrize("email", ["not an address", "a@b", "a@b.pt, c@d.pt", "a@b..pt", ""])
def test_an_email_that_cannot_be_one_is_left_out(email: str) -> None:
    assert customer_of(snapshot(buyer=buyer(email=email))).email == ""


def test_every_text_is_one_bounded_line() -> None:
    order = snapshot(billing=replace(HOME, name="Ana\n\r\u0000\u202eExemplo " * 50, line="Rua\u2028A " * 80))

    customer = customer_of(order)

    assert len(customer.name) <= 100
    assert len(customer.address) <= 150
    assert not any(char in customer.name + customer.address for char in "\n\r\u0000\u202e\u2028")
