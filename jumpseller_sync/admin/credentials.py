"""The ways into the shop and into the invoicing account: written and tested here, never shown."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from invoicing.models import InvoicingAccount
from jumpseller_sync.admin.trials import (
    checked,
    in_words,
    result_row,
    secret_field,
    stored_panel,
    tell,
    tell_stores_of_key,
)
from jumpseller_sync.models import JumpsellerConnection
from jumpseller_sync.services.credentials import (
    Trial,
    replace_api_key,
    replace_shop_credentials,
    try_connections,
)
from stores.admin.log import SHOP_CREDENTIALS, record
from stores.admin.pages import Button, FieldGroup, FormField, address, form_page, tables_page
from stores.admin.panels import Panel
from stores.fields import UndecryptableSecret
from stores.models import Store


class CredentialsForm(forms.Form):
    """What is left empty stays as it is."""

    login = secret_field(gettext_lazy("login"), gettext_lazy("In the shop's admin: account, API."))
    auth_token = secret_field(gettext_lazy("auth token"), gettext_lazy("In the shop's admin: account, API."))
    api_key = secret_field(gettext_lazy("API key"), gettext_lazy("In InvoiceXpress: account, API."))

    def clean_login(self) -> str:
        return checked(self.cleaned_data["login"])

    def clean_auth_token(self) -> str:
        return checked(self.cleaned_data["auth_token"])

    def clean_api_key(self) -> str:
        return checked(self.cleaned_data["api_key"])


@sensitive_post_parameters("login", "auth_token", "api_key")
def change_credentials(request: HttpRequest, screen: Any, row: JumpsellerConnection) -> HttpResponse:
    """Each side is replaced only by what its vendor lets in; the other side does not depend on it."""
    form = CredentialsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if not any(given.values()):
            messages.info(request, _("Nothing was entered; nothing was changed."))
            return HttpResponseRedirect(address(row, "credentials"))
        trials = _replace(request, row, form)
        if not form.errors:
            for trial in trials:
                tell(request, trial)
            return HttpResponseRedirect(address(row, "credentials"))
    return form_page(
        screen,
        request,
        form,
        title=_("Credentials of %(store)s") % {"store": row.store},
        submit=_("Check and replace"),
        back=address(row, "change"),
        groups=_groups(form, row),
        intro=[
            _("Both sides are asked first. What is refused is not saved, and what is left empty stays."),
            _("Nothing that is stored is ever shown but its last four characters."),
        ],
        panels=[stored_panel(row)],
    )


def connection_test(request: HttpRequest, screen: Any, row: JumpsellerConnection) -> HttpResponse:
    """Calls both vendors when it is asked to, and not by being looked at."""
    results: list[Panel] = []
    if request.method == "POST":
        rows = [result_row(trial) for trial in try_connections(row.store)]
        results = [Panel(_("Result"), (_("side"), "", _("what"), _("remedy"), _("detail")), rows)]
    return tables_page(
        screen,
        request,
        title=_("Test the connections of %(store)s") % {"store": row.store},
        intro=[_("Both vendors are asked for something harmless, with what is stored. Nothing is changed.")],
        panels=[*results, stored_panel(row)],
        buttons=[Button(_("Test now"), address(row, "test_connections"), is_post=True, is_primary=True)],
        back=address(row, "change"),
    )


def _replace(request: HttpRequest, row: JumpsellerConnection, form: CredentialsForm) -> list[Trial]:
    """Ask and save, side by side. A refused side puts its words at its field, and in no case its value."""
    given, trials = form.cleaned_data, []
    if given["login"] or given["auth_token"]:
        pair = _completed(row, given["login"], given["auth_token"])
        if pair is None:
            form.add_error("auth_token", _("Enter both, the login and the auth token."))
            return []
        trials.append(replace_shop_credentials(row.store, *pair))
        if trials[-1].works:
            record(request.user, row.store, SHOP_CREDENTIALS)
        else:
            form.add_error("auth_token", in_words(trials[-1]))
    if given["api_key"]:
        trials.append(replace_api_key(row.store, given["api_key"], user=request.user))
        if trials[-1].works:
            tell_stores_of_key(request, row.store)
        else:
            form.add_error("api_key", in_words(trials[-1]))
    if form.errors:
        for trial in trials:
            if trial.works:  # the other side was saved all the same
                tell(request, trial)
    return trials


def _completed(row: JumpsellerConnection, login: str, auth_token: str) -> tuple[str, str] | None:
    """What was left empty is what is stored; None if there is nothing that could be used."""
    try:
        pair = (login or row.login, auth_token or row.auth_token)
    except UndecryptableSecret:
        return None
    return pair if all(pair) else None


def _groups(form: CredentialsForm, row: JumpsellerConnection) -> list[FieldGroup]:
    shop = [FormField(form[name], form[name].help_text) for name in ("login", "auth_token")]
    account = [FormField(form["api_key"], form["api_key"].help_text)]
    by_app = _("The shop has authorized the app; once these are entered, they are used instead of it.")
    name = _account_name(row.store)
    return [
        FieldGroup("Jumpseller", shop, intro=by_app if _has_authorized_app(row) else ""),
        FieldGroup(f"InvoiceXpress: {name}" if name else "InvoiceXpress", account),
    ]


def _has_authorized_app(row: JumpsellerConnection) -> bool:
    try:
        return bool(row.refresh_token)
    except UndecryptableSecret:
        return True


def _account_name(store: Store) -> str:
    names = InvoicingAccount.objects.filter(profiles__store=store).values_list("account_name", flat=True)
    return names.first() or ""
