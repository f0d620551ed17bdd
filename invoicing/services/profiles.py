"""Which account a store invoices with, and a new version for every change of its settings."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from invoicing.domain.profile import Profile
from invoicing.models import InvoicingAccount, InvoicingProfile, InvoicingProfileVersion
from stores.models import Store


def save_profile(
    store: Store, account: InvoicingAccount, profile: Profile, *, user: Any = None
) -> InvoicingProfile:
    """Put the settings in force. Equal settings make no new version."""
    with transaction.atomic():
        row, _created = InvoicingProfile.objects.select_for_update(of=("self",)).get_or_create(
            store=store, defaults={"account": account}
        )
        values = profile.to_dict()
        if row.current is None or row.current.settings != values:
            last = row.versions.order_by("-number").values_list("number", flat=True).first() or 0
            row.current = InvoicingProfileVersion.objects.create(
                profile=row, number=last + 1, settings=values, created_by=user
            )
        row.account = account
        row.save(update_fields=["account", "current"])
    return row
