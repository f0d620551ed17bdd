"""Days of random trouble, one after the other; `FAULTS_SEED` repeats those of an earlier run."""

from __future__ import annotations

import pytest

from tests.faults.ledger import Trials
from tests.faults.simulator import Trial
from tests.flow import Shop


@pytest.mark.fault("F26", 25, 25, 500)
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("half", [1, 2])
def test_no_trouble_loses_an_order_or_doubles_a_document(
    careless_shop: Shop, trials: Trials, half: int
) -> None:
    assert trials.seed is not None
    first = trials.seed + half * 1_000_000
    for seed in range(first, first + trials.planned):
        print(f"day {seed}")
        trial = Trial(careless_shop, seed)
        trial.run()
        trial.check()
        trials.add()


# A deletion whose answer was lost, and the order paid again meanwhile; the same, and then edited.
@pytest.mark.parametrize("day", [1_645_124, 1_886_887])
def test_days_that_once_went_wrong(careless_shop: Shop, day: int) -> None:
    trial = Trial(careless_shop, day)
    trial.run()
    trial.check()
