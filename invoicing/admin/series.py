"""The numbering series of the account: which is the default, and which kinds each is registered for."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.utils.translation import gettext as _

from invoicing.admin.labels import KINDS
from invoicing.domain.plan import DocumentKind
from invoicing.models import AccountSeries, InvoicingProfile
from invoicing.services.taxes import read_account_again
from stores.admin.formats import moment
from stores.admin.pages import Button, address, tables_page
from stores.admin.panels import Badge, Panel


def series_of_account(screen: Any, request: HttpRequest, row: InvoicingProfile) -> HttpResponse:
    chosen = row.current.value().series if row.current else ""
    found = AccountSeries.objects.filter(account=row.account_id).order_by("-is_default", "name")
    rows = [
        (
            series.name,
            Badge(_("Default"), "info") if series.is_default else "",
            Badge(_("In the settings"), "success") if _is_used(series, chosen) else "",
            *(_registered(series, kind) for kind in DocumentKind),
        )
        for series in found
    ]
    headers = (_("series"), "", "", *(str(KINDS[kind]) for kind in DocumentKind))
    return tables_page(
        screen,
        request,
        title=_("Series of %(account)s") % {"account": row.account},
        intro=[
            _(
                "Each kind of document has its own numbers in a series, and needs its own registration with "
                "the tax authority; both are made in InvoiceXpress."
            ),
            _("Taxes and series of the account were read: %(at)s.")
            % {"at": moment(row.account.facts_read_at) or _("never")},
        ],
        panels=[Panel(_("Series"), headers, rows, empty=_("The account shows no series."))],
        buttons=[Button(_("Read again now"), f"{address(row, 'read_account')}?to=series", is_post=True)],
        back=address(row, "change"),
    )


def read_account(request: HttpRequest, row: InvoicingProfile) -> HttpResponse:
    """Read taxes and series now; orders that wait for what is new are decided again."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    trouble = read_account_again(row.account)
    if trouble:
        messages.error(
            request,
            _("InvoiceXpress could not be read (%(detail)s); what was read before stays.")
            % {"detail": trouble},
        )
    else:
        messages.success(request, _("Taxes and series were read; orders that waited are decided again."))
    view = "series_of_account" if request.GET.get("to") == "series" else "taxes_of_store"
    return HttpResponseRedirect(address(row, view))


def _is_used(series: AccountSeries, chosen: str) -> bool:
    return series.name == chosen if chosen else series.is_default


def _registered(series: AccountSeries, kind: DocumentKind) -> Badge | str:
    if kind.value not in series.ids:
        return "-"
    if series.registered is None:
        return _("not told")
    return (
        Badge(_("Registered"), "success")
        if kind.value in series.registered
        else Badge(_("Not registered"), "warning")
    )
