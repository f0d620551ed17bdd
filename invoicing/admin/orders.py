"""Orders: the facts from the shop, what they come to and why, and everything that hangs on them."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.paginator import InfinitePaginator

from invoicing.admin import buyer, needs_you
from invoicing.admin import document_panels as tables
from invoicing.admin.acts import Acts, on_list, on_page, opening
from invoicing.admin.consequences import settings_of
from invoicing.admin.filters import OutcomeFilter, by_label, by_store
from invoicing.admin.grounds import ground
from invoicing.admin.labels import (
    ISSUED_AS_DRAFT,
    ORDER_STATUS_COLOURS,
    ORDER_STATUSES,
    SHOWN_OUTCOME_COLOURS,
    SHOWN_OUTCOMES,
    badge_html,
    reason_text,
    shown,
)
from invoicing.admin.order_panels import shop_panels
from invoicing.admin.timeline import timeline
from invoicing.admin.verbs import ACCEPT_RATES, DO_NOT_INVOICE, ISSUE_ANYWAY, REPROCESS
from invoicing.domain.decision import Outcome
from invoicing.domain.plan import DocumentStatus
from invoicing.models import Ruling
from invoicing.selectors import orders_with_work, outcome_of
from stores.admin.base import MirrorAdmin
from stores.admin.columns import display, related
from stores.admin.formats import moment, money
from stores.admin.panels import Panel
from stores.domain.order import OrderStatus
from stores.models import Order
from stores.services import payment_moment


@admin.register(Order)
class OrderAdmin(Acts, MirrorAdmin):
    store_path = "store"
    list_display = ("shop_order_id", "outcome", "why", "badge", "paid", "buyer_name", "store_link", "made")
    list_filter = (
        by_store("store"),
        OutcomeFilter,
        by_label("status", gettext_lazy("status in the shop"), ORDER_STATUSES),
    )
    search_fields = ("^shop_order_id", "^buyer_name")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("shop_order_id", "store_link"),
                    ("outcome_shown", "decided"),
                    "reason",
                    "remedy",
                    "detail",
                )
            },
        ),
        (
            gettext_lazy("In the shop"),
            {
                "fields": (
                    ("status_shown", "buyer_name"),
                    ("total_shown", "paid"),
                    ("made", "completed"),
                    ("payment", "read"),
                )
            },
        ),
        (gettext_lazy("Lane"), {"fields": ("lane",)}),
    )
    actions = ("reprocess_selected", "do_not_invoice_selected", "issue_anyway_selected")
    actions_detail = ("reprocess", "correct_buyer", "issue_anyway", "accept_rates", "do_not_invoice")

    reprocess, reprocess_selected = on_page(REPROCESS), on_list(REPROCESS)
    do_not_invoice, do_not_invoice_selected = on_page(DO_NOT_INVOICE), on_list(DO_NOT_INVOICE)
    accept_rates, correct_buyer = on_page(ACCEPT_RATES), opening(buyer.CORRECT_BUYER)
    issue_anyway, issue_anyway_selected = on_page(ISSUE_ANYWAY), on_list(ISSUE_ANYWAY)

    def get_urls(self) -> list[Any]:
        return [*needs_you.urls(), *buyer.urls(), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return orders_with_work(super().get_queryset(request))

    def get_paginator(self, request: HttpRequest, queryset: Any, *args: Any, **kwargs: Any) -> Any:
        """Counting orders would take as long as the page itself once there are many; a history is short."""
        kind = InfinitePaginator if queryset.model is Order else self.paginator
        return kind(queryset, *args, **kwargs)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        if not str(object_id).isdecimal():
            return None
        rulings = Prefetch("rulings", Ruling.objects.select_related("by"))
        rows = self.get_queryset(request).prefetch_related(rulings, "documents__operations__attempt_log")
        return rows.filter(pk=object_id).first()

    def name_of(self, row: Any) -> str:
        return f"{_('Order')} {row.shop_order_id}"

    def panels(self, obj: Order) -> list[Panel]:
        return [
            *shop_panels(obj, settings_of(obj)),
            tables.documents(_("Documents"), list(obj.documents.all())),
            tables.open_operations(_("Operations under way"), obj),
            timeline(obj),
            Panel(_("The shop's own text"), raw=readable(obj.payload), empty=_("Not read yet.")),
        ]

    # --- columns and fields

    @display(description=gettext_lazy("outcome"), label=SHOWN_OUTCOME_COLOURS)
    def outcome(self, order: Order) -> tuple[str, str]:
        return shown(SHOWN_OUTCOMES, _shown_outcome(order))

    @display(description=gettext_lazy("outcome"))
    def outcome_shown(self, order: Order) -> str:
        return badge_html(SHOWN_OUTCOMES, SHOWN_OUTCOME_COLOURS, _shown_outcome(order))

    store_link = related("store", gettext_lazy("store"))

    @display(description=gettext_lazy("status in the shop"))
    def status_shown(self, order: Order) -> str:
        return badge_html(ORDER_STATUSES, ORDER_STATUS_COLOURS, order.status)

    @display(description=gettext_lazy("because"))
    def why(self, order: Order) -> str:
        reason = outcome_of(order).hold_reason
        return reason_text(reason).sentence if reason else ""

    @display(description=gettext_lazy("because"))
    def reason(self, order: Order) -> str:
        return self.why(order)

    @display(description=gettext_lazy("remedy"))
    def remedy(self, order: Order) -> str:
        reason = outcome_of(order).hold_reason
        return reason_text(reason).remedy if reason else ""

    @display(description=gettext_lazy("detail"))
    def detail(self, order: Order) -> str:
        decision = getattr(order, "decision", None)
        held = [
            operation.detail
            for document in order.documents.all()
            for operation in document.operations.all()
            if operation.is_fiscal and operation.state == "held" and operation.detail
        ]
        said = [decision.detail] if decision and decision.detail else []
        return "\n".join(ground(detail) for detail in [*said, *held])

    @display(description=gettext_lazy("decided at"))
    def decided(self, order: Order) -> str:
        decision = getattr(order, "decision", None)
        return moment(decision.decided_at) if decision else ""

    @display(description=gettext_lazy("in the shop"), label=ORDER_STATUS_COLOURS, ordering="status")
    def badge(self, order: Order) -> tuple[str, str] | str:
        return shown(ORDER_STATUSES, order.status) if order.status else ""

    @display(description=gettext_lazy("paid amount"), ordering="paid_total")
    def paid(self, order: Order) -> str:
        if not _is_paid(order):
            return ""
        return money(order.paid_total if order.paid_total is not None else order.total, order.currency)

    @display(description=gettext_lazy("total"))
    def total_shown(self, order: Order) -> str:
        return money(order.total, order.currency)

    @display(description=gettext_lazy("ordered at"), ordering="ordered_at")
    def made(self, order: Order) -> str:
        return moment(order.ordered_at or order.created_at)

    @display(description=gettext_lazy("completed at"))
    def completed(self, order: Order) -> str:
        return moment(order.completed_at)

    @display(description=gettext_lazy("paid at"))
    def payment(self, order: Order) -> str:
        return moment(payment_moment(order)) if _is_paid(order) else ""

    @display(description=gettext_lazy("read at"))
    def read(self, order: Order) -> str:
        return moment(order.read_started_at)

    @display(description=gettext_lazy("refresh"))
    def lane(self, order: Order) -> str:
        refresh = getattr(order, "refresh", None)
        if refresh is None or refresh.requested <= refresh.processed:
            return _("Up to date")
        waits = _("To be read again from %(at)s") % {"at": moment(refresh.not_before)}
        return f"{waits}\n{refresh.last_error}".strip()


def _is_paid(order: Order) -> bool:
    """Or was, before it was cancelled: a document says so."""
    was_paid = order.status not in (OrderStatus.PAID, OrderStatus.UNPAID) and any(
        document.paid_at for document in order.documents.all()
    )
    return order.status == OrderStatus.PAID or was_paid


def _shown_outcome(order: Order) -> str:
    """A draft counts as issued, but must not look finished: it waits for its number."""
    result = outcome_of(order)
    document = next((d for d in order.documents.all() if d.pk == result.document_id), None)
    is_draft = document is not None and document.status == DocumentStatus.DRAFT
    return ISSUED_AS_DRAFT if result.outcome is Outcome.ISSUED and is_draft else result.outcome


def readable(payload: str) -> str:
    """JSON with a line per value; anything else as it came."""
    try:
        return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except ValueError:
        return payload
