"""The tax of each line of one sale: its rate, or the reason why it has none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoicing.domain.plan import Tax, Why
from invoicing.domain.profile import Profile
from invoicing.domain.supply import Supply
from invoicing.domain.taxes import tax_for, zero_tax
from invoicing.domain.zero_rate import exemption_for, in_force, shipping_exemption_for


@dataclass(frozen=True, slots=True)
class LineTax:
    """`code` only at 0 %."""

    tax: Tax
    code: str
    why: Why


@dataclass(frozen=True, slots=True)
class SaleTaxes:
    """What decides the taxes of one sale. `on` is the day on which the tax became due."""

    supply: Supply
    profile: Profile
    account_taxes: tuple[Tax, ...]
    on: date
    accept_other_region: bool = False

    def of_goods(self, sku: str, rate: Decimal | None) -> LineTax:
        """A rate of None: the shop named no tax, which is "exempt" or "not set up"; both need a reason.

        Raises:
            Hold: see `tax_for` and `exemption_for`.
        """
        if rate:
            return self._taxed(rate)
        code, why = exemption_for(sku, _said(rate), self.supply, self.profile, on=self.on)
        return self._untaxed(code, why, rate)

    def of_shipping(self, rate: Decimal | None) -> LineTax:
        """Delivery at the rate that the shop charged on it.

        Raises:
            Hold: see `tax_for` and `shipping_exemption_for`.
        """
        if rate:
            return self._taxed(rate)
        code, why = shipping_exemption_for(_said(rate), self.supply, self.profile, on=self.on)
        return self._untaxed(code, why, rate)

    def exempt_shipping(self, rate: Decimal | None) -> LineTax:
        """Delivery that the settings call exempt beside taxed goods.

        Raises:
            Hold: EXEMPTION_NOT_IN_FORCE or UNKNOWN_TAX_RATE.
        """
        code, why = in_force(
            self.profile.shipping_exemption_code, _said(rate), "setting shipping_exemption_code", self.on
        )
        return self._untaxed(code, why, rate)

    def _taxed(self, rate: Decimal) -> LineTax:
        tax, why = tax_for(
            rate,
            self.supply,
            self.account_taxes,
            region=self.profile.vat_region,
            on=self.on,
            accept_other_region=self.accept_other_region,
        )
        return LineTax(tax, "", why)

    def _untaxed(self, code: str, why: Why, rate: Decimal | None) -> LineTax:
        tax = zero_tax(self.account_taxes, region=self.profile.vat_region, said=_said(rate))
        return LineTax(tax, code, why)


def _said(rate: Decimal | None) -> str:
    return "the shop named no tax" if rate is None else "the shop charged 0 %"
