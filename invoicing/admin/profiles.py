"""Fiscal settings of each store, and every version that a document may point at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.admin.filters import by_store
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
from invoicing.models import InvoicingProfile, InvoicingProfileVersion
from stores.admin.base import MirrorAdmin
from stores.admin.columns import display, related
from stores.admin.formats import moment
from stores.admin.panels import Named, Panel, admin_link

_VERSIONS_SHOWN = 50
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


def settings_panel(version: InvoicingProfileVersion | None) -> Panel:
    values = version.settings if version is not None else {}
    rows = [(Named(label(SETTINGS, key), key), _shown(key, value)) for key, value in values.items()]
    return Panel(_("Settings"), (_("setting"), _("value")), rows)


def _shown(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value in (None, "", [], {}):
        return "-"
    if isinstance(value, dict):
        return ", ".join(f"{sku}: {code}" for sku, code in value.items())
    if isinstance(value, list):
        return ", ".join(str(entry) for entry in value)
    if key in ("go_live_on", "oss_from"):
        return ground(str(value))
    return str(value) if key in _TYPED else label(SETTING_VALUES, str(value))


@admin.register(InvoicingProfile)
class InvoicingProfileAdmin(MirrorAdmin):
    store_path = "store"
    list_display = ("store_shown", "account_link", "version")
    list_select_related = ("store", "account", "current")
    fields = ("store_link", "account_link", "version")
    store_link = related("store", gettext_lazy("store"))
    account_link = related("account", gettext_lazy("invoicing account"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[InvoicingProfile]:
        rows: QuerySet[InvoicingProfile] = super().get_queryset(request)
        return rows.select_related("store", "account", "current").defer("account__api_key")

    def panels(self, obj: InvoicingProfile) -> list[Panel]:
        versions = obj.versions.select_related("created_by").order_by("-number")[:_VERSIONS_SHOWN]
        rows = [
            (admin_link(row, f"v{row.number}"), moment(row.created_at), str(row.created_by or ""))
            for row in versions
        ]
        return [
            settings_panel(obj.current),
            Panel(_("Versions"), (_("version"), _("created at"), _("by")), rows),
        ]

    @display(description=gettext_lazy("store"), ordering="store")
    def store_shown(self, profile: InvoicingProfile) -> str:
        return str(profile.store)

    @display(description=gettext_lazy("version"))
    def version(self, profile: InvoicingProfile) -> str:
        return f"v{profile.current.number}" if profile.current else ""


@admin.register(InvoicingProfileVersion)
class InvoicingProfileVersionAdmin(MirrorAdmin):
    store_path = "profile__store"
    list_display = ("name", "created", "by_link")
    list_select_related = ("profile__store", "created_by")
    list_filter = (by_store("profile__store"),)
    fields = ("name", "created", "by_link")
    by_link = related("created_by", gettext_lazy("by"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[InvoicingProfileVersion]:
        rows: QuerySet[InvoicingProfileVersion] = super().get_queryset(request)
        return rows.select_related("profile__store", "created_by")

    def panels(self, obj: InvoicingProfileVersion) -> list[Panel]:
        return [settings_panel(obj)]

    @display(description=gettext_lazy("version"))
    def name(self, version: InvoicingProfileVersion) -> str:
        return str(version)

    @display(description=gettext_lazy("created at"), ordering="created_at")
    def created(self, version: InvoicingProfileVersion) -> str:
        return moment(version.created_at)
