"""Real processes, started anew for each test and stopped whatever comes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.ledger import Trials
from tests.faults.real.installation import Installation
from tests.faults.real.starting import Released, installed, released_once


@pytest.fixture(scope="session")
def released() -> Iterator[Released]:
    with released_once() as made:
        yield made


@pytest.fixture
def installation(trials: Trials, request: pytest.FixtureRequest) -> Iterator[Installation]:
    """A connected shop on the database that the environment names. Nothing is started if it is skipped."""
    trials.processes = "real processes"
    with installed(request.getfixturevalue("released")) as made:
        yield made


@pytest.fixture
def seldom_swept_installation(trials: Trials, request: pytest.FixtureRequest) -> Iterator[Installation]:
    """As `installation`, but hundreds of waiting events are not rung for again each second."""
    trials.processes = "real processes"
    with installed(request.getfixturevalue("released"), SWEEP_SECONDS="5") as made:
        yield made


@pytest.fixture
def separate_installation(trials: Trials, request: pytest.FixtureRequest) -> Iterator[Installation]:
    """As `installation`, but a database server is this test's own and may be stopped."""
    trials.processes = "real processes"
    with installed(request.getfixturevalue("released"), own_server=True) as made:
        yield made
