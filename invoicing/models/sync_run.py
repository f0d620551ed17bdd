"""Runs over many orders of a shop, and what each order came to in them."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from invoicing.domain.decision import Outcome
from invoicing.domain.plan import DocumentKind
from invoicing.domain.sync import SyncKind, SyncMode, SyncState
from outbound.clock import now
from stores.domain.order import OrderStatus
from stores.models import Order, Store


def new_token() -> str:
    return secrets.token_hex(16)


class SyncRun(models.Model):
    """One listing of orders, and the issuing of those that were ticked in it: work of the queue, a page of
    the list at a time."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="sync_runs")
    kind = models.CharField(
        _("kind"),
        max_length=16,
        choices=[(str(k), str(k)) for k in SyncKind],
        default=SyncKind.BACKFILL.value,
    )
    mode = models.CharField(
        _("mode"), max_length=16, choices=[(str(m), str(m)) for m in SyncMode], default=SyncMode.PREVIEW.value
    )
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=[(str(s), str(s)) for s in SyncState],
        default=SyncState.QUEUED.value,
    )
    requested_by = models.CharField(_("requested by"), max_length=64, blank=True)
    # The form that asked for it: sent twice, it asks once.
    token = models.CharField(max_length=32, unique=True, default=new_token, editable=False)
    # What is listed: the newest so many, days of the store, orders by name; or several of these.
    limit = models.PositiveIntegerField(_("number of orders"), null=True, blank=True)
    since = models.DateField(_("from"), null=True, blank=True)
    until = models.DateField(_("to"), null=True, blank=True)
    order_ids = models.JSONField(_("orders"), default=list, blank=True)
    # The page of the list that comes next, and how the last one looked; 0: the list is done.
    page = models.PositiveIntegerField(default=1)
    page_mark = models.CharField(max_length=160, blank=True)
    listed_at = models.DateTimeField(_("listed at"), null=True, blank=True)
    seen = models.PositiveIntegerField(_("orders looked at"), default=0)
    total = models.PositiveIntegerField(_("orders in all"), null=True, blank=True)
    planned = models.PositiveIntegerField(_("would be issued"), default=0)
    not_before = models.DateTimeField(_("not before"), default=now)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    losses = models.PositiveIntegerField(_("lost by a dead process"), default=0)
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(_("last error"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created at"), default=now, editable=False)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        indexes = [models.Index(fields=["state", "not_before"], name="due_sync_runs")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[str(state) for state in SyncState]), name="known_sync_state"
            )
        ]

    def __str__(self) -> str:
        return f"{self.store} #{self.pk}"


class SyncRunOrder(models.Model):
    """One order of a run: what would happen to it and why, and whether a person wants its document."""

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    shop_order_id = models.CharField(_("order"), max_length=64)
    # Empty while nothing but this run has heard of the order.
    order = models.ForeignKey(Order, models.SET_NULL, null=True, blank=True, related_name="sync_rows")
    buyer_name = models.CharField(_("buyer"), max_length=255, blank=True)
    total = models.DecimalField(_("total"), max_digits=18, decimal_places=4, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    status = models.CharField(
        _("status"), max_length=16, blank=True, choices=[(str(s), str(s)) for s in OrderStatus]
    )
    paid_on = models.DateField(_("paid on"), null=True, blank=True)  # in the store's zone
    outcome = models.CharField(_("outcome"), max_length=16, choices=[(str(o), str(o)) for o in Outcome])
    reason = models.CharField(_("reason"), max_length=32, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    # What stands in the way of its document whatever a person says here.
    obstacle = models.CharField(_("obstacle"), max_length=32, blank=True)
    kind = models.CharField(
        _("document"), max_length=24, blank=True, choices=[(str(k), str(k)) for k in DocumentKind]
    )
    gross = models.DecimalField(_("gross total"), max_digits=18, decimal_places=4, null=True, blank=True)
    would_issue = models.BooleanField(_("would be issued"), default=False)
    may_be_ticked = models.BooleanField(_("may be issued"), default=False)
    is_ticked = models.BooleanField(_("ticked"), default=False)
    ticked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    word = models.CharField(_("reason given"), max_length=255, blank=True)
    # When the order was handed to its lane, which decides and plans.
    asked_at = models.DateTimeField(_("asked at"), null=True, blank=True)

    class Meta:
        ordering = ["position"]
        verbose_name = _("order of a sync run")
        verbose_name_plural = _("orders of sync runs")
        constraints = [
            models.UniqueConstraint(fields=["run", "shop_order_id"], name="one_row_per_run_and_order"),
        ]
        indexes = [models.Index(fields=["run", "position"], name="orders_of_a_sync_run")]

    def __str__(self) -> str:
        return self.shop_order_id
