"""Changing the fiscal settings: entered, asked about, saved as a new version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from invoicing.admin.profile_form import ProfileForm
from invoicing.admin.setting_consequences import change_items, what_follows
from invoicing.domain.setting_changes import changes_between
from invoicing.models import InvoicingProfile, InvoicingProfileVersion
from invoicing.queue import now
from invoicing.services.profiles import SettingsChangedMeanwhile, save_profile
from stores.admin.formats import moment
from stores.admin.pages import address, form_page, question_page
from stores.services import in_zone


def change_settings(screen: Any, request: HttpRequest, row: InvoicingProfile) -> HttpResponse:
    """Nothing is saved before the person has seen what changes and what follows."""
    if row.current is None:
        messages.warning(request, _("The store has no settings yet; connect it first."))
        return HttpResponseRedirect(address(row, "change"))
    today = in_zone(row.store, now()).date()
    form = ProfileForm(request.POST if request.method == "POST" else None, row=row, today=today)
    if request.method != "POST" or not form.is_valid() or form.profile is None:
        return _entering(screen, request, row, form)
    if form.cleaned_data["version"] != row.current.number:
        return _refused(screen, request, row, form, row.current)
    changes = changes_between(form.before, form.profile)
    if not changes:
        messages.info(request, _("These are the settings in force; nothing was changed."))
        return HttpResponseRedirect(address(row, "change"))
    if "confirmed" not in request.POST:
        follows = what_follows(row.store, form.before, form.profile, changes)
        return question_page(
            screen,
            request,
            title=_("What changes"),
            items=[*change_items(changes), (_("What follows"), follows)],
            submit=_("Put these settings in force"),
            back=address(row, "change_settings"),
            hidden=form.entered(),
        )
    try:
        saved = save_profile(
            row.store, row.account, form.profile, user=request.user, based_on=row.current.number
        )
    except SettingsChangedMeanwhile as meanwhile:
        return _refused(screen, request, row, form, meanwhile.current)
    number = saved.current.number if saved.current else 0
    messages.success(request, _("Version %(number)d of the settings is in force.") % {"number": number})
    return HttpResponseRedirect(address(row, "change"))


def _entering(screen: Any, request: HttpRequest, row: InvoicingProfile, form: ProfileForm) -> HttpResponse:
    return form_page(
        screen,
        request,
        form,
        title=_("Settings of %(store)s") % {"store": row.store},
        submit=_("See what changes"),
        back=address(row, "change"),
        groups=form.groups(),
        intro=[_("Nothing is saved yet: the next page says what changes and what follows.")],
    )


def _refused(
    screen: Any,
    request: HttpRequest,
    row: InvoicingProfile,
    form: ProfileForm,
    current: InvoicingProfileVersion,
) -> HttpResponse:
    form.add_error(
        None,
        _(
            "%(who)s put version %(number)d in force on %(at)s, after you opened this form: nothing of yours "
            "was saved. Open the form again and enter your changes there."
        )
        % {
            "who": current.created_by or _("Somebody at the command line"),
            "number": current.number,
            "at": moment(current.created_at),
        },
    )
    return _entering(screen, request, row, form)
