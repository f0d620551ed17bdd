"""Who sells and what was sold."""

from __future__ import annotations

import zoneinfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from outbound.clock import now
from stores.domain.order import OrderStatus
from stores.domain.payment import SeenBy
from stores.domain.roles import Role


def validate_timezone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("%(value)s is no time zone."), params={"value": value})


class Stoppable(models.Model):
    """A vendor's side, which may refuse our credentials or not answer at all; see `stores.stops`."""

    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)
    stopped_reason = models.CharField(_("stopped because"), max_length=500, blank=True)
    # An outage is looked at soon and ever less often; refused credentials wait for new ones.
    stopped_by_outage = models.BooleanField(_("stopped by an outage"), default=False)
    probes = models.PositiveIntegerField(_("probes since"), default=0)
    next_probe_at = models.DateTimeField(_("next probe at"), null=True, blank=True)
    resumed_at = models.DateTimeField(_("working again since"), null=True, blank=True)

    class Meta:
        abstract = True


class Store(Stoppable):
    """A shop on some platform. Its codes at the platform may change; this row stays."""

    platform = models.CharField(_("platform"), max_length=32, default="jumpseller")
    code = models.CharField(_("code"), max_length=100)
    name = models.CharField(_("name"), max_length=200)
    country = models.CharField(_("country"), max_length=2, default="PT")
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    timezone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Lisbon", validators=[validate_timezone]
    )
    # Frozen at the first connection: references at the provider are derived from it for ever.
    reference_prefix = models.CharField(_("reference prefix"), max_length=24, unique=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=now, editable=False)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints = [models.UniqueConstraint(fields=["platform", "code"], name="one_store_per_code")]

    def __str__(self) -> str:
        return self.name or self.code


class Membership(models.Model):
    """What one person may do in one store."""

    ROLES = (
        (Role.VIEWER.value, _("Viewer")),
        (Role.OPERATOR.value, _("Operator")),
        (Role.MANAGER.value, _("Manager")),
        (Role.ACCOUNTANT.value, _("Accountant")),
    )

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    store = models.ForeignKey(Store, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=16, choices=ROLES, default=Role.VIEWER.value)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["user", "store"], name="one_membership_per_store")]

    def __str__(self) -> str:
        return f"{self.user} - {self.store} ({self.role})"


class Order(models.Model):
    """An order that we have heard of: the last accepted reading, verbatim, and when it was read."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="orders")
    shop_order_id = models.CharField(_("order"), max_length=64)
    payload = models.TextField(_("payload"), blank=True)
    # A reading is saved only if it started later than the saved one.
    read_started_at = models.DateTimeField(_("read at"), null=True, blank=True)
    status = models.CharField(
        _("status"),
        max_length=16,
        blank=True,
        choices=[(status.value, status.value) for status in OrderStatus],
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    total = models.DecimalField(_("total"), max_digits=18, decimal_places=4, null=True, blank=True)
    # The full value of the goods, a gift card used as payment included; empty while it cannot be read.
    paid_total = models.DecimalField(_("paid"), max_digits=18, decimal_places=4, null=True, blank=True)
    buyer_name = models.CharField(_("buyer"), max_length=255, blank=True)
    ordered_at = models.DateTimeField(_("ordered at"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    last_seen_unpaid_at = models.DateTimeField(_("last seen unpaid at"), null=True, blank=True)
    # By our own reading, not by a webhook: only this can mean that a credited order was paid again.
    last_read_unpaid_at = models.DateTimeField(_("last read unpaid at"), null=True, blank=True)
    first_seen_paid_at = models.DateTimeField(_("first seen paid at"), null=True, blank=True)
    first_seen_paid_by = models.CharField(max_length=16, blank=True, choices=[(s, s) for s in SeenBy])
    created_at = models.DateTimeField(_("created at"), default=now, editable=False)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(fields=["store", "shop_order_id"], name="one_row_per_order"),
        ]
        indexes = [models.Index(fields=["store", "-id"]), models.Index(fields=["store", "ordered_at"])]

    def __str__(self) -> str:
        return self.shop_order_id


class OrderRefresh(models.Model):
    """The lane of one order: however often it is rung, it is read and decided by one worker at a time.

    Due while `requested > processed`. Each ring counts `requested` up; the worker that holds the lease
    sets `processed` to the count that it saw when it began, so a ring during the work is not lost.
    """

    order = models.OneToOneField(Order, models.CASCADE, related_name="refresh")
    requested = models.PositiveIntegerField(default=0)
    processed = models.PositiveIntegerField(default=0)
    requested_by = models.CharField(_("requested by"), max_length=64, blank=True)
    not_before = models.DateTimeField(_("not before"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    losses = models.PositiveIntegerField(_("lost by a dead process"), default=0)
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("order refresh")
        verbose_name_plural = _("order refreshes")
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=models.Q(requested__gt=models.F("processed")),
                name="due_refreshes",
            )
        ]

    def __str__(self) -> str:
        return f"{self.order} ({self.processed}/{self.requested})"
