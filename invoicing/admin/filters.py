"""Filters of lists: by translated label, by store, by an order's outcome."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from invoicing.admin.labels import OUTCOMES, Labels, reason_text
from invoicing.domain.decision import Outcome
from invoicing.domain.reasons import HoldReason
from invoicing.selectors import outcome_condition
from stores.auth import known_stores
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
            return [(str(pk), known.name) for pk, known in known_stores(request.user).items()]

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
