"""Stores, and the lane of each order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from stores.admin.base import MirrorAdmin, StaffAdmin
from stores.admin.columns import BADGE_KINDS, display, related
from stores.admin.formats import moment
from stores.admin.panels import Badge, Panel
from stores.admin.requesters import requester
from stores.domain.roles import Right
from stores.models import OrderRefresh, Stoppable, Store


def works(target: Stoppable) -> Badge:
    """Whether it answers and lets us in."""
    if not target.stopped_at:
        return Badge(_("Works"), "success")
    return Badge(_("No answer"), "warning") if target.stopped_by_outage else Badge(_("Stopped"), "danger")


# What clients say when they stop.
_STOPS = (
    gettext_noop("jumpseller refuses the store's credentials"),
    gettext_noop("jumpseller: the store's plan does not allow it"),
    gettext_noop("invoicexpress refuses the account's key"),
    gettext_noop("invoicexpress: the account's plan does not allow more"),
)


def stopped_because(target: Stoppable) -> str:
    """In the user's language as far as it is known, with what follows."""
    if not target.stopped_at:
        return ""
    reason = _(target.stopped_reason) if target.stopped_reason in _STOPS else target.stopped_reason
    if target.stopped_by_outage:
        return _("%(reason)s. It is looked at again by itself; nothing is lost.") % {"reason": reason}
    return _("%(reason)s. Its work waits until the credentials, or the plan, are right again.") % {
        "reason": reason
    }


# What other apps have to set for a store.
_more_panels: list[Callable[[Store], Panel]] = []


def add_store_panel(panel: Callable[[Store], Panel]) -> None:
    _more_panels.append(panel)


@admin.register(Store)
class StoreAdmin(StaffAdmin):
    """Connected by `connect_store`; here it is named and placed."""

    store_path = "pk"
    change_right = Right.SETTINGS

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
        "stopped_because",
        "next_probe_at",
    )
    fieldsets = (
        (None, {"fields": ("name", ("code", "platform"), "reference_prefix")}),
        (gettext_lazy("Place"), {"fields": (("country", "currency"), "timezone")}),
        (
            gettext_lazy("Connection"),
            {"fields": (("works_shown", "stopped_because"), ("next_probe_at", "created_at"))},
        ),
    )

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def panels(self, obj: Store) -> list[Panel]:
        return [panel(obj) for panel in _more_panels]

    @display(description=gettext_lazy("connection"), label=BADGE_KINDS)
    def works(self, store: Store) -> tuple[str, str]:
        badge = works(store)
        return badge.kind, badge.text

    @display(description=gettext_lazy("connection"))
    def works_shown(self, store: Store) -> str:
        return works(store).as_html()

    @display(description=gettext_lazy("stopped because"))
    def stopped_because(self, store: Store) -> str:
        return stopped_because(store)


@admin.register(OrderRefresh)
class OrderRefreshAdmin(MirrorAdmin):
    """Orders that wait to be read from the shop."""

    store_path = "order__store"

    list_display = (
        "order_shown",
        "store_link",
        "waits",
        "asked_by",
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
        "times_requested",
        "times_processed",
        "asked_by",
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

    @display(description=gettext_lazy("requested"))
    def times_requested(self, refresh: OrderRefresh) -> int:
        return refresh.requested

    @display(description=gettext_lazy("processed"))
    def times_processed(self, refresh: OrderRefresh) -> int:
        return refresh.processed

    @display(description=gettext_lazy("requested by"))
    def asked_by(self, refresh: OrderRefresh) -> str:
        return requester(refresh.requested_by)

    @display(description=gettext_lazy("not before"))
    def next_try(self, refresh: OrderRefresh) -> str:
        return moment(refresh.not_before)


def _waiting(refresh: OrderRefresh) -> Badge:
    waits = refresh.requested > refresh.processed
    return Badge(_("To be read"), "info") if waits else Badge(_("Up to date"), "success")
