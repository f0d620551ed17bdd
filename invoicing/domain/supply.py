"""Where a sale is taxed and how: at home, exported, to a business or a consumer of another Member State.

The order's own rate of each line stands; this says whose rate it may be, and which reason a line at 0 % has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from invoicing.domain.exemptions import SMALL_BUSINESS, SMALL_BUSINESS_ABROAD
from invoicing.domain.plan import Why
from invoicing.domain.profile import Profile
from invoicing.domain.rates import portuguese_region
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.territories import Area, Territory, territory
from invoicing.domain.texts import clean
from invoicing.domain.vat_numbers import VatAnswer, VatCheck, VatNumber, read_vat_number
from stores.domain.order import Address, OrderSnapshot

# CIVA art. 53.º, at home and (with the cross-border scheme) abroad.
SMALL_BUSINESS_CODES = frozenset({SMALL_BUSINESS, SMALL_BUSINESS_ABROAD})
HOME = "PT"
_DIGITAL = "digital"
NORTHERN_IRELAND = "XI"


class SupplyKind(StrEnum):
    DOMESTIC = "domestic"
    EXPORT = "export"
    INTRA_EU = "intra_eu"  # goods to a business of another Member State whose number is valid
    EU_CONSUMER = "eu_consumer"  # at the Portuguese rate
    OSS = "oss"  # at the rate of the buyer's country


@dataclass(frozen=True, slots=True)
class Supply:
    """`where` is the place that the goods go to; `vat_number` the buyer's, in another Member State, and
    `vat_check` what is known of it."""

    kind: SupplyKind
    where: Territory
    vat_number: VatNumber | None = None
    vat_check: VatCheck | None = None
    is_service: bool = False  # nothing but digital goods, which for VAT are services
    region: str = ""  # the Portuguese region of the address, "" abroad or where the postal code does not tell

    @property
    def is_abroad(self) -> bool:
        return self.kind is not SupplyKind.DOMESTIC


def supply_of(
    order: OrderSnapshot, profile: Profile, *, on: date, vat_check: VatCheck | None = None
) -> tuple[Supply, Why]:
    """How the sale is taxed, on the day of its document.

    `vat_check` is the answer for `vat_number_to_check`; None where nobody asked.

    Raises:
        Hold: FOREIGN_BUYER where the settings say nothing of sales abroad, or the place is not known.
    """
    where, address = destination(order), _place(order)
    if where.area is Area.PORTUGAL:
        if is_abroad(order.billing) and not profile.sells_abroad:
            raise _held(order.billing, "The billing address is")
        region = portuguese_region(address.postal_code)
        return Supply(SupplyKind.DOMESTIC, where, region=region), _why(
            SupplyKind.DOMESTIC, "the goods stay in Portugal", "CIVA art. 6.º n.º 1"
        )
    is_service = is_digital(order)
    if _delivery(order) is None and not is_service:
        raise Hold(
            HoldReason.FOREIGN_BUYER,
            f"The buyer is in {where.name}, and the order does not say where the goods went.",
        )
    if not profile.sells_abroad:
        role = "delivery" if _delivery(order) is not None else "billing"
        raise _held(address, f"The {role} address is")
    # Northern Ireland keeps the EU's rules for goods alone.
    if where.area is Area.OUTSIDE or (is_service and where.vat_country == NORTHERN_IRELAND):
        leaves = "the service goes to" if is_service else "the goods leave the VAT area of the EU for"
        supply = Supply(SupplyKind.EXPORT, where, is_service=is_service)
        return supply, _why(SupplyKind.EXPORT, f"{leaves} {where.name}", "CIVA art. 14.º n.º 1 a)")
    supply, why = _to_the_eu(profile, where, on, buyer_vat_number(order), vat_check)
    return replace(supply, is_service=is_service), why


def destination(order: OrderSnapshot) -> Territory:
    """Where the goods go: to the delivery address, else to where the buyer lives.

    Raises:
        Hold: FOREIGN_BUYER: the address names no country that is known.
    """
    address = _place(order)
    if not is_abroad(address):
        return territory(HOME, address.postal_code)
    code = address.country_code
    if not code:
        # A country in words alone decides nothing.
        raise Hold(
            HoldReason.FOREIGN_BUYER, f"The address names {clean(address.country, 60)} without a code."
        )
    try:
        return territory(code, address.postal_code, region=address.region, city=address.city)
    except ValueError:
        raise Hold(HoldReason.FOREIGN_BUYER, f"{clean(code, 10)} is no country that is known.") from None


def _place(order: OrderSnapshot) -> Address:
    return _delivery(order) or order.billing


def _delivery(order: OrderSnapshot) -> Address | None:
    """An address that names no country is no place that goods went to."""
    address = order.delivery
    return address if address is not None and (address.country_code or address.country.strip()) else None


def destination_key(order: OrderSnapshot) -> str:
    """A word that changes when the goods go to another place in the sense of VAT; never raises."""
    try:
        where = destination(order)
    except Hold as hold:
        return hold.detail
    return HOME if where.area is Area.PORTUGAL else where.name


def vat_number_to_check(order: OrderSnapshot, profile: Profile) -> VatNumber | None:
    """The number on whose validity the document depends: goods without VAT to another Member State."""
    if not profile.intra_eu_exemption_code or is_small_business(profile) or not has_untaxed_line(order):
        return None
    delivery = _delivery(order)
    if delivery is None or not is_abroad(delivery) or is_digital(order):
        return None
    try:
        where = destination(order)
    except Hold:
        return None
    return buyer_vat_number(order) if where.area is Area.EU else None


def buyer_vat_number(order: OrderSnapshot) -> VatNumber | None:
    return read_vat_number(order.buyer.tax_id, order.billing.country_code)


def has_untaxed_line(order: OrderSnapshot) -> bool:
    shipping = order.shipping
    untaxed = any(line.unit_price and not line.tax_rate for line in order.lines)
    return untaxed or (shipping.price > shipping.discount and not shipping.tax_rate)


def is_small_business(profile: Profile) -> bool:
    """Under CIVA art. 53.º nothing that the store sells carries VAT, wherever it goes."""
    return profile.exemption_code in SMALL_BUSINESS_CODES


def is_digital(order: OrderSnapshot) -> bool:
    return all(line.product_type == _DIGITAL for line in order.lines)


def is_abroad(address: Address) -> bool:
    if address.country_code:
        return address.country_code != HOME
    return address.country.strip().casefold() not in ("", "portugal")


def _to_the_eu(
    profile: Profile, where: Territory, on: date, number: VatNumber | None, vat_check: VatCheck | None
) -> tuple[Supply, Why]:
    valid = vat_check is not None and vat_check.answer is VatAnswer.VALID
    if vat_check is not None and valid and profile.intra_eu_exemption_code:
        because = f"a business in {where.name}; VIES says that its number is valid"
        if vat_check.checked_at is not None:
            because = f"{because}, asked on {vat_check.checked_at.date().isoformat()}"
        if vat_check.consultation:
            because = f"{because}, consultation {vat_check.consultation}"
        return Supply(SupplyKind.INTRA_EU, where, number, vat_check), _why(
            SupplyKind.INTRA_EU, because, "RITI art. 14.º a)"
        )
    if profile.oss_applies(on):
        because = f"a consumer in {where.name}, who pays the rate of that country"
        return Supply(SupplyKind.OSS, where, number, vat_check), _why(SupplyKind.OSS, because, "setting oss")
    because = f"a consumer in {where.name}, who pays the Portuguese rate up to 10 000 EUR a year"
    return Supply(SupplyKind.EU_CONSUMER, where, number, vat_check), _why(
        SupplyKind.EU_CONSUMER, because, "Lei 47/2020"
    )


def _held(address: Address, where: str) -> Hold:
    place = address.country_code or clean(address.country, 60)
    return Hold(
        HoldReason.FOREIGN_BUYER,
        f"{where} in {place}, and the settings say nothing of sales abroad.",
    )


def _why(kind: SupplyKind, because: str, source: str) -> Why:
    return Why("supply", kind.value, because, source)
