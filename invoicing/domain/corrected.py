"""The buyer as staff corrected it: their word stands in the place of what was typed in the shop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from invoicing.domain.supply import is_abroad
from invoicing.domain.tax_ids import TaxIdState, read_tax_id
from invoicing.domain.texts import clean
from stores.domain.order import OrderSnapshot

TAX_ID_LENGTH, NAME_LENGTH = 60, 100


@dataclass(frozen=True, slots=True)
class BuyerCorrection:
    """All three as they shall count; empty means that the buyer has none.

    `is_renamed` is decided when the word is given: whatever the shop says of the name later, a name that
    nobody corrected stays the shop's, and one that was corrected stays corrected.
    """

    tax_id: str
    company_name: str
    name: str
    is_renamed: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def says_the_same_as(self, other: BuyerCorrection) -> bool:
        return (self.tax_id, self.company_name, self.name) == (other.tax_id, other.company_name, other.name)


def correction_from_json(values: Mapping[str, Any]) -> BuyerCorrection:
    return BuyerCorrection(
        tax_id=clean(str(values.get("tax_id", "")), TAX_ID_LENGTH),
        company_name=clean(str(values.get("company_name", "")), NAME_LENGTH),
        name=clean(str(values.get("name", "")), NAME_LENGTH),
        is_renamed=values.get("is_renamed") is True,
    )


def as_the_shop_says(order: OrderSnapshot) -> BuyerCorrection:
    """What a form begins with."""
    return correction_from_json(
        {
            "tax_id": order.buyer.tax_id,
            "company_name": order.buyer.company_name,
            "name": order.billing.full_name or order.buyer.full_name,
        }
    )


def corrected(order: OrderSnapshot, correction: BuyerCorrection | None) -> OrderSnapshot:
    """The order with the buyer as corrected; everything else stays the shop's word."""
    if correction is None:
        return order
    buyer = replace(order.buyer, tax_id=correction.tax_id, company_name=correction.company_name)
    if not correction.is_renamed:
        return replace(order, buyer=buyer)
    return replace(
        order,
        buyer=replace(buyer, full_name=correction.name),
        billing=replace(order.billing, name=correction.name, surname=""),
        corrected_name=correction.name,
    )


def problem_with(order: OrderSnapshot, correction: BuyerCorrection) -> str:
    """Why the tax id cannot be used, in English; empty if it can. Abroad no check is known for most."""
    if is_abroad(order.billing):
        return ""
    read = read_tax_id(correction.tax_id, phone=order.buyer.phone)
    if read.state is TaxIdState.INVALID:
        return read.remark
    is_company = sum(char.isalnum() for char in correction.company_name) > 1
    return "a company needs its tax id" if is_company and read.state is TaxIdState.MISSING else ""
