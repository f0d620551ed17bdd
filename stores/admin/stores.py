"""Stores, who may work in them, and the lane of each order."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outbound.models import Allowance
from stores.admin.base import MirrorAdmin, StaffAdmin, StaffInline
from stores.admin.columns import BADGE_KINDS, display, related
from stores.admin.formats import moment
from stores.admin.panels import Badge
from stores.models import Membership, OrderRefresh, Stoppable, Store


def works(target: Stoppable) -> Badge:
    """Whether the credentials work."""
    return Badge(_("Stopped"), "danger") if target.stopped_at else Badge(_("Works"), "success")


class MembershipLabels:
    """The models name these relations in English only."""

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        words = {"user": gettext_lazy("user"), "store": gettext_lazy("store")}
        kwargs["label"] = words.get(db_field.name, db_field.verbose_name)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class MembershipInline(MembershipLabels, StaffInline):
    model = Membership
    fields = ("user", "role")
    hide_title = True
    verbose_name_plural = gettext_lazy("members")


@admin.register(Store)
class StoreAdmin(StaffAdmin):
    """Connected by `connect_store`; here it is named, placed and given members."""

    list_display = ("name", "code", "platform", "country", "currency", "works")
    list_filter = ("platform",)
    search_fields = ("^code", "^name")
    readonly_fields = (
        "platform",
        "code",
        "reference_prefix",
        "country",
        "currency",
        "created_at",
        "works_shown",
        "stopped_reason",
        "next_probe_at",
    )
    fieldsets = (
        (None, {"fields": ("name", ("code", "platform"), "reference_prefix")}),
        (gettext_lazy("Place"), {"fields": (("country", "currency"), "timezone")}),
        (
            gettext_lazy("Connection"),
            {"fields": (("works_shown", "stopped_reason"), ("next_probe_at", "created_at"))},
        ),
    )
    inlines = (MembershipInline,)

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    @display(description=gettext_lazy("connection"), label=BADGE_KINDS)
    def works(self, store: Store) -> tuple[str, str]:
        badge = works(store)
        return badge.kind, badge.text

    @display(description=gettext_lazy("connection"))
    def works_shown(self, store: Store) -> str:
        return works(store).as_html()


@admin.register(Membership)
class MembershipAdmin(MembershipLabels, StaffAdmin):
    list_display = ("person", "store_link", "role")
    list_filter = ("role",)
    list_select_related = ("user", "store")
    search_fields = ("^user__username", "^store__code")
    person = related("user", gettext_lazy("user"))
    store_link = related("store", gettext_lazy("store"))


@admin.register(OrderRefresh)
class OrderRefreshAdmin(MirrorAdmin):
    """Orders that wait to be read from the shop."""

    list_display = (
        "order_shown",
        "store_link",
        "waits",
        "requested_by",
        "next_try",
        "attempts",
        "last_error",
    )
    list_select_related = ("order__store",)
    search_fields = ("^order__shop_order_id",)
    fields = (
        "order_link",
        "store_link",
        "waits_shown",
        "requested",
        "processed",
        "requested_by",
        "next_try",
        "attempts",
        "last_error",
    )

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).select_related("order__store")

    order_link = related("order", gettext_lazy("order"))
    store_link = related("order__store", gettext_lazy("store"))

    @display(description=gettext_lazy("order"), ordering="order")
    def order_shown(self, refresh: OrderRefresh) -> str:
        return str(refresh.order)

    @display(description=gettext_lazy("state"), label=BADGE_KINDS)
    def waits(self, refresh: OrderRefresh) -> tuple[str, str]:
        badge = _waiting(refresh)
        return badge.kind, badge.text

    @display(description=gettext_lazy("state"))
    def waits_shown(self, refresh: OrderRefresh) -> str:
        return _waiting(refresh).as_html()

    @display(description=gettext_lazy("not before"))
    def next_try(self, refresh: OrderRefresh) -> str:
        return moment(refresh.not_before)


def _waiting(refresh: OrderRefresh) -> Badge:
    waits = refresh.requested > refresh.processed
    return Badge(_("To be read"), "info") if waits else Badge(_("Up to date"), "success")


@admin.register(Allowance)
class AllowanceAdmin(MirrorAdmin):
    """How fast each account is called."""

    list_display = ("key", "next_slot", "blocked_until")
    fields = ("key", "next_slot", "blocked_until")
    ordering = ("key",)
