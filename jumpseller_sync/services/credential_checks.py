"""Whether credentials open what they should, asked by a harmless read. Call these outside any transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from invoicing.models import InvoicingAccount
from invoicing.providers.base import AccountFacts
from invoicing.providers.registry import provider_for
from jumpseller_sync.authorization import LoginAndToken
from jumpseller_sync.client import JumpsellerClient
from outbound.allowance import CallAllowance, Pace
from outbound.errors import OutboundError

# A trial that works takes a call for each list of the account.
_TRIAL_CALLS_PER_MINUTE = 20
_TRIAL_CALLS_AT_ONCE = 10


@dataclass(frozen=True)
class ShopCheck:
    """What the shop with these credentials said about itself, or why it did not."""

    info: dict[str, Any] | None = None
    trouble: OutboundError | None = None


@dataclass(frozen=True)
class AccountCheck:
    """What the account offers, or why it did not say."""

    facts: AccountFacts | None = None
    trouble: OutboundError | None = None


def ask_shop(login: str, auth_token: str) -> ShopCheck:
    client = JumpsellerClient(
        settings.JUMPSELLER_API_URL,
        LoginAndToken(login, auth_token),
        deadline_seconds=settings.HTTP_TIMEOUT_SECONDS,
    )
    try:
        return ShopCheck(info=client.store_info())
    except OutboundError as error:
        return ShopCheck(trouble=error)


def ask_account(provider: str, account_name: str, api_key: str, *, tried_by: str) -> AccountCheck:
    """`tried_by` names whose calls these are: any account can be named, and what it may call is not for
    strangers to spend or to block.

    Raises:
        KeyError: no provider of that name.
    """
    tried = InvoicingAccount(provider=provider, account_name=account_name, api_key=api_key)
    allowance = CallAllowance(
        key=f"trial:{tried_by}", pace=Pace.of(_TRIAL_CALLS_PER_MINUTE, burst=_TRIAL_CALLS_AT_ONCE)
    )
    try:
        return AccountCheck(facts=provider_for(tried, allowance=allowance).read_account())
    except OutboundError as error:
        return AccountCheck(trouble=error)
