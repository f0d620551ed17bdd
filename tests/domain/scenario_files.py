"""The golden orders in `tests/scenarios`: what a shop sends, and the document or the hold it must become."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from invoicing.domain.build import build_document
from invoicing.domain.plan import DocumentPlan, DocumentRole, Tax
from invoicing.domain.profile import parse_profile
from invoicing.domain.reference import reference_for
from jumpseller_sync.parsing import parse_order
from stores.domain.order import OrderSnapshot

FOLDER = Path(__file__).parent.parent / "scenarios"
PREFIX = "LOJA"
PAID_ON = date(2026, 7, 1)
# A new mainland account's own taxes.
ACCOUNT_TAXES = (
    Tax("IVA23", Decimal(23), "PT"),
    Tax("IVA13", Decimal(13), "PT"),
    Tax("IVA6", Decimal(6), "PT"),
    Tax("Isento", Decimal(0), "PT"),
)


@dataclass(frozen=True)
class Scenario:
    name: str
    about: str
    order: dict[str, Any]
    profile: dict[str, Any]
    issued_on: date
    expected: dict[str, Any]

    @property
    def payload(self) -> str:
        return json.dumps(self.order)

    def snapshot(self) -> OrderSnapshot:
        return parse_order(self.payload)

    def build(self) -> DocumentPlan:
        snapshot = self.snapshot()
        return build_document(
            snapshot,
            parse_profile(self.profile),
            reference=reference_for(PREFIX, snapshot.shop_order_id, DocumentRole.INVOICE, 1),
            issued_on=self.issued_on,
            paid_on=PAID_ON,
            account_taxes=ACCOUNT_TAXES,
            code_prefix=PREFIX,
        )


def load_scenario(path: Path) -> Scenario:
    values = json.loads(path.read_text(encoding="utf-8"))
    return Scenario(
        name=path.stem,
        about=values["about"],
        order=values["order"],
        profile=values.get("profile", {}),
        issued_on=date.fromisoformat(values.get("issued_on", PAID_ON.isoformat())),
        expected=values["expected"],
    )


def all_scenarios() -> list[Scenario]:
    return [load_scenario(path) for path in sorted(FOLDER.glob("*.json"))]


def summary(plan: DocumentPlan) -> dict[str, Any]:
    """What a scenario file fixes of a document; decimals as plain strings."""
    customer = plan.customer
    return {
        "kind": plan.kind.value,
        "reference": plan.reference,
        "customer": {"name": customer.name, "code": customer.code, "fiscal_id": customer.fiscal_id},
        "lines": [
            " | ".join(
                [
                    line.sku,
                    line.description,
                    f"{line.quantity.normalize():f} x {line.unit_price.normalize():f}",
                    f"-{line.discount_percent.normalize():f} %",
                    line.tax.name,
                ]
            )
            for line in plan.lines
        ],
        "figures": {
            "sum": str(plan.figures.sum),
            "discount": str(plan.figures.discount),
            "before_taxes": str(plan.figures.before_taxes),
            "taxes": str(plan.figures.taxes),
            "total": str(plan.figures.total),
        },
        "exemption_code": plan.exemption_code,
        "observations": plan.observations,
    }
