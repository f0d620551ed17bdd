"""Who changed what in a store, and when: Django's own log, in sentences that any language can tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from stores.models import Membership

MEMBER_ADDED = _("Member {who} added as {role}")
MEMBER_CHANGED = _("Member {who}: {before} became {role}")
MEMBER_REMOVED = _("Member {who} removed")
MEMBER_REFUSED = _("Member {who} not added: out of reach")
LINK_MADE = _("Link to set a password made for {who}")
SHOP_CREDENTIALS = _("The way into the shop replaced")
ACCOUNT_KEY = _("The API key of {account} replaced")
ACCOUNT_MOVED = _("The invoicing account is {after} instead of {before}")
TAX_MADE = _("Tax {name} made in {account}")
OF_MEMBERS = (MEMBER_ADDED, MEMBER_CHANGED, MEMBER_REMOVED, MEMBER_REFUSED, LINK_MADE)
_ALL = (*OF_MEMBERS, SHOP_CREDENTIALS, ACCOUNT_KEY, ACCOUNT_MOVED, TAX_MADE)
_ROLES = dict(Membership.ROLES)
_MOST = 100


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\})", template)
    return re.compile("".join(f"(?P<{p[1:-1]}>.+)" if p.startswith("{") else re.escape(p) for p in parts))


_PATTERNS = {template: _pattern(template) for template in _ALL}


def record(user: Any, row: Model, template: str, **facts: str) -> None:
    """Write one of the sentences above beside the row. Never give it a secret."""
    LogEntry.objects.create(
        user_id=user.pk,
        content_type=ContentType.objects.get_for_model(row),
        object_id=str(row.pk),
        object_repr=str(row)[:200],
        action_flag=CHANGE,
        change_message=template.format(**facts),
    )


def entries_of(rows: Sequence[Model], *, with_members: bool) -> list[LogEntry]:
    """What is logged of these rows, the newest first; of members only for those who manage them."""
    wanted = Q()
    for row in rows:
        wanted |= Q(content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk))
    found = LogEntry.objects.filter(wanted).select_related("user", "content_type").order_by("-pk")[:_MOST]
    return [entry for entry in found if with_members or not is_of_members(entry)]


def is_of_members(entry: LogEntry) -> bool:
    return _template(entry.change_message) in OF_MEMBERS


def in_words(entry: LogEntry) -> str:
    template = _template(entry.change_message)
    if template is None:
        return str(entry.get_change_message())
    words = gettext(template)
    found = _PATTERNS[template].fullmatch(entry.change_message)
    for name, value in (found.groupdict() if found else {}).items():
        words = words.replace(f"{{{name}}}", str(_ROLES.get(value, value)))
    return words


def _template(message: str) -> str | None:
    return next((template for template, pattern in _PATTERNS.items() if pattern.fullmatch(message)), None)
