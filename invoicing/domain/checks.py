"""Whether what a provider stored is what was planned.

Compared are the facts that must not differ. Left out is what a provider may change lawfully: observations
(it appends legal texts), a known client's address and code, how numbers are written, missing empty members.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoicing.domain.exactness import all_predictions
from invoicing.domain.plan import (
    DocumentKind,
    DocumentPlan,
    Figures,
    PlanLine,
    StoredDocument,
    StoredLine,
    Tax,
)
from invoicing.domain.tax_ids import FINAL_CONSUMER_NIF, TaxIdState, read_tax_id
from invoicing.domain.texts import folded
from stores.domain.money import ZERO

_NO_EXEMPTION = "M00"
_LINE_FACTS = ("key", "quantity", "unit price", "discount %", "VAT %")


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that is not as planned; both sides as text for people."""

    field: str
    sent: str
    stored: str


def fingerprint(plan: DocumentPlan) -> str:
    """SHA-256 in hex over the facts of a plan; equal to `fingerprint_stored` of a faithful copy."""
    return _digest(_plan_facts(plan))


def fingerprint_stored(stored: StoredDocument) -> str:
    """SHA-256 in hex over the same facts of a stored document."""
    return _digest(_stored_facts(stored))


def differences(plan: DocumentPlan, stored: StoredDocument) -> list[Difference]:
    """What differs, in the order of reading; empty when the fingerprints are equal.

    A client that the provider knows already keeps the name that it has there, so for the same client
    (our code, or the same tax id) another spelling of the name is no difference.
    """
    sent, kept = _plan_facts(plan), _stored_facts(stored)
    if _is_same_client(plan, stored):
        kept["customer"] = sent["customer"]
    names = [*sent, *(name for name in kept if name not in sent)]
    return [
        Difference(name, sent.get(name, ""), kept.get(name, ""))
        for name in names
        if sent.get(name) != kept.get(name)
    ]


def _is_same_client(plan: DocumentPlan, stored: StoredDocument) -> bool:
    if plan.customer.is_final_consumer or _plain_id(plan.customer.fiscal_id) != _plain_id(stored.fiscal_id):
        return False
    return bool(_plain_id(stored.fiscal_id)) or stored.customer_code == plan.customer.code


def _digest(facts: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(list(facts.items())).encode()).hexdigest()


def _plan_facts(plan: DocumentPlan) -> dict[str, str]:
    rows = [
        (line.sku, line.quantity, line.unit_price, line.discount_percent, line.tax.rate)
        for line in plan.lines
    ]
    return _facts(
        kind=plan.kind,
        reference=plan.reference,
        issued_on=plan.issued_on,
        name=plan.customer.name,
        fiscal_id=plan.customer.fiscal_id,
        exemption_code=plan.exemption_code,
        rows=rows,
        figures=_settled(plan.figures, plan.lines),
        withholding=ZERO,
    )


def _stored_facts(stored: StoredDocument) -> dict[str, str]:
    rows = [
        (line.name, line.quantity, line.unit_price, line.discount_percent, line.tax_rate)
        for line in stored.lines
    ]
    return _facts(
        kind=stored.kind,
        reference=stored.reference,
        issued_on=stored.issued_on,
        name=stored.customer_name,
        fiscal_id=stored.fiscal_id,
        exemption_code=stored.exemption_code,
        rows=rows,
        figures=_settled(stored.figures, [_as_planned(line) for line in stored.lines]),
        withholding=stored.withholding,
    )


_Row = tuple[str, Decimal, Decimal, Decimal, Decimal]


def _facts(
    *,
    kind: DocumentKind | None,
    reference: str,
    issued_on: date | None,
    name: str,
    fiscal_id: str,
    exemption_code: str,
    rows: Sequence[_Row],
    figures: Figures,
    withholding: Decimal,
) -> dict[str, str]:
    exempt = any(row[4] == ZERO for row in rows)
    facts = {
        "kind": kind.value if kind else "another",
        "reference": reference,
        "date": issued_on.isoformat() if issued_on else "",
        "customer": folded(name),
        "tax id": _plain_id(fiscal_id),
        "exemption": _plain_exemption(exemption_code) if exempt else "",
        "lines": str(len(rows)),
    }
    for position, (key, *numbers) in enumerate(rows, start=1):
        values = (folded(key), *(_number(value) for value in numbers))
        facts |= {f"line {position} {name}": value for name, value in zip(_LINE_FACTS, values, strict=True)}
    facts |= {
        "sum": _amount(figures.sum),
        "discount": _amount(figures.discount),
        "before taxes": _amount(figures.before_taxes),
        "taxes": _amount(figures.taxes),
        "total": _amount(figures.total),
    }
    if withholding:
        # The buyer paid in full: a document that says otherwise is somebody's change or an account's default.
        facts["withholding %"] = _number(withholding)
    return facts


def _settled(figures: Figures, lines: Sequence[PlanLine]) -> Figures:
    """The figures as the first reading of the arithmetic gives them, where any open reading explains them.

    The total is never replaced: every reading must come to what was paid.
    """
    readings = all_predictions(lines)
    if not any(_same_parts(figures, reading) for reading in readings):
        return figures
    first = readings[0]
    return Figures(first.sum, first.discount, first.before_taxes, first.taxes, figures.total)


def _same_parts(left: Figures, right: Figures) -> bool:
    return (left.sum, left.discount, left.before_taxes, left.taxes) == (
        right.sum,
        right.discount,
        right.before_taxes,
        right.taxes,
    )


def _as_planned(line: StoredLine) -> PlanLine:
    return PlanLine(
        sku=line.name,
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        tax=Tax(line.tax_name, line.tax_rate),
        discount_percent=line.discount_percent,
    )


def _plain_id(fiscal_id: str) -> str:
    """The placeholder of the final consumer counts as none; a prefix and separators as not written."""
    if not fiscal_id or fiscal_id == FINAL_CONSUMER_NIF:
        return ""
    read = read_tax_id(fiscal_id)
    return read.number if read.state is TaxIdState.VALID else fiscal_id


def _plain_exemption(code: str) -> str:
    return "" if code == _NO_EXEMPTION else code


def _number(value: Decimal) -> str:
    return format(value.normalize(), "f") if value else "0"


def _amount(value: Decimal) -> str:
    return format(value, ".2f") if value == round(value, 2) else _number(value)
