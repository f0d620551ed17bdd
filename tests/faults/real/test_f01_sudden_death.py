"""F1: web, worker and beat are killed with SIGKILL while orders come in, and started again at once."""

from __future__ import annotations

import random
import time
from functools import partial

import pytest

from tests.faults.ledger import Trials
from tests.faults.real.history import check, delays, keep_delays
from tests.faults.real.installation import BOUND, DEADLINE, LAG, LEASE, PROCESSES, SWEEP, Installation
from tests.faults.real.traffic import Traffic

# Few enough that none waits for its turn: the numbers of a series are given one after the other, and the shop
# lets 700 calls a minute pass. One comes right before each kill, which meets it at one step or another.
_ORDERS_PER_SECOND = 0.3
_VOLLEY = 5
# Each process by its share of the work, and now and then all of them, as when the machine goes down.
_VICTIMS = (("worker",),) * 5 + (("web",),) * 3 + (("beat",),) * 2 + (PROCESSES,)


@pytest.mark.fault("F1", 0, 5, 200)
@pytest.mark.timeout(3600)
def test_processes_killed_under_load_lose_nothing(installation: Installation, trials: Trials) -> None:
    chance = random.Random(trials.seed)
    faults = []
    with Traffic(installation, trials.seed) as traffic:
        with traffic.flowing(per_second=_ORDERS_PER_SECOND):
            while trials.done < trials.planned:
                began = time.time()
                for _ in range(min(_VOLLEY, trials.planned - trials.done)):
                    time.sleep(chance.uniform(0.3, 2.0))
                    traffic.pay()
                    time.sleep(chance.uniform(0.0, 0.5))
                    victims = chance.choice(_VICTIMS)
                    installation.kill(*victims)
                    installation.start(*victims)
                    trials.add()
                told = set(traffic.history.known_since())
                faults.append((began, installation.wait_until_at_work()))
                calm = installation.wait(partial(_are_settled, installation, told), "the orders")
                print(f"{trials.done} of {trials.planned} kills, {len(told)} orders, calm after {calm:.1f} s")

        installation.settle()

    late = delays(traffic.history, installation, faults)
    keep_delays(late, faults, installation, trials, BOUND)
    restarts = [(moment, moment) for moment in installation.restarts]
    from_start = max(delays(traffic.history, installation, restarts).values(), default=0.0)
    trials.notes.append(
        f"kills come in volleys of {_VOLLEY}, then all orders told so far are waited for; a delay runs from "
        f"the moment at which the restarted processes are at work (after {installation.slowest_start:.1f} s "
        f"at most), or from the acknowledgement if that is later; from the restart itself the worst is "
        f"{from_start:.1f} s; the bound of {BOUND:g} s is lease {LEASE:g} + sweep {SWEEP:g} + 5, and for "
        f"creates with a lost answer deadline {DEADLINE:g} + twice the index lag {LAG:g}; "
        f"{installation.lost_work()} pieces of work lost their process"
    )
    # Three kills in one piece of work, or one during a mail, are shown to people and not guessed about.
    check(installation, traffic.history, trials, may_be_held_for=("crashed",))


def _are_settled(installation: Installation, orders: set[int]) -> bool:
    return orders <= installation.settled_orders()
