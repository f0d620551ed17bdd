"""Invoicing with another account: asked about by its name first, done with its key."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import UnfoldAdminTextInputWidget

from invoicing.domain.plan import DocumentStatus
from invoicing.models import AccountSeries, Document, InvoicingAccount, InvoicingProfile
from invoicing.services.accounts import may_for_all
from jumpseller_sync.admin.trials import checked, in_words, secret_field, tell, tell_stores_of_key
from jumpseller_sync.models import JumpsellerConnection
from jumpseller_sync.services.credentials import move_to_account
from stores.admin.log import ACCOUNT_MOVED, record
from stores.admin.pages import address, form_page
from stores.auth import stores_with
from stores.domain.roles import Right
from stores.models import Store

_ACCOUNT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class AccountNameForm(forms.Form):
    account_name = forms.CharField(
        label=gettext_lazy("account name"),
        max_length=63,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Only the account's own name, such as lojaexemplo, as in its address."),
    )

    def clean_account_name(self) -> str:
        name = str(self.cleaned_data["account_name"]).lower()
        if not _ACCOUNT_NAME.fullmatch(name):
            raise forms.ValidationError(_("Small letters, digits and hyphens only."))
        return name


class MoveForm(AccountNameForm):
    """The answer to the question, with the key of the new account."""

    account_name = forms.CharField(max_length=63, widget=forms.HiddenInput)
    api_key = secret_field(gettext_lazy("API key"), gettext_lazy("Of the new account."))

    def clean_api_key(self) -> str:
        value = checked(self.cleaned_data["api_key"])
        if not value:
            raise forms.ValidationError(_("Enter the key of the new account."))
        return value


@sensitive_post_parameters("api_key")
def change_account(request: HttpRequest, screen: Any, row: JumpsellerConnection) -> HttpResponse:
    """Another account is asked about by name first; only the answer brings its key, so no page repeats it."""
    profiles = InvoicingProfile.objects.select_related("account").defer("account__api_key")
    profile = get_object_or_404(profiles, store=row.store_id)
    back = address(row, "credentials")
    asked = AccountNameForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not asked.is_valid():
        return _asking_for_the_name(screen, request, asked, profile, back)
    name = asked.cleaned_data["account_name"]
    if name == profile.account.account_name:
        messages.info(request, _("The store invoices with this account already; nothing was changed."))
        return HttpResponseRedirect(back)
    is_answer = "api_key" in request.POST
    form = MoveForm(request.POST if is_answer else None, initial={"account_name": name})
    if is_answer and form.is_valid():
        trial = move_to_account(row.store, name, form.cleaned_data["api_key"], user=request.user)
        if trial.works:
            before = profile.account.account_name
            record(request.user, row.store, ACCOUNT_MOVED, before=before, after=name)
            if may_for_all(request.user, Right.CREDENTIALS, _account_of(row.store)):
                tell_stores_of_key(request, row.store, with_own=False)
            tell(request, trial)
            _warn_of_series(request, row.store)
            return HttpResponseRedirect(back)
        form.add_error("api_key", in_words(trial))
    return form_page(
        screen,
        request,
        form,
        title=_("Invoice with %(account)s from now on") % {"account": name},
        submit=_("Use this account"),
        back=back,
        intro=_what_a_move_means(request, row.store, profile.account, name),
    )


def _asking_for_the_name(
    screen: Any, request: HttpRequest, form: AccountNameForm, profile: InvoicingProfile, back: str
) -> HttpResponse:
    return form_page(
        screen,
        request,
        form,
        title=_("Use another invoicing account"),
        submit=_("See what it means"),
        back=back,
        intro=[_("The store invoices with %(account)s.") % {"account": profile.account.account_name}],
    )


def _what_a_move_means(request: HttpRequest, store: Store, account: InvoicingAccount, name: str) -> list[str]:
    documents = Document.objects.filter(order__store=store, account=account)
    open_ones = documents.filter(status__in=(DocumentStatus.PLANNED, DocumentStatus.DRAFT)).count()
    shared = stores_with(request.user, Right.VIEW).exclude(pk=store.pk)
    others = shared.filter(invoicing_profile__account__account_name=name).order_by("name")[:10]
    told = [
        _("Documents that are made from now on are made in %(account)s, with its taxes and its series.")
        % {"account": name},
        _(
            "Those that exist keep the account that they were made in, %(account)s: %(count)d, drafts among "
            "them: %(open)d. Their numbers, credit notes and cancellations stay there."
        )
        % {"account": account.account_name, "count": documents.count(), "open": open_ones},
        _("Both accounts must be the same seller's: each order is invoiced once, in one of them."),
    ]
    if others:
        names = ", ".join(str(other) for other in others)
        told.append(_("These stores invoice with it already: %(names)s.") % {"names": names})
    return told


def _account_of(store: Store) -> InvoicingAccount:
    return InvoicingAccount.objects.defer("api_key").get(profiles__store=store)


def _warn_of_series(request: HttpRequest, store: Store) -> None:
    profile = InvoicingProfile.objects.select_related("current").get(store=store)
    series = profile.current.value().series if profile.current else ""
    if series and not AccountSeries.objects.filter(account=profile.account_id, name=series).exists():
        messages.warning(
            request,
            _(
                "The settings name the series %(series)s, which this account does not have: orders will be "
                "held until the settings name another."
            )
            % {"series": series},
        )
