"""The grounds of a document, which the plan keeps in English, in the user's language."""

from __future__ import annotations

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

_KNOWN = (
    _("a correction keeps them"),
    _("account tax; not in CIVA 18"),
    _("as in the original"),
    _("as stated"),
    _("at the rate that the shop charged"),
    _("chosen in the settings"),
    _("delivery was free"),
    _("figures of the order"),
    _("four decimals at the provider"),
    _("it is not nine digits"),
    _("it looks like a phone number"),
    _("its check digit is wrong"),
    _("left out: it is free"),
    _("line discounts per line"),
    _("line discounts per unit"),
    _("named, without NIF"),
    _("no line"),
    _("no name"),
    _("no tax id given"),
    _("no tax number begins like that"),
    _("on the line in the shop"),
    _("prices include VAT"),
    _("prices plus VAT"),
    _("shipping includes VAT"),
    _("shipping plus VAT"),
    _("so that the total is what was paid"),
    _("text without digits"),
    _("the day of payment"),
    _("the shop charged 0 %"),
    _("the shop named no tax"),
    _("total before the gift card"),
    _("total net of the gift card"),
    _("valid check digit"),
)
# What stands in the braces is data and stays as it is.
_PATTERNS = (
    _("the shop charged {rate} %"),
    _("paid on {day}, which is printed"),
    _("setting {name}"),
    _("{number} stands for the final consumer"),
)


def _compiled(text: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\})", text)
    return re.compile("".join(f"(?P<{p[1:-1]}>.+)" if p.startswith("{") else re.escape(p) for p in parts))


_COMPILED = tuple((_compiled(text), text) for text in _PATTERNS)


def ground(text: str) -> str:
    """In the user's language as far as it is known; a list of grounds is taken apart at its commas."""
    if not text:
        return ""
    if text in _KNOWN:
        return gettext(text)
    for pattern, source in _COMPILED:
        found = pattern.fullmatch(text)
        if found is not None:
            words = gettext(source)
            for name, value in found.groupdict().items():
                words = words.replace(f"{{{name}}}", value)
            return words
    parts = text.split(", ")
    return ", ".join(gettext(part) if part in _KNOWN else part for part in parts)
