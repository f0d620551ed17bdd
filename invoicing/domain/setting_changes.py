"""What a change of the settings changes, and which held orders it may set free. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from invoicing.domain.profile import Profile
from invoicing.domain.reasons import HoldReason


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting, with its JSON values as `Profile.to_dict` gives them."""

    key: str
    before: Any
    after: Any


def changes_between(before: Profile, after: Profile) -> tuple[SettingChange, ...]:
    """The settings that differ, in the order of the profile."""
    old, new = before.to_dict(), after.to_dict()
    return tuple(SettingChange(key, old[key], new[key]) for key in new if old[key] != new[key])


_CODES = frozenset(
    {HoldReason.MISSING_EXEMPTION, HoldReason.MIXED_EXEMPTIONS, HoldReason.EXEMPTION_NOT_IN_FORCE}
)
_EU_CODES = frozenset(
    {HoldReason.VAT_NUMBER_INVALID, HoldReason.VAT_NUMBER_UNCHECKED, HoldReason.UNTAXED_EU_SALE}
)
_RATES = frozenset({HoldReason.UNKNOWN_TAX_RATE, HoldReason.RATE_OF_OTHER_REGION})
_FIGURES = frozenset({HoldReason.TOTAL_AMBIGUOUS, HoldReason.TOTAL_NOT_REPRODUCED, HoldReason.NOT_EXACT})
# Everything that an order without a document is held for: whether it gets one at all is asked before.
_NEW_DOCUMENTS = frozenset(
    {
        *_CODES,
        *_EU_CODES,
        *_RATES,
        *_FIGURES,
        HoldReason.ORDER_UNREADABLE,
        HoldReason.FOREIGN_CURRENCY,
        HoldReason.ZERO_TOTAL,
        HoldReason.GIFT_CARD_SALE,
        HoldReason.SHIPPING_UNTAXED,
        HoldReason.FOREIGN_BUYER,
        HoldReason.INVALID_TAX_ID,
        HoldReason.COMPANY_WITHOUT_TAX_ID,
        HoldReason.IDENTITY_REQUIRED,
        HoldReason.UNKNOWN_SERIES,
        HoldReason.PAYMENT_DATE_UNCLEAR,
        HoldReason.OTHER_APP_DOCUMENT,
    }
)
_NOTHING: frozenset[HoldReason] = frozenset()
LIFTED_BY: dict[str, frozenset[HoldReason]] = {
    "document_type": frozenset({HoldReason.IDENTITY_REQUIRED, HoldReason.UNKNOWN_SERIES}),
    "unpaid_document_type": frozenset({HoldReason.UNKNOWN_SERIES}),
    "issue_on": _NEW_DOCUMENTS,
    "issue_delay_minutes": _NOTHING,
    "finalize": _NOTHING,
    "email_customer": _NOTHING,
    "bcc": _NOTHING,
    "on_cancel": frozenset({HoldReason.CREDIT_NEEDS_APPROVAL}),
    "prices_include_vat": _FIGURES,
    "seller_tax_id": frozenset({HoldReason.VAT_NUMBER_UNCHECKED}),
    "vat_region": _RATES,
    "exemption_code": _CODES | _EU_CODES,
    "exemption_by_sku": _CODES | _EU_CODES,
    "export_exemption_code": _CODES | {HoldReason.FOREIGN_BUYER},
    "intra_eu_exemption_code": _CODES | _EU_CODES | {HoldReason.FOREIGN_BUYER},
    "oss": _RATES | {HoldReason.FOREIGN_BUYER, HoldReason.UNTAXED_EU_SALE},
    "oss_from": _RATES | {HoldReason.UNTAXED_EU_SALE},
    "shipping_vat": _CODES | _RATES | {HoldReason.NOT_EXACT},
    "untaxed_shipping": _CODES | {HoldReason.SHIPPING_UNTAXED, HoldReason.NOT_EXACT},
    "shipping_exemption_code": _CODES | {HoldReason.SHIPPING_UNTAXED},
    "invalid_tax_id": frozenset({HoldReason.INVALID_TAX_ID}),
    "series": frozenset({HoldReason.UNKNOWN_SERIES}),
    "observations": _NOTHING,
    "print_fields": _NOTHING,
    "go_live_on": _NEW_DOCUMENTS,
    "gift_card_sale": frozenset({HoldReason.GIFT_CARD_SALE}),
    "zero_total": frozenset({HoldReason.ZERO_TOTAL}),
    "foreign_currency": frozenset({HoldReason.FOREIGN_CURRENCY}),
}
# By other taxes or series of the account, or by another account.
LIFTED_BY_ACCOUNT = frozenset({HoldReason.UNKNOWN_TAX_RATE, HoldReason.UNKNOWN_SERIES})


def reasons_lifted_by(changes: Iterable[SettingChange]) -> frozenset[HoldReason]:
    """What orders are held for that these changes may end. Whether they do is for `decide` to say."""
    return frozenset(reason for change in changes for reason in LIFTED_BY[change.key])
