"""Configuration that would break a promise is said at start-up."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Warning, register


@register()
def check_lease(**_kwargs: Any) -> list[Warning]:
    """Two calls and their records must fit into one lease, else the sweep takes living work back."""
    if settings.LEASE_SECONDS > 2 * settings.HTTP_TIMEOUT_SECONDS:
        return []
    return [
        Warning(
            f"LEASE_SECONDS ({settings.LEASE_SECONDS:g}) is not above twice HTTP_TIMEOUT_SECONDS "
            f"({settings.HTTP_TIMEOUT_SECONDS:g}).",
            hint="Raise LEASE_SECONDS or lower HTTP_TIMEOUT_SECONDS.",
            id="invoicing.W001",
        )
    ]


@register()
def check_encryption_keys(**_kwargs: Any) -> list[Error]:
    from django.core.exceptions import ImproperlyConfigured

    from stores.fields import cipher

    try:
        cipher()
    except ImproperlyConfigured as error:
        return [
            Error(
                str(error),
                hint="Make one: cryptography.fernet.Fernet.generate_key()",
                id="stores.E001",
            )
        ]
    return []


@register()
def check_vendor_urls(**_kwargs: Any) -> list[Error]:
    found = []
    for name in ("JUMPSELLER_API_URL", "INVOICEXPRESS_URL", "VIES_URL", "PUBLIC_URL"):
        parts = urlsplit(getattr(settings, name).replace("{account}", "account"))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            found.append(Error(f"{name} must be an http or https address.", id="invoicing.E001"))
    if "{account}" not in settings.INVOICEXPRESS_URL:
        found.append(Error("INVOICEXPRESS_URL must contain {account}.", id="invoicing.E002"))
    return found
