"""Invoicing accounts: credentials checked, taxes and series read, work set free again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import QuerySet

from invoicing.domain.reasons import HoldReason
from invoicing.models import AccountSeries, AccountTax, InvoicingAccount
from invoicing.providers.base import AccountFacts
from invoicing.providers.registry import provider_for
from invoicing.queue import now
from invoicing.services.availability import is_out, resume, stop
from invoicing.services.decide_again import decide_held_of_account
from invoicing.services.series import ask_for_waiting_numbers
from outbound.errors import AccountStopped, OutboundError, Unavailable
from stores import stops
from stores.auth import Person, stores_with
from stores.domain.roles import Right
from stores.models import Order, Store

logger = structlog.get_logger(__name__)
# An account may have got by now what an order was held for.
FACTS_MISSING = (HoldReason.UNKNOWN_TAX_RATE, HoldReason.UNKNOWN_SERIES)
_FACTS_MAX_AGE = timedelta(days=1)
# What waits for a tax or a series has the lists read again, no sooner than this.
_FACTS_AGAIN = timedelta(seconds=30)


def save_account(*, provider: str, account_name: str, api_key: str) -> InvoicingAccount:
    """The account's row with this key. Shared by every store that invoices with it."""
    account, _created = InvoicingAccount.objects.get_or_create(
        provider=provider, account_name=account_name, defaults={"api_key": api_key}
    )
    if account.api_key != api_key:
        account.api_key = api_key
        account.save(update_fields=["api_key"])
    return account


def stores_of(account: InvoicingAccount) -> QuerySet[Store]:
    """Those that invoice with it now."""
    return Store.objects.filter(invoicing_profile__account=account.pk)


def may_for_all(user: Person, right: Right, account: InvoicingAccount) -> bool:
    """Whether the person has the right in every store that invoices with the account: what is done to it,
    is done to them all."""
    return not stores_of(account).exclude(pk__in=stores_with(user, right).values("pk")).exists()


def refresh_account(account: InvoicingAccount, *, besides: Order | None = None) -> AccountFacts:
    """Read taxes and series, which also proves that the key works, and set waiting work free.

    `besides` is an order that is decided right after.

    Raises:
        AccountStopped: the key is refused. Unavailable: could not ask.
    """
    facts = provider_for(account).read_account()
    accept_facts(account, facts, besides=besides)
    return facts


def renew_facts(account: InvoicingAccount, *, is_one_missing: bool, besides: Order | None = None) -> bool:
    """Read taxes and series again once a day, sooner where one is missing; never as often as somebody asks,
    because all orders of the account share its allowance. Returns whether they were read: what cannot be
    asked now is left for later."""
    read_at = account.facts_read_at
    age = None if read_at is None else now() - read_at
    is_due = age is None or age > (_FACTS_AGAIN if is_one_missing else _FACTS_MAX_AGE)
    if not is_due or stops.is_stopped(account):
        return False
    try:
        refresh_account(account, besides=besides)
    except AccountStopped as error:
        stop(account, error.message)
    except Unavailable as error:
        if error.counts:
            is_out(account, lambda: provider_for(account).ping())  # or only this list fails
    except OutboundError as error:
        logger.warning("account_facts_not_read", error=type(error).__name__)
    else:
        return True
    return False


def accept_facts(account: InvoicingAccount, facts: AccountFacts, *, besides: Order | None = None) -> None:
    """What the account just answered: kept; what was held for a tax or a series goes on if these changed, and
    work that waited for its key is set free."""
    with transaction.atomic():
        if keep_facts(account, facts):
            decide_held_of_account(account, besides=besides)
            ask_for_waiting_numbers(account)
        resume(account)


def keep_facts(account: InvoicingAccount, facts: AccountFacts) -> bool:
    """Replace what is known of the account's taxes and series by what was just read. Returns whether that
    is anything new."""
    before = _known(account)
    AccountTax.objects.filter(account=account).exclude(name__in=[tax.name for tax in facts.taxes]).delete()
    for tax in facts.taxes:
        AccountTax.objects.update_or_create(
            account=account, name=tax.name, defaults={"rate": tax.rate, "region": tax.region}
        )
    names = [series.name for series in facts.series]
    AccountSeries.objects.filter(account=account).exclude(name__in=names).delete()
    for series in facts.series:
        registered = None if series.registered is None else [str(kind) for kind in series.registered]
        AccountSeries.objects.update_or_create(
            account=account,
            name=series.name,
            defaults={
                "is_default": series.is_default,
                "ids": {str(kind): series_id for kind, series_id in series.ids},
                "registered": registered,
            },
        )
    InvoicingAccount.objects.filter(pk=account.pk).update(facts_read_at=now())
    return _known(account) != before


def _known(account: InvoicingAccount) -> list[Any]:
    taxes = AccountTax.objects.filter(account=account).order_by("name")
    series = AccountSeries.objects.filter(account=account).order_by("name")
    columns = ("name", "is_default", "ids", "registered")
    return [*taxes.values_list("name", "rate", "region"), *series.values_list(*columns)]
