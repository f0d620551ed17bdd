"""Where a sale is taxed, and what must be known first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from invoicing.domain.profile import Profile
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.supply import (
    SupplyKind,
    destination_key,
    supply_of,
    vat_number_to_check,
)
from invoicing.domain.vat_numbers import VatAnswer, VatCheck
from stores.domain.order import Address, Shipping

from .abroad import SELLS_ABROAD, SPANISH, abroad, address, answered
from .orders import DAY, D, order_line, snapshot


def kind(*args: object, profile: Profile = SELLS_ABROAD, **changes: object) -> SupplyKind:
    return supply_of(abroad(*args, **changes), profile, on=DAY)[0].kind  # type: ignore[arg-type]


def held(order: object, profile: Profile = SELLS_ABROAD) -> Hold:
    with pytest.raises(Hold) as caught:
        supply_of(order, profile, on=DAY)  # type: ignore[arg-type]
    return caught.value


def test_goods_that_stay_are_a_sale_at_home() -> None:
    supply, why = supply_of(snapshot(), Profile(), on=DAY)

    assert (supply.kind, supply.is_abroad, supply.where.vat_country) == (SupplyKind.DOMESTIC, False, "PT")
    assert (why.choice, why.because) == ("domestic", "the goods stay in Portugal")


@pytest.mark.parametrize("country", ["", "Portugal", " PORTUGAL "])
def test_an_address_without_a_code_may_say_portugal(country: str) -> None:
    home = replace(snapshot().billing, country_code="", country=country)

    assert supply_of(snapshot(billing=home), Profile(), on=DAY)[0].kind is SupplyKind.DOMESTIC


def test_sales_abroad_sleep_until_the_settings_speak() -> None:
    hold = held(abroad("CH"), Profile())
    assert hold.reason is HoldReason.FOREIGN_BUYER
    assert hold.detail == "The delivery address is in CH, and the settings say nothing of sales abroad."

    assert held(abroad("ES", rate=D(23)), Profile()).reason is HoldReason.FOREIGN_BUYER
    home = snapshot(billing=address("ES"), delivery=snapshot().billing)
    assert held(home, Profile()).detail.startswith("The billing address is in ES")


@pytest.mark.parametrize("only", ["export_exemption_code", "intra_eu_exemption_code", "oss"])
def test_any_of_three_settings_wakes_them(only: str) -> None:
    profile = Profile(**{only: True if only == "oss" else "M05"})  # type: ignore[arg-type]

    assert profile.sells_abroad
    assert supply_of(abroad("CH"), profile, on=DAY)[0].kind is SupplyKind.EXPORT


@pytest.mark.parametrize(
    ("country", "postal_code", "expected"),
    [
        ("CH", "8001", SupplyKind.EXPORT),
        ("GB", "SW1A 1AA", SupplyKind.EXPORT),
        ("GB", "BT1 5GS", SupplyKind.EU_CONSUMER),
        ("ES", "28001", SupplyKind.EU_CONSUMER),
        ("ES", "35001", SupplyKind.EXPORT),
        ("FR", "97110", SupplyKind.EXPORT),
        ("FI", "22100", SupplyKind.EXPORT),
        ("MC", "98000", SupplyKind.EU_CONSUMER),
        ("US", "10001", SupplyKind.EXPORT),
    ],
)
def test_the_place_decides(country: str, postal_code: str, expected: SupplyKind) -> None:
    assert kind(country, postal_code) is expected


def test_the_place_of_delivery_goes_before_the_buyers_home() -> None:
    order = snapshot(delivery=address("CH"))

    assert supply_of(order, SELLS_ABROAD, on=DAY)[0].kind is SupplyKind.EXPORT
    order = snapshot(billing=address("CH"), delivery=snapshot().billing)
    assert supply_of(order, SELLS_ABROAD, on=DAY)[0].kind is SupplyKind.DOMESTIC


def test_goods_without_a_place_of_delivery_are_held_and_files_are_not() -> None:
    order = snapshot(billing=address("CH"))

    hold = held(order)
    assert (hold.reason, "where the goods went" in hold.detail) == (HoldReason.FOREIGN_BUYER, True)
    order = snapshot(order_line(product_type="digital"), billing=address("ES"))
    supply, _why = supply_of(order, SELLS_ABROAD, on=DAY)
    assert (supply.kind, supply.is_service) == (SupplyKind.EU_CONSUMER, True)


@pytest.mark.parametrize(
    "place", [Address(country="Suíça"), Address(country_code="XX"), Address(country_code="PRT")]
)
def test_a_country_that_is_not_known_decides_nothing(place: Address) -> None:
    assert held(snapshot(delivery=place)).reason is HoldReason.FOREIGN_BUYER


def test_oss_begins_on_its_day() -> None:
    profile = Profile(oss=True, oss_from=date(2026, 7, 2))

    assert supply_of(abroad("DE"), profile, on=DAY)[0].kind is SupplyKind.EU_CONSUMER
    supply, why = supply_of(abroad("DE"), profile, on=date(2026, 7, 2))
    assert (supply.kind, supply.where.vat_country) == (SupplyKind.OSS, "DE")
    assert why.source == "setting oss"
    assert supply_of(abroad("DE"), Profile(oss=True), on=DAY)[0].kind is SupplyKind.OSS


def test_a_valid_number_makes_an_intra_eu_sale_and_its_proof_is_told() -> None:
    order = abroad("ES", "28001", tax_id=str(SPANISH))

    supply, why = supply_of(
        order, SELLS_ABROAD, on=DAY, vat_check=answered(VatAnswer.VALID, consultation="WAPIEXAMPLE1")
    )
    assert supply.kind is SupplyKind.INTRA_EU
    assert why.because.endswith("number is valid, asked on 2026-07-01, consultation WAPIEXAMPLE1")
    supply, why = supply_of(order, SELLS_ABROAD, on=DAY, vat_check=answered(VatAnswer.VALID))
    assert why.because.endswith("valid, asked on 2026-07-01")
    for answer in (VatAnswer.INVALID, VatAnswer.UNKNOWN):
        supply, _why = supply_of(order, SELLS_ABROAD, on=DAY, vat_check=answered(answer))
        assert supply.kind is SupplyKind.EU_CONSUMER
    no_code = Profile(export_exemption_code="M05")
    supply, _why = supply_of(order, no_code, on=DAY, vat_check=answered(VatAnswer.VALID))
    assert supply.kind is SupplyKind.EU_CONSUMER


def test_a_number_is_asked_about_only_where_the_document_depends_on_it() -> None:
    order = abroad("ES", "28001", tax_id=str(SPANISH))

    assert vat_number_to_check(order, SELLS_ABROAD) == SPANISH
    assert vat_number_to_check(order, Profile(export_exemption_code="M05")) is None
    small = replace(SELLS_ABROAD, exemption_code="M10")
    assert vat_number_to_check(order, small) is None
    assert vat_number_to_check(abroad("ES", rate=D(23), tax_id=str(SPANISH)), SELLS_ABROAD) is None
    assert vat_number_to_check(abroad("ES", "35001", tax_id=str(SPANISH)), SELLS_ABROAD) is None
    assert vat_number_to_check(abroad("ES"), SELLS_ABROAD) is None
    assert vat_number_to_check(replace(order, delivery=None), SELLS_ABROAD) is None
    assert vat_number_to_check(replace(order, delivery=snapshot().billing), SELLS_ABROAD) is None
    assert vat_number_to_check(replace(order, delivery=Address(country="Suíça")), SELLS_ABROAD) is None


def test_untaxed_delivery_alone_makes_the_number_matter() -> None:
    shipping = Shipping(price=D(5))
    order = abroad("ES", rate=D(23), tax_id=str(SPANISH), shipping=shipping)

    assert vat_number_to_check(order, SELLS_ABROAD) == SPANISH
    free = replace(order, shipping=Shipping(price=D(5), discount=D(5)))
    assert vat_number_to_check(free, SELLS_ABROAD) is None


def test_the_destination_has_a_word_that_changes_with_it() -> None:
    assert destination_key(snapshot()) == "PT"
    words = {destination_key(abroad(*place)) for place in (("ES", "28001"), ("ES", "35001"), ("CH", "8001"))}
    assert len(words) == 3
    assert destination_key(snapshot(delivery=Address(country="Suíça")))


def test_a_service_to_northern_ireland_leaves_the_eu_and_goods_do_not() -> None:
    service = abroad("GB", "BT1 5GS")
    service = replace(service, lines=(order_line(product_type="digital", tax_rate=D(23)),))

    supply, why = supply_of(service, SELLS_ABROAD, on=DAY)

    assert (supply.kind, supply.is_service) == (SupplyKind.EXPORT, True)
    assert why.because == "the service goes to Northern Ireland"
    assert vat_number_to_check(abroad("ES", "28001", tax_id=str(SPANISH)), SELLS_ABROAD) == SPANISH
    untaxed = replace(
        abroad("ES", "28001", tax_id=str(SPANISH)), lines=(order_line(product_type="digital", tax_rate=D(0)),)
    )
    assert vat_number_to_check(untaxed, SELLS_ABROAD) is None


def test_a_delivery_address_without_a_country_is_no_place() -> None:
    order = snapshot(billing=address("CH"), delivery=Address(name="Ann"))

    assert "where the goods went" in held(order).detail
    at_home = snapshot(delivery=Address(name="Ann"))
    supply, _why = supply_of(at_home, SELLS_ABROAD, on=DAY)
    assert (supply.kind, supply.region) == (SupplyKind.DOMESTIC, "PT")


def test_an_answer_without_a_date_is_told_without_one() -> None:
    order = abroad("ES", "28001", tax_id=str(SPANISH))

    _supply, why = supply_of(
        order, SELLS_ABROAD, on=DAY, vat_check=VatCheck(SPANISH, VatAnswer.VALID, consultation="WAPIX")
    )

    assert why.because == ("a business in Spain; VIES says that its number is valid, consultation WAPIX")
