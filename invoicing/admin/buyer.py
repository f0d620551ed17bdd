"""Correct the buyer of an order whose document has no number yet."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from invoicing.admin.acts import Opening
from invoicing.admin.answers import in_words, level_of
from invoicing.admin.consequences import following
from invoicing.admin.grounds import ground
from invoicing.domain.corrected import (
    NAME_LENGTH,
    TAX_ID_LENGTH,
    BuyerCorrection,
    as_the_shop_says,
    correction_from_json,
    problem_with,
)
from invoicing.domain.decision import Outcome
from invoicing.models import Document, OrderDecision
from invoicing.services.decide_order import correction_of
from invoicing.services.ruling_facts import live_invoice
from invoicing.services.rulings import correct_buyer
from invoicing.services.shop_word import shop_word
from stores.auth import may, stores_with
from stores.domain.order import OrderSnapshot, OrderStatus
from stores.domain.roles import Right
from stores.models import Order


class BuyerForm(forms.Form):
    tax_id = forms.CharField(
        label=gettext_lazy("Tax id"),
        max_length=TAX_ID_LENGTH,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "autofocus": True}),
        help_text=gettext_lazy("Nine digits in Portugal. Empty: the buyer has none."),
    )
    company_name = forms.CharField(
        label=gettext_lazy("Company"),
        max_length=NAME_LENGTH,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Empty: a private person. A company needs its tax id."),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_LENGTH,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("The person's name; it is printed where there is no company."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason (for the record)"),
        max_length=255,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, order: OrderSnapshot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._order = order

    def correction(self) -> BuyerCorrection:
        return correction_from_json(self.cleaned_data)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        problem = problem_with(self._order, correction_from_json(cleaned))
        if problem:
            self.add_error("tax_id", _("This tax id cannot be used: %(why)s.") % {"why": ground(problem)})
        return cleaned


def urls() -> list[URLPattern]:
    return [path("<int:order_id>/buyer/", admin.site.admin_view(buyer_view), name="stores_order_buyer")]


def buyer_view(request: HttpRequest, order_id: int) -> HttpResponse:
    if not may(request.user, Right.ISSUE):
        raise PermissionDenied
    stores = stores_with(request.user, Right.ISSUE)
    order = Order.objects.select_related("store").filter(pk=order_id, store__in=stores).first()
    if order is None:
        raise Http404
    snapshot = shop_word(order)
    if snapshot is None:
        messages.warning(request, _("The order cannot be read, so nothing is known of its buyer."))
        return HttpResponseRedirect(_page_of(order))
    said = as_the_shop_says(snapshot)
    known = correction_of(order) or said
    form = BuyerForm(request.POST or None, initial=known.as_json(), order=snapshot)
    if request.method == "POST" and form.is_valid():
        return _correct(request, order, form)
    context = {
        **admin.site.each_context(request),
        "title": _("Correct the buyer"),
        "opts": Order._meta,
        "order": order,
        "form": form,
        "said": said,
        "sentences": _what_happens(order),
        "back": _page_of(order),
    }
    return TemplateResponse(request, "invoicing/admin/buyer.html", context)


def _correct(request: HttpRequest, order: Order, form: BuyerForm) -> HttpResponse:
    assert isinstance(request.user, User)
    answer = correct_buyer(
        order, form.correction(), user=request.user, reason=form.cleaned_data.get("reason", "")
    )
    words = in_words(_("The buyer is corrected; the document follows by itself."), answer)
    messages.add_message(request, level_of(answer), f"{_('Order')} {order.shop_order_id}: {words}")
    return HttpResponseRedirect(_page_of(order))


def _page_of(order: Order) -> str:
    """The document under review; else the order, whose page says what it waits for."""
    live = live_invoice(order)
    if live is not None:
        return reverse("admin:invoicing_document_change", args=[live.pk])
    return reverse("admin:stores_order_change", args=[order.pk])


def _what_happens(order: Order) -> list[str]:
    live = live_invoice(order)
    if live is not None and live.is_final:
        return [_("The document is final: it can only be cancelled or credited, and issued anew.")]
    first = (
        _("The draft is brought up to date in InvoiceXpress.")
        if live is not None
        else _("The order is decided again with it.")
    )
    return [
        first,
        _("The order in the shop is not changed; this word counts instead, until somebody takes it back."),
        *following(order),
    ]


def _can_be_corrected(row: Any) -> bool:
    order = row.order if isinstance(row, Document) else row
    if isinstance(row, Document) and (row.original_id is not None or row.is_ended):
        return False
    decision = OrderDecision.objects.filter(order=order).first()
    if decision is None or decision.outcome == Outcome.EXCLUDED or not order.payload:
        return False
    live = live_invoice(order)
    return order.status == OrderStatus.PAID and not (live is not None and live.is_final)


CORRECT_BUYER = Opening(
    "correct_buyer",
    gettext_lazy("Correct the buyer"),
    lambda row: reverse(
        "admin:stores_order_buyer", args=[row.order_id if isinstance(row, Document) else row.pk]
    ),
    right=Right.ISSUE,
    suits=_can_be_corrected,
    icon="badge",
)
