"""What a shop says about one order, with every ambiguity already resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from stores.domain.money import HUNDRED, ZERO, round_half_up


class OrderStatus(StrEnum):
    """The states that matter to invoicing; a platform's own words are mapped to them."""

    UNPAID = "unpaid"
    PAID = "paid"
    CANCELED = "canceled"
    ABANDONED = "abandoned"


class UnreadableOrder(Exception):
    """The payload cannot be read as exactly one order; the text shows the arithmetic or the field.

    Attributes:
        reason: a value of `invoicing.domain.reasons.HoldReason`, as a plain string.
    """

    def __init__(self, detail: str, *, reason: str = "order_unreadable") -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address as typed by the buyer; every field may be empty."""

    name: str = ""
    surname: str = ""
    line: str = ""
    city: str = ""
    postal_code: str = ""
    region: str = ""
    region_code: str = ""
    country_code: str = ""  # ISO 3166-1 alpha-2, upper case
    country: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.surname}".strip()


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who bought. `tax_id` is what was typed, unchecked."""

    shop_customer_id: str = ""
    full_name: str = ""
    email: str = ""
    phone: str = ""
    tax_id: str = ""
    company_name: str = ""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One product line.

    `unit_price` and `discount` are on the same side of VAT (`price_includes_vat`); `discount` is for
    the whole line. `tax_rate` is in percent; None means that the shop named no tax at all.
    """

    sku: str
    name: str
    quantity: Decimal
    unit_price: Decimal
    price_includes_vat: bool
    discount: Decimal = ZERO
    tax_rate: Decimal | None = None
    product_type: str = "physical"
    product_id: str = ""
    variant_id: str = ""

    @property
    def net(self) -> Decimal:
        """After discount, without VAT, unrounded."""
        value = self.quantity * self.unit_price - self.discount
        return value / (1 + self._rate / HUNDRED) if self.price_includes_vat else value

    @property
    def gross(self) -> Decimal:
        """After discount, with VAT, unrounded."""
        value = self.quantity * self.unit_price - self.discount
        return value if self.price_includes_vat else value * (1 + self._rate / HUNDRED)

    @property
    def _rate(self) -> Decimal:
        return self.tax_rate if self.tax_rate is not None else ZERO


@dataclass(frozen=True, slots=True)
class Shipping:
    """What was charged for delivery. `price` is before `discount`, both on one side of VAT."""

    price: Decimal = ZERO
    price_includes_vat: bool = True
    discount: Decimal = ZERO
    tax_rate: Decimal | None = None
    method: str = ""

    @property
    def gross(self) -> Decimal:
        """After discount, with VAT, unrounded."""
        value = self.price - self.discount
        rate = self.tax_rate if self.tax_rate is not None else ZERO
        return value if self.price_includes_vat else value * (1 + rate / HUNDRED)


@dataclass(frozen=True, slots=True)
class OrderSnapshot:
    """One order as read from the shop at one moment.

    Amounts are in `currency`. `total` is what the shop states; `paid_gross` is the full value of the
    goods and shipping, so that a gift card used as payment does not lower it.
    """

    shop_order_id: str
    status: OrderStatus
    currency: str
    lines: tuple[OrderLine, ...]
    shipping: Shipping
    total: Decimal
    paid_gross: Decimal
    tax_total: Decimal
    buyer: Buyer
    billing: Address
    delivery: Address | None = None
    gift_card: Decimal = ZERO
    created_at: datetime | None = None  # aware, UTC
    completed_at: datetime | None = None  # aware, UTC
    shipped: bool = False
    payment_method: str = ""
    payment_type: str = ""
    reading: str = ""  # which reading of the payload reproduced the total, in words
    notes: tuple[str, ...] = field(default=())
    fields: tuple[tuple[str, str], ...] = field(
        default=()
    )  # further questions of the checkout: label, answer
    corrected_name: str = ""  # the buyer's, as staff corrected it; empty: as the shop says

    def gross_by_rate(self) -> tuple[tuple[str, str], ...]:
        """What is paid at each rate (percent), rounded to the cent, shipping included; "-" where no tax."""
        sums: dict[str, Decimal] = {}
        for rate, gross in [
            *((line.tax_rate, line.gross) for line in self.lines),
            (self.shipping.tax_rate, self.shipping.gross),
        ]:
            if gross:
                key = "-" if rate is None else format(rate.normalize(), "f")
                sums[key] = sums.get(key, ZERO) + gross
        return tuple(sorted((key, format(round_half_up(amount, 2), "f")) for key, amount in sums.items()))


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """The few facts that can be read from almost any payload, even one whose sums do not add up."""

    shop_order_id: str = ""
    status: OrderStatus | None = None
    currency: str = ""
    total: Decimal | None = None
    buyer_name: str = ""
    created_at: datetime | None = None
    completed_at: datetime | None = None
    payment_method: str = ""
    payment_type: str = ""
