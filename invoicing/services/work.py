"""One claimed operation under way: its lease, its calls, and what it came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import transaction

from invoicing.domain.plan import DocumentKind
from invoicing.domain.reasons import HoldReason
from invoicing.models import Document, DocumentOperation
from invoicing.providers.base import InvoicingProvider
from invoicing.providers.registry import provider_for
from invoicing.queue import renew
from stores.platform import ShopConnection, platform_for


def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Result:
    """What an operation came to. `apply` writes it, in the transaction that ends the operation.

    With `hold_reason` the facts are written and the operation waits for a person; with `superseded`
    it ends without having been carried out.
    """

    apply: Callable[[], None] = _nothing
    hold_reason: HoldReason | None = None
    detail: str = ""
    superseded: bool = False


@dataclass
class Work:
    operation: DocumentOperation
    calls: list[Any] = field(default_factory=list)

    @property
    def document(self) -> Document:
        return self.operation.document

    @property
    def kind(self) -> DocumentKind:
        return DocumentKind(self.document.kind)

    @cached_property
    def provider(self) -> InvoicingProvider:
        """One for the whole piece of work: once begun, its calls wait for their turn instead of giving up."""
        return provider_for(self.document.account, on_call=self.calls.append)

    @cached_property
    def shop(self) -> ShopConnection:
        store = self.document.order.store
        return platform_for(store).connect(store, on_call=self.calls.append)

    def ping_account(self) -> None:
        """A harmless read at the provider."""
        self.provider.ping()

    def ping_shop(self) -> None:
        """A harmless read at the shop."""
        self.shop.ping()

    def begin_write(self, *, body: str = "") -> None:
        """Commit that a write is about to leave, its exact body included, while the lease is ours.

        Raises:
            LeaseLost: nothing may be sent.
        """
        with transaction.atomic():
            renew(self.operation, write=True)
            if body and not self.document.sent_body:
                Document.objects.filter(pk=self.document.pk).update(sent_body=body)
                self.document.sent_body = body

    @property
    def write_is_unknown(self) -> bool:
        """An earlier attempt sent a write whose answer never came."""
        return self.operation.write_started_at is not None
