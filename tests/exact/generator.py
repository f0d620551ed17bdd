"""Orders as a shop would state them, made from what is known about the shop's arithmetic.

Written from the description of the platform, not from our parser: the shop decides here what it means
(VAT included or on top, values per unit or per line, what holds what), computes as it would, and states
the figures. What it meant stays beside the payload, so that a document can be compared with it.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
ZERO = Decimal(0)
_ADDRESS = {
    "name": "Ana",
    "surname": "Fictícia",
    "address": "Rua Inventada 1",
    "city": "Porto",
    "postal": "4100-999",
    "country_code": "PT",
}
RATES = (Decimal(23), Decimal(13), Decimal(6))


@dataclass(frozen=True)
class Meaning:
    """What the shop means by its figures; none of it is stated."""

    included: bool
    shipping_included: bool
    discount_per_unit: bool
    tax_per_unit: bool
    tax_holds_shipping_tax: bool
    discount_holds_shipping_discount: bool
    total_net_of_gift_card: bool
    tax_rounded: str  # "item" or "sum"
    subtotal: str  # "before" or "after" discounts


@dataclass
class Article:
    sku: str
    price: Decimal
    quantity: int
    rate: Decimal
    off: Decimal = ZERO  # for the whole line, on the side of the price

    @property
    def stated_value(self) -> Decimal:
        return self.price * self.quantity - self.off

    def gross(self, included: bool) -> Decimal:
        return self.stated_value if included else self.stated_value * (1 + self.rate / 100)

    def vat(self, included: bool) -> Decimal:
        share = self.rate / (100 + self.rate) if included else self.rate / 100
        return self.stated_value * share


@dataclass
class Sale:
    """An order, what it states, and what is true of it."""

    seed: int
    payload: str
    paid: Decimal  # in money and by gift card
    gross: dict[str, Decimal]  # by SKU, "PORTES" for shipping; with VAT, unrounded
    vat: dict[Decimal, Decimal]  # by rate, unrounded
    lines: int
    meaning: Meaning
    traits: set[str] = field(default_factory=set)


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def sale(seed: int) -> Sale:
    """The same seed gives the same sale."""
    chance = random.Random(seed)
    meaning = _meaning(chance)
    articles = _articles(chance, meaning)
    traits = _discount(chance, meaning, articles)
    shipping, shipping_off = _shipping(chance, traits)
    shipping_rate = Decimal(23)
    on_shipping = shipping - shipping_off
    shipping_factor = Decimal(1) if meaning.shipping_included else 1 + shipping_rate / 100
    shipping_gross = on_shipping * shipping_factor
    shipping_tax = on_shipping * (
        shipping_rate / (100 + shipping_rate) if meaning.shipping_included else shipping_rate / 100
    )
    goods_taxes = [_stated_tax(article, meaning) for article in articles]
    goods_tax = cents(sum(goods_taxes, ZERO))
    total = sum((article.stated_value for article in articles), ZERO)
    if not meaning.included:
        total += goods_tax
    total += shipping_gross if meaning.shipping_included else on_shipping + cents(shipping_tax)
    total = cents(total)
    card = ZERO
    if total > 5 and chance.random() < 0.04:
        card, traits = cents(total * Decimal(chance.randint(1, 90)) / 100), traits | {"gift card"}
    order_off = sum((article.off for article in articles), ZERO)
    before = sum((article.price * article.quantity for article in articles), ZERO)
    state = _Writer(chance)
    payload = {
        "id": 100_000 + seed,
        "status": "Paid",
        "status_enum": "paid",
        "currency": "EUR",
        "created_at": "2026-06-30 21:15:00 UTC",
        "completed_at": "2026-06-30 21:16:00 UTC",
        "subtotal": state.money(before if meaning.subtotal == "before" else before - order_off),
        "tax": state.money(goods_tax + (cents(shipping_tax) if meaning.tax_holds_shipping_tax else ZERO)),
        "shipping": state.money(shipping),
        "shipping_tax": state.money(cents(shipping_tax)),
        "shipping_discount": state.money(shipping_off),
        "discount": state.money(
            order_off + (shipping_off if meaning.discount_holds_shipping_discount else ZERO)
        ),
        "gift_cards_discount": state.money(card),
        "total": state.money(total - card if meaning.total_net_of_gift_card else total),
        "customer": {"id": 1, "email": "ana@example.com", "fullname": "Ana Fictícia"},
        "billing_address": {**_ADDRESS, "taxid": ""},
        "shipping_address": _ADDRESS,
        "shipping_taxes": (
            [_tax("IVA portes", shipping_rate, "tax_on_shipping_price", meaning.shipping_included, state)]
            if shipping
            else []
        ),
        "products": [
            _line(article, tax, meaning, state) for article, tax in zip(articles, goods_taxes, strict=True)
        ],
    }
    if not card:
        del payload["gift_cards_discount"]
    gross = {article.sku: article.gross(meaning.included) for article in articles}
    if shipping_gross:
        gross["PORTES"] = shipping_gross
    vat: dict[Decimal, Decimal] = {}
    for article in articles:
        vat[article.rate] = vat.get(article.rate, ZERO) + article.vat(meaning.included)
    if on_shipping:
        vat[shipping_rate] = vat.get(shipping_rate, ZERO) + shipping_tax
    paid = total
    return Sale(
        seed,
        json.dumps({"order": payload}),
        paid,
        gross,
        vat,
        len(articles) + bool(on_shipping),
        meaning,
        traits,
    )


def _meaning(chance: random.Random) -> Meaning:
    included = chance.random() < 0.6
    return Meaning(
        included=included,
        shipping_included=included if chance.random() < 0.9 else not included,
        discount_per_unit=chance.random() < 0.5,
        tax_per_unit=chance.random() < 0.5,
        tax_holds_shipping_tax=chance.random() < 0.5,
        discount_holds_shipping_discount=chance.random() < 0.8,
        total_net_of_gift_card=chance.random() < 0.8,
        tax_rounded=chance.choice(("item", "sum")),
        subtotal=chance.choice(("before", "after")),
    )


def _articles(chance: random.Random, meaning: Meaning) -> list[Article]:
    count = (
        chance.choice((1, 1, 1, 2, 2, 3, 4, 5, 8, 12, 20, 40))
        if chance.random() < 0.9
        else chance.randint(1, 40)
    )
    mixed = chance.random() < 0.35
    rate = chance.choice((RATES[0], RATES[0], RATES[0], *RATES))
    found = []
    for number in range(count):
        own = chance.choice(RATES) if mixed else rate
        quantity = (
            chance.choice((1, 1, 1, 1, 2, 2, 3, 5, 10, 12, 24))
            if chance.random() < 0.85
            else chance.randint(1, 500)
        )
        price = _price(chance, meaning)
        found.append(Article(f"ART-{number:02d}", price, quantity, own))
    return found


def _price(chance: random.Random, meaning: Meaning) -> Decimal:
    kind = chance.random()
    if kind < 0.6:
        return Decimal(chance.randint(1, 12_000)) / 100
    if kind < 0.85:
        return Decimal(chance.choice((99, 199, 249, 499, 999, 1000, 1250, 1999, 2999, 4990, 9999))) / 100
    if kind < 0.95 or meaning.included:
        return Decimal(chance.randint(1, 60)) / 100
    return Decimal(chance.randint(1_000, 500_000)) / 10_000  # a trap: four decimals without VAT


def _discount(chance: random.Random, meaning: Meaning, articles: list[Article]) -> set[str]:
    kind = chance.random()
    if kind < 0.6:
        return set()
    touched = [article for article in articles if kind < 0.8 or chance.random() < 0.5]
    percent = Decimal(chance.choice((5, 10, 10, 15, 20, 25, 33, 50, 100)))
    for article in touched:
        value = article.price * article.quantity
        off = cents(value * percent / 100)
        if meaning.discount_per_unit:
            off = cents(article.price * percent / 100) * article.quantity
        article.off = min(off, value)
    if all(article.stated_value == 0 for article in articles):
        articles[0].off = ZERO
    return {"discount"} if any(article.off for article in articles) else set()


def _shipping(chance: random.Random, traits: set[str]) -> tuple[Decimal, Decimal]:
    kind = chance.random()
    if kind < 0.35:
        return ZERO, ZERO
    price = Decimal(chance.choice((290, 350, 390, 450, 500, 590, 799, 1250))) / 100
    if kind < 0.5:
        traits.add("free shipping")
        return price, price
    if kind < 0.55:
        traits.add("reduced shipping")
        return price, cents(price / 2)
    return price, ZERO


def _stated_tax(article: Article, meaning: Meaning) -> Decimal:
    """The line's tax as the shop keeps it: with its tail, or rounded for the item."""
    vat = article.vat(meaning.included)
    return cents(vat) if meaning.tax_rounded == "item" else vat


def _line(article: Article, tax: Decimal, meaning: Meaning, state: _Writer) -> dict[str, Any]:
    off = article.off / article.quantity if meaning.discount_per_unit else article.off
    return {
        "id": 1,
        "variant_id": None,
        "sku": article.sku,
        "name": f"Artigo {article.sku}",
        "qty": article.quantity,
        "price": state.money(article.price),
        "discount": state.money(off),
        "tax": state.money(tax / article.quantity if meaning.tax_per_unit else tax),
        "taxes": [_tax("IVA", article.rate, "tax_on_product_price", meaning.included, state)],
        "type": "physical",
    }


def _tax(name: str, rate: Decimal, key: str, included: bool, state: _Writer) -> dict[str, Any]:
    return {
        "id": 1,
        "name": name,
        "country": "Portugal",
        "rate": state.rate(rate),
        "fixed": False,
        key: included,
    }


class _Writer:
    """Numbers as the shop writes them: floats, or texts."""

    def __init__(self, chance: random.Random) -> None:
        self._texts = chance.random() < 0.1
        self._rates_as_text = chance.random() < 0.5

    def money(self, value: Decimal) -> Any:
        return f"{value:f}" if self._texts else float(value)

    def rate(self, value: Decimal) -> Any:
        return f"{value:.1f}" if self._rates_as_text else float(value)
