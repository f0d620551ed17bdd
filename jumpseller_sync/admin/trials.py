"""What came of asking a vendor, in words; and what is stored, by its last four characters."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminPasswordWidget

from invoicing.models import InvoicingAccount
from invoicing.services.accounts import stores_of
from jumpseller_sync.models import JumpsellerConnection
from jumpseller_sync.services.credentials import Side, Trial, Verdict
from stores.admin.formats import last_four
from stores.admin.log import ACCOUNT_KEY, record
from stores.admin.panels import Badge, Panel
from stores.fields import UndecryptableSecret
from stores.models import Store

_PRINTABLE = re.compile(r"[ -~]*")
SIDES = {Side.SHOP: "Jumpseller", Side.ACCOUNT: "InvoiceXpress"}
# What each result means, and what to do.
VERDICTS: dict[Verdict, tuple[Any, Any]] = {
    Verdict.WORKS: (gettext_lazy("It answers and lets us in."), ""),
    Verdict.REFUSED: (
        gettext_lazy("It refuses these credentials."),
        gettext_lazy("Copy them again from its settings (account, API), and enter them under Credentials."),
    ),
    Verdict.NO_ANSWER: (
        gettext_lazy("It does not answer, or not in time."),
        gettext_lazy("Try again in a few minutes; work that needs it waits, and nothing is lost."),
    ),
    Verdict.SHARED: (
        gettext_lazy("Stores that you do not manage invoice with this account."),
        gettext_lazy("Ask whoever runs the installation to replace its key."),
    ),
    Verdict.OTHER_SHOP: (
        gettext_lazy("These credentials open another shop."),
        gettext_lazy("Enter those of this shop; another shop is connected as a store of its own."),
    ),
    Verdict.STRANGE: (
        gettext_lazy("Its answer could not be understood."),
        gettext_lazy("Try again; if it stays, report it with the words shown."),
    ),
    Verdict.UNREADABLE: (
        gettext_lazy("What is stored cannot be opened: none of the encryption keys fits."),
        gettext_lazy("Enter the credentials again."),
    ),
    Verdict.NONE: (
        gettext_lazy("Nothing is connected yet."),
        gettext_lazy("Ask whoever runs the installation to connect the store."),
    ),
}


def secret_field(title: Any, help_text: Any) -> forms.CharField:
    """Never shown again, not even after a mistake."""
    widget = UnfoldAdminPasswordWidget({"autocomplete": "new-password"}, render_value=False)
    return forms.CharField(label=title, required=False, max_length=255, widget=widget, help_text=help_text)


def checked(value: str) -> str:
    if not _PRINTABLE.fullmatch(value):
        raise forms.ValidationError(_("Only letters, digits and signs without accents can be part of it."))
    return value


def in_words(trial: Trial) -> str:
    sentence, remedy = VERDICTS[trial.verdict]
    said = f" ({trial.detail})" if trial.detail and not trial.works else ""
    kept = "" if trial.works else f" {_('What was in use stays.')}"
    return f"{SIDES[trial.side]}: {sentence}{said}{kept} {remedy}".strip()


def tell(request: HttpRequest, trial: Trial) -> None:
    if trial.works:
        text = f"{SIDES[trial.side]}: {_('It answers and lets us in; this is in use from now on.')}"
        messages.success(request, text)
    else:
        messages.error(request, in_words(trial))


def tell_stores_of_key(request: HttpRequest, store: Store, *, with_own: bool = True) -> None:
    """The key of the store's account was replaced, in the history of every store of the account."""
    account = InvoicingAccount.objects.defer("api_key").get(profiles__store=store)
    for one in stores_of(account):
        if with_own or one != store:
            record(request.user, one, ACCOUNT_KEY, account=account.account_name)


def result_row(trial: Trial) -> tuple[Any, ...]:
    sentence, remedy = VERDICTS[trial.verdict]
    badge = Badge(_("Works"), "success") if trial.works else Badge(_("Does not work"), "danger")
    return (SIDES[trial.side], badge, str(sentence), str(remedy), trial.detail)


def stored_panel(row: JumpsellerConnection) -> Panel:
    """What there is, by its last four characters."""
    account = InvoicingAccount.objects.defer("api_key").filter(profiles__store=row.store_id).first()
    rows = [
        ("Jumpseller", _("login"), last_four(row.login)),
        ("Jumpseller", _("auth token"), _ending(row, "auth_token")),
    ]
    if account is not None:
        rows.append(("InvoiceXpress", _("account name"), account.account_name))
        rows.append(("InvoiceXpress", _("API key"), _ending(account, "api_key")))
    return Panel(_("In use"), (_("side"), "", ""), rows)


def _ending(row: Any, field: str) -> str:
    try:
        return last_four(getattr(row, field)) or "-"
    except UndecryptableSecret:
        return _("None of the encryption keys opens it.")
