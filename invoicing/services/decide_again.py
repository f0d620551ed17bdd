"""Held orders are decided again when what holds them may have ended: the settings, or the account's lists."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from invoicing.domain.decision import Outcome
from invoicing.domain.lifecycle import OperationState, Verb
from invoicing.domain.reasons import HoldReason
from invoicing.domain.setting_changes import LIFTED_BY_ACCOUNT
from invoicing.models import DocumentOperation, InvoicingAccount
from invoicing.queue import ring
from stores.models import Order, Store
from stores.services import mark_many_for_refresh

_CHUNK = 500
# The rest is found by the sweep, at a pace that the shop's allowance bears.
_MOST_RINGS = 100
BY_SETTINGS = "settings"
BY_ACCOUNT = "provider"


def held_because(store: Store, reasons: Iterable[HoldReason]) -> QuerySet[Order]:
    """Orders that wait for a person for one of these reasons, drafts that could not be brought up to date
    among them."""
    values = [str(reason) for reason in reasons]
    updates = DocumentOperation.objects.filter(
        document__order=OuterRef("pk"), verb=Verb.UPDATE, state=OperationState.HELD, hold_reason__in=values
    )
    decided = Q(decision__outcome=Outcome.HELD, decision__reason__in=values)
    return Order.objects.filter(decided | Q(Exists(updates)), store=store)


def decide_held_again(
    store: Store, reasons: Iterable[HoldReason], *, requested_by: str, besides: Order | None = None
) -> int:
    """Have these orders read and decided again, each in its lane. Returns how many were marked.

    Called for every change once; what is still held afterwards stays so until something else changes.
    Twice in a row marks nothing more. `besides` is an order that is being decided anyway.
    """
    wanted = list(reasons)
    if not wanted:
        return 0
    orders = held_because(store, wanted).order_by("pk").values_list("pk", flat=True)
    pks = [pk for pk in orders if besides is None or pk != besides.pk]
    marked: list[int] = []
    for start in range(0, len(pks), _CHUNK):
        marked += mark_many_for_refresh(pks[start : start + _CHUNK], requested_by=requested_by)
    for pk in marked[:_MOST_RINGS]:
        ring("invoicing.refresh_order", pk)
    return len(marked)


def decide_held_of_account(account: InvoicingAccount, *, besides: Order | None = None) -> int:
    """The account's taxes or series changed: the same for every store that invoices with it."""
    stores = Store.objects.filter(invoicing_profile__account=account).order_by("pk")
    return sum(
        decide_held_again(store, LIFTED_BY_ACCOUNT, requested_by=BY_ACCOUNT, besides=besides)
        for store in stores
    )
