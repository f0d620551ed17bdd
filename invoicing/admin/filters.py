"""Filters of lists: by translated label, by store, by an order's outcome."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from invoicing.admin.labels import OUTCOMES, Labels, reason_text
from invoicing.domain.decision import Outcome
from invoicing.domain.lifecycle import OperationState
from invoicing.domain.plan import DocumentStatus
from invoicing.domain.reasons import HoldReason
from invoicing.models import Document, DocumentOperation
from stores.auth import stores_with
from stores.domain.roles import Right
from stores.models import Order

Lookups = Iterable[tuple[Any, Any]]


def by_label(field: str, title: Any, labels: Labels) -> type[admin.SimpleListFilter]:
    """A filter over a stored value, shown in words."""

    class LabelFilter(admin.SimpleListFilter):
        parameter_name = field

        def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
            return [(str(value), text) for value, text in labels.items()]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**{field: self.value()}) if self.value() else queryset

    LabelFilter.title = title
    return LabelFilter


def by_store(path: str) -> type[admin.SimpleListFilter]:
    class StoreFilter(admin.SimpleListFilter):
        title = _("store")
        parameter_name = "store"

        def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
            mine = stores_with(request.user, Right.VIEW).order_by("name")
            return [(str(pk), name) for pk, name in mine.values_list("pk", "name")]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            value = self.value() or ""
            return queryset.filter(**{path: int(value)}) if value.isdecimal() else queryset

    return StoreFilter


class HoldReasonFilter(admin.SimpleListFilter):
    title = _("held because")
    parameter_name = "hold_reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [(reason.value, reason_text(reason.value).sentence) for reason in HoldReason]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(hold_reason=self.value()) if self.value() else queryset


class OutcomeFilter(admin.SimpleListFilter):
    """The outcome that the list shows, which is more than the last decision: see `domain.outcome`."""

    title = _("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [(str(value), text) for value, text in OUTCOMES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if self.value() not in set(Outcome):
            return queryset
        return queryset.filter(outcome_condition(Outcome(str(self.value()))))


def outcome_condition(outcome: Outcome) -> Q:
    """Orders with this outcome, as a condition on rows."""
    excluded, held = Q(decision__outcome=Outcome.EXCLUDED), Q(decision__outcome=Outcome.HELD)
    held_work = Q(Exists(_fiscal(OperationState.HELD)))
    if outcome is Outcome.EXCLUDED:
        return excluded
    if outcome is Outcome.HELD:
        return held | (held_work & ~excluded)
    return ~(excluded | held | held_work) & _from_documents(outcome)


def _from_documents(outcome: Outcome) -> Q:
    pending = Q(decision__outcome=Outcome.PENDING)
    undecided = Q(decision__isnull=True)
    papers = Document.objects.filter(order=OuterRef("pk"), role="invoice")
    live = papers.filter(reversed_at__isnull=True).exclude(status__in=("deleted", "canceled"))
    later = papers.filter(generation__gt=OuterRef("generation"), order=OuterRef("order_id"))
    latest = papers.exclude(Exists(later))
    has_paper, has_live = Q(Exists(papers)), Q(Exists(live))
    reversed_last = ~has_live & Q(Exists(latest.filter(reversed_at__isnull=False)))
    deleted_last = ~has_live & Q(Exists(latest.filter(status=DocumentStatus.DELETED)))
    canceled_last = ~has_live & Q(Exists(latest.filter(status=DocumentStatus.CANCELED)))
    credited = Q(decision__outcome=Outcome.CREDITED)
    busy = Q(Exists(live.filter(status=DocumentStatus.PLANNED))) | (
        has_live & Q(Exists(_fiscal(OperationState.QUEUED, OperationState.RUNNING)))
    )
    match outcome:
        case Outcome.PENDING:
            return undecided | (pending & (~has_paper | deleted_last)) | busy
        case Outcome.ISSUED:
            return ~undecided & has_live & ~busy
        case Outcome.CREDITED:
            return ~undecided & (reversed_last | (canceled_last & credited) | (credited & ~has_paper))
        case Outcome.DELETED:
            ended = (deleted_last & ~pending) | (canceled_last & ~credited)
            return ~undecided & (ended | (Q(decision__outcome=Outcome.DELETED) & ~has_paper))
        case _:
            return Q(decision__outcome=outcome) & ~has_paper


def _fiscal(*states: OperationState) -> QuerySet[DocumentOperation]:
    return DocumentOperation.objects.filter(
        document__order=OuterRef("pk"), is_fiscal=True, state__in=[str(state) for state in states]
    )
