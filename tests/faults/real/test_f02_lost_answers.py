"""F2: the provider acts, and the answer is lost on a real socket: closed, reset, or cut in its middle."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterable, Iterator

import pytest

from tests.faults.ledger import Trials
from tests.faults.real.history import check
from tests.faults.real.installation import DEADLINE, LAG, SWEEP, TRUE_LAG, Installation, epoch
from tests.faults.real.traffic import Traffic

Step = tuple[str, str]
_KINDS = ("drop_after", "reset_after", "truncate")
_INVOICE_STEPS = (
    ("POST", r"/invoice_receipts\.json$"),
    ("PUT", r"/invoice_receipts/\d+/change-state\.json$"),
)
_CREDIT_STEPS = (
    ("POST", r"/credit_notes\.json$"),
    ("PUT", r"/credit_notes/\d+/change-state\.json$"),
)
_BATCH = 10
# A lost answer ends with the call; then the quarantine, a second look, a sweep, and 5 s.
_BOUND = DEADLINE + 2 * LAG + SWEEP + 5


@pytest.mark.fault("F2", 0, 2, 50)
@pytest.mark.timeout(1800)
def test_what_was_made_behind_a_lost_answer_is_found(installation: Installation, trials: Trials) -> None:
    # Every kind of loss at every step in turn; those of a credit come once its invoice is final.
    begin = random.Random(trials.seed).randrange(len(_KINDS) * 2)
    for_invoices = itertools.islice(_endless(_INVOICE_STEPS), begin, None)
    for_credits = itertools.islice(_endless(_CREDIT_STEPS), begin, None)
    with Traffic(installation, trials.seed) as traffic:
        while trials.done < trials.planned:
            batch = min(_BATCH, trials.planned - trials.done)
            _lose(installation, itertools.islice(for_invoices, batch - batch // 2))
            paid = [traffic.pay() for _ in range(batch)]
            _finish(installation, traffic)
            _lose(installation, itertools.islice(for_credits, batch // 2))
            for order_id in paid[: batch // 2]:
                traffic.cancel(order_id)
            _finish(installation, traffic)
            trials.add(batch)
            print(f"{trials.done} of {trials.planned} lost answers")

    for delay in _delays(installation):
        trials.delay(delay, bound=_BOUND)
    trials.notes.append(
        f"the provider ignores the idempotency field and lists {TRUE_LAG:g} s late; a delay runs from the "
        f"last lost answer about a document to its recorded number"
    )
    check(installation, traffic.history, trials)


def _endless(steps: Iterable[Step]) -> Iterator[tuple[str, Step]]:
    return itertools.cycle(itertools.product(_KINDS, steps))


def _lose(installation: Installation, losses: Iterable[tuple[str, Step]]) -> None:
    for kind, (method, path) in losses:
        fault = {"vendor": "invoicexpress", "kind": kind, "method": method, "path_regex": path}
        installation.control.call("POST", "faults", fault)


def _finish(installation: Installation, traffic: Traffic) -> None:
    traffic.wait_until_told()
    installation.settle()
    assert installation.control.call("GET", "faults") == []  # each answer was lost


def _delays(installation: Installation) -> list[float]:
    """Seconds from the last lost answer about a document to its recorded number."""
    lost: dict[str, float] = {}
    for request in installation.control.requests(vendor="invoicexpress"):
        if request["fault"] is not None:
            made = re.search(r'"reference": ?"([^"]+)"', request["body"] or "")
            name = made[1] if made else request["path"].split("/")[-2]
            lost[name] = float(request["at"])
    rows = installation.database.rows("SELECT reference, provider_id, finalized_at FROM invoicing_document")
    return [
        epoch(final) - max(lost.get(reference, 0.0), lost.get(provider_id, 0.0))
        for reference, provider_id, final in rows
        if reference in lost or provider_id in lost
    ]
