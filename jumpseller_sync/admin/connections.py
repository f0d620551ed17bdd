"""Connections, whose secrets are never shown, and the webhooks that came."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.admin.acts import Act, Acts, on_list, on_page
from invoicing.admin.filters import by_label, by_store
from invoicing.admin.orders import readable
from invoicing.admin.timeline import Event, add_order_events
from invoicing.services.ruling_answers import Answer, Because, not_possible
from invoicing.services.rulings import reprocess
from jumpseller_sync.admin import another_account, credentials
from jumpseller_sync.models import JumpsellerConnection, WebhookDelivery
from jumpseller_sync.services.credentials import SECRETS
from stores.admin.base import MirrorAdmin
from stores.admin.columns import display, related
from stores.admin.formats import last_four, moment
from stores.admin.pages import Pages, address, page
from stores.admin.panels import Badge, Link, Panel, admin_link
from stores.admin.stores import add_store_panel
from stores.domain.roles import Right
from stores.fields import UndecryptableSecret
from stores.models import Order, Store
from stores.services import hear_of_order

_STATES = {
    WebhookDelivery.State.RECEIVED: gettext_lazy("Received"),
    WebhookDelivery.State.PROCESSED: gettext_lazy("Processed"),
    WebhookDelivery.State.IGNORED: gettext_lazy("Ignored"),
}
_COLOURS = {
    WebhookDelivery.State.RECEIVED: "info",
    WebhookDelivery.State.PROCESSED: "success",
    WebhookDelivery.State.IGNORED: "default",
}
_AT_MOST = 50


def _consequences(delivery: WebhookDelivery) -> list[str]:
    if not delivery.shop_order_id:
        return [_("It names no order: nothing will happen.")]
    return [_("Order %(order)s is read from the shop and decided again.") % {"order": delivery.shop_order_id}]


def _reprocess(delivery: WebhookDelivery, user: User, _reason: str) -> Answer:
    if not delivery.shop_order_id:
        return not_possible(Because.NO_ORDER)
    return reprocess(hear_of_order(delivery.connection.store, delivery.shop_order_id), user=user)


REPROCESS_DELIVERY = Act(
    "reprocess",
    gettext_lazy("Reprocess"),
    _consequences,
    _reprocess,
    gettext_lazy("The order is being read again."),
    right=Right.WORK,
    asks_reason=False,
    is_direct=True,
    icon="sync",
)


@admin.register(JumpsellerConnection)
class JumpsellerConnectionAdmin(Pages, MirrorAdmin):
    """Secrets are replaced on a page of their own, and never shown."""

    store_path = "store"
    actions_detail = ("credentials", "test_connections", "change_account")
    list_display = ("store_shown", "info_read")
    list_select_related = ("store",)
    fields = (
        "store_link",
        "way_in",
        "login_shown",
        "token_shown",
        "access_ends",
        "hooks_shown",
        "webhook_address",
        "info_read",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[JumpsellerConnection]:
        rows: QuerySet[JumpsellerConnection] = super().get_queryset(request)
        return rows.select_related("store").defer(*SECRETS)

    store_link = related("store", gettext_lazy("store"))

    @page(gettext_lazy("Credentials"), "credentials", Right.CREDENTIALS, icon="key")
    def credentials(self, request: HttpRequest, row: JumpsellerConnection) -> HttpResponse:
        return credentials.change_credentials(request, self, row)

    @page(gettext_lazy("Test the connections"), "test", Right.CREDENTIALS, icon="network_check")
    def test_connections(self, request: HttpRequest, row: JumpsellerConnection) -> HttpResponse:
        return credentials.connection_test(request, self, row)

    @page(gettext_lazy("Use another invoicing account"), "account", Right.CREDENTIALS, icon="swap_horiz")
    def change_account(self, request: HttpRequest, row: JumpsellerConnection) -> HttpResponse:
        return another_account.change_account(request, self, row)

    @display(description=gettext_lazy("store"), ordering="store")
    def store_shown(self, connection: JumpsellerConnection) -> str:
        return str(connection.store)

    @display(description=gettext_lazy("way in"))
    def way_in(self, connection: JumpsellerConnection) -> str:
        try:
            is_app = bool(connection.refresh_token)
        except UndecryptableSecret:
            is_app = True
        return _("The shop has authorized the app.") if is_app else _("Login and auth token.")

    @display(description=gettext_lazy("access token ends"))
    def access_ends(self, connection: JumpsellerConnection) -> str:
        return moment(connection.access_token_expires_at)

    @display(description=gettext_lazy("login"))
    def login_shown(self, connection: JumpsellerConnection) -> str:
        return last_four(connection.login)

    @display(description=gettext_lazy("auth token"))
    def token_shown(self, connection: JumpsellerConnection) -> str:
        return _secret(connection, "auth_token")

    @display(description=gettext_lazy("hooks token"))
    def hooks_shown(self, connection: JumpsellerConnection) -> str:
        return _secret(connection, "hooks_token")

    @display(description=gettext_lazy("webhook address"))
    def webhook_address(self, connection: JumpsellerConnection) -> str:
        """Its last part is a secret too; the shop has the whole of it."""
        return connection.webhook_url.replace(connection.hook_key, last_four(connection.hook_key))

    @display(description=gettext_lazy("store info read at"))
    def info_read(self, connection: JumpsellerConnection) -> str:
        return moment(connection.info_read_at)


def _secret(connection: JumpsellerConnection, field: str) -> str:
    try:
        return last_four(getattr(connection, field))
    except UndecryptableSecret:
        return _("None of the encryption keys opens it.")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(Acts, MirrorAdmin):
    store_path = "connection__store"
    list_display = ("event", "shop_order_id", "badge", "times", "store", "received", "reason")
    list_select_related = ("connection__store",)
    list_filter = (by_store("connection__store"), by_label("state", gettext_lazy("state"), _STATES))
    search_fields = ("^shop_order_id", "^event")
    fields = (
        "event",
        "shop_order_id",
        "state_shown",
        "reason",
        "store",
        "store_code",
        "is_foreign_code",
        "times",
        "triggered",
        "received",
        "last_received",
        "processed",
    )
    actions = ("reprocess_selected",)
    actions_detail = ("reprocess",)

    reprocess, reprocess_selected = on_page(REPROCESS_DELIVERY), on_list(REPROCESS_DELIVERY)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        rows: QuerySet[WebhookDelivery] = super().get_queryset(request)
        secrets = (f"connection__{name}" for name in SECRETS)
        return rows.select_related("connection__store").defer(*secrets)

    def panels(self, obj: WebhookDelivery) -> list[Panel]:
        return [Panel(_("Body"), raw=readable(obj.body))]

    @display(description=gettext_lazy("state"), label=_COLOURS, ordering="state")
    def badge(self, delivery: WebhookDelivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()

    @display(description=gettext_lazy("state"))
    def state_shown(self, delivery: WebhookDelivery) -> str:
        return _badge(delivery).as_html()

    @display(description=gettext_lazy("store"))
    def store(self, delivery: WebhookDelivery) -> str:
        return str(delivery.connection.store)

    @display(description=gettext_lazy("triggered at"))
    def triggered(self, delivery: WebhookDelivery) -> str:
        return moment(delivery.triggered_at)

    @display(description=gettext_lazy("received at"), ordering="received_at")
    def received(self, delivery: WebhookDelivery) -> str:
        return moment(delivery.received_at)

    @display(description=gettext_lazy("last received at"))
    def last_received(self, delivery: WebhookDelivery) -> str:
        return moment(delivery.last_received_at)

    @display(description=gettext_lazy("processed at"))
    def processed(self, delivery: WebhookDelivery) -> str:
        return moment(delivery.processed_at)


def _badge(delivery: WebhookDelivery) -> Badge:
    return Badge(delivery.get_state_display(), _COLOURS[WebhookDelivery.State(delivery.state)])


def _deliveries(order: Order) -> list[Event]:
    rows: Any = WebhookDelivery.objects.filter(
        connection__store=order.store_id, shop_order_id=order.shop_order_id
    ).order_by("-id")[:_AT_MOST]
    return [
        Event(
            row.received_at,
            _("Webhook received"),
            _("%(state)s; times received: %(times)d") % {"state": _STATES[row.state], "times": row.times},
            _("the shop"),
            admin_link(row, row.event or "-"),
        )
        for row in rows.defer("body")
    ]


add_order_events(_deliveries)


def _links(store: Store) -> Panel:
    row = JumpsellerConnection.objects.defer(*SECRETS).filter(store=store).first()
    if row is None:
        return Panel("Jumpseller", empty=_("Nothing is connected yet."))
    links = [
        (_("Connection"), admin_link(row, _("See"))),
        (_("Credentials"), Link(_("Replace"), address(row, "credentials"))),
        (_("Test"), Link(_("Test the connections"), address(row, "test_connections"))),
    ]
    return Panel("Jumpseller", rows=links)


add_store_panel(_links)
