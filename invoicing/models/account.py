"""An account at a provider: credentials, what it offers, whether it works."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.fields import EncryptedTextField
from stores.models import Stoppable


class InvoicingAccount(Stoppable):
    """Credentials at a provider. A document keeps its own account when the store moves to another."""

    provider = models.CharField(_("provider"), max_length=32, default="invoicexpress")
    # It becomes part of a host name, so nothing but one DNS label is let in.
    account_name = models.CharField(
        _("account name"), max_length=63, validators=[RegexValidator(r"\A[a-z0-9][a-z0-9-]{0,62}\Z")]
    )
    api_key = EncryptedTextField(_("API key"))
    requests_per_minute = models.PositiveIntegerField(
        _("requests per minute"), null=True, blank=True, help_text=_("Empty: the installation's default.")
    )
    facts_read_at = models.DateTimeField(_("taxes and series read at"), null=True, blank=True)
    # When they were last asked for because orders wait for them, answered or not.
    facts_asked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("invoicing account")
        verbose_name_plural = _("invoicing accounts")
        constraints = [
            models.UniqueConstraint(fields=["provider", "account_name"], name="one_row_per_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account_name} ({self.provider})"


class AccountTax(models.Model):
    """A tax of the account, as last read. Lines name it to the letter."""

    account = models.ForeignKey(InvoicingAccount, models.CASCADE, related_name="taxes")
    name = models.CharField(_("name"), max_length=255)
    rate = models.DecimalField(_("rate"), max_digits=7, decimal_places=4)
    region = models.CharField(_("region"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("tax of the account")
        verbose_name_plural = _("taxes of the account")
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="one_tax_per_name")]

    def __str__(self) -> str:
        return f"{self.name} ({self.rate.normalize():f} %)"


class AccountSeries(models.Model):
    """A numbering series of the account, as last read; each kind of document has its own id in it."""

    account = models.ForeignKey(InvoicingAccount, models.CASCADE, related_name="series")
    name = models.CharField(_("name"), max_length=255)
    is_default = models.BooleanField(_("default"), default=False)
    ids = models.JSONField(_("ids"), default=dict)
    registered = models.JSONField(_("registered kinds"), null=True, blank=True)

    class Meta:
        verbose_name = _("series of the account")
        verbose_name_plural = _("series of the account")
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="one_series_per_name")]

    def __str__(self) -> str:
        return self.name
