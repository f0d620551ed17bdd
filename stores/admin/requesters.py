"""Who asked for work, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

# An event of the shop, the provider's state, or the end of a deletion.
REQUESTERS: dict[str, Any] = {
    "order_created": _("the shop: order created"),
    "order_updated": _("the shop: order changed"),
    "order_pending_payment": _("the shop: order waits for payment"),
    "order_paid": _("the shop: order paid"),
    "order_shipped": _("the shop: order shipped"),
    "order_canceled": _("the shop: order cancelled"),
    "order_abandoned": _("the shop: order abandoned"),
    "list_latest_orders": _("the command list_latest_orders"),
    "settings": _("a change of the settings"),
    "provider": _("a change in the invoicing account"),
    "delete": _("the deletion of a draft"),
    "deleted": _("the deletion of a draft"),
}
_STAFF = "staff:"


def requester(value: str) -> str:
    """Who asked, in words; a person by name."""
    return value.removeprefix(_STAFF) if value.startswith(_STAFF) else str(REQUESTERS.get(value, value))
