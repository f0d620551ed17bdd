"""The rates that a store's orders call for against its account's taxes, and making one that is missing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.db.models import QuerySet

from invoicing.domain.build import HOME_CURRENCY
from invoicing.domain.line_taxes import SaleTaxes
from invoicing.domain.plan import Tax
from invoicing.domain.profile import Profile
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.supply import supply_of
from invoicing.domain.tax_needs import TaxNeed, new_tax, tax_needs
from invoicing.models import InvoicingAccount, InvoicingProfile
from invoicing.providers.registry import provider_for
from invoicing.queue import now
from invoicing.services.accounts import refresh_account
from invoicing.services.availability import stop
from invoicing.services.decide_again import held_because
from invoicing.services.decide_order import parse_saved
from invoicing.services.plan import accepts_rates, account_taxes
from outbound.errors import AccountStopped, OutboundError, OutcomeUnknown, Rejected
from stores.models import Order, Store
from stores.services import in_zone, payment

# Enough to know a shop's rates, and read in well under a second.
_RECENT = 60
_MOST_WAITING = 200


@dataclass(frozen=True)
class RateRow:
    """A rate that orders of the store call for: how many of those looked at, and how many wait for it."""

    need: TaxNeed
    seen: int = 0
    waiting: int = 0

    @property
    def can_be_made(self) -> bool:
        return self.need.tax is None and self.need.is_lawful


def rates_of(store: Store) -> list[RateRow]:
    """Every rate of the store's recent orders, and of those that wait for a tax; the missing ones first."""
    invoicing = _invoicing(store)
    if invoicing is None or invoicing.current is None:
        return []
    profile = invoicing.current.value()
    taxes, accepts = account_taxes(invoicing.account), accepts_rates(store)
    waiting = _newest(held_because(store, [HoldReason.UNKNOWN_TAX_RATE]), _MOST_WAITING)
    recent = _newest(Order.objects.filter(store=store), _RECENT)
    found: dict[tuple[Decimal, str], RateRow] = {}
    for pk, order in {**waiting, **recent}.items():
        for need in _needs_of(order, profile, taxes, accepts=accepts):
            key = (need.rate, need.region)
            row = found.get(key, RateRow(need))
            is_waiting = pk in waiting and need.tax is None
            best = need if need.is_lawful else row.need
            found[key] = RateRow(best, row.seen + 1, row.waiting + int(is_waiting))
    return sorted(found.values(), key=lambda row: (row.need.tax is not None, row.need.region, row.need.rate))


class TaxOutcome(StrEnum):
    MADE = "made"
    ALREADY = "already"  # the account has one that serves; nothing was sent
    NOT_NEEDED = "not_needed"  # no order calls for it, or it is none that may be made; nothing was sent
    REFUSED = "refused"  # the account refused it, in its own words
    UNKNOWN = "unknown"  # it was sent, and whether it is there cannot be seen now
    UNREACHABLE = "unreachable"  # the account does not answer, or lets nobody in; nothing was sent


@dataclass(frozen=True)
class TaxAnswer:
    outcome: TaxOutcome
    tax: Tax | None = None
    detail: str = ""


def proposed_tax(store: Store, rate: Decimal, region: str) -> Tax | None:
    """What would be made for a rate that orders call for and the account lacks; None if there is no such."""
    invoicing, row = _invoicing(store), _row(store, rate, region)
    if invoicing is None or row is None or not row.can_be_made:
        return None
    return _proposed(invoicing.account, row.need)


def create_missing_tax(store: Store, rate: Decimal, region: str) -> TaxAnswer:
    """Make the tax at the provider, and have the orders that wait for it decided again. Call it outside any
    transaction: it goes over the network, for up to four deadlines.

    The account is read first, so a second call finds what the first one made; of two at the same time the
    account refuses one, because both choose the same name.
    """
    invoicing = _invoicing(store)
    if invoicing is None:
        return TaxAnswer(TaxOutcome.NOT_NEEDED)
    account = invoicing.account
    trouble = _read(account)
    if trouble is not None:
        return TaxAnswer(TaxOutcome.UNREACHABLE, detail=trouble.message)
    row = _row(store, rate, region)
    if row is None or not row.can_be_made:
        known = row.need.tax if row is not None else None
        return TaxAnswer(TaxOutcome.ALREADY if known else TaxOutcome.NOT_NEEDED, known)
    tax = _proposed(account, row.need)
    try:
        provider_for(account).create_tax(tax)
    except (OutcomeUnknown, Rejected) as error:
        return _look(account, tax, error)
    except AccountStopped as error:
        stop(account, error.message)
        return TaxAnswer(TaxOutcome.UNREACHABLE, tax, error.message)
    except OutboundError as error:
        return TaxAnswer(TaxOutcome.UNREACHABLE, tax, error.message)
    return _look(account, tax, None)


def _look(account: InvoicingAccount, tax: Tax, trouble: OutcomeUnknown | Rejected | None) -> TaxAnswer:
    """What the account itself shows decides, whatever the write was answered."""
    unread = _read(account)
    if unread is not None:
        return TaxAnswer(TaxOutcome.UNKNOWN, tax, unread.message)
    if any(known.name == tax.name and known.rate == tax.rate for known in account_taxes(account)):
        return TaxAnswer(TaxOutcome.MADE, tax)
    if isinstance(trouble, Rejected):
        return TaxAnswer(TaxOutcome.REFUSED, tax, "; ".join(trouble.vendor_messages) or trouble.message)
    return TaxAnswer(TaxOutcome.UNKNOWN, tax, trouble.message if trouble else "")


def _read(account: InvoicingAccount) -> OutboundError | None:
    """Read the account's lists; the orders that wait for what is new in them are decided again."""
    try:
        refresh_account(account)
    except AccountStopped as error:
        stop(account, error.message)
        return error
    except OutboundError as error:
        return error
    return None


def read_account_again(account: InvoicingAccount) -> str:
    """Read taxes and series now. Returns why not, in the words of the call, or nothing."""
    trouble = _read(account)
    return trouble.message if trouble is not None else ""


def _proposed(account: InvoicingAccount, need: TaxNeed) -> Tax:
    return new_tax(need, [tax.name for tax in account_taxes(account)])


def _row(store: Store, rate: Decimal, region: str) -> RateRow | None:
    return next((row for row in rates_of(store) if (row.need.rate, row.need.region) == (rate, region)), None)


def _invoicing(store: Store) -> InvoicingProfile | None:
    rows = InvoicingProfile.objects.select_related("account", "current").filter(store=store)
    return rows.defer("account__api_key").first()  # not read where it is not needed


def _newest(orders: QuerySet[Order], most: int) -> dict[int, Order]:
    rows = orders.exclude(payload="").select_related("store").prefetch_related("rulings").order_by("-pk")
    return {order.pk: order for order in rows[:most]}


def _needs_of(
    order: Order, profile: Profile, taxes: tuple[Tax, ...], *, accepts: bool
) -> tuple[TaxNeed, ...]:
    """Of an order that cannot be read, or whose place of sale is not known, nothing is said."""
    snapshot = parse_saved(order, profile).snapshot
    if snapshot is None or snapshot.currency != HOME_CURRENCY:
        return ()
    paid_at = payment(order).at
    on = in_zone(order.store, paid_at or now()).date()
    try:
        supply, _why = supply_of(snapshot, profile, on=on)
    except Hold:
        return ()
    return tax_needs(snapshot, SaleTaxes(supply, profile, taxes, on, accepts))
