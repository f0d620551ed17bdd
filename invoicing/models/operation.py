"""Work on documents: one row per intent, one per attempt."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from invoicing.domain.lifecycle import OPEN_STATES, OperationState, Verb, Wait
from invoicing.domain.reasons import SUBJECT_LENGTH
from invoicing.models.document import Document
from outbound.clock import now


class DocumentOperation(models.Model):
    """One intent for one document. Committed before anything is sent; constraints forbid a second."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="operations")
    verb = models.CharField(_("verb"), max_length=16, choices=[(str(v), str(v)) for v in Verb])
    state = models.CharField(
        _("state"), max_length=16, choices=[(str(s), str(s)) for s in OperationState], default="queued"
    )
    is_fiscal = models.BooleanField(_("fiscal"))
    # Finalizing takes turns per account, kind and series; the row that runs holds the lane.
    lane = models.CharField(max_length=400, null=True, blank=True)
    lane_date = models.DateField(null=True, blank=True)
    requested_by = models.CharField(_("requested by"), max_length=64, blank=True)
    not_before = models.DateTimeField(_("not before"))
    waiting_for = models.CharField(
        _("waiting for"), max_length=16, blank=True, choices=[(str(w), str(w)) for w in Wait]
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    tries = models.PositiveIntegerField(_("tries that count"), default=0)
    losses = models.PositiveIntegerField(_("lost by a dead process"), default=0)
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # Set before the bytes leave; while set, the outcome at the provider may be unknown.
    write_started_at = models.DateTimeField(_("write started at"), null=True, blank=True)
    # A search did not find it once; "absent" is believed only when seen twice.
    absent_seen_at = models.DateTimeField(_("not found at"), null=True, blank=True)
    hold_reason = models.CharField(_("held because"), max_length=32, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    # Of a hold: the one thing that is wrong or missing; what waits for the same is shown together.
    subject = models.CharField(_("subject"), max_length=SUBJECT_LENGTH, blank=True)
    created_at = models.DateTimeField(_("created at"), default=now, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        indexes = [
            models.Index(fields=["state", "not_before"]),
            models.Index(fields=["waiting_for"], condition=~Q(waiting_for=""), name="operations_waiting"),
            models.Index(fields=["lane", "state"], condition=Q(lane__isnull=False), name="operation_lanes"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["document"],
                condition=Q(state="running", is_fiscal=True),
                name="one_running_fiscal_operation",
            ),
            models.UniqueConstraint(
                fields=["document", "verb"],
                condition=Q(state__in=[str(state) for state in OPEN_STATES]),
                name="one_open_operation_per_verb",
            ),
            models.UniqueConstraint(
                fields=["lane"],
                condition=Q(state="running", lane__isnull=False),
                name="one_running_operation_per_lane",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[str(state) for state in OperationState]), name="known_operation_state"
            ),
            models.CheckConstraint(
                condition=~Q(state="held") | ~Q(hold_reason=""), name="a_hold_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.document}"


class OperationAttempt(models.Model):
    """One claim of an operation: when, what was called, what came back (redacted)."""

    operation = models.ForeignKey(DocumentOperation, models.CASCADE, related_name="attempt_log")
    number = models.PositiveIntegerField(_("number"))
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=32, blank=True)
    error = models.TextField(_("error"), blank=True)
    calls = models.JSONField(_("calls"), default=list)

    class Meta:
        ordering = ["number"]
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [models.UniqueConstraint(fields=["operation", "number"], name="one_attempt_per_number")]

    def __str__(self) -> str:
        return f"{self.operation} #{self.number}"


class SweepMark(models.Model):
    """One row: when the scheduler last swept, so that every machine can tell whether one runs."""

    swept_at = models.DateTimeField()

    class Meta:
        verbose_name = _("last sweep")
        verbose_name_plural = _("last sweep")

    def __str__(self) -> str:
        return str(self.swept_at)
