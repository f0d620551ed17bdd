"""Rulings, which can be taken back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from invoicing.admin.acts import Acts, on_list, on_page
from invoicing.admin.filters import by_label, by_store
from invoicing.admin.labels import RULINGS, label
from invoicing.admin.verbs import REVOKE
from invoicing.models import Ruling
from stores.admin.base import MirrorAdmin
from stores.admin.columns import display, related
from stores.admin.formats import moment


@admin.register(Ruling)
class RulingAdmin(Acts, MirrorAdmin):
    store_path = "order__store"
    list_display = ("kind_shown", "order_link", "document_link", "by_link", "reason", "at", "revoked")
    list_select_related = ("order", "document", "by")
    list_filter = (by_store("order__store"), by_label("kind", gettext_lazy("ruling"), RULINGS))
    search_fields = ("^order__shop_order_id",)
    fields = ("kind_shown", "order_link", "document_link", "by_link", "reason", "at", "revoked")
    actions = ("revoke_selected",)
    actions_detail = ("revoke",)

    revoke, revoke_selected = on_page(REVOKE), on_list(REVOKE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ruling]:
        rows: QuerySet[Ruling] = super().get_queryset(request)
        return rows.select_related("order", "document", "by")

    def name_of(self, row: Any) -> str:
        return f"{label(RULINGS, row.kind)}: {row.order}"

    order_link = related("order", gettext_lazy("order"))
    document_link = related("document", gettext_lazy("document"))
    by_link = related("by", gettext_lazy("by"))

    @display(description=gettext_lazy("ruling"), ordering="kind")
    def kind_shown(self, ruling: Ruling) -> str:
        return label(RULINGS, ruling.kind)

    @display(description=gettext_lazy("at"), ordering="created_at")
    def at(self, ruling: Ruling) -> str:
        return moment(ruling.created_at)

    @display(description=gettext_lazy("taken back at"))
    def revoked(self, ruling: Ruling) -> str:
        return moment(ruling.revoked_at)
