"""Which tax of the invoicing account a line takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from invoicing.domain.plan import Tax, Why
from invoicing.domain.profile import Profile
from invoicing.domain.reasons import Hold, HoldReason
from stores.domain.money import ZERO
from stores.domain.order import OrderSnapshot

# CIVA art. 18.º n.º 1, mainland, in force since 2011-01-01.
MAINLAND_RATES = frozenset({Decimal(23), Decimal(13), Decimal(6)})
_RATES_SOURCE = "CIVA art. 18.º n.º 1"


def tax_for(rate: Decimal | None, profile: Profile, account_taxes: Iterable[Tax]) -> tuple[Tax, Why]:
    """The account's tax of this rate (percent) in the profile's region, found by value, never by name.

    A rate of None (the shop named no tax) is treated as 0 %: an exemption must be set for it.

    Raises:
        Hold: UNKNOWN_TAX_RATE, or MISSING_EXEMPTION for 0 % without a code in the profile.
    """
    if rate is None or rate == ZERO:
        return _exempt(rate, profile, account_taxes)
    tax = _account_tax(rate, profile.vat_region, account_taxes)
    if tax is None:
        raise Hold(
            HoldReason.UNKNOWN_TAX_RATE,
            f"The shop charged {percent(rate)} %; the account has no such tax for {profile.vat_region}.",
        )
    # A rate that the law does not know is taken only from a tax that names the region itself: somebody
    # made it on purpose. "The account's own region" could be an island's.
    if rate not in MAINLAND_RATES:
        if tax.region != profile.vat_region:
            raise Hold(
                HoldReason.UNKNOWN_TAX_RATE,
                f"{percent(rate)} % is no rate of {profile.vat_region}, and {tax.name} names no region.",
            )
        return tax, Why(
            "rate", tax.name, f"the shop charged {percent(rate)} %", "account tax; not in CIVA 18"
        )
    return tax, Why("rate", tax.name, f"the shop charged {percent(rate)} %", _RATES_SOURCE)


def refuse_untaxed_shipping(order: OrderSnapshot) -> None:
    """Delivery is part of the price of the goods, so it cannot be free of VAT beside taxed goods.

    Raises:
        Hold: SHIPPING_UNTAXED.
    """
    charged = order.shipping.price - order.shipping.discount
    taxed = [line for line in order.lines if line.tax_rate]
    if charged > ZERO and not order.shipping.tax_rate and taxed:
        raise Hold(
            HoldReason.SHIPPING_UNTAXED,
            f"Shipping of {charged} {order.currency} carries no VAT; the goods do (CIVA art. 16.º n.º 5).",
        )


def percent(rate: Decimal) -> str:
    """A rate for people: 23, 25.5."""
    return format(rate.normalize(), "f")


def _exempt(rate: Decimal | None, profile: Profile, account_taxes: Iterable[Tax]) -> tuple[Tax, Why]:
    said = "the shop named no tax" if rate is None else "the shop charged 0 %"
    if not profile.exemption_code:
        raise Hold(HoldReason.MISSING_EXEMPTION, f"A line has no VAT ({said}) and no exemption code is set.")
    tax = _account_tax(ZERO, profile.vat_region, account_taxes)
    if tax is None:
        raise Hold(
            HoldReason.UNKNOWN_TAX_RATE,
            f"A line has no VAT ({said}); the account has no 0 % tax for {profile.vat_region}.",
        )
    return tax, Why("exemption", profile.exemption_code, said, "setting exemption_code")


def _account_tax(rate: Decimal, region: str, account_taxes: Iterable[Tax]) -> Tax | None:
    """Several may fit; the one that names the region wins, then the first by name, so that it is stable."""
    fitting: Sequence[Tax] = [tax for tax in account_taxes if tax.rate == rate and tax.region in ("", region)]
    return min(fitting, key=lambda tax: (tax.region != region, tax.name), default=None)
