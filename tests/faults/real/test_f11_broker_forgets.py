"""F11: the broker forgets everything under load: Redis is flushed, the embedded broker's files are gone."""

from __future__ import annotations

import time

import pytest

from tests.faults.ledger import Trials
from tests.faults.real.history import check, delays, keep_delays
from tests.faults.real.installation import SWEEP, Installation
from tests.faults.real.traffic import Traffic

_BURST = 4
_FORGETS_FOR_SECONDS = 0.7
# The next sweep rings again; then an order takes its usual way.
_BOUND = SWEEP + 5


@pytest.mark.fault("F11", 0, 2, 20)
@pytest.mark.timeout(1800)
def test_a_broker_that_forgets_loses_no_work(installation: Installation, trials: Trials) -> None:
    faults, forgotten = [], 0
    with Traffic(installation, trials.seed) as traffic:
        while trials.done < trials.planned:
            began = time.time()
            for _ in range(_BURST):
                traffic.pay()
            messages = _forget_again_and_again(installation)
            faults.append((began, time.time()))
            traffic.wait_until_told()
            installation.settle()
            if messages:  # a trial in which no message was waiting would be none
                trials.add()
                forgotten += messages
                print(f"{trials.done} of {trials.planned} times, {messages} messages")

    late = delays(traffic.history, installation, faults)
    keep_delays(late, faults, installation, trials, _BOUND)
    trials.notes.append(f"{forgotten} messages were forgotten before a worker saw them")
    check(installation, traffic.history, trials)


def _forget_again_and_again(installation: Installation) -> int:
    messages, end = 0, time.monotonic() + _FORGETS_FOR_SECONDS
    while time.monotonic() < end:
        messages += installation.broker.forget()
        time.sleep(0.01)
    return messages
