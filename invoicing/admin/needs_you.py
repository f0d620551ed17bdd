"""The landing page: what waits for a person, by its cause, with the one thing that puts it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invoicing.admin.cause_texts import cause_sentence, remedy_link
from invoicing.admin.grounds import ground
from invoicing.admin.labels import reason_text
from invoicing.causes import MOST_ORDERS, Cause, CauseKey, Waiting, cause_of, causes_of
from invoicing.domain.plan import DocumentStatus
from invoicing.domain.reasons import SUBJECT_LENGTH, HoldReason
from invoicing.models import Document, DocumentOperation
from invoicing.queue import now
from invoicing.services.ruling_answers import Answer
from invoicing.services.rulings import reprocess, retry_operation
from stores.admin.formats import day, money
from stores.admin.panels import Badge, Link
from stores.auth import known_stores, may, stores_with
from stores.domain.roles import Right
from stores.models import Order, Store

# More in one go would hold the page too long; the rest goes with the next click.
RETRIED_AT_ONCE = 300
# Trying again changes nothing: only a person's word does.
_NEEDS_A_WORD = frozenset(
    {
        HoldReason.RATE_OF_OTHER_REGION,
        HoldReason.OTHER_APP_DOCUMENT,
        HoldReason.PAYMENT_DATE_UNCLEAR,
        HoldReason.CHANGED_AFTER_FINAL,
        HoldReason.ENDED_BY_PERSON,
        HoldReason.CREDIT_NEEDS_APPROVAL,
    }
)


@dataclass(frozen=True, slots=True)
class Card:
    """One cause as the page shows it."""

    count: str
    sentence: str
    remedy: str
    store: str  # empty where the person has one store only
    due: Badge | None
    example: str
    link: Link | None
    details: str
    can_retry: bool
    key: CauseKey


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Named by `UNFOLD["DASHBOARD_CALLBACK"]`."""
    stores, chosen = _chosen_stores(request)
    causes = causes_of(stores)
    context.update(
        {
            "title": _("Needs you"),
            "cards": [card(request, cause) for cause in causes],
            "is_cut": sum(len(cause.rows) for cause in causes) >= MOST_ORDERS,
            "most": MOST_ORDERS,
            "drafts": _drafts(stores),
            "stores": [(pk, known.name) for pk, known in known_stores(request.user).items()],
            "chosen": chosen,
        }
    )
    return context


def _chosen_stores(request: HttpRequest) -> tuple[QuerySet[Store], int | None]:
    stores = stores_with(request.user, Right.VIEW)
    given = request.GET.get("store", "")
    chosen = int(given) if given.isdecimal() and int(given) in known_stores(request.user) else None
    return (stores.filter(pk=chosen) if chosen else stores), chosen


def card(request: HttpRequest, cause: Cause) -> Card:
    known = known_stores(request.user)
    store = known.get(cause.key.store_id)
    count = len(cause.rows)
    counted = (
        ngettext("%(count)d delivery", "%(count)d deliveries", count)
        if cause.is_delivery
        else ngettext("%(count)d order", "%(count)d orders", count)
    )
    return Card(
        count=counted % {"count": count},
        sentence=cause_sentence(cause.key),
        remedy=reason_text(cause.key.reason).remedy,
        store=store.name if store and len(known) > 1 else "",
        due=due_badge(cause.rows[0]),
        example=ground(cause.rows[0].detail),
        link=remedy_link(cause, request.user),
        details=f"{reverse('admin:stores_order_waiting')}?{_query(cause.key)}",
        can_retry=cause.key.reason not in _NEEDS_A_WORD and _may(request, Right.WORK, cause.key.store_id),
        key=cause.key,
    )


def _may(request: HttpRequest, right: Right, store_id: int) -> bool:
    return may(request.user, right, Store(pk=store_id))


def _query(key: CauseKey) -> str:
    return urlencode({"store": key.store_id, "reason": key.reason, "subject": key.subject})


def due_badge(row: Waiting) -> Badge | None:
    """By when the law wants the number, which a draft does not have."""
    if row.due_on is None:
        return None
    today = now().date()
    if row.due_on < today:
        return Badge(_("due since %(day)s") % {"day": day(row.due_on)}, "danger")
    if row.due_on == today:
        return Badge(_("due today"), "warning")
    return Badge(_("due by %(day)s") % {"day": day(row.due_on)}, "info")


def _drafts(stores: QuerySet[Store]) -> dict[str, Any]:
    """Drafts that wait for somebody to finalize them."""
    drafts = Document.objects.filter(status=DocumentStatus.DRAFT, order__store__in=stores)
    found = drafts.order_by().aggregate(count=Count("pk"), oldest=Min("issued_on"))
    count = found["count"]
    url = reverse("admin:invoicing_document_changelist")
    return {
        "count": count,
        "text": ngettext("%(count)d draft without a number", "%(count)d drafts without a number", count)
        % {"count": count},
        "oldest": day(found["oldest"]),
        "url": f"{url}?{urlencode({'status': DocumentStatus.DRAFT.value, 'o': '7'})}",
    }


# --- one group


def urls() -> list[URLPattern]:
    view = admin.site.admin_view
    return [
        path("waiting/", view(waiting_view), name="stores_order_waiting"),
        path("waiting/retry/", view(retry_view), name="stores_order_waiting_retry"),
    ]


def waiting_view(request: HttpRequest) -> HttpResponse:
    """The orders, or deliveries, of one cause."""
    key = _key(request.GET)
    stores = stores_with(request.user, Right.VIEW)
    if not may(request.user, Right.VIEW):
        raise PermissionDenied
    cause = cause_of(stores, key) if key else None
    context = {
        **admin.site.each_context(request),
        "title": cause_sentence(key) if key else _("Needs you"),
        "opts": Order._meta,
        "card": card(request, cause) if cause else None,
        "rows": [_row(row) for row in cause.rows] if cause else [],
        "is_delivery": bool(cause and cause.is_delivery),
        "can_leave_out": bool(cause) and _may(request, Right.ISSUE, cause.key.store_id) if cause else False,
        "can_retry": bool(cause) and _may(request, Right.WORK, cause.key.store_id) if cause else False,
    }
    return TemplateResponse(request, "invoicing/admin/waiting.html", context)


def _row(row: Waiting) -> dict[str, Any]:
    return {
        "pk": row.operation_id if row.is_delivery else row.order_id,
        "link": Link(row.shop_order_id, reverse("admin:stores_order_change", args=[row.order_id])),
        "document": Link(_("Document"), reverse("admin:invoicing_document_change", args=[row.document_id]))
        if row.document_id
        else None,
        "buyer": row.buyer_name,
        "total": money(row.total, row.currency),
        "paid": day(row.paid_on),
        "due": due_badge(row),
        "detail": ground(row.detail),
    }


def retry_view(request: HttpRequest) -> HttpResponse:
    """Try all of a group again: orders are read and decided anew, work goes back to the queue."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    key = _key(request.POST)
    if not may(request.user, Right.WORK):
        raise PermissionDenied
    cause = cause_of(stores_with(request.user, Right.WORK), key) if key else None
    if cause is None:
        messages.info(request, _("Nothing waits for this any more."))
        return HttpResponseRedirect(reverse("admin:index"))
    assert isinstance(request.user, User)
    done, rest = _retry(cause.rows, request.user)
    said = ngettext("%(count)d is tried again.", "%(count)d are tried again.", done) % {"count": done}
    if rest:
        said = f"{said} {_('%(count)d more wait: try again in a moment.') % {'count': rest}}"
    messages.success(request, f"{said} {_('What cannot be done yet comes back to this page.')}")
    return HttpResponseRedirect(reverse("admin:index"))


def _retry(rows: Sequence[Waiting], user: User) -> tuple[int, int]:
    """How many were set going, and how many are left for another click."""
    now_due = rows[:RETRIED_AT_ONCE]
    operations = DocumentOperation.objects.in_bulk([row.operation_id for row in now_due if row.operation_id])
    orders = Order.objects.defer("payload").in_bulk([row.order_id for row in now_due if not row.operation_id])
    answers: list[Answer] = [
        *(retry_operation(operation, user=user) for operation in operations.values()),
        *(reprocess(order, user=user) for order in orders.values()),
    ]
    return sum(answer.is_done for answer in answers), len(rows) - len(now_due)


def _key(given: Any) -> CauseKey | None:
    """What the address says; it names a group only if the person may see its store."""
    store, reason = str(given.get("store", "")), str(given.get("reason", ""))
    if not store.isdecimal() or len(store) > 18 or reason not in set(HoldReason):
        return None
    return CauseKey(int(store), reason, str(given.get("subject", "")).replace("\x00", "")[:SUBJECT_LENGTH])


admin.site.index_template = "invoicing/admin/needs_you.html"
