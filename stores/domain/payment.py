"""When an order was paid, and how sure that is. The shop states no moment of payment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum


class SeenBy(StrEnum):
    """How an order was first seen paid after it was last seen unpaid."""

    PAYMENT_EVENT = "payment_event"  # the shop's own "order paid"
    EVENT = "event"  # any other event that shows it paid
    READING = "reading"


class PaymentGround(StrEnum):
    """Which fact the moment of payment is taken from."""

    EVENT = "event"
    READING = "reading"
    COMPLETED = "completed"
    CREATED = "created"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """What is known of one order's payment; all moments aware, any may be missing."""

    completed_at: datetime | None = None
    created_at: datetime | None = None
    last_seen_unpaid_at: datetime | None = None
    first_seen_paid_at: datetime | None = None
    seen_by: SeenBy | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """`doubt` is a sentence when the month, or the beginning of invoicing, depends on what is not known."""

    at: datetime | None
    ground: PaymentGround
    doubt: str = ""


def payment_of(facts: PaymentFacts, zone: tzinfo, *, go_live_on: date | None = None) -> Payment:
    """Seen unpaid before: the event that shows it paid, else the reading that found it so. Never seen unpaid:
    when the shop completed it, else when it was made."""
    seen, unpaid = facts.first_seen_paid_at, facts.last_seen_unpaid_at
    if seen is not None and unpaid is not None:
        if facts.seen_by is not SeenBy.READING:
            return Payment(seen, PaymentGround.EVENT)
        return Payment(seen, PaymentGround.READING, _between(unpaid, seen, zone, go_live_on))
    at = facts.completed_at or facts.created_at
    if at is None:
        return Payment(seen, PaymentGround.UNKNOWN)
    ground = PaymentGround.COMPLETED if facts.completed_at else PaymentGround.CREATED
    if seen is not None and facts.seen_by is SeenBy.PAYMENT_EVENT:
        return Payment(at, ground, _first_contact(at, seen, zone))
    return Payment(at, ground)


def _between(unpaid: datetime, paid: datetime, zone: tzinfo, go_live_on: date | None) -> str:
    before, after = unpaid.astimezone(zone).date(), paid.astimezone(zone).date()
    if (before.year, before.month) != (after.year, after.month):
        return (
            f"It was unpaid on {before.isoformat()} and paid on {after.isoformat()}: a month ended between."
        )
    if go_live_on is not None and before < go_live_on <= after:
        return (
            f"It was unpaid on {before.isoformat()} and paid on {after.isoformat()}; invoicing began between."
        )
    return ""


def _first_contact(completed: datetime, event: datetime, zone: tzinfo) -> str:
    """The shop's word "completed" may be the checkout, and its event may come again when goods are sent."""
    done, told = completed.astimezone(zone).date(), event.astimezone(zone).date()
    if (done.year, done.month) == (told.year, told.month):
        return ""
    return (
        f"The shop completed it on {done.isoformat()} and told of the payment on {told.isoformat()}, "
        "in another month."
    )
