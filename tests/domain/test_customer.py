"""Whom a document is made out to, and who must be asked first."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from invoicing.domain.customer import billing_customer, with_clean_code, with_distinct_name
from invoicing.domain.plan import Customer, DocumentKind
from invoicing.domain.profile import InvalidTaxId, Profile
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.supply import Supply, SupplyKind, supply_of
from invoicing.domain.territories import territory
from invoicing.domain.vat_numbers import VatAnswer, VatNumber
from stores.domain.order import Address, Buyer, OrderSnapshot

from .abroad import SPANISH, abroad, address, answered
from .orders import BUYER, DAY, HOME, build, order_line, snapshot

FINAL = Customer(name="Consumidor final", code="LOJA-CF", is_final_consumer=True)
BIG = order_line(unit_price=Decimal(1000))


def customer_of(order: OrderSnapshot, profile: Profile | None = None) -> Customer:
    profile = profile or Profile()
    supply, _why = supply_of(order, profile, on=DAY)
    return billing_customer(order, profile, supply, code_prefix="LOJA")[0]


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
    order = snapshot(buyer=buyer(tax_id="111111111"))
    supply, _why = supply_of(order, Profile(), on=DAY)

    customer, why = billing_customer(order, Profile(), supply, code_prefix="LOJA")

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


def test_a_namesake_gets_a_mark_once() -> None:
    plan = build(snapshot(buyer=buyer(tax_id="123456789")))

    marked = with_distinct_name(plan)

    assert marked.customer.name == "Maria Exemplo (123456789)"
    assert replace(marked.customer, name="Maria Exemplo") == plan.customer
    assert marked.why[-1].choice == marked.customer.name
    assert with_distinct_name(marked) is marked
    nameless = with_distinct_name(build())
    assert nameless.customer.name == "Maria Exemplo (C77)"


def test_a_broken_client_is_left_for_a_new_one_once() -> None:
    plan = build(snapshot(buyer=buyer(tax_id="123456789")))

    clean = with_clean_code(plan)

    assert (clean.customer.code, clean.customer.name) == (
        "LOJA-N123456789-2",
        "Maria Exemplo (123456789)",
    )
    assert clean.customer.fiscal_id == "123456789"
    assert clean.why[-1].because == "the client that the account has is refused"
    assert with_clean_code(clean) is clean
    final = build(snapshot(buyer=buyer(full_name=""), billing=Address(country_code="PT")))
    assert final.customer.is_final_consumer
    assert with_clean_code(final) is final


def test_a_foreign_number_that_looks_like_a_nif_stays_foreign() -> None:
    order = abroad("DE", "10115", tax_id="259123382", company="Muster GmbH")
    supply = Supply(SupplyKind.INTRA_EU, territory("DE", "10115"), VatNumber("DE", "259123382"))

    customer, _why = billing_customer(order, Profile(), supply, code_prefix="LOJA")

    assert (customer.fiscal_id, customer.code) == ("DE259123382", "LOJA-VDE259123382")
    at_home, _why = billing_customer(
        order, Profile(), Supply(SupplyKind.DOMESTIC, territory("PT", "")), code_prefix="LOJA"
    )
    assert (at_home.fiscal_id, at_home.country_code) == ("259123382", "DE")


def test_goods_that_leave_are_not_sold_to_an_unnamed_buyer_because_of_rubbish() -> None:
    order = snapshot(buyer=buyer(tax_id="123"), delivery=address("US"))
    supply = Supply(SupplyKind.EXPORT, territory("US", ""))

    with pytest.raises(Hold) as caught:
        billing_customer(order, Profile(), supply, code_prefix="LOJA")

    assert caught.value.reason is HoldReason.INVALID_TAX_ID
    assert "leave the country" in caught.value.detail


def test_a_buyer_in_business_has_an_address_on_every_document_but_a_simplified_one() -> None:
    nowhere = replace(HOME, line="", city="", postal_code="")
    company = snapshot(buyer=buyer(tax_id="512345678", company_name="Empresa Exemplo Lda"), billing=nowhere)
    number = snapshot(buyer=buyer(tax_id="512345678"), billing=nowhere)
    private = snapshot(buyer=buyer(tax_id="123456789"), billing=nowhere)
    simplified = Profile(document_type=DocumentKind.SIMPLIFIED_INVOICE)

    assert held(company) is HoldReason.IDENTITY_REQUIRED
    assert held(number) is HoldReason.IDENTITY_REQUIRED
    assert customer_of(private).fiscal_id == "123456789"
    assert customer_of(company, simplified).fiscal_id == "512345678"
    dear = replace(company, paid_gross=Decimal("100.01"))
    assert held(dear, simplified) is HoldReason.IDENTITY_REQUIRED


def grounds(order: OrderSnapshot, profile: Profile | None = None) -> list[tuple[str, str, str]]:
    profile = profile or Profile()
    supply, _why = supply_of(order, profile, on=DAY)
    _customer, whys = billing_customer(order, profile, supply, code_prefix="LOJA")
    assert {why.subject for why in whys} == {"customer"}
    return [(why.choice, why.because, why.source) for why in whys]


def test_each_choice_of_a_customer_at_home_has_its_ground() -> None:
    nobody = snapshot(buyer=buyer(full_name=""), billing=replace(HOME, name="", surname=""))
    bad = snapshot(buyer=buyer(tax_id="123456780"))

    assert grounds(snapshot()) == [("named, without NIF", "no tax id given", "CIVA art. 36.º n.º 16")]
    assert grounds(snapshot(buyer=buyer(tax_id="123456789"))) == [
        ("123456789", "valid check digit", "CIVA art. 36.º n.º 16")
    ]
    assert grounds(nobody) == [
        ("Consumidor final", "no tax id given, no name", "CIVA art. 36.º n.º 15 and 16")
    ]
    assert grounds(bad) == [
        (
            "Consumidor final",
            "the tax id cannot be used: its check digit is wrong",
            "setting invalid_tax_id",
        )
    ]


@pytest.mark.parametrize(
    ("tax_id", "fiscal_id", "code", "ground"),
    [
        ("ESB58378431", "ESB58378431", "LOJA-VESB58378431", "a VAT number in form; nothing depends on it"),
        ("X-1234567", "X-1234567", "LOJA-C78", "as typed; no check is known for it"),
        ("", "", "LOJA-C78", "no tax id given"),
        ("no number", "", "LOJA-C78", "no tax id given"),
        ("999999990", "", "LOJA-C78", "no tax id given"),
        ("123456789", "123456789", "LOJA-N123456789", "valid check digit"),
    ],
)
def test_each_choice_of_a_customer_abroad_has_its_ground(
    tax_id: str, fiscal_id: str, code: str, ground: str
) -> None:
    order = abroad("ES", "28001", rate=Decimal(23), tax_id=tax_id)
    home = replace(order, delivery=HOME)
    profile = Profile(export_exemption_code="M05")

    customer = customer_of(home, profile)

    assert (customer.fiscal_id, customer.code) == (fiscal_id, code)
    assert (customer.name, customer.country_code, customer.postal_code) == ("Ana Inventada", "ES", "28001")
    assert (customer.address, customer.city) == ("1 Example Street", "Exampleton")
    assert grounds(home, profile) == [(fiscal_id or "named, without NIF", ground, "buyer lives abroad")]


@pytest.mark.parametrize(
    ("answer", "ground"),
    [
        (VatAnswer.VALID, "valid at VIES"),
        (VatAnswer.INVALID, "a VAT number in form; nothing depends on it"),
        (VatAnswer.UNKNOWN, "a VAT number in form; nothing depends on it"),
    ],
)
def test_only_a_valid_number_is_called_valid(answer: VatAnswer, ground: str) -> None:
    order = abroad("ES", "28001", tax_id="ESB58378431", company="Ejemplo SL")
    supply = Supply(SupplyKind.INTRA_EU, territory("ES", ""), SPANISH, answered(answer))

    customer, (why,) = billing_customer(order, Profile(), supply, code_prefix="LOJA")

    assert (customer.name, customer.fiscal_id) == ("Ejemplo SL", "ESB58378431")
    assert (why.choice, why.because) == ("ESB58378431", ground)


def test_what_is_missing_is_told_with_the_amount() -> None:
    big = replace(HOME, name="", surname="", line="", city="", postal_code="")
    order = snapshot(BIG, buyer=buyer(full_name=""), billing=big)

    with pytest.raises(Hold) as caught:
        customer_of(order)

    assert caught.value.reason is HoldReason.IDENTITY_REQUIRED
    assert caught.value.detail == "Paid 1000.00 EUR; missing: name, street, city or postal code."
    only_code = replace(big, name="Maria", line="Rua 1", postal_code="4000")
    assert customer_of(snapshot(BIG, billing=only_code)).name == "Maria"


def test_a_bad_tax_id_from_the_limit_on_tells_both_rules() -> None:
    order = snapshot(BIG, buyer=buyer(tax_id="123456780"))

    with pytest.raises(Hold) as caught:
        customer_of(order)
    assert caught.value.detail == (
        "The tax id cannot be used: its check digit is wrong. From 1000 EUR on, the document cannot go to an "
        "unnamed final consumer instead."
    )

    with pytest.raises(Hold) as caught:
        customer_of(snapshot(buyer=buyer(tax_id="123456780")), Profile(invalid_tax_id=InvalidTaxId.HOLD))
    assert caught.value.detail == "The tax id cannot be used: its check digit is wrong."


def test_a_mark_and_a_clean_code_say_why() -> None:
    plan = build(
        snapshot(
            buyer=buyer(tax_id="123456789", full_name="x"), billing=replace(HOME, name="M" * 100, surname="")
        )
    )

    marked, clean = with_distinct_name(plan), with_clean_code(plan)

    assert len(marked.customer.name) == 100
    assert marked.customer.name == "M" * 88 + " (123456789)"
    assert (marked.why[-1].subject, marked.why[-1].because, marked.why[-1].source) == (
        "customer",
        "another client of the account has the same name",
        "provider: client names are unique",
    )
    assert [why.source for why in clean.why[-2:]] == [
        "provider: client names are unique",
        "provider: documents need a client",
    ]
    assert clean.why[-1].choice == plan.customer.name
    assert clean.why[: len(plan.why)] == plan.why


def test_codes_stay_within_their_lengths() -> None:
    by_id = snapshot(buyer=buyer(shop_customer_id="7" * 100))
    by_order = snapshot(buyer=replace(buyer(), shop_customer_id=""), shop_order_id="9" * 100)

    assert len(customer_of(by_id).code) == len("LOJA-C") + 64
    assert len(customer_of(by_order).code) == len("LOJA-O") + 64
    assert customer_of(by_order).code.startswith("LOJA-O9")
