"""The reason that a line without VAT names, or why there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from invoicing.domain.exemptions import SMALL_BUSINESS_ABROAD
from invoicing.domain.profile import Profile
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.supply import Supply, SupplyKind
from invoicing.domain.territories import territory
from invoicing.domain.vat_numbers import VatAnswer
from invoicing.domain.zero_rate import exemption_for, one_code, shipping_exemption_for

from .abroad import SELLS_ABROAD, SPANISH, answered
from .orders import DAY

SAID = "the shop charged 0 %"
HOME = Supply(SupplyKind.DOMESTIC, territory("PT", "4000-001"))
EXPORT = Supply(SupplyKind.EXPORT, territory("CH", "8001"))
SPAIN = territory("ES", "28001")


def code(supply: Supply, profile: Profile, sku: str = "CAM-1", on: date = DAY) -> tuple[str, str]:
    found, why = exemption_for(sku, SAID, supply, profile, on=on)
    assert (why.subject, why.choice) == ("exemption", found)
    return found, why.source


def held(supply: Supply, profile: Profile, on: date = DAY) -> Hold:
    with pytest.raises(Hold) as caught:
        exemption_for("CAM-1", SAID, supply, profile, on=on)
    return caught.value


def in_spain(kind: SupplyKind = SupplyKind.EU_CONSUMER, **changes: Any) -> Supply:
    return Supply(kind, SPAIN, **changes)


def test_at_home_the_code_is_the_settings() -> None:
    assert code(HOME, Profile(exemption_code="M07")) == ("M07", "setting exemption_code, CIVA art. 9.º")

    hold = held(HOME, Profile())
    assert hold.reason is HoldReason.MISSING_EXEMPTION
    assert hold.detail == f"A line has no VAT ({SAID}) and no exemption code is set (exemption_code)."


def test_an_export_has_its_own_code_and_never_the_one_for_home() -> None:
    assert code(EXPORT, SELLS_ABROAD)[0] == "M05"

    hold = held(EXPORT, Profile(exemption_code="M07", intra_eu_exemption_code="M16"))
    assert hold.reason is HoldReason.MISSING_EXEMPTION
    assert "(export_exemption_code)" in hold.detail


def test_a_business_in_the_eu_has_its_own_code() -> None:
    supply = in_spain(SupplyKind.INTRA_EU, vat_number=SPANISH, vat_check=answered(VatAnswer.VALID))

    assert code(supply, SELLS_ABROAD) == ("M16", "setting intra_eu_exemption_code, RITI art. 14.º")


def test_a_consumer_in_the_eu_is_never_without_vat() -> None:
    for kind in (SupplyKind.EU_CONSUMER, SupplyKind.OSS):
        hold = held(in_spain(kind), SELLS_ABROAD)

        assert hold.reason is HoldReason.UNTAXED_EU_SALE
        assert "the buyer in Spain gave no VAT number" in hold.detail


def test_what_vies_said_is_the_reason_to_wait() -> None:
    invalid = in_spain(vat_number=SPANISH, vat_check=answered(VatAnswer.INVALID))
    unknown = in_spain(vat_number=SPANISH, vat_check=answered(VatAnswer.UNKNOWN))
    told = in_spain(vat_number=SPANISH, vat_check=answered(VatAnswer.UNKNOWN, remark="MS_UNAVAILABLE"))

    assert held(invalid, SELLS_ABROAD).reason is HoldReason.VAT_NUMBER_INVALID
    assert held(unknown, SELLS_ABROAD).reason is HoldReason.VAT_NUMBER_UNCHECKED
    assert held(told, SELLS_ABROAD).detail.endswith("is valid (MS_UNAVAILABLE).")
    assert held(unknown, SELLS_ABROAD).detail.endswith("is valid.")


def test_a_number_without_a_setting_for_businesses_names_the_setting() -> None:
    hold = held(in_spain(vat_number=SPANISH), Profile(export_exemption_code="M05"))

    assert (hold.reason, "(intra_eu_exemption_code)" in hold.detail) == (HoldReason.MISSING_EXEMPTION, True)


@pytest.mark.parametrize("small", ["M10", SMALL_BUSINESS_ABROAD])
def test_a_small_business_has_one_code_everywhere(small: str) -> None:
    profile = replace(SELLS_ABROAD, exemption_code=small)

    for supply in (HOME, EXPORT, in_spain()):
        assert code(supply, profile)[0] == small
        assert shipping_exemption_for(SAID, supply, profile, on=DAY)[0] == small


def test_a_products_own_code_goes_before_all_others() -> None:
    pairs = (("CAM-*", "M13"), ("CAM-1", "M14"), ("LIV-*", "M07"))
    profile = replace(SELLS_ABROAD, exemption_code="M10", exemption_by_sku=pairs)

    assert code(HOME, profile) == ("M14", "setting exemption_by_sku, DL 199/96")
    assert code(EXPORT, profile, sku="CAM-2")[0] == "M13"
    assert code(HOME, profile, sku="X")[0] == "M10"
    assert code(HOME, profile, sku="cam-1")[0] == "M10"


def test_delivery_has_a_code_of_its_own_only_at_home() -> None:
    profile = replace(SELLS_ABROAD, exemption_code="M07", shipping_exemption_code="M99")

    assert shipping_exemption_for(SAID, HOME, profile, on=DAY)[0] == "M99"
    assert shipping_exemption_for(SAID, EXPORT, profile, on=DAY)[0] == "M05"
    assert shipping_exemption_for(SAID, HOME, Profile(exemption_code="M07"), on=DAY)[0] == "M07"
    # A pattern that fits every article is not meant for delivery.
    every = Profile(exemption_code="M07", exemption_by_sku=(("CAM*", "M13"),))
    assert shipping_exemption_for(SAID, HOME, every, on=DAY)[0] == "M07"


def test_a_code_must_be_in_force_on_the_day() -> None:
    profile = Profile(exemption_code="M35")

    assert code(HOME, profile, on=date(2026, 7, 1))[0] == "M35"
    hold = held(HOME, profile, on=date(2026, 6, 30))
    assert hold.reason is HoldReason.EXEMPTION_NOT_IN_FORCE
    assert hold.detail == "M35 is in force only from 2026-07-01 (setting exemption_code)."


def test_one_document_has_one_code() -> None:
    assert one_code([]) == one_code(["", ""]) == ""
    assert one_code(["M07", "", "M07"]) == "M07"

    with pytest.raises(Hold) as caught:
        one_code(["M13", "M07"])

    assert caught.value.reason is HoldReason.MIXED_EXEMPTIONS
    assert caught.value.detail == "Its lines need M07 and M13."


def test_a_service_abroad_has_only_its_products_own_reason() -> None:
    for kind in (SupplyKind.EXPORT, SupplyKind.EU_CONSUMER):
        service = Supply(kind, SPAIN, is_service=True)

        hold = held(service, SELLS_ABROAD)
        assert hold.reason is HoldReason.MISSING_EXEMPTION
        assert hold.detail.startswith("A service to Spain has no VAT")
        own = replace(SELLS_ABROAD, exemption_by_sku=(("CAM-*", "M40"),))
        assert code(service, own)[0] == "M40"


def test_under_oss_no_reason_of_ours_applies() -> None:
    own = replace(SELLS_ABROAD, oss=True, exemption_by_sku=(("CAM-*", "M07"),))

    assert held(in_spain(SupplyKind.OSS), own).reason is HoldReason.UNTAXED_EU_SALE
    small = replace(own, exemption_code="M10", exemption_by_sku=())
    assert code(in_spain(SupplyKind.OSS), small)[0] == "M10"
