"""Which account a store invoices with, and a new version for every change of its settings."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from invoicing.domain.profile import Profile
from invoicing.domain.setting_changes import LIFTED_BY_ACCOUNT, changes_between, reasons_lifted_by
from invoicing.models import InvoicingAccount, InvoicingProfile, InvoicingProfileVersion
from invoicing.services.decide_again import BY_SETTINGS, decide_held_again
from invoicing.services.ruling_work import name_of
from stores.models import Store


class SettingsChangedMeanwhile(Exception):
    """Another version came into force since the settings were read; nothing was saved."""

    def __init__(self, current: InvoicingProfileVersion) -> None:
        super().__init__(str(current))
        self.current = current


def save_profile(
    store: Store,
    account: InvoicingAccount,
    profile: Profile,
    *,
    user: Any = None,
    based_on: int | None = None,
) -> InvoicingProfile:
    """Put the settings in force. Equal settings make no new version.

    Held orders whose hold the change may end are marked to be decided again. `based_on` is the number of
    the version that the person had before the eyes.

    Raises:
        SettingsChangedMeanwhile: that version is no longer in force.
    """
    with transaction.atomic():
        row, created = InvoicingProfile.objects.select_for_update(of=("self",)).get_or_create(
            store=store, defaults={"account": account}
        )
        before = row.current
        if based_on is not None and before is not None and before.number != based_on:
            raise SettingsChangedMeanwhile(before)
        values = profile.to_dict()
        if before is None or before.settings != values:
            last = row.versions.order_by("-number").values_list("number", flat=True).first() or 0
            row.current = InvoicingProfileVersion.objects.create(
                profile=row, number=last + 1, settings=values, created_by=user
            )
        has_moved = not created and row.account_id != account.pk
        row.account = account
        row.save(update_fields=["account", "current"])
        reasons = reasons_lifted_by(changes_between(before.value(), profile)) if before else frozenset()
        decide_held_again(
            store,
            reasons | LIFTED_BY_ACCOUNT if has_moved else reasons,
            requested_by=name_of(user) if user is not None else BY_SETTINGS,
        )
    return row
