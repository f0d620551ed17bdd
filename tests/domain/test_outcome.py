"""What an order comes to, as everybody is shown it: from its decision, its documents and its work."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from invoicing.domain.decision import Outcome
from invoicing.domain.lifecycle import OperationState, Verb, may_start, retry_delay
from invoicing.domain.outcome import OrderOutcome, PaperView, WorkView, live_document, order_outcome
from invoicing.domain.plan import DocumentKind, DocumentRole, DocumentStatus, Series

PAPER = PaperView(1, DocumentRole.INVOICE, 1, DocumentStatus.SETTLED, Decimal("12.30"))
NOTE = PaperView(2, DocumentRole.CREDIT_NOTE, 1, DocumentStatus.FINAL, Decimal("12.30"), original_id=1)


def work(state: str, *, is_fiscal: bool = True, reason: str = "") -> WorkView:
    return WorkView(1, Verb.FINALIZE, OperationState(state), is_fiscal, reason)


def seen(
    decided: Outcome | None, *papers: PaperView, reason: str = "", is_open: bool = False, **more: Any
) -> OrderOutcome:
    return order_outcome(decided, reason, papers, more.get("work", ()), refresh_is_open=is_open)


def paper(status: str, **changes: Any) -> PaperView:
    return replace(PAPER, status=DocumentStatus(status), **changes)


def test_an_order_that_nobody_decided_yet_is_pending() -> None:
    found = seen(None, is_open=True)

    assert found == OrderOutcome(Outcome.PENDING, "", None, Decimal(0), OperationState.QUEUED)
    assert seen(None).operation_state is None


@pytest.mark.parametrize("decided", [Outcome.HELD, Outcome.EXCLUDED])
def test_a_reason_of_the_decision_stands(decided: Outcome) -> None:
    found = seen(decided, PAPER, reason="zero_total", work=[work("held", reason="rejected")])

    assert (found.outcome, found.hold_reason) == (decided, "zero_total")


def test_held_fiscal_work_holds_the_order_and_a_held_delivery_does_not() -> None:
    held = seen(Outcome.PENDING, paper("planned"), work=[work("held", reason="rejected")])
    mailed = seen(Outcome.ISSUED, PAPER, work=[work("held", is_fiscal=False, reason="mail_refused")])

    assert (held.outcome, held.hold_reason, held.operation_state) == (
        Outcome.HELD,
        "rejected",
        OperationState.HELD,
    )
    assert (mailed.outcome, mailed.hold_reason) == (Outcome.ISSUED, "")


@pytest.mark.parametrize(
    ("decided", "shown", "expected"),
    [
        (Outcome.NOT_DUE, None, Outcome.NOT_DUE),
        (Outcome.PENDING, None, Outcome.PENDING),
        (Outcome.PENDING, paper("planned"), Outcome.PENDING),
        (Outcome.ISSUED, paper("draft"), Outcome.ISSUED),
        (Outcome.NOT_DUE, PAPER, Outcome.ISSUED),
        (Outcome.ISSUED, paper("settled", is_reversed=True), Outcome.CREDITED),
        (Outcome.PENDING, paper("deleted"), Outcome.PENDING),
        (Outcome.DELETED, paper("deleted"), Outcome.DELETED),
        (Outcome.ISSUED, paper("canceled"), Outcome.DELETED),
        (Outcome.CREDITED, paper("canceled"), Outcome.CREDITED),
    ],
)
def test_the_document_tells_what_the_decision_came_to(
    decided: Outcome, shown: PaperView | None, expected: Outcome
) -> None:
    assert seen(decided, *([shown] if shown else [])).outcome is expected


@pytest.mark.parametrize("state", ["queued", "running"])
def test_open_fiscal_work_makes_it_pending(state: str) -> None:
    assert seen(Outcome.ISSUED, PAPER, work=[work(state)]).outcome is Outcome.PENDING
    assert seen(Outcome.ISSUED, PAPER, work=[work(state, is_fiscal=False)]).outcome is Outcome.ISSUED


def test_a_note_on_the_way_makes_it_pending_and_a_final_one_counts() -> None:
    on_the_way = seen(Outcome.ISSUED, PAPER, replace(NOTE, status=DocumentStatus.DRAFT))
    other = seen(Outcome.ISSUED, PAPER, replace(NOTE, status=DocumentStatus.DRAFT, original_id=9))
    final = seen(Outcome.ISSUED, PAPER, NOTE)

    assert (on_the_way.outcome, on_the_way.credited_total) == (Outcome.PENDING, Decimal(0))
    assert other.outcome is Outcome.ISSUED
    assert final.credited_total == Decimal("12.30")


def test_the_live_document_is_shown_else_the_latest() -> None:
    first = paper("settled", is_reversed=True)
    second = paper("draft", id=3, generation=2)
    third = paper("deleted", id=4, generation=3)

    assert live_document([first, second, third]) == second
    assert live_document([first, third]) == third
    assert live_document([NOTE]) is None


@pytest.mark.parametrize(
    ("states", "is_open", "expected"),
    [
        (("done", "running", "held"), True, OperationState.RUNNING),
        (("done",), True, OperationState.QUEUED),
        (("queued", "held"), False, OperationState.QUEUED),
        (("held", "done"), False, OperationState.HELD),
        (("done", "superseded"), False, OperationState.DONE),
    ],
)
def test_work_is_shown_by_its_liveliest_part(
    states: tuple[str, ...], is_open: bool, expected: OperationState
) -> None:
    found = seen(Outcome.ISSUED, PAPER, is_open=is_open, work=[work(state) for state in states])

    assert found.operation_state is expected


def test_the_ladder_of_tries() -> None:
    steps = [retry_delay(tries, first=2, longest=21_600, jitter=0.5) for tries in range(7)]

    assert steps == [2, 2, 40, 800, 16_000, 21_600, 21_600]
    assert retry_delay(1, first=2, longest=21_600, jitter=0) == pytest.approx(1.6)
    assert retry_delay(1, first=2, longest=21_600, jitter=1) == pytest.approx(2.4)


def test_a_series_has_one_id_for_each_kind() -> None:
    series = Series("2026", True, ((DocumentKind.INVOICE, "7"),))

    assert (series.id_for(DocumentKind.INVOICE), series.id_for(DocumentKind.CREDIT_NOTE)) == ("7", "")
    assert [kind.role for kind in (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE)] == [
        DocumentRole.INVOICE,
        DocumentRole.CREDIT_NOTE,
    ]


def test_a_verb_may_start_only_where_it_makes_sense() -> None:
    assert may_start(Verb.FINALIZE, DocumentStatus.DRAFT)
    assert not may_start(Verb.FINALIZE, DocumentStatus.SETTLED)
    assert may_start(Verb.MAIL, DocumentStatus.SETTLED)
    assert not may_start(Verb.MAIL, DocumentStatus.DRAFT)
