"""Which taxes an order calls for, and the tax that would be made for one that is missing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from invoicing.domain.line_taxes import SaleTaxes
from invoicing.domain.plan import Tax
from invoicing.domain.profile import Profile, ShippingVat, UntaxedShipping
from invoicing.domain.supply import Supply, SupplyKind
from invoicing.domain.tax_needs import TaxNeed, new_tax, tax_needs
from invoicing.domain.territories import territory
from stores.domain.order import OrderLine, Shipping

from .orders import DAY, order_line, snapshot
from .scenario_files import ACCOUNT_TAXES

D = Decimal
AT_HOME = Supply(SupplyKind.DOMESTIC, territory("PT", "4000-001"))
IN_GERMANY = Supply(SupplyKind.OSS, territory("DE", "10115"))


def needs(
    *lines: OrderLine,
    supply: Supply = AT_HOME,
    taxes: tuple[Tax, ...] = ACCOUNT_TAXES,
    accept: bool = False,
    shipping: Shipping | None = None,
    **profile: Any,
) -> list[tuple[str, str, str]]:
    order = snapshot(*lines, shipping=shipping or Shipping())
    found = tax_needs(order, SaleTaxes(supply, Profile(**profile), taxes, DAY, accept))
    return [(str(n.rate), n.region, n.tax.name if n.tax else "") for n in found]


def test_rates_that_the_account_has() -> None:
    lines = (order_line(), order_line(tax_rate=D(6)), order_line(tax_rate=None))

    assert needs(*lines) == [("0", "PT", "Isento"), ("6", "PT", "IVA6"), ("23", "PT", "IVA23")]


def test_a_rate_of_the_law_that_is_missing() -> None:
    only_normal = tuple(tax for tax in ACCOUNT_TAXES if tax.rate == 23)

    (need,) = tax_needs(snapshot(order_line(tax_rate=D(13))), SaleTaxes(AT_HOME, Profile(), only_normal, DAY))

    assert need == TaxNeed(D(13), "PT", None, is_lawful=True)


def test_a_rate_that_the_law_does_not_know_is_none_to_be_made() -> None:
    (need,) = tax_needs(
        snapshot(order_line(tax_rate=D(21))), SaleTaxes(AT_HOME, Profile(), ACCOUNT_TAXES, DAY)
    )

    assert need == TaxNeed(D(21), "PT", None, is_lawful=False)


def test_a_rate_of_another_region_calls_for_nothing_until_it_is_accepted() -> None:
    line = order_line(tax_rate=D(22))

    assert needs(line) == []
    assert needs(line, accept=True) == [("22", "PT-MA", "")]
    assert needs(line, vat_region="PT-MA") == [("22", "PT-MA", "")]


def test_a_consumer_abroad_calls_for_a_tax_of_the_country() -> None:
    line = order_line(tax_rate=D(19))

    assert needs(line, supply=IN_GERMANY, oss=True) == [("19", "DE", "")]
    german = (*ACCOUNT_TAXES, Tax("MwSt", D(19), "DE"))
    assert needs(line, supply=IN_GERMANY, oss=True, taxes=german) == [("19", "DE", "MwSt")]


def test_free_lines_call_for_nothing() -> None:
    assert needs(order_line(), order_line(unit_price=D(0), tax_rate=D(6))) == [("23", "PT", "IVA23")]


@pytest.mark.parametrize(
    ("shipping", "profile", "expected"),
    [
        (Shipping(D("4.92"), tax_rate=D(6)), {}, ["6", "23"]),
        (Shipping(D("4.92"), tax_rate=D(6)), {"shipping_vat": ShippingVat.AS_GOODS}, ["23"]),
        (Shipping(D("4.92"), tax_rate=None), {}, ["23"]),
        (Shipping(D("4.92"), tax_rate=None), {"untaxed_shipping": UntaxedShipping.EXEMPT}, ["0", "23"]),
        (Shipping(D("4.92"), discount=D("4.92"), tax_rate=D(6)), {}, ["23"]),
    ],
)
def test_delivery_calls_for_its_tax_as_the_settings_say(
    shipping: Shipping, profile: dict[str, Any], expected: list[str]
) -> None:
    assert [rate for rate, _region, _tax in needs(order_line(), shipping=shipping, **profile)] == expected


@pytest.mark.parametrize(
    ("rate", "region", "taken", "name"),
    [
        ("13", "PT", (), "IVA13"),
        ("22", "PT-MA", (), "IVA22 PT-MA"),
        ("19.0", "DE", (), "IVA19 DE"),
        ("25.5", "FI", (), "IVA25.5 FI"),
        ("0", "PT", (), "Isento"),
        ("13", "PT", ("iva13",), "IVA13 2"),
        ("13", "PT", ("IVA13", "IVA13 2"), "IVA13 3"),
    ],
)
def test_a_new_tax_has_a_name_of_its_own_and_always_the_same(
    rate: str, region: str, taken: tuple[str, ...], name: str
) -> None:
    need = TaxNeed(D(rate), region)

    assert new_tax(need, taken) == Tax(name, D(rate), region)
    assert new_tax(replace(need), taken) == new_tax(need, taken)
