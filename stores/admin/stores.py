"""Stores, who may work in them, and the lane of each order."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outbound.models import Allowance
from stores.admin.base import MirrorAdmin, StaffAdmin, StaffInline
from stores.admin.columns import display
from stores.admin.formats import moment
from stores.models import Membership, OrderRefresh, Store


class MembershipInline(StaffInline):
    model = Membership
    fields = ("user", "role")
    verbose_name_plural = gettext_lazy("members")


@admin.register(Store)
class StoreAdmin(StaffAdmin):
    """Connected by `connect_store`; here it is named, placed and given members."""

    list_display = ("name", "code", "platform", "country", "currency", "works")
    list_filter = ("platform", "is_active")
    search_fields = ("^code", "^name")
    readonly_fields = (
        "platform",
        "code",
        "reference_prefix",
        "country",
        "currency",
        "created_at",
        "works",
        "stopped_reason",
        "next_probe_at",
    )
    fieldsets = (
        (None, {"fields": ("name", "code", "platform", "reference_prefix")}),
        (gettext_lazy("Place"), {"fields": ("country", "currency", "timezone")}),
        (gettext_lazy("Connection"), {"fields": ("works", "stopped_reason", "next_probe_at", "created_at")}),
    )
    inlines = (MembershipInline,)

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    @display(
        description=gettext_lazy("connection"),
        label={"works": "success", "stopped": "danger", "off": "default"},
    )
    def works(self, store: Store) -> tuple[str, str]:
        if not store.is_active:
            return "off", _("Inactive")
        return ("stopped", _("Stopped")) if store.stopped_at else ("works", _("Works"))


@admin.register(Membership)
class MembershipAdmin(StaffAdmin):
    list_display = ("user", "store", "role")
    list_filter = ("role",)
    list_select_related = ("user", "store")
    search_fields = ("^user__username", "^store__code")


@admin.register(OrderRefresh)
class OrderRefreshAdmin(MirrorAdmin):
    """Orders that wait to be read from the shop."""

    list_display = ("order", "store", "waits", "requested_by", "next_try", "attempts", "last_error")
    list_select_related = ("order__store",)
    search_fields = ("^order__shop_order_id",)
    fields = (
        "order",
        "store",
        "waits",
        "requested",
        "processed",
        "requested_by",
        "next_try",
        "attempts",
        "last_error",
    )

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).select_related("order__store")

    @display(description=gettext_lazy("store"))
    def store(self, refresh: OrderRefresh) -> str:
        return str(refresh.order.store)

    @display(description=gettext_lazy("state"), label={"waits": "info", "done": "success"})
    def waits(self, refresh: OrderRefresh) -> tuple[str, str]:
        waits = refresh.requested > refresh.processed
        return ("waits", _("To be read")) if waits else ("done", _("Up to date"))

    @display(description=gettext_lazy("not before"))
    def next_try(self, refresh: OrderRefresh) -> str:
        return moment(refresh.not_before)


@admin.register(Allowance)
class AllowanceAdmin(MirrorAdmin):
    """How fast each account is called."""

    list_display = ("key", "next_slot", "blocked_until")
    fields = ("key", "next_slot", "blocked_until")
    ordering = ("key",)
