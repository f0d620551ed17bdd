"""The fiscal settings as a value: what the merchant chose, with the careful choice for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from invoicing.domain import setting_values as read
from invoicing.domain.plan import DocumentKind
from invoicing.domain.rates import REGIONS
from invoicing.domain.setting_values import ProfileError


class IssueOn(StrEnum):
    MANUAL = "manual"
    PAID = "paid"
    PAID_OR_SHIPPED = "paid_or_shipped"


class OnCancel(StrEnum):
    ASK = "ask"
    CREDIT_NOTE = "credit_note"


class InvalidTaxId(StrEnum):
    FINAL_CONSUMER = "final_consumer"
    HOLD = "hold"


class HoldOrExclude(StrEnum):
    HOLD = "hold"
    EXCLUDE = "exclude"


class ShippingVat(StrEnum):
    AS_CHARGED = "as_charged"
    AS_GOODS = "as_goods"


class UntaxedShipping(StrEnum):
    HOLD = "hold"
    INCLUDES_VAT = "includes_vat"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class Profile:
    """One version of a store's fiscal settings. The defaults are the careful choices."""

    document_type: DocumentKind = DocumentKind.INVOICE_RECEIPT
    unpaid_document_type: DocumentKind = DocumentKind.INVOICE  # for goods that leave before the money comes
    issue_on: IssueOn = IssueOn.PAID
    issue_delay_minutes: int = 0  # between the draft and its number, for people to look at it
    finalize: bool = False
    email_customer: bool = True
    bcc: str = ""
    on_cancel: OnCancel = OnCancel.ASK
    prices_include_vat: bool | None = None  # None: as the order says
    seller_tax_id: str = ""  # the seller's NIF: VIES proves a check only to somebody
    vat_region: str = "PT"  # where the goods leave from, not where the buyer lives
    exemption_code: str = ""  # lines at 0 % that stay in Portugal; every line of a small business (M10)
    exemption_by_sku: tuple[tuple[str, str], ...] = ()  # SKU, or its beginning and *, and its code
    export_exemption_code: str = ""  # set: the store sells outside the VAT area of the EU
    intra_eu_exemption_code: str = ""  # set: the store sells to businesses of other Member States
    oss: bool = False  # consumers of other Member States pay their country's rate
    oss_from: date | None = None
    shipping_vat: ShippingVat = ShippingVat.AS_CHARGED
    untaxed_shipping: UntaxedShipping = UntaxedShipping.HOLD  # beside taxed goods
    shipping_exemption_code: str = ""
    invalid_tax_id: InvalidTaxId = InvalidTaxId.FINAL_CONSUMER
    series: str = ""
    observations: str = ""  # the merchant's own words on every document
    print_fields: tuple[str, ...] = ()  # labels of checkout fields whose values are printed
    go_live_on: date | None = None
    gift_card_sale: HoldOrExclude = HoldOrExclude.HOLD
    zero_total: HoldOrExclude = HoldOrExclude.HOLD
    foreign_currency: HoldOrExclude = HoldOrExclude.HOLD

    @property
    def sells_abroad(self) -> bool:
        """Whether anybody decided on sales to other countries. Until then each is held."""
        return bool(self.export_exemption_code or self.intra_eu_exemption_code or self.oss)

    def oss_applies(self, on: date) -> bool:
        return self.oss and (self.oss_from is None or on >= self.oss_from)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, complete; the inverse of `parse_profile`."""
        return {key: _plain(key, value) for key, value in asdict(self).items()}


def _plain(key: str, value: Any) -> Any:
    if key == "exemption_by_sku":
        return dict(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value


# Settings of the contract that the product does not act on yet. The value listed is the only one that
# changes nothing; any other is refused by name, because obeying half a fiscal setting is worse.
NOT_OBEYED_YET: dict[str, Any] = {"sync_items": False, "sync_stock": False}
_NULL_IS_LEFT_OUT = ("unpaid_document_type", "issue_delay_minutes", "oss")
_DOCUMENT_TYPES = (DocumentKind.INVOICE, DocumentKind.INVOICE_RECEIPT, DocumentKind.SIMPLIFIED_INVOICE)
# CIVA art. 36.º n.º 1 a): the document is due on the fifth working day; five days are always within it.
LONGEST_DELAY_MINUTES = 5 * 24 * 60


def parse_profile(raw: Mapping[str, Any]) -> Profile:
    """A profile from JSON values.

    Raises:
        ProfileError: naming the first key that is unknown, wrong, not obeyed yet or without its partner.
    """
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key in _NULL_IS_LEFT_OUT and value is None:
            continue
        if key in NOT_OBEYED_YET:
            allowed = NOT_OBEYED_YET[key]
            if value is not None and (value != allowed or type(value) is not type(allowed)):
                raise ProfileError(key, f"{key}: not supported yet; leave it out")
            continue
        reader = _READERS.get(key)
        if reader is None:
            raise ProfileError(key, f"{key}: unknown setting")
        values[key] = reader(key, value)
    profile = Profile(**values)
    if profile.untaxed_shipping is UntaxedShipping.EXEMPT and not profile.shipping_exemption_code:
        raise ProfileError(
            "shipping_exemption_code", "shipping_exemption_code: needed when untaxed_shipping is exempt"
        )
    return profile


def stored_profile(raw: Mapping[str, Any]) -> Profile:
    """A version that was written once. A setting that was retired since must not make it unreadable."""
    return parse_profile({key: value for key, value in raw.items() if key in _READERS})


_READERS: dict[str, read.Reader] = {
    "document_type": read.enum(DocumentKind, _DOCUMENT_TYPES),
    "unpaid_document_type": read.enum(DocumentKind, (DocumentKind.INVOICE,)),
    "issue_on": read.enum(IssueOn),
    "issue_delay_minutes": read.minutes(LONGEST_DELAY_MINUTES),
    "finalize": read.flag,
    "email_customer": read.flag,
    "bcc": read.email,
    "on_cancel": read.enum(OnCancel),
    "prices_include_vat": read.optional_flag,
    "seller_tax_id": read.nif,
    "vat_region": read.choice(*REGIONS),
    "exemption_code": read.exemption_code,
    "exemption_by_sku": read.codes_by_sku,
    "export_exemption_code": read.exemption_code,
    "intra_eu_exemption_code": read.exemption_code,
    "oss": read.flag,
    "oss_from": read.day,
    "shipping_vat": read.enum(ShippingVat),
    "untaxed_shipping": read.enum(UntaxedShipping),
    "shipping_exemption_code": read.exemption_code,
    "invalid_tax_id": read.enum(InvalidTaxId),
    "series": read.text,
    "observations": read.text,
    "print_fields": read.texts,
    "go_live_on": read.day,
    "gift_card_sale": read.enum(HoldOrExclude),
    "zero_total": read.enum(HoldOrExclude),
    "foreign_currency": read.enum(HoldOrExclude),
}
