"""The seam towards shops: what we ask of any shop platform, and the registry of those we know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from stores.domain.order import OrderFacts, OrderSnapshot

if TYPE_CHECKING:
    from stores.models import Store

# Told of every call that was made, redacted, for the attempt log.
OnCall = Callable[[Any], None] | None


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A document as it hangs on the shop's order ("order document entry")."""

    role: str  # "invoice" or "credit_note"
    external_id: str
    public_id: str
    url: str
    app_code: str = ""


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """One order of a list. `shop_order_id` is empty if it names none that can be used; `payload` is the
    shop's own JSON text, numbers untouched."""

    shop_order_id: str
    payload: str


class ShopConnection(Protocol):
    """The shop of one store, for the length of one piece of work. Every call goes over the network.

    Calls raise the error family of `outbound.errors`; an order that does not exist is
    `outbound.errors.NotFound`.
    """

    def ping(self) -> None:
        """A harmless read, to tell whether the shop answers at all."""
        ...

    def read_order(self, shop_order_id: str) -> str:
        """The order as the shop's own JSON text, numbers untouched."""
        ...

    def list_orders(
        self, *, page: int, since: date | None = None, until: date | None = None
    ) -> list[ListedOrder]:
        """One page of the shop's orders, the newest first, counted from 1; empty beyond the last.

        The days (of creation, in the store's zone, both included) narrow the list but do not bind it: what
        lies outside of them may come, too. Orders that arrive meanwhile push the others on, so the next page
        may begin with some of this one.
        """
        ...

    def list_document_entries(self, shop_order_id: str) -> list[DocumentEntry]: ...

    def add_document_entry(self, shop_order_id: str, entry: DocumentEntry) -> None: ...


class ShopPlatform(Protocol):
    """What invoicing needs from a platform of shops."""

    def connect(self, store: Store, *, on_call: OnCall = None) -> ShopConnection: ...

    def parse_order(self, payload: str, *, prices_include_vat: bool | None = None) -> OrderSnapshot:
        """Pure. `prices_include_vat` is the merchant's setting; None: as the order says.

        Raises:
            UnreadableOrder: the payload is not exactly one order.
        """
        ...

    def read_facts(self, payload: str) -> OrderFacts:
        """Pure, and never fails: what cannot be read is left empty."""
        ...


_platforms: dict[str, ShopPlatform] = {}


def register_platform(name: str, platform: ShopPlatform) -> None:
    _platforms[name] = platform


def platform_for(store: Store) -> ShopPlatform:
    """The platform that the store sells on.

    Raises:
        KeyError: the platform's app is not installed.
    """
    return _platforms[store.platform]
