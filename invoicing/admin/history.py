"""History of a store's settings: any two versions compared, and every other change with who and when."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from invoicing.admin.labels import label
from invoicing.admin.setting_labels import SETTINGS, value_in_words
from invoicing.domain.setting_changes import SettingChange, changes_between
from invoicing.models import InvoicingProfile, InvoicingProfileVersion
from stores.admin.formats import moment
from stores.admin.log import entries_of, in_words
from stores.admin.pages import address, tables_page
from stores.admin.panels import Link, Named, Panel, admin_link
from stores.auth import may
from stores.domain.roles import Right
from stores.models import Membership

_MOST_VERSIONS = 200


class VersionsForm(forms.Form):
    """Which two versions are compared."""

    before = forms.TypedChoiceField(
        label=gettext_lazy("earlier version"), coerce=int, widget=UnfoldAdminSelectWidget()
    )
    after = forms.TypedChoiceField(
        label=gettext_lazy("later version"), coerce=int, widget=UnfoldAdminSelectWidget()
    )

    def __init__(self, data: Any, versions: list[InvoicingProfileVersion]) -> None:
        newest = [version.number for version in versions[:2]]
        initial = {"before": newest[-1], "after": newest[0]}
        super().__init__(data, initial=initial)
        choices = [(v.number, f"v{v.number} - {moment(v.created_at)}") for v in versions]
        for name in ("before", "after"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def chosen(self) -> tuple[int, int]:
        """The newest two unless others are asked for."""
        source = self.cleaned_data if self.is_bound and self.is_valid() else self.initial
        return source["before"], source["after"]


def settings_history(screen: Any, request: HttpRequest, row: InvoicingProfile) -> HttpResponse:
    found = row.versions.select_related("created_by").order_by("-number")[:_MOST_VERSIONS]
    versions = list(found)
    panels = []
    form = None
    if versions:
        form = VersionsForm(request.GET if "before" in request.GET else None, versions)
        by_number = {version.number: version for version in versions}
        before, after = (by_number[number] for number in form.chosen())
        panels = [_compared(before, after), _versions(row, versions)]
    with_members = may(request.user, Right.MEMBERS, row.store)
    return tables_page(
        screen,
        request,
        title=_("History of %(store)s") % {"store": row.store},
        panels=[*panels, _log(row, with_members=with_members)],
        back=address(row, "change"),
        choices=form,
    )


def compare_link(row: InvoicingProfile, before: int, after: int) -> Link:
    return Link(
        _("Compare with v%(number)d") % {"number": before},
        f"{address(row, 'settings_history')}?before={before}&after={after}",
    )


def _compared(before: InvoicingProfileVersion, after: InvoicingProfileVersion) -> Panel:
    rows = [
        (
            Named(label(SETTINGS, change.key), change.key),
            value_in_words(change.key, change.before),
            value_in_words(change.key, change.after),
        )
        for change in changes_between(before.value(), after.value())
    ]
    headers = (_("setting"), f"v{before.number}", f"v{after.number}")
    return Panel(_("What differs"), headers, rows, empty=_("The two are equal."))


def _versions(row: InvoicingProfile, versions: list[InvoicingProfileVersion]) -> Panel:
    rows = []
    for version, earlier in zip(versions, [*versions[1:], None], strict=True):
        changed: tuple[SettingChange, ...] = ()
        link: Link | str = ""
        if earlier is not None:
            changed = changes_between(earlier.value(), version.value())
            link = compare_link(row, earlier.number, version.number)
        rows.append(
            (
                admin_link(version, f"v{version.number}"),
                moment(version.created_at),
                author(version),
                ", ".join(label(SETTINGS, change.key) for change in changed),
                link,
            )
        )
    headers = (_("version"), _("created at"), _("by"), _("changed"), "")
    return Panel(_("Versions"), headers, rows)


def author(version: InvoicingProfileVersion) -> str:
    return str(version.created_by or _("command line"))


def _log(row: InvoicingProfile, *, with_members: bool) -> Panel:
    """Of the store, its account and its profile, in the order of time."""
    entries = entries_of([row.store, row.account, row], with_members=with_members)
    known = set(Membership.objects.filter(store=row.store).values_list("user_id", flat=True))
    rows = [
        (
            moment(entry.action_time),
            # An account may be shared with a store whose people are nobody's business here.
            str(entry.user) if entry.user_id in known or _is_superuser(entry.user) else _("another store"),
            str(entry.content_type),
            in_words(entry),
        )
        for entry in entries
    ]
    return Panel(_("Other changes"), (_("at"), _("by"), _("of"), _("what")), rows)


def _is_superuser(user: Any) -> bool:
    return bool(user.is_superuser)
