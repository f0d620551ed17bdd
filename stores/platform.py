"""The seam towards shops: what we ask of any shop platform, and the registry of those we know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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


class ShopPlatform(Protocol):
    """What invoicing needs from a shop. Calls go over the network unless said otherwise.

    They raise the error family of `outbound.errors`; an order that does not exist is
    `outbound.errors.NotFound`.
    """

    def read_order(self, store: Store, shop_order_id: str, *, on_call: OnCall = None) -> str:
        """The order as the shop's own JSON text, numbers untouched."""
        ...

    def parse_order(self, payload: str, *, prices_include_vat: bool | None = None) -> OrderSnapshot:
        """Pure. `prices_include_vat` is the merchant's setting; None: as the order says.

        Raises:
            UnreadableOrder: the payload is not exactly one order.
        """
        ...

    def read_facts(self, payload: str) -> OrderFacts:
        """Pure, and never fails: what cannot be read is left empty."""
        ...

    def list_document_entries(
        self, store: Store, shop_order_id: str, *, on_call: OnCall = None
    ) -> list[DocumentEntry]: ...

    def add_document_entry(
        self, store: Store, shop_order_id: str, entry: DocumentEntry, *, on_call: OnCall = None
    ) -> None: ...


_platforms: dict[str, ShopPlatform] = {}


def register_platform(name: str, platform: ShopPlatform) -> None:
    _platforms[name] = platform


def platform_for(store: Store) -> ShopPlatform:
    """The platform that the store sells on.

    Raises:
        KeyError: the platform's app is not installed.
    """
    return _platforms[store.platform]
