"""Which tax of the account a line takes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from invoicing.domain.plan import Tax
from invoicing.domain.profile import Profile
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.taxes import percent, tax_for

from .scenario_files import ACCOUNT_TAXES

D = Decimal


@pytest.mark.parametrize(("rate", "name"), [("23", "IVA23"), ("13.0", "IVA13"), ("6.00", "IVA6")])
def test_a_rate_is_found_by_value(rate: str, name: str) -> None:
    tax, why = tax_for(D(rate), Profile(), ACCOUNT_TAXES)

    assert tax.name == name
    assert (why.subject, why.choice, why.source) == ("rate", name, "CIVA art. 18.º n.º 1")


def test_the_name_says_nothing() -> None:
    taxes = (Tax("IVA23", D(6), "PT"), Tax("Normal", D(23), "PT"))

    assert tax_for(D(23), Profile(), taxes)[0].name == "Normal"


def test_the_accounts_own_region_counts_and_a_named_one_wins() -> None:
    own, named = Tax("A", D(23)), Tax("B", D(23), "PT")

    assert tax_for(D(23), Profile(), (own,))[0] is own
    assert tax_for(D(23), Profile(), (own, named))[0] is named
    assert tax_for(D(23), Profile(), (named, own))[0] is named


def test_another_regions_tax_is_not_taken() -> None:
    with pytest.raises(Hold) as caught:
        tax_for(D(22), Profile(), (Tax("IVA22", D(22), "PT-MA"),))

    assert caught.value.reason is HoldReason.UNKNOWN_TAX_RATE
    assert "22 %" in caught.value.detail


def test_a_rate_that_is_not_legal_needs_a_tax_that_names_the_region() -> None:
    with pytest.raises(Hold) as caught:
        tax_for(D(21), Profile(), (Tax("IVA21", D(21)),))
    assert caught.value.reason is HoldReason.UNKNOWN_TAX_RATE

    tax, why = tax_for(D(21), Profile(), (Tax("IVA21", D(21), "PT"),))
    assert tax.name == "IVA21"
    assert "not in CIVA 18" in why.source


@pytest.mark.parametrize("rate", [None, D(0), D("0.0")])
def test_no_vat_needs_a_code(rate: Decimal | None) -> None:
    with pytest.raises(Hold) as caught:
        tax_for(rate, Profile(), ACCOUNT_TAXES)
    assert caught.value.reason is HoldReason.MISSING_EXEMPTION

    tax, why = tax_for(rate, Profile(exemption_code="M10"), ACCOUNT_TAXES)
    assert tax.name == "Isento"
    assert (why.subject, why.choice) == ("exemption", "M10")


def test_no_vat_needs_the_accounts_tax_too() -> None:
    taxes = tuple(replace(tax, region="PT-AC") if not tax.rate else tax for tax in ACCOUNT_TAXES)

    with pytest.raises(Hold) as caught:
        tax_for(D(0), Profile(exemption_code="M10"), taxes)

    assert caught.value.reason is HoldReason.UNKNOWN_TAX_RATE
    assert "0 %" in caught.value.detail


def test_rates_are_written_for_people() -> None:
    assert [percent(D(rate)) for rate in ("23.00", "25.5", "20")] == ["23", "25.5", "20"]
