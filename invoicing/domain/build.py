"""The document that a paid order calls for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from invoicing.domain.customer import (
    SIMPLIFIED_LIMIT_BUSINESS,
    SIMPLIFIED_LIMIT_CONSUMER,
    billing_customer,
    is_taxable_person,
    mail_address,
)
from invoicing.domain.exactness import is_exact, predict
from invoicing.domain.fit import Wanted, exact_lines
from invoicing.domain.line_taxes import LineTax, SaleTaxes
from invoicing.domain.observations import observations
from invoicing.domain.plan import Customer, DocumentKind, DocumentPlan, PlanLine, Tax, Why
from invoicing.domain.profile import Profile
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.shipping import shipping_lines
from invoicing.domain.supply import Supply, supply_of
from invoicing.domain.texts import clean
from invoicing.domain.vat_numbers import VatCheck
from invoicing.domain.zero_rate import one_code
from stores.domain.money import HUNDRED, ZERO, round_half_up
from stores.domain.order import OrderLine, OrderSnapshot
from stores.domain.payment import PaymentGround

HOME_CURRENCY = "EUR"
GIFT_CARD = "gift_card"
_KEY_LIMIT = 200  # one peer cuts the provider's 255 there
_DESCRIPTION_LIMIT = 250


def build_document(
    order: OrderSnapshot,
    profile: Profile,
    *,
    reference: str,
    issued_on: date,
    paid_on: date | None,
    account_taxes: Sequence[Tax],
    code_prefix: str,
    vat_check: VatCheck | None = None,
    accept_other_region: bool = False,
    payment_ground: PaymentGround | None = None,
) -> DocumentPlan:
    """The plan of the order's one document, equal to what was paid; dates are days in the store's zone.

    Without `paid_on` the goods leave before the money comes. `vat_check` answers `vat_number_to_check`;
    `accept_other_region` is a person's word on the rates of this store; `payment_ground` says where the
    payment's day is from.

    Raises:
        Hold: a person must decide (unknown rate, missing exemption, a total that cannot be met ...).
    """
    refuse_unsuitable(order, profile)
    due_on = paid_on or issued_on  # CIVA art. 18.º n.º 9: the rate of the day on which the tax became due
    supply, why_supply = supply_of(order, profile, on=due_on, vat_check=vat_check)
    taxes = SaleTaxes(supply, profile, tuple(account_taxes), due_on, accept_other_region)
    customer, why_customer = billing_customer(order, profile, supply, code_prefix=code_prefix)
    wanted, why_lines = _wanted_lines(order, taxes)
    code = one_code(line.exemption_code for line in wanted)
    lines = exact_lines(wanted, paid=order.paid_gross)
    why_rest = (*_why_adjusted(lines, wanted), _why_date(issued_on, paid_on, payment_ground))
    kind, why_kind = document_kind(order, profile, customer, supply)
    plan = DocumentPlan(
        kind=kind,
        reference=reference,
        customer=customer,
        lines=lines,
        currency=order.currency,
        issued_on=issued_on,
        due_on=issued_on,
        figures=predict(lines),
        exemption_code=code,
        observations=observations(order, profile, code, issued_on=issued_on, paid_on=paid_on),
        series=profile.series,
        supply=supply.kind.value,
        destination=supply.where.vat_country,
        deliver_to=mail_address(order),
        why=(why_kind, _why_reading(order), why_supply, *why_customer, *why_lines, *why_rest),
    )
    require_exact(plan, order)
    return plan


def refuse_unsuitable(order: OrderSnapshot, profile: Profile) -> None:
    """What no document is built for; whether it is held or excluded is the profile's choice elsewhere.

    Raises:
        Hold: FOREIGN_CURRENCY, GIFT_CARD_SALE, ZERO_TOTAL or TOTAL_AMBIGUOUS.
    """
    if order.currency != HOME_CURRENCY:
        raise Hold(HoldReason.FOREIGN_CURRENCY, f"The order is in {order.currency}.")
    cards = [line.name for line in order.lines if line.product_type == GIFT_CARD]
    if cards:
        raise Hold(HoldReason.GIFT_CARD_SALE, f"It sells {clean(cards[0], 80)}.")
    if order.paid_gross == ZERO:
        raise Hold(HoldReason.ZERO_TOTAL, "Nothing was paid.")
    setting = profile.prices_include_vat
    sides = {line.price_includes_vat for line in order.lines if line.tax_rate}
    if setting is not None and sides - {setting}:
        raise Hold(
            HoldReason.TOTAL_AMBIGUOUS,
            f"The settings say that prices {'include' if setting else 'exclude'} VAT; the order differs.",
        )


def require_exact(plan: DocumentPlan, order: OrderSnapshot) -> None:
    """The last gate before a plan leaves: its total is what was paid, under every open reading.

    Raises:
        Hold: NOT_EXACT.
    """
    if not is_exact(plan.lines, order.paid_gross) or plan.figures != predict(plan.lines):
        raise Hold(
            HoldReason.NOT_EXACT, f"Paid {order.paid_gross}; the document comes to {plan.figures.total}."
        )


def document_kind(
    order: OrderSnapshot, profile: Profile, customer: Customer, supply: Supply
) -> tuple[DocumentKind, Why]:
    """The kind that the settings ask for, unless the law sets a limit to it."""
    wanted = profile.document_type
    if wanted is not DocumentKind.SIMPLIFIED_INVOICE:
        return wanted, Why("kind", wanted.value, "chosen in the settings", "setting document_type")
    if supply.is_abroad:
        kind = DocumentKind.INVOICE_RECEIPT
        return kind, Why("kind", kind.value, "a simplified invoice is for sales at home", "CIVA art. 40.º")
    business = is_taxable_person(order, customer)
    limit = SIMPLIFIED_LIMIT_BUSINESS if business else SIMPLIFIED_LIMIT_CONSUMER
    buyer = "a buyer in business" if business else "a consumer"
    because = f"{order.paid_gross} EUR to {buyer}; simplified up to {limit}"
    kind = wanted if order.paid_gross <= limit else DocumentKind.INVOICE_RECEIPT
    return kind, Why("kind", kind.value, because, "CIVA art. 40.º n.º 1")


def _wanted_lines(order: OrderSnapshot, taxes: SaleTaxes) -> tuple[list[Wanted], list[Why]]:
    wanted: list[Wanted] = []
    why: dict[Why, None] = {}
    for line in order.lines:
        if line.unit_price == ZERO:
            # A free extra has no value, and a price of zero may be refused.
            why[Why("line", clean(line.name, 80), "left out: it is free", "CIVA art. 16.º n.º 6 b)")] = None
            continue
        line_tax = _line_tax(line, taxes)
        why[line_tax.why] = None
        wanted.append(_product(line, line_tax))
        if line.discount:
            text = f"{line.discount} {order.currency} off {catalogue_key(line)}"
            why[Why("discount", text, "on the line in the shop", "CIVA art. 16.º n.º 6 b)")] = None
    shipping, why_shipping = shipping_lines(order, wanted, taxes)
    return [*wanted, *shipping], list(dict.fromkeys([*why, *why_shipping]))


def _line_tax(line: OrderLine, taxes: SaleTaxes) -> LineTax:
    key = catalogue_key(line)
    try:
        return taxes.of_goods(clean(line.sku, _KEY_LIMIT), line.tax_rate)
    except Hold as hold:
        detail = f"{key} ({clean(line.name, 60)}): {hold.detail}"
        raise Hold(hold.reason, detail, subject=hold.subject) from None


def _net(price: Decimal, includes_vat: bool, rate: Decimal) -> Decimal:
    return price / (1 + rate / HUNDRED) if includes_vat else price


def _product(line: OrderLine, line_tax: LineTax) -> Wanted:
    key = catalogue_key(line)
    return Wanted(
        sku=key,
        description=clean(line.name, _DESCRIPTION_LIMIT) or key,
        quantity=line.quantity,
        unit_net=_net(line.unit_price, line.price_includes_vat, line_tax.tax.rate),
        tax=line_tax.tax,
        discount_share=line.discount / (line.quantity * line.unit_price),
        exemption_code=line_tax.code,
    )


def catalogue_key(line: OrderLine) -> str:
    """What names the article at the provider: the SKU, else the shop's ids, else a digest of its name."""
    sku = clean(line.sku, _KEY_LIMIT)
    if sku:
        return sku
    if line.product_id:
        variant = f"-V{line.variant_id}" if line.variant_id else ""
        return f"P{line.product_id}{variant}"
    return f"X{hashlib.sha256(line.name.encode(errors='replace')).hexdigest()[:10]}"


def _why_reading(order: OrderSnapshot) -> Why:
    return Why("reading", order.reading or "as stated", "; ".join(order.notes), "figures of the order")


_GROUNDS = {
    PaymentGround.EVENT: "when the shop told of it",
    PaymentGround.READING: "when it was found paid",
    PaymentGround.COMPLETED: "when the shop completed the order",
    PaymentGround.CREATED: "when the order was made",
}


def _why_date(issued_on: date, paid_on: date | None, ground: PaymentGround | None) -> Why:
    if paid_on is None:
        return Why(
            "date", issued_on.isoformat(), "the goods left before the payment", "CIVA art. 36.º n.º 1 a)"
        )
    told = _GROUNDS.get(ground, "") if ground else ""
    if issued_on == paid_on:
        because = ", ".join(part for part in ("the day of payment", told) if part)
        return Why("date", issued_on.isoformat(), because, "CIVA art. 36.º n.º 1 c)")
    because = ", ".join(part for part in (f"paid on {paid_on.isoformat()}", told, "which is printed") if part)
    return Why("date", issued_on.isoformat(), because, "CIVA art. 36.º n.º 5 f)")


def _why_adjusted(lines: Sequence[PlanLine], wanted: Sequence[Wanted]) -> list[Why]:
    """A price or discount that is not simply the order's, rounded."""
    plain = {
        (one.sku, round_half_up(one.unit_net, 4), round_half_up(one.discount_share * HUNDRED, 4))
        for one in wanted
    }
    found = []
    for line in lines:
        if (line.sku, line.unit_price, line.discount_percent) in plain:
            continue
        choice = (
            f"{line.quantity.normalize():f} x {line.sku}: {line.unit_price} "
            f"less {line.discount_percent.normalize():f} %"
        )
        found.append(
            Why("price", choice, "so that the total is what was paid", "four decimals at the provider")
        )
    return found
