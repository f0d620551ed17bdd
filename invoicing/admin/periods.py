"""Spans of days: the fields that ask for one, and a list's filter by such a span."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.widgets import INPUT_CLASSES

from invoicing.domain.periods import Period, days_of
from outbound.clock import now

PERIODS = {
    Period.THIS_MONTH: _("This month"),
    Period.LAST_MONTH: _("Last month"),
    Period.THIS_YEAR: _("This year"),
}
_ISO = "%Y-%m-%d"


class DayInput(forms.DateInput):
    """The browser's own calendar, in the user's own way of writing days."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(attrs={"class": " ".join(INPUT_CLASSES)}, format=_ISO)


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DayInput(), input_formats=[_ISO])


class DaysForm(forms.Form):
    """Two fields, `<name>_from` and `<name>_to`, as Unfold's filter asks for them."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[f"{name}_from"] = day_field(_("From"))
        self.fields[f"{name}_to"] = day_field(_("To"))


class DaysFilter(RangeDateFilter):  # type: ignore[misc]
    """From one day to another, or a period that people name. Its form carries the other filters along."""

    template = "invoicing/admin/days_filter.html"
    form_class = DaysForm

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**self.lookups())

    def lookups(self) -> dict[str, date]:
        """What is no day filters nothing."""
        form = self.form_class(self.parameter_name, data=self.used_parameters)
        form.is_valid()
        days = {f"{self.parameter_name}_from": "gte", f"{self.parameter_name}_to": "lte"}
        given = {lookup: form.cleaned_data.get(name) for name, lookup in days.items()}
        return {f"{self.parameter_name}__{lookup}": day for lookup, day in given.items() if day}

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        mine = [str(name) for name in self.expected_parameters()]
        today = timezone.localdate(now())
        for choice in super().choices(changelist):
            yield {
                **choice,
                "periods": [self._period(changelist, mine, period, today) for period in PERIODS],
                "others": [
                    (name, value)
                    for name, values in self.request.GET.lists()
                    for value in values
                    if name not in (*mine, PAGE_VAR)
                ],
            }

    def _period(self, changelist: ChangeList, mine: list[str], period: Period, today: date) -> dict[str, Any]:
        days = dict(zip(mine, (day.isoformat() for day in days_of(period, today)), strict=True))
        is_chosen = all(self.used_parameters.get(name) == day for name, day in days.items())
        query = changelist.get_query_string(remove=mine) if is_chosen else changelist.get_query_string(days)
        return {"title": PERIODS[period], "query": query, "is_chosen": is_chosen}
