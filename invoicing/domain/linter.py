"""The last look at a document before it gets its number: small named checks of what the law wants.

They repeat nothing that built the document; they look at the result, whoever changed it meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from invoicing.domain.customer import SIMPLIFIED_LIMIT_BUSINESS, SIMPLIFIED_LIMIT_CONSUMER
from invoicing.domain.exemptions import (
    EXPORT,
    INTRA_EU,
    ExemptionUse,
    exemption,
    problem_with,
)
from invoicing.domain.plan import DocumentKind, DocumentPlan
from invoicing.domain.supply import HOME, SMALL_BUSINESS_CODES, SupplyKind
from invoicing.domain.tax_ids import TaxIdState, read_tax_id
from invoicing.domain.vat_numbers import PREFIXES
from invoicing.domain.working_days import fifth_working_day
from stores.domain.money import ZERO

_FAR_DAYS = 31
_OTHER_STATES = PREFIXES - {HOME}
SERIES_CHECK = "series_not_registered"
# Lei 47/2020: EUR without VAT in a calendar year, to consumers of all other Member States together. The sale
# that crosses it is taxed in the buyer's country already.
EU_CONSUMER_LIMIT = Decimal(10_000)


class Severity(StrEnum):
    """INFO is only shown; HOLD waits until a person finalizes it; BLOCK gets no number at all."""

    INFO = "info"
    HOLD = "hold"
    BLOCK = "block"


_GRAVITY = (Severity.BLOCK, Severity.HOLD, Severity.INFO)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `check` is its name, stored and translated; `detail` the figures."""

    check: str
    severity: Severity
    detail: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a document alone does not tell. None: not known, and then not judged."""

    today: date
    paid_on: date | None = None
    dispatched_on: date | None = None  # of goods that were not paid: the day on which we saw that they left
    charged_rates: frozenset[Decimal] | None = None  # percent, as the shop charged them
    series_is_registered: bool | None = None
    eu_consumer_net: Decimal | None = None  # EUR in a year, with this document


def lint(plan: DocumentPlan, circumstances: Circumstances) -> tuple[Finding, ...]:
    """Everything that was found, the gravest first; empty for a document without reproach."""
    found = [finding for check in _CHECKS for finding in check(plan, circumstances)]
    return tuple(sorted(found, key=lambda finding: _GRAVITY.index(finding.severity)))


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The gravest of them; None if there are none."""
    present = {finding.severity for finding in findings}
    return next((each for each in _GRAVITY if each in present), None)


def _code_without_zero(plan: DocumentPlan, _: Circumstances) -> Iterable[Finding]:
    if plan.exemption_code and not _is_exempt(plan):
        yield _block("code_without_zero_rate", f"{plan.exemption_code}, and no line is at 0 %")
    if _is_exempt(plan) and not plan.exemption_code:
        yield _block("zero_rate_without_code", "a line is at 0 % and no reason is given", "CIVA 36 (5)(e)")


def _is_exempt(plan: DocumentPlan) -> bool:
    return any(line.tax.rate == ZERO for line in plan.lines)


def _retired_code(plan: DocumentPlan, known: Circumstances) -> Iterable[Finding]:
    if plan.exemption_code and plan.kind is not DocumentKind.CREDIT_NOTE:
        # The day on which it was chosen: the document's own may be later.
        problem = problem_with(plan.exemption_code, known.paid_on or plan.issued_on)
        if problem:
            yield _block("code_not_in_force", problem)


def _code_of_another_sale(plan: DocumentPlan, _: Circumstances) -> Iterable[Finding]:
    if plan.exemption_code == EXPORT and plan.supply not in (SupplyKind.EXPORT, SupplyKind.DOMESTIC):
        yield _block("code_of_another_supply", f"{EXPORT} is for goods that leave the EU", "CIVA 14")
    if plan.exemption_code == INTRA_EU and plan.supply not in (SupplyKind.INTRA_EU, SupplyKind.DOMESTIC):
        yield _block("code_of_another_supply", f"{INTRA_EU} is for businesses in the EU", "RITI 14")
    known = exemption(plan.exemption_code) if plan.exemption_code else None
    if known is None or plan.supply != SupplyKind.DOMESTIC or not _is_exempt(plan):
        return
    if known.applies in (ExemptionUse.EXPORT, ExemptionUse.INTRA_EU_GOODS):
        yield _block(
            "domestic_sale_as_abroad", f"{known.code} is for goods that leave the country", "CIVA 14"
        )
    elif known.applies is not ExemptionUse.REGIME:
        yield Finding("domestic_sale_without_vat", Severity.INFO, f"{known.code}, {known.basis}")


def _small_business_with_vat(plan: DocumentPlan, _: Circumstances) -> Iterable[Finding]:
    if plan.exemption_code in SMALL_BUSINESS_CODES and _is_exempt(plan):
        taxed = sorted({line.tax.rate for line in plan.lines if line.tax.rate})
        if taxed:
            rates = ", ".join(f"{rate.normalize():f} %" for rate in taxed)
            yield Finding("small_business_with_vat", Severity.INFO, f"lines at {rates}", "CIVA 53")


def _untaxed_shipping(plan: DocumentPlan, _: Circumstances) -> Iterable[Finding]:
    goods_taxed = any(line.tax.rate and not line.is_shipping for line in plan.lines)
    if goods_taxed and any(line.is_shipping and not line.tax.rate for line in plan.lines):
        yield Finding(
            "shipping_without_vat",
            Severity.INFO,
            f"the goods carry VAT; {plan.exemption_code}",
            "CIVA 16 (5)",
        )


def _tax_id_and_country(plan: DocumentPlan, _: Circumstances) -> Iterable[Finding]:
    customer = plan.customer
    is_home = customer.country_code in ("", HOME)
    if customer.fiscal_id and is_home and read_tax_id(customer.fiscal_id).state is not TaxIdState.VALID:
        yield _block("tax_id_is_no_nif", "the buyer lives in Portugal, and the tax id is no NIF")
    if plan.supply == SupplyKind.INTRA_EU and (is_home or customer.fiscal_id[:2] not in _OTHER_STATES):
        yield _block("business_abroad_without_number", "no VAT number of another Member State", "RITI 14")


def _consumer_with_company_number(plan: DocumentPlan, _: Circumstances) -> Iterable[Finding]:
    tax_id = read_tax_id(plan.customer.fiscal_id)
    if plan.customer.is_final_consumer and plan.supply != SupplyKind.DOMESTIC:
        yield _block("final_consumer_abroad", "nobody is named for a sale that leaves the country")
    if plan.customer.is_final_consumer and plan.customer.fiscal_id:
        yield _block("final_consumer_with_number", "the final consumer has no tax id")
    elif tax_id.state is TaxIdState.VALID and tax_id.number[0] == "5" and _looks_private(plan):
        yield Finding("company_number_with_private_name", Severity.INFO, plan.customer.name)


def _looks_private(plan: DocumentPlan) -> bool:
    """A NIF that begins with 5 is a company's; its name rarely has two plain words alone."""
    words = plan.customer.name.split()
    return 1 < len(words) <= 3 and all(word.isalpha() and word.istitle() for word in words)


def _rate_not_charged(plan: DocumentPlan, known: Circumstances) -> Iterable[Finding]:
    if known.charged_rates is None or plan.kind is DocumentKind.CREDIT_NOTE:
        return
    for rate in sorted({line.tax.rate for line in plan.lines if not line.is_shipping}):
        if rate not in known.charged_rates:
            yield _block("rate_not_charged", f"{rate.normalize():f} %, which the shop did not charge")


def _simplified_limit(plan: DocumentPlan, _: Circumstances) -> Iterable[Finding]:
    if plan.kind is not DocumentKind.SIMPLIFIED_INVOICE:
        return
    business = read_tax_id(plan.customer.fiscal_id).is_taxable_person
    limit = SIMPLIFIED_LIMIT_BUSINESS if business else SIMPLIFIED_LIMIT_CONSUMER
    if plan.figures.total > limit:
        yield _block("above_simplified_limit", f"{plan.figures.total} EUR; up to {limit}", "CIVA 40 (1)")
    if plan.supply != SupplyKind.DOMESTIC:
        yield _block("simplified_for_abroad", "a simplified invoice is for sales at home", "CIVA 40")


def _date_far_from_payment(plan: DocumentPlan, known: Circumstances) -> Iterable[Finding]:
    if plan.issued_on > known.today:
        yield _block("date_in_the_future", plan.issued_on.isoformat())
    if known.paid_on is not None and abs((plan.issued_on - known.paid_on).days) > _FAR_DAYS:
        detail = f"dated {plan.issued_on.isoformat()}, paid on {known.paid_on.isoformat()}"
        yield Finding("date_far_from_payment", Severity.INFO, detail, "CIVA 36 (1)")


def _late_number(_plan: DocumentPlan, known: Circumstances) -> Iterable[Finding]:
    """A draft does not stop the clock."""
    if known.dispatched_on is None or known.paid_on is not None:
        return
    due = fifth_working_day(known.dispatched_on)
    if known.today > due:
        yield Finding("number_is_late", Severity.INFO, f"due by {due.isoformat()}", "CIVA 36 (1)(a)")


def _eu_limit(plan: DocumentPlan, known: Circumstances) -> Iterable[Finding]:
    net = known.eu_consumer_net
    if plan.supply == SupplyKind.EU_CONSUMER and net is not None and net > EU_CONSUMER_LIMIT:
        detail = f"{net} EUR without VAT in a year; up to {EU_CONSUMER_LIMIT}"
        yield Finding("above_eu_limit", Severity.HOLD, detail, "Lei 47/2020")


def _series(_plan: DocumentPlan, known: Circumstances) -> Iterable[Finding]:
    if known.series_is_registered is False:
        yield _block(SERIES_CHECK, "its numbers would carry no ATCUD", "DL 28/2019")


def _block(check: str, detail: str, source: str = "") -> Finding:
    return Finding(check, Severity.BLOCK, detail, source)


_CHECKS = (
    _code_without_zero,
    _retired_code,
    _code_of_another_sale,
    _small_business_with_vat,
    _untaxed_shipping,
    _tax_id_and_country,
    _consumer_with_company_number,
    _rate_not_charged,
    _simplified_limit,
    _date_far_from_payment,
    _late_number,
    _eu_limit,
    _series,
)
