"""Everything that happened to an order, in one table, the latest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from invoicing.admin.document_panels import attempt_badge, in_full
from invoicing.admin.grounds import ground
from invoicing.admin.labels import KINDS, RULINGS, SHOWN_OUTCOMES, VERBS, label, reason_text
from invoicing.models import Document, Ruling
from stores.admin.formats import moment
from stores.admin.panels import Badge, Panel, admin_link
from stores.admin.requesters import requester
from stores.models import Order
from stores.services import payment_moment

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Event:
    """`what` is words, a link or a badge; `by` is whoever asked for it or said it."""

    at: datetime
    what: Any
    detail: str = ""
    by: str = ""
    about: Any = ""


# What other apps know of an order, such as the webhooks of its platform.
_more_events: list[Callable[[Order], Iterable[Event]]] = []


def add_order_events(events: Callable[[Order], Iterable[Event]]) -> None:
    _more_events.append(events)


def timeline(order: Order) -> Panel:
    """The order comes with its documents, their operations and attempts, and its rulings."""
    events = [*_of_shop(order), *_of_documents(order), *_of_rulings(order)]
    for more in _more_events:
        events += more(order)
    events.sort(key=lambda event: event.at, reverse=True)
    rows = [(moment(event.at), event.what, event.about, event.by, event.detail) for event in events[:_SHOWN]]
    note = ""
    if len(events) > _SHOWN:
        note = _("Only the latest %(count)d are shown.") % {"count": _SHOWN}
    headers = (_("at"), _("what happened"), _("about"), _("by"), _("detail"))
    return Panel(_("Timeline"), headers, rows, empty=_("Nothing happened yet."), note=note)


def _of_shop(order: Order) -> Iterator[Event]:
    shop = _("the shop")
    if order.ordered_at:
        yield Event(order.ordered_at, _("Order made"), by=shop)
    paid_at = payment_moment(order) if order.first_seen_paid_at or order.completed_at else None
    if paid_at:
        yield Event(paid_at, _("Order paid"), by=shop)
    if order.read_started_at:
        yield Event(order.read_started_at, _("Order read from the shop (latest)"))
    decision = getattr(order, "decision", None)
    if decision is not None:
        because = reason_text(decision.reason).sentence if decision.reason else ""
        outcome = label(SHOWN_OUTCOMES, decision.outcome)
        detail = "\n".join(part for part in (because, ground(decision.detail)) if part)
        yield Event(decision.decided_at, _("Decided: %(outcome)s") % {"outcome": outcome}, detail)


def _of_documents(order: Order) -> Iterator[Event]:
    for document in order.documents.all():
        about = admin_link(document, f"{label(KINDS, document.kind)} {document}")
        for at, what in (
            (document.created_at, _("Document planned")),
            (document.drafted_at, _("Draft made")),
            (document.revised_at, _("Draft planned anew")),
            (document.finalized_at, _("Legal number given")),
            (document.mailed_at, _("Mailed to the buyer")),
            (document.attached_at, _("Hung on the order")),
            (document.reversed_at, _("Fully credited")),
            (document.ended_at, _("Document ended")),
        ):
            if at is not None:
                by = _("a person") if at == document.ended_at and document.ended_by_person else ""
                yield Event(at, what, about=about, by=by)
        yield from _of_operations(document, about)


def _of_operations(document: Document, about: Any) -> Iterator[Event]:
    for operation in document.operations.all():
        words = label(VERBS, operation.verb)
        for attempt in operation.attempt_log.all():
            badge = attempt_badge(attempt.outcome)
            detail = ground(attempt.error)
            if operation.hold_reason and attempt.number == operation.attempts:
                detail = in_full(operation.hold_reason, operation.detail)
            what = Badge(f"{words}: {badge.text}", badge.kind)
            yield Event(attempt.started_at, what, detail, requester(operation.requested_by), about)


def _of_rulings(order: Order) -> Iterator[Event]:
    for ruling in order.rulings.all():
        words = label(RULINGS, ruling.kind)
        about = admin_link(ruling, words)
        yield Event(ruling.created_at, _("A person's word"), _said(ruling), str(ruling.by or ""), about)
        if ruling.revoked_at:
            yield Event(ruling.revoked_at, _("A person's word taken back"), about=about)


def _said(ruling: Ruling) -> str:
    """The reason, and what else the word says."""
    data = ruling.data if isinstance(ruling.data, dict) else {}
    parts = [str(value) for value in data.values() if isinstance(value, str) and value]
    return "; ".join(part for part in (ruling.reason, *parts) if part)
