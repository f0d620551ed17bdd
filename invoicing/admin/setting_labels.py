"""The words of the fiscal settings and of their values, in the user's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.admin.grounds import ground
from invoicing.admin.labels import KINDS, Labels, label
from invoicing.domain.profile import (
    HoldOrExclude,
    InvalidTaxId,
    IssueOn,
    OnCancel,
    ShippingVat,
    UntaxedShipping,
)

SETTINGS: Labels = {
    "document_type": gettext_lazy("kind of document"),
    "unpaid_document_type": gettext_lazy("kind of document before the payment"),
    "issue_on": gettext_lazy("when it is issued"),
    "issue_delay_minutes": gettext_lazy("minutes from the draft to its number"),
    "finalize": gettext_lazy("finalized by itself"),
    "email_customer": gettext_lazy("mailed to the buyer"),
    "bcc": gettext_lazy("copy of each mail to"),
    "on_cancel": gettext_lazy("when the order is cancelled"),
    "prices_include_vat": gettext_lazy("prices include VAT"),
    "vat_region": gettext_lazy("VAT region"),
    "seller_tax_id": gettext_lazy("the store's NIF"),
    "exemption_code": gettext_lazy("exemption reason at 0 %"),
    "exemption_by_sku": gettext_lazy("exemption reasons of products"),
    "export_exemption_code": gettext_lazy("exemption reason of exports"),
    "intra_eu_exemption_code": gettext_lazy("exemption reason of sales to businesses in the EU"),
    "oss": gettext_lazy("OSS: consumers in the EU pay their country's rate"),
    "oss_from": gettext_lazy("OSS from this day on"),
    "shipping_vat": gettext_lazy("VAT of delivery"),
    "untaxed_shipping": gettext_lazy("delivery without VAT beside taxed goods"),
    "shipping_exemption_code": gettext_lazy("exemption reason of delivery"),
    "invalid_tax_id": gettext_lazy("when the tax id is invalid"),
    "series": gettext_lazy("series"),
    "observations": gettext_lazy("text on every document"),
    "print_fields": gettext_lazy("fields of the checkout that are printed"),
    "go_live_on": gettext_lazy("orders paid from this day on"),
    "gift_card_sale": gettext_lazy("sales of gift cards"),
    "zero_total": gettext_lazy("orders of zero"),
    "foreign_currency": gettext_lazy("orders in foreign currency"),
}
_EMPTY: Labels = {
    "prices_include_vat": gettext_lazy("as the order says"),
    "series": gettext_lazy("the account's default"),
    "go_live_on": gettext_lazy("every order that is heard of"),
}
# Their values are whatever was typed, and never words of ours.
_TYPED = (
    "bcc",
    "seller_tax_id",
    "vat_region",
    "exemption_code",
    "export_exemption_code",
    "intra_eu_exemption_code",
    "shipping_exemption_code",
    "series",
    "observations",
)
SETTING_VALUES: Labels = {
    **KINDS,
    IssueOn.MANUAL: gettext_lazy("when somebody asks for it"),
    IssueOn.PAID: gettext_lazy("when the order is paid"),
    IssueOn.PAID_OR_SHIPPED: gettext_lazy("when the order is paid or shipped"),
    OnCancel.ASK: gettext_lazy("a person decides"),
    OnCancel.CREDIT_NOTE: gettext_lazy("a credit note is made"),
    InvalidTaxId.FINAL_CONSUMER: gettext_lazy("invoiced to the final consumer"),
    ShippingVat.AS_CHARGED: gettext_lazy("as the shop charged it"),
    ShippingVat.AS_GOODS: gettext_lazy("as the goods, shared over their rates"),
    UntaxedShipping.INCLUDES_VAT: gettext_lazy("its price includes VAT"),
    UntaxedShipping.EXEMPT: gettext_lazy("it is exempt"),
    HoldOrExclude.HOLD: gettext_lazy("a person decides"),
    HoldOrExclude.EXCLUDE: gettext_lazy("not invoiced"),
}


def value_in_words(key: str, value: Any) -> str:
    """A setting's JSON value for people."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value in (None, "", [], {}):
        return label(_EMPTY, key) if key in _EMPTY else "-"
    if isinstance(value, dict):
        return ", ".join(f"{sku}: {code}" for sku, code in value.items())
    if isinstance(value, list):
        return ", ".join(str(entry) for entry in value)
    if key in ("go_live_on", "oss_from"):
        return ground(str(value))
    return str(value) if key in _TYPED else label(SETTING_VALUES, str(value))
