"""The checker turns red for every single thing that is wrong; it is no use otherwise."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.real.history import Attempt, Findings, History, Seen, compare

REFERENCE = "LOJA-10001-FT1"


def paper(number: int = 7, reference: str = REFERENCE, **changes: Any) -> dict[str, Any]:
    known = {"type": "InvoiceReceipt", "status": "settled", "total": "12.30"}
    return {"id": number, "reference": reference, **known, **changes}


def note(**changes: Any) -> dict[str, Any]:
    return paper(8, "LOJA-10001-NC1", type="CreditNote", status="final", **changes)


def row(**changes: Any) -> dict[str, Any]:
    known = {"outcome": "issued", "hold_reason": None, "status": "settled", "provider_id": "7"}
    return {**known, "reference": REFERENCE, "paid_total": "12.30", **changes}


def history(status: str = "paid") -> History:
    told = History(statuses={10001: status})
    told.add(Attempt(10001, "order_paid", "digest", 5.0, 0.1, 200))
    return told


WELL = Seen(
    rows={10001: row()},
    papers=[paper()],
    entries=[{"external_id": "7"}],
    mailed=Counter([REFERENCE]),
    deliveries=Counter([("order_paid", "digest")]),
    held_mails=frozenset(),
)


def numbers(findings: Findings) -> tuple[int, int, int]:
    return findings.duplicates, findings.lost, len(findings.words)


def test_a_run_in_which_all_went_well_has_no_findings() -> None:
    assert numbers(compare(history(), WELL)) == (0, 0, 0)


def test_a_webhook_without_acknowledgement_promises_nothing() -> None:
    told = History(statuses={10001: "paid"})
    told.add(Attempt(10001, "order_paid", "digest", 5.0, 0.1, 503))
    nothing = replace(WELL, rows={}, papers=[], entries=[], mailed=Counter(), deliveries=Counter())

    assert numbers(compare(told, nothing)) == (0, 0, 0)


def test_a_cancelled_order_ends_credited_or_without_document() -> None:
    credited = replace(
        WELL,
        rows={10001: row(outcome="credited")},
        papers=[paper(), note()],
        entries=[{"external_id": "7"}, {"external_id": "8"}],
        mailed=Counter([REFERENCE, "LOJA-10001-NC1"]),
    )
    deleted = replace(
        WELL, rows={10001: row(outcome="deleted", status="deleted")}, papers=[paper(status="deleted")]
    )

    assert numbers(compare(history("canceled"), credited)) == (0, 0, 0)
    assert numbers(compare(history("canceled"), deleted)) == (0, 0, 0)
    assert numbers(compare(history("canceled"), WELL)) == (0, 1, 1)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"deliveries": Counter()}, (0, 1, 1)),
        ({"deliveries": Counter({("order_paid", "digest"): 2})}, (1, 0, 1)),
        ({"rows": {}}, (0, 1, 1)),
        ({"papers": [paper(), paper(9)], "entries": [{"external_id": "7"}, {"external_id": "9"}]}, (2, 0, 2)),
        ({"papers": [paper(), paper(9, status="deleted")]}, (0, 0, 0)),
        ({"papers": [paper(), note()]}, (0, 2, 2)),
        ({"papers": [paper(), paper(9, "LOJA-777-FT1")]}, (0, 0, 1)),
        ({"papers": [paper(total="12.31")]}, (0, 0, 1)),
        ({"papers": [paper(status="draft")], "rows": {10001: row(status="draft")}}, (0, 1, 1)),
        ({"rows": {10001: row(outcome="pending")}}, (0, 1, 1)),
        ({"rows": {10001: row(outcome="held", hold_reason="internal")}}, (0, 1, 1)),
        ({"rows": {10001: row(status="final")}}, (0, 0, 1)),
        ({"entries": []}, (0, 1, 1)),
        ({"entries": [{"external_id": "7"}] * 2}, (1, 0, 1)),
        ({"mailed": Counter()}, (0, 1, 1)),
        ({"mailed": Counter({REFERENCE: 2})}, (1, 0, 1)),
        ({"mailed": Counter(), "held_mails": frozenset({REFERENCE})}, (0, 0, 0)),
        ({"mailed": Counter({REFERENCE: 2}), "held_mails": frozenset({REFERENCE})}, (1, 0, 1)),
    ],
)
def test_each_thing_that_is_wrong_is_found(change: dict[str, Any], found: tuple[int, int, int]) -> None:
    assert numbers(compare(history(), replace(WELL, **change))) == found


def test_holds_that_are_expected_are_counted_and_no_loss() -> None:
    held = replace(WELL, rows={10001: row(outcome="held", hold_reason="crashed")})

    findings = compare(history(), held, may_be_held_for=("crashed",))

    assert numbers(findings) == (0, 0, 0)
    assert findings.held == {"crashed": 1}
