"""The credit note over a whole document, and plans as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from invoicing.domain.credit import build_credit_note
from invoicing.domain.plan import DocumentKind, DocumentPlan
from invoicing.domain.plan_json import plan_from_json, plan_to_json

from .orders import build, order_line, snapshot


def credit(original: DocumentPlan, **changes: str) -> DocumentPlan:
    values = {"original_provider_id": "501", "original_number": "FR 2026/7", "reason": "Encomenda anulada"}
    return build_credit_note(
        original, reference="LOJA-1001-NC1", issued_on=date(2026, 8, 2), **values | changes
    )


def test_a_credit_note_repeats_the_whole_document() -> None:
    original = build(snapshot(order_line(quantity=Decimal(80), unit_price=Decimal("3.33"))))

    note = credit(original)

    assert note.kind is DocumentKind.CREDIT_NOTE
    assert (note.lines, note.customer, note.figures) == (original.lines, original.customer, original.figures)
    assert (note.reference, note.original_provider_id) == ("LOJA-1001-NC1", "501")
    assert note.issued_on == note.due_on == date(2026, 8, 2)
    assert note.observations == "Anula o documento FR 2026/7. Motivo: Encomenda anulada."


def test_a_reason_is_always_printed() -> None:
    assert credit(build(), reason="\n ").observations.endswith("Motivo: Anulação da encomenda.")


def test_only_a_finalized_invoice_can_be_credited() -> None:
    with pytest.raises(ValueError, match="credit note"):
        credit(credit(build()))
    with pytest.raises(ValueError, match="finalized"):
        credit(build(), original_number="")


def test_a_plan_survives_json() -> None:
    for plan in (build(), credit(build())):
        text = json.dumps(plan_to_json(plan))

        assert plan_from_json(json.loads(text)) == plan


def test_json_holds_decimals_as_plain_text_and_iso_dates() -> None:
    values = plan_to_json(replace(build(), figures=replace(build().figures, sum=Decimal("1E+2"))))

    assert values["figures"]["sum"] == "100"
    assert values["issued_on"] == "2026-07-01"
    assert values["kind"] == "invoice_receipt"


@pytest.mark.parametrize("change", [{"format": 2}, {"lines": [{}]}, {"figures": {"sum": "x"}}, {"kind": "?"}])
def test_json_that_is_no_plan_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"plan|valid"):
        plan_from_json(plan_to_json(build()) | change)
