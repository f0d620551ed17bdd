"""Fiscal settings of each store, and every version that a document may point at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.admin import history, profile_change, series, taxes
from invoicing.admin.filters import by_store
from invoicing.admin.labels import label
from invoicing.admin.setting_labels import SETTINGS, value_in_words
from invoicing.models import InvoicingProfile, InvoicingProfileVersion
from stores.admin.base import MirrorAdmin
from stores.admin.columns import display, related
from stores.admin.formats import moment
from stores.admin.pages import Pages, address, page
from stores.admin.panels import Link, Named, Panel, admin_link
from stores.admin.stores import add_store_panel
from stores.domain.roles import Right
from stores.models import Store

_VERSIONS_SHOWN = 50


def settings_panel(version: InvoicingProfileVersion | None) -> Panel:
    values = version.settings if version is not None else {}
    rows = [(Named(label(SETTINGS, key), key), value_in_words(key, value)) for key, value in values.items()]
    return Panel(_("Settings"), (_("setting"), _("value")), rows)


@admin.register(InvoicingProfile)
class InvoicingProfileAdmin(Pages, MirrorAdmin):
    """Read-only rows: a change goes through a form of its own, and makes a new version."""

    store_path = "store"
    list_display = ("store_shown", "account_link", "version")
    list_select_related = ("store", "account", "current")
    fields = ("store_link", "account_link", "version")
    store_link = related("store", gettext_lazy("store"))
    account_link = related("account", gettext_lazy("invoicing account"))
    actions_detail = (
        "change_settings",
        "taxes_of_store",
        "series_of_account",
        "settings_history",
        "create_tax",
        "read_account",
    )

    @page(gettext_lazy("Change the settings"), "settings", Right.SETTINGS, icon="tune")
    def change_settings(self, request: HttpRequest, row: InvoicingProfile) -> HttpResponse:
        return profile_change.change_settings(self, request, row)

    @page(gettext_lazy("Taxes"), "taxes", Right.SETTINGS, icon="percent")
    def taxes_of_store(self, request: HttpRequest, row: InvoicingProfile) -> HttpResponse:
        return taxes.taxes_of_store(self, request, row)

    @page(gettext_lazy("Create the tax"), "create-tax", Right.SETTINGS, has_button=False)
    def create_tax(self, request: HttpRequest, row: InvoicingProfile) -> HttpResponse:
        return taxes.create_tax(self, request, row)

    @page(gettext_lazy("Series"), "series", Right.SETTINGS, icon="format_list_numbered")
    def series_of_account(self, request: HttpRequest, row: InvoicingProfile) -> HttpResponse:
        return series.series_of_account(self, request, row)

    @page(gettext_lazy("Read again now"), "read-again", Right.SETTINGS, has_button=False)
    def read_account(self, request: HttpRequest, row: InvoicingProfile) -> HttpResponse:
        return series.read_account(request, row)

    @page(gettext_lazy("History of the settings"), "settings-history", Right.VIEW, icon="history")
    def settings_history(self, request: HttpRequest, row: InvoicingProfile) -> HttpResponse:
        return history.settings_history(self, request, row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[InvoicingProfile]:
        rows: QuerySet[InvoicingProfile] = super().get_queryset(request)
        return rows.select_related("store", "account", "current").defer("account__api_key")

    def panels(self, obj: InvoicingProfile) -> list[Panel]:
        versions = obj.versions.select_related("created_by").order_by("-number")[:_VERSIONS_SHOWN]
        rows = [
            (
                admin_link(row, f"v{row.number}"),
                moment(row.created_at),
                history.author(row),
                history.compare_link(obj, row.number - 1, row.number) if row.number > 1 else "",
            )
            for row in versions
        ]
        return [
            settings_panel(obj.current),
            Panel(_("Versions"), (_("version"), _("created at"), _("by"), ""), rows),
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


def _links(store: Store) -> Panel:
    """From the store's page to everything that can be set for it."""
    row = (
        InvoicingProfile.objects.select_related("account")
        .defer("account__api_key")
        .filter(store=store)
        .first()
    )
    if row is None:
        return Panel(_("Invoicing"), empty=_("The store has no settings yet; connect it first."))
    links: list[tuple[Any, ...]] = [
        (_("Settings"), admin_link(row, _("See and change"))),
        (_("Taxes"), Link(_("The shop's rates against the account's taxes"), address(row, "taxes_of_store"))),
        (_("Series"), Link(_("Series of the account"), address(row, "series_of_account"))),
        (_("History"), Link(_("Who changed what, and when"), address(row, "settings_history"))),
        (_("Invoicing account"), admin_link(row.account)),
    ]
    return Panel(_("Invoicing"), rows=links)


add_store_panel(_links)
