"""Documents as an accountant takes them away: one flat row each, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from invoicing.domain.by_rate import Taxed, by_rate, signed
from invoicing.domain.mechanisms import mechanism_of
from invoicing.domain.plan import DocumentKind, DocumentPlan, DocumentStatus
from invoicing.domain.plan_json import plan_from_json
from invoicing.models import Document
from invoicing.models.document import KIND_PREFIXES
from stores.models import Store
from stores.platform import platform_for
from stores.services import in_zone

# What has, or had, a number: a cancelled document keeps its own, and no number may be missing.
NUMBERED = (DocumentStatus.FINAL, DocumentStatus.SETTLED, DocumentStatus.CANCELED)
_CHUNK = 500
_COLUMNS = (
    "order__store_id",
    "order__shop_order_id",
    "order__payload",
    "kind",
    "number",
    "reference",
    "atcud",
    "series",
    "status",
    "issued_on",
    "paid_at",
    "finalized_at",
    "customer_name",
    "customer_tax_id",
    "supply",
    "destination",
    "currency",
    "net_total",
    "tax_total",
    "gross_total",
    "plan",
    "original__kind",
    "original__number",
    "original__issued_on",
    "reason",
)


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One document. Codes are the stored ones; days and times are the store's, times without a zone.

    Amounts may be summed over rows: those of a credit note are negative, those of a cancelled document zero.
    """

    store: str
    store_code: str
    order_id: str
    kind: str
    number: str  # with the prefix of its kind; empty: a draft
    reference: str
    atcud: str
    series: str
    status: str
    issued_on: date
    paid_on: date | None  # of invoices only: a note is no payment
    finalized_at: datetime | None
    customer: str
    tax_id: str  # as printed: empty where the document names none, as a final consumer's
    country: str  # the customer's, ISO 3166-1 alpha-2
    supply: str
    destination: str
    regions: str  # of the rates: "PT", "PT-AC", "PT-MA" or a country; empty: the account's own
    currency: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    # By rate in percent; they come to `net` and `tax` exactly. None: the plan does not tell the rates.
    by_rate: Mapping[Decimal | None, Taxed]
    exemption_codes: str
    payment_method: str  # in the shop's words
    mechanism: str  # the code of the tax authority's file for it
    original_number: str
    original_on: date | None
    reason: str


def export_rows_of(documents: QuerySet[Document]) -> Iterator[ExportRow]:
    """The documents by date of issue: two queries, and never more than some hundred rows of the database
    in memory."""
    stores = Store.objects.in_bulk()
    found = documents.order_by("issued_on", "pk").values(*_COLUMNS)
    for values in found.iterator(chunk_size=_CHUNK):
        yield _row(values, stores[values["order__store_id"]])


def _row(values: Mapping[str, Any], store: Store) -> ExportRow:
    plan = _plan(values["plan"])
    sign = _sign(values)
    method, mechanism = _payment(values["order__payload"], store)
    paid_at, finalized_at = values["paid_at"], values["finalized_at"]
    is_note = values["kind"] == DocumentKind.CREDIT_NOTE
    return ExportRow(
        store=str(store),
        store_code=store.code,
        order_id=values["order__shop_order_id"],
        kind=values["kind"],
        number=_number(values["kind"], values["number"]),
        reference=values["reference"],
        atcud=values["atcud"],
        series=values["series"],
        status=values["status"],
        issued_on=values["issued_on"],
        paid_on=in_zone(store, paid_at).date() if paid_at and not is_note else None,
        finalized_at=in_zone(store, finalized_at).replace(tzinfo=None) if finalized_at else None,
        customer=values["customer_name"],
        tax_id=values["customer_tax_id"],
        country=plan.customer.country_code if plan else "",
        supply=values["supply"],
        destination=values["destination"],
        regions=_joined(line.tax.region for line in plan.lines) if plan else "",
        currency=values["currency"],
        net=signed(values["net_total"], sign),
        tax=signed(values["tax_total"], sign),
        gross=signed(values["gross_total"], sign),
        by_rate={rate: taxed.signed(sign) for rate, taxed in _by_rate(values, plan)},
        exemption_codes=_exemptions(plan) if plan else "",
        payment_method=method,
        mechanism=mechanism,
        original_number=_number(values["original__kind"], values["original__number"]),
        original_on=values["original__issued_on"],
        reason=values["reason"] if is_note else "",
    )


def _sign(values: Mapping[str, Any]) -> int:
    if values["status"] == DocumentStatus.CANCELED:
        return 0
    return -1 if values["kind"] == DocumentKind.CREDIT_NOTE else 1


def _number(kind: str | None, number: str | None) -> str:
    return f"{KIND_PREFIXES[kind]} {number}" if kind and number else ""


def _plan(value: Any) -> DocumentPlan | None:
    """None: a plan that this version cannot read. Its document is listed all the same."""
    try:
        return plan_from_json(value)
    except ValueError:
        return None


def _by_rate(values: Mapping[str, Any], plan: DocumentPlan | None) -> Iterable[tuple[Decimal | None, Taxed]]:
    net, tax = values["net_total"], values["tax_total"]
    if plan is not None:
        try:
            return by_rate(plan.lines, net=net, tax=tax).items()
        except ValueError:
            pass  # another arithmetic than ours: told as a whole, so that the columns still add up
    return [(None, Taxed(net, tax))]


def _exemptions(plan: DocumentPlan) -> str:
    return _joined([plan.exemption_code, *(line.exemption_code for line in plan.lines)])


def _payment(payload: str, store: Store) -> tuple[str, str]:
    """The shop's words and what they mean; both empty where it says nothing."""
    facts = platform_for(store).read_facts(payload)
    words = facts.payment_method or facts.payment_type
    return words, mechanism_of(facts.payment_method, facts.payment_type) if words else ""


def _joined(values: Iterable[str]) -> str:
    return ", ".join(sorted({value for value in values if value}))
