"""What a store holds. Orders are kept as the JSON objects they were given as."""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import dataclass, field, fields
from typing import Any

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Delivery:
    """One attempt to hand a webhook over. `status` is None when no answer came; `error` says why."""

    at: float
    event: str
    resource_id: int
    hook_id: int
    url: str
    status: int | None
    error: str | None = None

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    def to_json(self) -> JsonObject:
        return {each.name: getattr(self, each.name) for each in fields(self)} | {"ok": self.succeeded}


def _default_taxes() -> list[JsonObject]:
    def tax(tax_id: int, name: str, amount: float, shipping: bool) -> JsonObject:
        return {
            "id": tax_id,
            "name": name,
            "country": "Portugal",
            "region": None,
            "category_id": None,
            "tax_amount": amount,
            "fixed": False,
            "shipping": shipping,
        }

    return [tax(11, "IVA", 23.0, False), tax(12, "IVA livros", 6.0, False), tax(13, "IVA portes", 23.0, True)]


@dataclass
class Store:
    code: str
    login: str
    auth_token: str
    hooks_token: str
    name: str = "Loja Exemplo"
    country: str = "PT"
    currency: str = "EUR"
    timezone: str = "Lisbon"
    email: str = "loja@example.com"
    access_token: str | None = None
    access_token_ends: float | None = None
    refresh_token: str | None = None
    old_refresh_token: str | None = None
    orders: dict[int, JsonObject] = field(default_factory=dict)
    documents: list[JsonObject] = field(default_factory=list)
    hooks: dict[int, JsonObject] = field(default_factory=dict)
    history: dict[int, list[JsonObject]] = field(default_factory=dict)
    taxes: list[JsonObject] = field(default_factory=_default_taxes)
    products: dict[int, JsonObject] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    calls: deque[float] = field(default_factory=deque)

    def info(self) -> JsonObject:
        return {
            "name": self.name,
            "code": self.code,
            "currency": self.currency,
            "country": self.country,
            "timezone": self.timezone,
            "email": self.email,
            "hooks_token": self.hooks_token,
            "url": f"https://{self.code}.jumpseller.com",
            "logo": None,
            "weight_unit": "kg",
            "subscription_status": "active",
            "subscription_plan": "pro",
            "fb_pixel_id": None,
            "whatsapp_phone": None,
            "address": {
                "address": "Largo do Faz de Conta 1",
                "city": "Porto",
                "postal": "4100-999",
                "region": "Porto",
                "country": "Portugal",
                "region_code": "13",
                "country_code": "PT",
            },
        }

    def put_order(self, order: JsonObject) -> None:
        """Adds or replaces an order; accepts `{"order": {...}}` too.

        Raises:
            ValueError: it has no whole number as id.
        """
        inner = order.get("order", order)
        if not isinstance(inner, dict) or isinstance(inner.get("id"), bool):
            raise ValueError("an order is an object with an id")
        if not isinstance(inner.get("id"), int):
            raise ValueError("an order has a whole number as id")
        self.orders[inner["id"]] = copy.deepcopy(inner)

    def documents_of(self, order_id: int) -> list[JsonObject]:
        return [document for document in self.documents if document["order_id"] == order_id]
