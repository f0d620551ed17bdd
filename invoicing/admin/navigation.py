"""The sidebar, named by `UNFOLD["SIDEBAR"]` in the settings."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from stores.auth import may
from stores.domain.roles import Right


def sidebar(_request: HttpRequest) -> list[dict[str, Any]]:
    """What waits for a person comes first."""
    return [
        {
            "title": "",
            "items": [
                {
                    "title": _("Needs you"),
                    "icon": "report",
                    "link": reverse("admin:index"),
                    "permission": may_see,
                    "active": lambda request: (
                        request.path in (reverse("admin:index"), reverse("admin:stores_order_waiting"))
                    ),
                },
                _item(_("Drafts"), "edit_document", "invoicing_document", "status=draft"),
            ],
        },
        {
            "title": _("Invoicing"),
            "separator": True,
            "items": [
                _item(_("Documents"), "receipt_long", "invoicing_document"),
                _item(_("Orders"), "shopping_cart", "stores_order"),
                _item(_("Operations"), "task", "invoicing_documentoperation"),
                {
                    "title": _("List latest orders"),
                    "icon": "playlist_add_check",
                    "link": reverse("admin:invoicing_syncrun_new"),
                    "permission": may_issue,
                    "active": lambda request: request.path == reverse("admin:invoicing_syncrun_new"),
                },
                _item(_("Sync runs"), "sync", "invoicing_syncrun"),
                _item(_("Rulings"), "gavel", "invoicing_ruling"),
                _item(_("Webhook deliveries"), "webhook", "jumpseller_sync_webhookdelivery"),
            ],
        },
        {
            "title": _("Settings"),
            "separator": True,
            "items": [
                _item(_("Stores"), "storefront", "stores_store"),
                _item(_("Invoicing accounts"), "account_balance", "invoicing_invoicingaccount"),
                _item(_("Invoicing profiles"), "tune", "invoicing_invoicingprofile"),
                _item(_("Members"), "badge", "stores_membership", right=Right.MEMBERS),
                _item(_("Users"), "group", "auth_user", for_superusers=True),
            ],
        },
    ]


# Pages below a list that have an entry of their own.
_OWN_ENTRIES = ("invoicing_syncrun_new", "stores_order_waiting")
# The filters of the entries of what waits.
_WAITING = (("outcome", "held"), ("state", "held"), ("status", "draft"))


def _item(
    title: str,
    icon: str,
    model: str,
    query: str = "",
    *,
    right: Right = Right.VIEW,
    for_superusers: bool = False,
) -> dict[str, Any]:
    link = reverse(f"admin:{model}_changelist")
    return {
        "title": title,
        "icon": icon,
        "link": f"{link}?{query}" if query else link,
        "permission": is_superuser if for_superusers else lambda request: may(request.user, right),
        "active": lambda request: _is_here(request, link, query),
    }


def _is_here(request: HttpRequest, link: str, query: str) -> bool:
    """Entries share a list and differ in its filter; exactly one of them is where one is."""
    has_entry_of_its_own = request.path in [reverse(f"admin:{name}") for name in _OWN_ENTRIES]
    if not request.path.startswith(link) or has_entry_of_its_own:
        return False
    name, _sign, value = query.partition("=")
    if query:
        return request.GET.get(name) == value
    return not any(request.GET.get(name) == value for name, value in _WAITING)


def may_see(request: HttpRequest) -> bool:
    return may(request.user, Right.VIEW)


def may_issue(request: HttpRequest) -> bool:
    return may(request.user, Right.ISSUE)


def is_superuser(request: HttpRequest) -> bool:
    user = request.user
    return bool(user.is_active and user.is_staff and user.is_superuser)
