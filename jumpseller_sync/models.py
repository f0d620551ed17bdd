"""How a store is connected to Jumpseller, and what Jumpseller told us."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.fields import EncryptedTextField
from stores.models import Store


def new_hook_key() -> str:
    return secrets.token_urlsafe(24)


class JumpsellerConnection(models.Model):
    """Credentials of one shop and the address at which it rings us."""

    store = models.OneToOneField(Store, models.PROTECT, related_name="jumpseller")
    login = models.CharField(_("login"), max_length=255, blank=True)
    auth_token = EncryptedTextField(_("auth token"), blank=True)
    # Of a store that has authorized our app. They are used where there are any.
    access_token = EncryptedTextField(_("access token"), blank=True)
    refresh_token = EncryptedTextField(_("refresh token"), blank=True)
    access_token_expires_at = models.DateTimeField(_("access token ends"), null=True, blank=True)
    access_token_lives = models.FloatField(default=0, editable=False)  # seconds
    renewals = models.PositiveIntegerField(default=0, editable=False)
    renewing_until = models.DateTimeField(null=True, blank=True, editable=False)
    renewal_refused_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The key of the webhook signature: the store's own, told by its store info.
    hooks_token = EncryptedTextField(_("hooks token"), blank=True)
    # Unguessable and per store: the store of a webhook is the key's, whatever its headers say.
    hook_key = models.CharField(
        _("hook key"), max_length=64, unique=True, default=new_hook_key, editable=False
    )
    info_read_at = models.DateTimeField(_("store info read at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("Jumpseller connection")
        verbose_name_plural = _("Jumpseller connections")
        constraints = [
            models.CheckConstraint(condition=~Q(hook_key=""), name="a_hook_key_is_never_empty"),
        ]

    def __str__(self) -> str:
        return str(self.store)

    @property
    def webhook_url(self) -> str:
        return f"{settings.PUBLIC_URL}/webhooks/jumpseller/{self.hook_key}/"


class WebhookDelivery(models.Model):
    """One genuine webhook, kept before it is understood. The same body again adds no row."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        PROCESSED = "processed", _("Processed")
        IGNORED = "ignored", _("Ignored")

    connection = models.ForeignKey(JumpsellerConnection, models.CASCADE, related_name="deliveries")
    event = models.CharField(_("event"), max_length=64, blank=True)
    shop_order_id = models.CharField(_("order"), max_length=64, blank=True)
    body = models.TextField(_("body"))
    body_sha256 = models.CharField(max_length=64)
    triggered_at = models.DateTimeField(_("triggered at"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"))
    last_received_at = models.DateTimeField(_("last received at"))
    times = models.PositiveIntegerField(_("times"), default=1)
    store_code = models.CharField(_("store code"), max_length=100, blank=True)
    is_foreign_code = models.BooleanField(_("other store code"), default=False)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.RECEIVED)
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    processed_at = models.DateTimeField(_("processed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "event", "body_sha256"], name="one_row_per_webhook_body"
            ),
        ]
        indexes = [
            models.Index(
                fields=["received_at"], condition=Q(state="received"), name="unprocessed_deliveries"
            ),
            models.Index(fields=["connection", "shop_order_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.shop_order_id}"
