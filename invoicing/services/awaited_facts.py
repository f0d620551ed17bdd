"""Orders wait for a tax or a series: the account's lists are read again until it is there.

So what a person puts right at the provider sets its group free without another click here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db.models import Q, QuerySet

from invoicing.domain.decision import Outcome
from invoicing.domain.lifecycle import OperationState
from invoicing.domain.reasons import HoldReason
from invoicing.models import DocumentOperation, InvoicingAccount, InvoicingProfile, OrderDecision
from invoicing.queue import WorkSource, now
from invoicing.services.accounts import FACTS_MISSING, refresh_account
from invoicing.services.availability import stop
from outbound.errors import AccountStopped, OutboundError

logger = structlog.get_logger(__name__)
# All orders of the account share its allowance, so no more often than this, however many wait.
EVERY = timedelta(minutes=10)


def due_accounts(moment: datetime, limit: int) -> list[int]:
    """Accounts whose lists somebody waits for and that were not asked for a while."""
    rows = _not_asked_since(moment - EVERY).filter(stopped_at__isnull=True)
    waiting = OrderDecision.objects.filter(outcome=Outcome.HELD, reason__in=FACTS_MISSING)
    stores = waiting.values("order__store")
    of_stores = InvoicingProfile.objects.filter(store__in=stores).values("account")
    held = DocumentOperation.objects.filter(
        state=OperationState.HELD, hold_reason=HoldReason.SERIES_NOT_REGISTERED
    )
    found = rows.filter(Q(pk__in=of_stores) | Q(pk__in=held.values("document__account")))
    return list(found.order_by("pk").values_list("pk", flat=True)[:limit])


def read_awaited(account_id: int) -> None:
    """Ask once, whoever else was rung for the same."""
    moment = now()
    rows = _not_asked_since(moment - EVERY).filter(pk=account_id)
    if not rows.update(facts_asked_at=moment):
        return
    account = InvoicingAccount.objects.get(pk=account_id)
    try:
        refresh_account(account)
    except AccountStopped as error:
        stop(account, error.message)
    except OutboundError as error:
        logger.warning("account_facts_not_read", error=type(error).__name__)


def _not_asked_since(moment: datetime) -> QuerySet[InvoicingAccount]:
    never = Q(facts_asked_at__isnull=True) | Q(facts_asked_at__lt=moment)
    return InvoicingAccount.objects.filter(never, Q(facts_read_at__isnull=True) | Q(facts_read_at__lt=moment))


def _nobody_waits_for_it() -> None:
    """It is no work that an idle process should stay for: it has no end while a tax is missing."""


ACCOUNTS = WorkSource("invoicing.read_awaited", due_accounts, read_awaited, _nobody_waits_for_it)
