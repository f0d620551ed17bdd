"""Versions of the settings are written once; a document can always explain itself by its own."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from invoicing.domain.profile import Profile
from invoicing.models import Document, InvoicingAccount, InvoicingProfile, InvoicingProfileVersion
from invoicing.models.profile import ImmutableVersion
from invoicing.services.profiles import save_profile
from stores.models import Store
from tests.models import rows


@pytest.fixture
def first(db: None) -> InvoicingProfileVersion:
    return rows.version(rows.store(), rows.account())


def rename(version: InvoicingProfileVersion) -> Any:
    version.settings = {**version.settings, "finalize": True}
    return version.save()


ATTEMPTS: dict[str, Any] = {
    "save": rename,
    "save some fields": lambda version: version.save(update_fields=["settings"]),
    "save by force": lambda version: version.save(force_update=True),
    "delete": lambda version: version.delete(),
    "update": lambda version: InvoicingProfileVersion.objects.filter(pk=version.pk).update(number=9),
    "update all": lambda _version: InvoicingProfileVersion.objects.update(settings={}),
    "delete all": lambda _version: InvoicingProfileVersion.objects.all().delete(),
    "delete through the profile": lambda version: version.profile.versions.all().delete(),
    "bulk update": lambda version: InvoicingProfileVersion.objects.bulk_update([version], ["settings"]),
    "update or create": lambda version: InvoicingProfileVersion.objects.update_or_create(
        profile=version.profile, number=1, defaults={"settings": {}}
    ),
}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_version_is_never_changed_nor_removed(first: InvoicingProfileVersion, name: str) -> None:
    before = InvoicingProfileVersion.objects.values().get()

    with pytest.raises(ImmutableVersion), transaction.atomic():
        ATTEMPTS[name](first)

    assert InvoicingProfileVersion.objects.values().get() == before


def test_one_version_for_a_number(first: InvoicingProfileVersion) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        InvoicingProfileVersion.objects.create(profile=first.profile, number=1, settings={})

    assert InvoicingProfileVersion.objects.count() == 1


def test_a_change_is_a_new_version_and_equal_settings_are_none(db: None) -> None:
    shop, account = rows.store(), rows.account()
    for value in (Profile(), Profile(), Profile(finalize=True), Profile(finalize=True), Profile()):
        save_profile(shop, account, value)

    versions = list(InvoicingProfileVersion.objects.order_by("number"))
    assert [(v.number, v.value().finalize) for v in versions] == [(1, False), (2, True), (3, False)]
    assert InvoicingProfile.objects.get().current == versions[-1]


def test_a_document_keeps_the_version_and_the_account_that_it_was_built_with(invoice: Document) -> None:
    before = (invoice.profile_version_id, invoice.account_id)
    new_account: InvoicingAccount = rows.account("outraconta")

    shop: Store = invoice.order.store
    save_profile(shop, new_account, Profile(finalize=True))

    invoice.refresh_from_db()
    assert (invoice.profile_version_id, invoice.account_id) == before
    assert invoice.profile_version.value() == Profile()
    assert InvoicingProfile.objects.get().account == new_account
