"""Random trouble, many times over. `FAULTS_SEEDS` sets how many seeds, `FAULTS_SEED` the first one."""

from __future__ import annotations

import os
import random

import pytest

from tests.faults.simulator import Trial
from tests.flow import Shop

_SEEDS = int(os.environ.get("FAULTS_SEEDS", "15"))
_FIRST = int(os.environ.get("FAULTS_SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)


@pytest.mark.timeout(3600)
def test_no_trouble_loses_an_order_or_doubles_a_document(careless_shop: Shop) -> None:
    for seed in range(_FIRST, _FIRST + _SEEDS):
        print(f"FAULTS_SEED={seed}")  # shown when it fails: this one repeats it
        trial = Trial(careless_shop, seed)
        trial.run()
        trial.check()
