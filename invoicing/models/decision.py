"""What an order comes to, and whose word counts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from invoicing.domain.decision import (
    Outcome,
    RulingKind,
)
from invoicing.domain.reasons import SUBJECT_LENGTH
from invoicing.models.document import Document
from outbound.clock import now
from stores.models import Order


class OrderDecision(models.Model):
    """The last answer of `decide` for one order, also when there is no document."""

    order = models.OneToOneField(Order, models.CASCADE, related_name="decision")
    outcome = models.CharField(_("outcome"), max_length=16, choices=[(str(o), str(o)) for o in Outcome])
    reason = models.CharField(_("reason"), max_length=32, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    # The one thing that is wrong or missing: what waits for the same is shown together.
    subject = models.CharField(_("subject"), max_length=SUBJECT_LENGTH, blank=True)
    document = models.ForeignKey(Document, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"))

    class Meta:
        verbose_name = _("outcome of an order")
        verbose_name_plural = _("outcomes of orders")

    def __str__(self) -> str:
        return f"{self.order}: {self.outcome}"


class Ruling(models.Model):
    """A person's word about an order. `decide` never undoes one; only another person revokes it."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="rulings")
    kind = models.CharField(_("ruling"), max_length=24, choices=[(str(k), str(k)) for k in RulingKind])
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="rulings")
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    # What the word says beyond its kind: a corrected tax id, the lines of a refund.
    data = models.JSONField(_("particulars"), default=dict, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("created at"), default=now, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("ruling")
        verbose_name_plural = _("rulings")

    def __str__(self) -> str:
        return f"{self.order}: {self.kind}"
