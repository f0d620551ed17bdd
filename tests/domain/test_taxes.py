"""Which tax of the account a line takes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from invoicing.domain.plan import Tax, Why
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.supply import Supply, SupplyKind
from invoicing.domain.taxes import percent, tax_for, zero_tax
from invoicing.domain.territories import territory

from .orders import DAY
from .scenario_files import ACCOUNT_TAXES

D = Decimal
HOME = Supply(SupplyKind.DOMESTIC, territory("PT", "4000-001"))
MADEIRA = (Tax("IVA22", D(22), "PT-MA"), Tax("IVA12", D(12), "PT-MA"), Tax("IVA4", D(4), "PT-MA"))


def take(
    rate: str,
    taxes: tuple[Tax, ...] = ACCOUNT_TAXES,
    *,
    supply: Supply = HOME,
    region: str = "PT",
    on: date = DAY,
    accept: bool = False,
) -> tuple[Tax, Why]:
    return tax_for(D(rate), supply, taxes, region=region, on=on, accept_other_region=accept)


def held(*args: object, **changes: object) -> Hold:
    with pytest.raises(Hold) as caught:
        take(*args, **changes)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize(("rate", "name"), [("23", "IVA23"), ("13.0", "IVA13"), ("6.00", "IVA6")])
def test_a_rate_is_found_by_value(rate: str, name: str) -> None:
    tax, why = take(rate)

    assert tax.name == name
    charged = f"the shop charged {D(rate).normalize():f} %"
    source = "goods leave from Continente, CIVA art. 6.º n.º 1, art. 18.º n.º 1"
    assert why == Why("rate", name, charged, source)


def test_the_name_says_nothing() -> None:
    taxes = (Tax("IVA23", D(6), "PT"), Tax("Normal", D(23), "PT"))

    assert take("23", taxes)[0].name == "Normal"


def test_the_accounts_own_region_counts_and_a_named_one_wins() -> None:
    own, named = Tax("A", D(23)), Tax("B", D(23), "PT")

    assert take("23", (own,))[0] is own
    assert take("23", (own, named))[0] is named
    assert take("23", (named, own))[0] is named
    assert take("23", (Tax("Z", D(23)), own))[0] is own


def test_a_lawful_rate_without_a_tax_in_the_account_is_held() -> None:
    hold = held("13", (Tax("IVA23", D(23), "PT"), Tax("IVA13", D(13), "PT-AC")))

    assert hold.reason is HoldReason.UNKNOWN_TAX_RATE
    assert hold.detail == "The shop charged 13 %; the account has no such tax for PT."


def test_a_rate_that_is_not_legal_needs_a_tax_that_names_the_region() -> None:
    hold = held("21", (Tax("IVA21", D(21)),))
    assert hold.reason is HoldReason.UNKNOWN_TAX_RATE
    assert hold.detail == "21 % is no rate of PT, and IVA21 names no region."

    tax, why = take("21", (Tax("IVA21", D(21), "PT"),))
    assert tax.name == "IVA21"
    assert why == Why("rate", "IVA21", "the shop charged 21 %", "account tax; not in CIVA 18")


@pytest.mark.parametrize(("rate", "name"), [("22", "IVA22"), ("12", "IVA12"), ("4", "IVA4")])
def test_goods_that_leave_from_an_island_carry_its_rates(rate: str, name: str) -> None:
    tax, why = take(rate, MADEIRA, region="PT-MA")

    assert tax.name == name
    source = "goods leave from Madeira, CIVA art. 6.º n.º 1, art. 18.º n.º 3"
    assert why == Why("rate", name, f"the shop charged {rate} %", source)


def test_the_reduced_rate_of_madeira_changed_with_the_date() -> None:
    taxes = (Tax("IVA4", D(4), "PT-MA"), Tax("IVA5", D(5), "PT-MA"))

    assert take("5", taxes, region="PT-MA", on=date(2024, 9, 30))[1].source.endswith("art. 18.º n.º 3")
    assert take("5", taxes, region="PT-MA", on=date(2024, 10, 1))[1].source == "account tax; not in CIVA 18"
    assert take("4", taxes, region="PT-MA", on=date(2024, 10, 1))[1].source.endswith("art. 18.º n.º 3")


def test_another_regions_rate_waits_for_a_person() -> None:
    taxes = (*ACCOUNT_TAXES, *MADEIRA)

    hold = held("22", taxes)
    assert hold.reason is HoldReason.RATE_OF_OTHER_REGION
    assert hold.detail == "The shop charged 22 %, a rate of Madeira; the goods leave from Continente."
    assert held("23", taxes, region="PT-AC").reason is HoldReason.RATE_OF_OTHER_REGION
    assert held("4", taxes).detail.startswith("The shop charged 4 %, a rate of Açores or Madeira;")
    # Which of two it is, is told by the address alone, whatever a person accepted.
    assert held("4", taxes, accept=True).reason is HoldReason.RATE_OF_OTHER_REGION


def test_what_a_person_accepted_is_taken_from_the_region_that_has_it() -> None:
    taxes = (*ACCOUNT_TAXES, *MADEIRA)

    funchal = Supply(SupplyKind.DOMESTIC, territory("PT", "9000-098"), region="PT-MA")

    tax, why = take("4", taxes, supply=funchal, accept=True)

    assert tax == Tax("IVA4", D(4), "PT-MA")
    assert why == Why("rate", "IVA4", "the shop charged 4 %", "a person accepted this store's rates")
    hold = held("16", taxes, accept=True)
    assert hold.reason is HoldReason.UNKNOWN_TAX_RATE
    assert hold.detail == "The shop charged 16 %; the account has no such tax for Açores."


@pytest.mark.parametrize(("country", "region"), [("DE", "DE"), ("GR", "GR")])
def test_under_oss_only_a_tax_of_the_buyers_country_will_do(country: str, region: str) -> None:
    abroad = Supply(SupplyKind.OSS, territory(country, ""))
    taxes = (*ACCOUNT_TAXES, Tax("B19", D(19), region), Tax("A19", D(19), region), Tax("IVA19", D(19)))

    tax, why = take("19", taxes, supply=abroad)

    assert tax.name == "A19"
    assert why == Why("rate", "A19", "the shop charged 19 %", "setting oss")
    hold = held("23", taxes, supply=abroad)
    assert hold.reason is HoldReason.UNKNOWN_TAX_RATE
    assert hold.detail.endswith(f"; the account has no such tax for {region}.")


def test_northern_ireland_has_the_united_kingdoms_taxes_at_the_provider() -> None:
    abroad = Supply(SupplyKind.OSS, territory("GB", "BT1 5GS"))

    assert take("20", (Tax("UK20", D(20), "GB"),), supply=abroad)[0].name == "UK20"


def test_no_vat_needs_the_accounts_tax_of_zero() -> None:
    assert zero_tax(ACCOUNT_TAXES, region="PT", said="-").name == "Isento"

    with pytest.raises(Hold) as caught:
        zero_tax((Tax("Isento", D(0), "PT-AC"),), region="PT", said="the shop charged 0 %")

    assert caught.value.reason is HoldReason.UNKNOWN_TAX_RATE
    assert caught.value.detail == (
        "A line has no VAT (the shop charged 0 %); the account has no 0 % tax for PT."
    )


def test_rates_are_written_for_people() -> None:
    assert [percent(D(rate)) for rate in ("23.00", "25.5", "20")] == ["23", "25.5", "20"]


def test_what_was_accepted_for_the_islands_says_nothing_of_sales_abroad() -> None:
    italy = Supply(SupplyKind.EU_CONSUMER, territory("IT", "00100"))

    hold = held("22", (*ACCOUNT_TAXES, *MADEIRA), supply=italy, accept=True)

    assert hold.reason is HoldReason.UNKNOWN_TAX_RATE
    assert hold.detail == "The shop charged 22 %; the account has no such tax for PT."
