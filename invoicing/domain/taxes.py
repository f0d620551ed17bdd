"""Which tax of the invoicing account a line takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from invoicing.domain.plan import Tax, Why
from invoicing.domain.rates import REGION_NAMES, portuguese_rates, regions_with
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.supply import HOME, NORTHERN_IRELAND, Supply, SupplyKind
from stores.domain.money import ZERO


class MissingTax(Hold):
    """UNKNOWN_TAX_RATE, with the tax that would serve: a rate in percent, and the region that it names."""

    def __init__(self, rate: Decimal, region: str, detail: str, *, subject: str) -> None:
        super().__init__(HoldReason.UNKNOWN_TAX_RATE, detail, subject=subject)
        self.rate = rate
        self.region = region


def tax_for(
    rate: Decimal,
    supply: Supply,
    account_taxes: Iterable[Tax],
    *,
    region: str,
    on: date,
    accept_other_region: bool = False,
) -> tuple[Tax, Why]:
    """The account's tax of a rate (percent, above zero), found by value and region, never by name.

    `region` is where the store's goods leave from; `accept_other_region` is a person's word that what the
    shop charged by another region's table is right.

    Raises:
        MissingTax: the account has none.
        Hold: RATE_OF_OTHER_REGION.
    """
    if supply.kind is SupplyKind.OSS:
        return _foreign_tax(rate, supply, account_taxes)
    if rate in portuguese_rates(region, on).values():
        tax = _found(rate, region, account_taxes)
        return tax, Why("rate", tax.name, f"the shop charged {percent(rate)} %", _source(region))
    elsewhere = [other for other in regions_with(rate, on) if other != region]
    if elsewhere and not supply.is_abroad:
        there = [other for other in elsewhere if other == supply.region] or elsewhere
        return _of_other_region(rate, region, there, account_taxes, accept=accept_other_region)
    # A rate that the law does not know is taken only from a tax that names the region itself: somebody
    # made it on purpose. "The account's own region" could be an island's.
    tax = _found(rate, region, account_taxes)
    if tax.region != region:
        raise MissingTax(
            rate,
            region,
            f"{percent(rate)} % is no rate of {region}, and {tax.name} names no region.",
            subject=percent(rate),
        )
    return tax, Why("rate", tax.name, f"the shop charged {percent(rate)} %", "account tax; not in CIVA 18")


def zero_tax(account_taxes: Iterable[Tax], *, region: str, said: str) -> Tax:
    """The account's tax of 0 %. What it means is said by the exemption code, not by the tax.

    Raises:
        MissingTax: the account has none.
    """
    tax = _account_tax(ZERO, region, account_taxes)
    if tax is None:
        raise MissingTax(
            ZERO,
            region,
            f"A line has no VAT ({said}); the account has no 0 % tax for {region}.",
            subject="0",
        )
    return tax


def percent(rate: Decimal) -> str:
    """A rate for people: 23, 25.5."""
    return format(rate.normalize(), "f")


def _foreign_tax(rate: Decimal, supply: Supply, account_taxes: Iterable[Tax]) -> tuple[Tax, Why]:
    """A tax that names no region is the account's own, and so Portuguese."""
    country = _iso(supply.where.vat_country)
    named = [tax for tax in account_taxes if tax.rate == rate and tax.region == country]
    if not named:
        raise MissingTax(
            rate,
            country,
            f"The shop charged {percent(rate)} % to a consumer in {supply.where.name}; the account has no "
            f"such tax for {country}.",
            subject=f"{percent(rate)} {country}",
        )
    tax = min(named, key=lambda each: each.name)
    return tax, Why("rate", tax.name, f"the shop charged {percent(rate)} %", "setting oss")


def _of_other_region(
    rate: Decimal, region: str, elsewhere: Sequence[str], account_taxes: Iterable[Tax], *, accept: bool
) -> tuple[Tax, Why]:
    names = " or ".join(REGION_NAMES[other] for other in elsewhere)
    if not accept or len(elsewhere) > 1:
        raise Hold(
            HoldReason.RATE_OF_OTHER_REGION,
            f"The shop charged {percent(rate)} %, a rate of {names}; the goods leave from "
            f"{REGION_NAMES[region]}.",
            subject=percent(rate),
        )
    tax = _account_tax(rate, elsewhere[0], account_taxes)
    if tax is None:
        raise _missing(rate, elsewhere[0], names)
    return tax, Why(
        "rate", tax.name, f"the shop charged {percent(rate)} %", "a person accepted this store's rates"
    )


def _found(rate: Decimal, region: str, account_taxes: Iterable[Tax]) -> Tax:
    tax = _account_tax(rate, region, account_taxes)
    if tax is None:
        raise _missing(rate, region, region)
    return tax


def _missing(rate: Decimal, region: str, where: str) -> MissingTax:
    return MissingTax(
        rate,
        region,
        f"The shop charged {percent(rate)} %; the account has no such tax for {where}.",
        subject=percent(rate),
    )


def _source(region: str) -> str:
    paragraph = 1 if region == HOME else 3
    return f"goods leave from {REGION_NAMES[region]}, CIVA art. 6.º n.º 1, art. 18.º n.º {paragraph}"


def _iso(vat_country: str) -> str:
    """A tax of the account names an ISO country; Northern Ireland has the United Kingdom's."""
    return "GB" if vat_country == NORTHERN_IRELAND else vat_country


def _account_tax(rate: Decimal, region: str, account_taxes: Iterable[Tax]) -> Tax | None:
    """Several may fit; the one that names the region wins, then the first by name, so that it is stable."""
    fitting: Sequence[Tax] = [tax for tax in account_taxes if tax.rate == rate and tax.region in ("", region)]
    return min(fitting, key=lambda tax: (tax.region != region, tax.name), default=None)
