"""A plan as JSON values and back: decimals as strings, dates as ISO 8601."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from invoicing.domain.plan import Customer, DocumentKind, DocumentPlan, Figures, PlanLine, Tax, Why

FORMAT = 1


def plan_to_json(plan: DocumentPlan) -> dict[str, Any]:
    """JSON-ready values, complete; `plan_from_json` gives back an equal plan."""
    return {"format": FORMAT, **plain(asdict(plan))}


def plan_from_json(values: Mapping[str, Any]) -> DocumentPlan:
    """The plan that was written.

    Raises:
        ValueError: another format, a missing member or a value that cannot be read.
    """
    if values.get("format") != FORMAT:
        raise ValueError(f"a plan in format {values.get('format')!r} cannot be read")
    try:
        return _plan(values)
    except (KeyError, TypeError, ArithmeticError) as error:
        raise ValueError(f"not a plan: {error!r}") from error


def plain(value: Any) -> Any:
    """Dataclass values as JSON has them: decimals and dates as texts, tuples as lists."""
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [plain(member) for member in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Enum) else value


def _plan(values: Mapping[str, Any]) -> DocumentPlan:
    return DocumentPlan(
        kind=DocumentKind(values["kind"]),
        reference=values["reference"],
        customer=Customer(**values["customer"]),
        lines=tuple(_line(line) for line in values["lines"]),
        currency=values["currency"],
        issued_on=date.fromisoformat(values["issued_on"]),
        due_on=date.fromisoformat(values["due_on"]),
        figures=Figures(**{name: Decimal(amount) for name, amount in values["figures"].items()}),
        exemption_code=values["exemption_code"],
        observations=values["observations"],
        series=values["series"],
        # Documents of before sales abroad were decided on were all sold at home.
        supply=values.get("supply", "domestic"),
        destination=values.get("destination", "PT"),
        deliver_to=values["deliver_to"],
        original_provider_id=values["original_provider_id"],
        why=tuple(Why(**why) for why in values["why"]),
    )


def _line(values: Mapping[str, Any]) -> PlanLine:
    tax = values["tax"]
    return PlanLine(
        sku=values["sku"],
        description=values["description"],
        quantity=Decimal(values["quantity"]),
        unit_price=Decimal(values["unit_price"]),
        tax=Tax(name=tax["name"], rate=Decimal(tax["rate"]), region=tax["region"]),
        discount_percent=Decimal(values["discount_percent"]),
        is_shipping=values["is_shipping"],
        exemption_code=values["exemption_code"],
    )
