"""Which provider serves an account."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote

from django.conf import settings

from invoicing.domain.plan import DocumentKind
from invoicing.providers.base import InvoicingProvider
from invoicing.providers.invoicexpress.client import InvoiceXpressClient, account_url
from invoicing.providers.invoicexpress.files import download_pdf
from invoicing.providers.invoicexpress.payloads import PATHS
from invoicing.providers.invoicexpress.provider import InvoiceXpressProvider
from outbound.allowance import CallAllowance, Pace
from outbound.answers import Call
from outbound.session import OutboundSession

Observer = Callable[[Call], None]
# This part of an account's calls per minute may go at once: enough for one document from its search to its
# PDF, and little enough to keep the lasting rate near the limit.
_BURST_SHARE = 8


class Account(Protocol):
    """What a provider needs to know of an invoicing account."""

    @property
    def provider(self) -> str: ...
    @property
    def account_name(self) -> str: ...
    @property
    def api_key(self) -> str: ...
    @property
    def requests_per_minute(self) -> int | None: ...


ProviderFactory = Callable[[Account, Observer | None, CallAllowance | None], InvoicingProvider]


def provider_for(
    account: Account, *, on_call: Observer | None = None, allowance: CallAllowance | None = None
) -> InvoicingProvider:
    """The provider that serves the account, for the length of one piece of work; by the account's own
    allowance, or by another for calls that are not the account's work.

    Raises:
        KeyError: no provider of that name.
        AccountStopped: the account's name cannot be one; nothing was called.
    """
    return _factories[account.provider](account, on_call, allowance)


def web_address(account: Account, kind: DocumentKind, provider_id: str) -> str:
    """Where people see a document at the provider. InvoiceXpress documents none of its pages: this is the
    API's own address without its ending."""
    url = account_url(settings.INVOICEXPRESS_URL, account.account_name)
    return f"{url}/{PATHS[kind]}/{quote(provider_id, safe='')}"


def register_provider(name: str, factory: ProviderFactory) -> None:
    _factories[name] = factory


def provider_names() -> tuple[str, ...]:
    return tuple(_factories)


def _allowance_of(account: Account) -> CallAllowance:
    per_minute = max(1, account.requests_per_minute or settings.INVOICEXPRESS_REQUESTS_PER_MINUTE)
    return CallAllowance(
        key=f"invoicexpress:{account.account_name}",
        pace=Pace.of(per_minute, burst=max(1, per_minute // _BURST_SHARE)),
    )


def _invoicexpress(
    account: Account, on_call: Observer | None, allowance: CallAllowance | None
) -> InvoicingProvider:
    url = account_url(settings.INVOICEXPRESS_URL, account.account_name)
    allowance = allowance or _allowance_of(account)
    deadline: float = settings.HTTP_TIMEOUT_SECONDS
    session = OutboundSession(
        "invoicexpress",
        url,
        deadline_seconds=deadline,
        secrets=(account.api_key,),
        reserve=allowance.reserve,
        on_throttled=allowance.block,
        on_call=on_call,
    )
    download = functools.partial(download_pdf, api_url=url, deadline_seconds=deadline, on_call=on_call)
    return InvoiceXpressProvider(InvoiceXpressClient(session, account.api_key), download)


_factories: dict[str, ProviderFactory] = {"invoicexpress": _invoicexpress}
