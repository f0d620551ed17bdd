"""What a change of the settings changes, and what it may set free."""

from __future__ import annotations

from datetime import date

import pytest

from invoicing.domain.profile import HoldOrExclude, OnCancel, Profile
from invoicing.domain.reasons import HoldReason
from invoicing.domain.setting_changes import (
    LIFTED_BY,
    LIFTED_BY_ACCOUNT,
    SettingChange,
    changes_between,
    reasons_lifted_by,
)


def test_equal_settings_have_no_changes() -> None:
    assert changes_between(Profile(), Profile()) == ()


def test_changes_are_told_as_json_values_in_the_order_of_the_profile() -> None:
    after = Profile(
        finalize=True,
        go_live_on=date(2026, 7, 1),
        exemption_by_sku=(("LIVRO-*", "M07"),),
        print_fields=("Obra",),
    )

    assert changes_between(Profile(), after) == (
        SettingChange("finalize", False, True),
        SettingChange("exemption_by_sku", {}, {"LIVRO-*": "M07"}),
        SettingChange("print_fields", [], ["Obra"]),
        SettingChange("go_live_on", None, "2026-07-01"),
    )


def test_every_setting_says_what_it_may_set_free() -> None:
    assert set(LIFTED_BY) == set(Profile().to_dict())


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (Profile(exemption_code="M10"), HoldReason.MISSING_EXEMPTION),
        (Profile(exemption_by_sku=(("A", "M07"),)), HoldReason.MISSING_EXEMPTION),
        (Profile(vat_region="PT-MA"), HoldReason.RATE_OF_OTHER_REGION),
        (Profile(vat_region="PT-MA"), HoldReason.UNKNOWN_TAX_RATE),
        (Profile(prices_include_vat=True), HoldReason.TOTAL_AMBIGUOUS),
        (Profile(export_exemption_code="M05"), HoldReason.FOREIGN_BUYER),
        (Profile(series="2027"), HoldReason.UNKNOWN_SERIES),
        (Profile(on_cancel=OnCancel.CREDIT_NOTE), HoldReason.CREDIT_NEEDS_APPROVAL),
        (Profile(gift_card_sale=HoldOrExclude.EXCLUDE), HoldReason.GIFT_CARD_SALE),
        (Profile(go_live_on=date(2026, 7, 1)), HoldReason.MISSING_EXEMPTION),
    ],
)
def test_a_change_sets_free_what_waits_for_it(after: Profile, reason: HoldReason) -> None:
    assert reason in reasons_lifted_by(changes_between(Profile(), after))


@pytest.mark.parametrize(
    "after", [Profile(finalize=True), Profile(bcc="loja@example.com"), Profile(observations="Obrigado")]
)
def test_other_changes_set_nothing_free(after: Profile) -> None:
    assert reasons_lifted_by(changes_between(Profile(), after)) == frozenset()


def test_nothing_is_set_free_that_a_person_or_a_vendor_must_act_on() -> None:
    never = {
        HoldReason.ENDED_BY_PERSON,
        HoldReason.CHANGED_AFTER_FINAL,
        HoldReason.REJECTED,
        HoldReason.INTERNAL,
        HoldReason.MAIL_PERHAPS_SENT,
        HoldReason.STORED_DIFFERS,
    }

    lifted = LIFTED_BY_ACCOUNT.union(*LIFTED_BY.values())
    assert lifted & never == set()
