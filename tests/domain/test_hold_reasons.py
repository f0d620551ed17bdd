"""Every reason to hold is reached by some test, and says what it is and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from invoicing.domain.reasons import HOLD_TEXTS, HoldReason

from .scenario_files import all_scenarios

TESTS = Path(__file__).parent.parent
IN_SCENARIOS = {scenario.expected.get("hold") for scenario in all_scenarios()}
# What no order alone can show: a history, an answer, a crash. The test that reaches each.
ELSEWHERE: dict[HoldReason, str] = {
    HoldReason.INVALID_TAX_ID: "domain/test_customer.py",
    HoldReason.UNKNOWN_SERIES: "flows/test_lawful.py",
    HoldReason.SERIES_NOT_REGISTERED: "flows/test_lawful.py",
    HoldReason.PAYMENT_DATE_UNCLEAR: "flows/test_lawful.py",
    HoldReason.UNLAWFUL_DOCUMENT: "flows/test_lawful.py",
    HoldReason.OTHER_APP_DOCUMENT: "flows/test_other_apps.py",
    HoldReason.CHANGED_AFTER_FINAL: "domain/test_policy.py",
    HoldReason.ENDED_BY_PERSON: "domain/test_policy.py",
    HoldReason.CREDIT_NEEDS_APPROVAL: "domain/test_policy.py",
    HoldReason.NOTHING_LEFT_TO_CREDIT: "flows/test_credit_by_hand.py",
    HoldReason.REJECTED: "flows/test_refusals.py",
    HoldReason.NOT_FOUND: "flows/test_refusals.py",
    HoldReason.STORED_DIFFERS: "flows/test_taken_back.py",
    HoldReason.DUPLICATE_REFERENCE: "faults/test_unknown_outcomes.py",
    HoldReason.UNEXPECTED_STATUS: "faults/test_strange_successes.py",
    HoldReason.UNEXPECTED_ANSWER: "flows/test_refusals.py",
    HoldReason.PDF_NOT_READY: "flows/test_second_thoughts.py",
    HoldReason.MAIL_REFUSED: "flows/test_second_thoughts.py",
    HoldReason.MAIL_PERHAPS_SENT: "faults/test_f01_kill_points.py",
    HoldReason.RETRIES_EXHAUSTED: "flows/test_rulings.py",
    HoldReason.CRASHED: "faults/real/test_f19_poison.py",
    HoldReason.INTERNAL: "faults/test_f08_malformed_answers.py",
}


@pytest.mark.parametrize("reason", HoldReason)
def test_a_reason_is_reached_and_explained(reason: HoldReason) -> None:
    text = HOLD_TEXTS[reason]

    assert text.sentence.endswith(".")
    assert text.remedy.endswith(".")
    if reason.value in IN_SCENARIOS:
        return
    source = (TESTS / ELSEWHERE[reason]).read_text(encoding="utf-8")
    assert reason.value in source or reason.name in source, f"{reason} is not in {ELSEWHERE[reason]}"
