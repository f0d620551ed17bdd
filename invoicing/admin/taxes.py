"""The rates that the shop charges against the taxes of the account; what is missing is made on a click."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.domain.plan import Tax
from invoicing.domain.rates import REGION_NAMES
from invoicing.domain.taxes import percent
from invoicing.models import InvoicingProfile
from invoicing.services.taxes import (
    RateRow,
    TaxAnswer,
    TaxOutcome,
    create_missing_tax,
    proposed_tax,
    rates_of,
)
from stores.admin.formats import moment, number
from stores.admin.log import TAX_MADE, record
from stores.admin.pages import Button, address, question_page, tables_page
from stores.admin.panels import Badge, Link, Panel

_TOLD: dict[TaxOutcome, Any] = {
    TaxOutcome.MADE: gettext_lazy(
        "%(name)s is there. The orders that wait for it are read from the shop and decided again."
    ),
    TaxOutcome.ALREADY: gettext_lazy("The account has such a tax already: %(name)s. Nothing was sent."),
    TaxOutcome.NOT_NEEDED: gettext_lazy("No order waits for such a tax any more. Nothing was sent."),
    TaxOutcome.REFUSED: gettext_lazy("InvoiceXpress refused it: %(detail)s"),
    TaxOutcome.UNKNOWN: gettext_lazy(
        "It was sent, and whether %(name)s is there could not be seen (%(detail)s). Read the account again "
        "in a minute; asking once more cannot make a second one."
    ),
    TaxOutcome.UNREACHABLE: gettext_lazy(
        "InvoiceXpress could not be asked (%(detail)s). Nothing was made; try again later, or test the "
        "connections."
    ),
}
_LEVELS = {
    TaxOutcome.MADE: messages.SUCCESS,
    TaxOutcome.ALREADY: messages.INFO,
    TaxOutcome.NOT_NEEDED: messages.INFO,
    TaxOutcome.UNKNOWN: messages.WARNING,
}


def taxes_of_store(screen: Any, request: HttpRequest, row: InvoicingProfile) -> HttpResponse:
    rates = rates_of(row.store)
    headers = (_("rate"), _("region"), _("tax of the account"), _("orders seen"), _("orders that wait"), "")
    rows = [
        (
            f"{number(rate.need.rate)} %",
            _place(rate.need.region),
            rate.need.tax.name if rate.need.tax else Badge(_("Missing"), "danger"),
            rate.seen,
            rate.waiting or "",
            _offer(row, rate),
        )
        for rate in rates
    ]
    return tables_page(
        screen,
        request,
        title=_("Taxes of %(store)s") % {"store": row.store},
        intro=[
            _("Rates of the newest orders, and of those that wait for a tax, against the account's taxes."),
            _read_at(row),
        ],
        panels=[
            Panel(_("Rates of the shop"), headers, rows, empty=_("No order has been read yet.")),
            _of_account(row),
        ],
        buttons=[Button(_("Read again now"), f"{address(row, 'read_account')}?to=taxes", is_post=True)],
        back=address(row, "change"),
    )


def create_tax(screen: Any, request: HttpRequest, row: InvoicingProfile) -> HttpResponse:
    """Asked about with the values as they will be sent; made once, however often it is confirmed."""
    back = address(row, "taxes_of_store")
    given = request.POST if request.method == "POST" else request.GET
    rate, region = _rate(given.get("rate", "")), given.get("region", "")[:8]
    if rate is None:
        return HttpResponseRedirect(back)
    if request.method == "POST":
        answer = create_missing_tax(row.store, rate, region)
        if answer.outcome is TaxOutcome.MADE and answer.tax is not None:
            record(
                request.user,
                row.store,
                TAX_MADE,
                name=f"{answer.tax.name} ({percent(rate)} %, {region})",
                account=row.account.account_name,
            )
        _tell(request, answer)
        return HttpResponseRedirect(back)
    tax = proposed_tax(row.store, rate, region)
    if tax is None:
        messages.info(request, str(_TOLD[TaxOutcome.NOT_NEEDED]))
        return HttpResponseRedirect(back)
    return question_page(
        screen,
        request,
        title=_("Create the tax"),
        items=[(tax.name, _before_it_is_made(row, tax))],
        submit=_("Create at InvoiceXpress"),
        back=back,
        hidden=[("rate", percent(rate)), ("region", region)],
    )


def _before_it_is_made(row: InvoicingProfile, tax: Tax) -> list[str]:
    return [
        _("Name: %(name)s") % {"name": tax.name},
        _("Value: %(rate)s %%") % {"rate": number(tax.rate)},
        _("Region: %(region)s") % {"region": _place(tax.region)},
        _("It is added to the account %(account)s, not as its default; nothing else there is changed.")
        % {"account": row.account.account_name},
        _("The orders that wait for it are read from the shop and decided again."),
    ]


def _tell(request: HttpRequest, answer: TaxAnswer) -> None:
    facts = {"name": answer.tax.name if answer.tax else "-", "detail": answer.detail or "-"}
    messages.add_message(
        request, _LEVELS.get(answer.outcome, messages.ERROR), str(_TOLD[answer.outcome]) % facts
    )


def _offer(row: InvoicingProfile, rate: RateRow) -> Link | str:
    if rate.need.tax is not None:
        return ""
    if not rate.can_be_made:
        return _("The law knows no such rate there: correct the tax in the shop.")
    query = urlencode({"rate": percent(rate.need.rate), "region": rate.need.region})
    return Link(_("Create at InvoiceXpress"), f"{address(row, 'create_tax')}?{query}")


def _of_account(row: InvoicingProfile) -> Panel:
    rows = [
        (tax.name, f"{number(tax.rate)} %", _place(tax.region))
        for tax in row.account.taxes.order_by("region", "-rate", "name")
    ]
    return Panel(_("Taxes of the account"), (_("name"), _("rate"), _("region")), rows)


def _read_at(row: InvoicingProfile) -> str:
    return _("Taxes and series of the account were read: %(at)s.") % {
        "at": moment(row.account.facts_read_at) or _("never")
    }


def _place(region: str) -> str:
    if not region:
        return _("the account's own")
    return f"{REGION_NAMES[region]} ({region})" if region in REGION_NAMES else region


def _rate(text: str) -> Decimal | None:
    try:
        rate = Decimal(text[:20])
    except InvalidOperation:
        return None
    return rate if rate.is_finite() and 0 <= rate <= 100 else None
