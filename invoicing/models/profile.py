"""A store's fiscal settings. Documents point at the immutable version that they were built from."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from invoicing.domain.profile import Profile, stored_profile
from invoicing.models.account import InvoicingAccount
from stores.models import Store


class InvoicingProfile(models.Model):
    """Which account a store invoices with, and which version of its settings is in force."""

    store = models.OneToOneField(Store, models.PROTECT, related_name="invoicing_profile")
    account = models.ForeignKey(InvoicingAccount, models.PROTECT, related_name="profiles")
    current = models.ForeignKey(
        "InvoicingProfileVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("invoicing profile")
        verbose_name_plural = _("invoicing profiles")

    def __str__(self) -> str:
        return str(self.store)


class ImmutableVersion(Exception):
    """A version is never changed or removed; a change of settings is a new version."""


class _VersionQuerySet(models.QuerySet["InvoicingProfileVersion"]):
    def update(self, **_kwargs: Any) -> NoReturn:
        raise ImmutableVersion

    def delete(self) -> NoReturn:
        raise ImmutableVersion


class InvoicingProfileVersion(models.Model):
    """One set of settings, kept for as long as a document may have to explain itself."""

    profile = models.ForeignKey(InvoicingProfile, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    settings = models.JSONField(_("settings"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = _VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of the settings")
        verbose_name_plural = _("versions of the settings")
        constraints = [models.UniqueConstraint(fields=["profile", "number"], name="one_version_per_number")]

    def __str__(self) -> str:
        return f"{self.profile} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ImmutableVersion
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise ImmutableVersion

    def value(self) -> Profile:
        """The settings as the domain's value."""
        return stored_profile(self.settings)
