"""The form of "list latest orders"."""

from __future__ import annotations

import re
import secrets
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES, UnfoldAdminSelectWidget

from invoicing.services.sync_runs import Wishes
from stores.models import Store

# More than this in one list is more than a person looks at; days have no such bound.
MOST_ORDERS = 1000
_TOKEN = re.compile(r"[0-9a-f]{32}")


class BackfillForm(forms.Form):
    """A store, and a number or days. `token` makes two clicks one run."""

    store = forms.ModelChoiceField(
        Store.objects.none(), label=_("store"), empty_label=None, widget=UnfoldAdminSelectWidget
    )
    limit = forms.IntegerField(
        label=_("number of orders"),
        required=False,
        min_value=1,
        max_value=MOST_ORDERS,
        initial=50,
        help_text=_("The newest so many, up to 1000."),
    )
    since = forms.DateField(
        label=_("from"), required=False, help_text=_("The day on which the order was made.")
    )
    until = forms.DateField(label=_("to"), required=False)
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, stores: QuerySet[Store]) -> None:
        super().__init__(data, initial={"token": secrets.token_hex(16)})
        self.fields["store"].queryset = stores  # type: ignore[attr-defined]
        style = " ".join(INPUT_CLASSES)
        self.fields["limit"].widget.attrs["class"] = style
        for name in ("since", "until"):
            self.fields[name].widget = forms.DateInput({"type": "date", "class": style}, format="%Y-%m-%d")

    def clean_token(self) -> str:
        token = self.cleaned_data["token"]
        return token if _TOKEN.fullmatch(token) else ""

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = self.cleaned_data
        if self.errors:
            return facts
        if not any(facts.get(name) for name in ("limit", "since", "until")):
            raise forms.ValidationError(_("Give a number of orders, or days."))
        if facts["since"] and facts["until"] and facts["until"] < facts["since"]:
            self.add_error("until", _("It ends before it begins."))
        return facts

    def wishes(self) -> Wishes:
        facts = self.cleaned_data
        return Wishes(limit=facts["limit"], since=facts["since"], until=facts["until"])
