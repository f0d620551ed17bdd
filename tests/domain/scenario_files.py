"""The golden orders in `tests/scenarios`: what a shop sends, and the document or the hold it must become."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from invoicing.domain.build import build_document
from invoicing.domain.plan import DocumentPlan, DocumentRole, Tax
from invoicing.domain.profile import Profile, parse_profile
from invoicing.domain.reference import reference_for
from invoicing.domain.supply import vat_number_to_check
from invoicing.domain.vat_numbers import VatAnswer, VatCheck
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
    paid_on: date = PAID_ON
    account_taxes: tuple[Tax, ...] = ACCOUNT_TAXES
    vies: dict[str, Any] | None = None
    accept_other_region: bool = False

    @property
    def payload(self) -> str:
        return json.dumps(self.order)

    def snapshot(self) -> OrderSnapshot:
        return parse_order(self.payload)

    def vat_check(self, snapshot: OrderSnapshot, profile: Profile) -> VatCheck | None:
        """What VIES said of the number that the document depends on, if it depends on one."""
        number = vat_number_to_check(snapshot, profile)
        if number is None or self.vies is None:
            return None
        moment = datetime.combine(self.paid_on, time(9, 30), tzinfo=UTC)
        return VatCheck(number, VatAnswer(self.vies["answer"]), moment, self.vies.get("consultation", ""))

    def build(self) -> DocumentPlan:
        snapshot = self.snapshot()
        profile = parse_profile(self.profile)
        return build_document(
            snapshot,
            profile,
            reference=reference_for(PREFIX, snapshot.shop_order_id, DocumentRole.INVOICE, 1),
            issued_on=self.issued_on,
            paid_on=self.paid_on,
            account_taxes=self.account_taxes,
            code_prefix=PREFIX,
            vat_check=self.vat_check(snapshot, profile),
            accept_other_region=self.accept_other_region,
        )


def load_scenario(path: Path) -> Scenario:
    values = json.loads(path.read_text(encoding="utf-8"))
    paid_on = date.fromisoformat(values.get("paid_on", PAID_ON.isoformat()))
    more = [Tax(name, Decimal(rate), region) for name, rate, region in values.get("more_taxes", [])]
    return Scenario(
        name=path.stem,
        about=values["about"],
        order=values["order"],
        profile=values.get("profile", {}),
        issued_on=date.fromisoformat(values.get("issued_on", paid_on.isoformat())),
        expected=values["expected"],
        paid_on=paid_on,
        account_taxes=(*ACCOUNT_TAXES, *more),
        vies=values.get("vies"),
        accept_other_region=values.get("accept_other_region", False),
    )


def all_scenarios() -> list[Scenario]:
    return [load_scenario(path) for path in sorted(FOLDER.glob("*.json"))]


def summary(plan: DocumentPlan) -> dict[str, Any]:
    """What a scenario file fixes of a document; decimals as plain strings."""
    customer = plan.customer
    abroad = {"supply": plan.supply, "destination": plan.destination} if plan.supply != "domestic" else {}
    if customer.country_code not in ("", "PT"):
        abroad["country"] = customer.country_code
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
        **abroad,
    }
