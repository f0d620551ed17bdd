"""Amounts and moments as people read them in their language."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language

_NARROW = "\u00a0"


def money(amount: Decimal | None, currency: str = "EUR") -> str:
    """Two decimals, more only where they say something: 1 234,56 €."""
    if amount is None:
        return ""
    exact = amount.normalize()
    decimals = max(2, -int(exact.as_tuple().exponent))
    text = f"{amount:,.{decimals}f}"
    if (get_language() or "").startswith(("pt", "es")):
        text = text.replace(",", _NARROW).replace(".", ",")
    return f"{text}{_NARROW}{'€' if currency in ('EUR', '') else currency}"


def number(value: Decimal | None) -> str:
    """No needless zeros: 2, 0,5."""
    if value is None:
        return ""
    text = f"{value.normalize():f}"
    return text.replace(".", ",") if (get_language() or "").startswith(("pt", "es")) else text


def moment(value: datetime | None) -> str:
    """Day and time in the zone that is set, which is the store's on its pages; 24 hours."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return f"{day(local.date())} {local:%H:%M}"


def day(value: date | None) -> str:
    if value is None:
        return ""
    is_iberian = (get_language() or "").startswith(("pt", "es"))
    return date_format(value, "d/m/Y" if is_iberian else "Y-m-d")


def last_four(secret: str) -> str:
    """Enough to tell two keys apart, too little to use one."""
    return f"••••{secret[-4:]}" if len(secret) >= 12 else "••••" if secret else ""
