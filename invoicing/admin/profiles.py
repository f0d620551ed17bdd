"""Fiscal settings of each store, and every version that a document may point at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.admin.filters import by_store
from invoicing.models import InvoicingProfile, InvoicingProfileVersion
from stores.admin.base import MirrorAdmin
from stores.admin.columns import display, related
from stores.admin.formats import moment
from stores.admin.panels import Panel, admin_link

_VERSIONS_SHOWN = 50


def settings_panel(version: InvoicingProfileVersion | None) -> Panel:
    values = version.settings if version is not None else {}
    rows = [(key, _shown(value)) for key, value in values.items()]
    return Panel(_("Settings"), (_("setting"), _("value")), rows)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "-" if value in (None, "") else str(value)


@admin.register(InvoicingProfile)
class InvoicingProfileAdmin(MirrorAdmin):
    list_display = ("store", "account_link", "version")
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

    @display(description=gettext_lazy("store"))
    def store(self, profile: InvoicingProfile) -> str:
        return str(profile.store)

    @display(description=gettext_lazy("version"))
    def version(self, profile: InvoicingProfile) -> str:
        return f"v{profile.current.number}" if profile.current else ""


@admin.register(InvoicingProfileVersion)
class InvoicingProfileVersionAdmin(MirrorAdmin):
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
