"""Every golden order becomes its document, equal to what was paid, or its hold."""

from __future__ import annotations

import pytest

from invoicing.domain.checks import fingerprint
from invoicing.domain.exactness import all_predictions
from invoicing.domain.exemptions import active_codes
from invoicing.domain.plan_json import plan_from_json, plan_to_json
from invoicing.domain.reasons import Hold
from stores.domain.order import UnreadableOrder

from .scenario_files import PAID_ON, Scenario, all_scenarios, summary

SCENARIOS = all_scenarios()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_golden_order_ends_as_its_file_says(scenario: Scenario) -> None:
    if "hold" in scenario.expected:
        with pytest.raises((Hold, UnreadableOrder)) as caught:
            scenario.build()
        assert isinstance(caught.value, Hold | UnreadableOrder)
        assert str(caught.value.reason) == scenario.expected["hold"]
        assert caught.value.detail
        return

    plan = scenario.build()

    assert summary(plan) == scenario.expected["document"]
    assert {figures.total for figures in all_predictions(plan.lines)} == {scenario.snapshot().paid_gross}
    assert plan == scenario.build()
    assert fingerprint(plan_from_json(plan_to_json(plan))) == fingerprint(plan)


def test_there_are_enough_golden_orders() -> None:
    assert len(SCENARIOS) >= 130


def test_every_active_exemption_code_is_on_some_document() -> None:
    used = {
        scenario.expected["document"]["exemption_code"]
        for scenario in SCENARIOS
        if "document" in scenario.expected
    }

    assert set(active_codes(PAID_ON)) <= used
