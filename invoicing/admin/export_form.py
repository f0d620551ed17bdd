"""What a person says about an export: which file, which days, whether drafts as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanWidget

from invoicing.admin.export_formats import CSV, XLSX
from invoicing.admin.periods import day_field
from invoicing.domain.plan import DocumentStatus
from invoicing.exports import NUMBERED, ExportRow
from invoicing.models import Document

FORMATS: dict[str, Any] = {"xlsx": XLSX, "csv": CSV}
# The parameters of the list's filter by days, and the fields that they fill.
LIST_DAYS = {"issued_on_from": "start", "issued_on_to": "end"}
# Their keys travel through the form.
SELECTED_AT_MOST = 1_000


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        label=gettext_lazy("File"),
        choices=[(name, each().get_title()) for name, each in FORMATS.items()],
        widget=UnfoldAdminSelectWidget,
    )
    start = day_field(gettext_lazy("Issued from"))
    end = day_field(gettext_lazy("Issued until"))
    with_drafts = forms.BooleanField(
        label=gettext_lazy("Drafts as well, which have no number yet and count for nothing"),
        required=False,
        widget=UnfoldBooleanWidget,
    )
    selected = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self["selected"].value():
            del self.fields["start"], self.fields["end"]

    @property
    def selected_count(self) -> int:
        given = str(self["selected"].value() or "")
        return given.count(",") + 1 if given else 0

    def clean_selected(self) -> list[int]:
        given = self.cleaned_data["selected"]
        keys = given.split(",") if given else []
        if len(keys) > SELECTED_AT_MOST or not all(key.isdecimal() and len(key) < 19 for key in keys):
            raise forms.ValidationError(_("The selection cannot be read; select the documents again."))
        return [int(key) for key in keys]

    def clean(self) -> dict[str, Any]:
        start, end = self.cleaned_data.get("start"), self.cleaned_data.get("end")
        if start and end and start > end:
            raise forms.ValidationError(_("The first day is after the last."))
        return self.cleaned_data

    def narrowed(self, documents: QuerySet[Document]) -> QuerySet[Document]:
        """Those of the documents that the (valid) form asks for."""
        asked = self.cleaned_data
        drafts = (DocumentStatus.DRAFT,) if asked["with_drafts"] else ()
        documents = documents.filter(status__in=[str(status) for status in (*NUMBERED, *drafts)])
        if asked["selected"]:
            return documents.filter(pk__in=asked["selected"])
        if asked["start"]:
            documents = documents.filter(issued_on__gte=asked["start"])
        if asked["end"]:
            documents = documents.filter(issued_on__lte=asked["end"])
        return documents

    def narrowing(self, list_parameters: Mapping[str, str]) -> list[str]:
        """What was left out of the whole, for the record. A search may be a person's name, so only that there
        was one is told."""
        filters = [
            f"{name}={value}"[:60]
            for name, value in list_parameters.items()
            if name not in (*LIST_DAYS, SEARCH_VAR) and not name.startswith("_")
        ]
        told = {
            "search": list_parameters.get(SEARCH_VAR),
            "selected": self.cleaned_data["selected"],
            "with_drafts": self.cleaned_data["with_drafts"],
        }
        return [*filters, *(name for name, given in told.items() if given)]


def file_name(form: ExportForm, rows: Sequence[ExportRow], extension: str) -> str:
    """Documents, the store if there is but one, and the days asked for, else those that occur."""
    stores = {row.store_code for row in rows}
    store = stores.pop() if len(stores) == 1 else _("stores")
    start: date = form.cleaned_data.get("start") or min(row.issued_on for row in rows)
    end: date = form.cleaned_data.get("end") or max(row.issued_on for row in rows)
    parts = (slugify(_("documents")), slugify(store), start.isoformat(), end.isoformat())
    return f"{'-'.join(part for part in parts if part)}.{extension}"
