"""F19: work that ends its process each time: the worker is killed whenever it reads a poisoned order."""

from __future__ import annotations

import time

import pytest

from invoicing.domain.lifecycle import MAX_LOSSES, MAX_TRIES
from tests.faults.ledger import Trials
from tests.faults.real.history import check
from tests.faults.real.installation import Installation
from tests.faults.real.traffic import Traffic

_BATCH = 10
_ORDERS_PER_SECOND = 0.5
# The shop keeps the caller waiting, so that the work is under way when its process dies.
_KEPT_WAITING_SECONDS = 5.0
_GATHERING_SECONDS = 0.3
_PATIENCE_SECONDS = 300.0
_HELD_FOR = ("crashed", "order_unreadable")


@pytest.mark.fault("F19", 0, 2, 50)
@pytest.mark.timeout(3600)
def test_work_that_ends_its_process_is_set_aside(installation: Installation, trials: Trials) -> None:
    most_kills, poisoned, may_stay = 0, set[int](), set[int]()
    with Traffic(installation, trials.seed) as traffic:
        with traffic.flowing(per_second=_ORDERS_PER_SECOND, cancelled=0.0):
            while trials.done < trials.planned:
                batch = min(_BATCH, trials.planned - trials.done)
                # One of five is killed right before its number is given, the others before any decision.
                late = {_poison(installation, traffic, reads_well=1) for _ in range(-(-batch // 5))}
                early = {_poison(installation, traffic, reads_well=0) for _ in range(batch - len(late))}
                for order_id in late | early:
                    traffic.tell(order_id, "order_paid")
                poisoned |= late | early
                may_stay |= late

                kills = _kill_until_held(installation, late | early)

                rows = installation.export()
                shown = {order_id: rows[order_id]["hold_reason"] for order_id in late | early}
                # One that nobody killed in time was given up by its reader, as often as work is tried at all.
                assert set(shown.values()) <= set(_HELD_FOR), shown
                assert "crashed" in shown.values(), shown
                most_kills = max(most_kills, *kills.values())
                installation.control.call("DELETE", "faults")
                trials.add(batch)
                print(f"{trials.done} of {trials.planned} poisoned orders held, {sum(kills.values())} losses")
        installation.settle()

    rows = installation.export()
    held = {order_id for order_id, row in rows.items() if row["outcome"] == "held"}
    others = set(traffic.history.statuses) - poisoned
    assert held <= may_stay  # the others were read again from time to time, and healed by themselves
    assert {rows[order_id]["outcome"] for order_id in others} == {"issued"}
    trials.notes.append(
        f"held as crashed after {MAX_LOSSES} losses each, or as unreadable after {MAX_TRIES} readings "
        f"without an answer (the reading of an order that is tried again from time to time was lost "
        f"{most_kills} times at most); {len(others)} other orders were issued meanwhile"
    )
    check(installation, traffic.history, trials, may_be_held_for=_HELD_FOR)


def _poison(installation: Installation, traffic: Traffic, *, reads_well: int) -> int:
    order_id = traffic.put()
    fault = {
        "vendor": "jumpseller",
        "kind": "delay_after",
        "method": "GET",
        "path_regex": rf"/orders/{order_id}\.json$",
        "skip": reads_well,
        "times": None,
        "seconds": _KEPT_WAITING_SECONDS,
    }
    installation.control.call("POST", "faults", fault)
    return order_id


def _kill_until_held(installation: Installation, poisoned: set[int]) -> dict[int, int]:
    """Kill the worker whenever one of them is read that is not set aside yet: those that are, are read again
    from time to time, and would leave it no time for the others. Returns how often each was read."""
    read, end = _readings(installation, poisoned), time.monotonic() + _PATIENCE_SECONDS
    while waiting := poisoned - _set_aside(installation):
        now_read = _readings(installation, poisoned)
        if any(now_read[order_id] != read[order_id] for order_id in waiting):
            time.sleep(_GATHERING_SECONDS)  # more of them, before the first gives up waiting
            read = _readings(installation, poisoned)
            installation.kill("worker")
            installation.start("worker")
        time.sleep(0.05)
        installation.fleet.require_alive()
        assert time.monotonic() < end, f"still not set aside: {read}"
    return _readings(installation, poisoned)


def _readings(installation: Installation, poisoned: set[int]) -> dict[int, int]:
    """How often the shop kept the reader of each waiting."""
    counts = dict.fromkeys(poisoned, 0)
    for request in installation.control.requests(vendor="jumpseller", method="GET"):
        if request["fault"] == "delay_after":
            order_id = int(request["path"].split("/")[-1].removesuffix(".json"))
            counts[order_id] = counts.get(order_id, 0) + 1
    return {order_id: counts[order_id] for order_id in poisoned}


def _set_aside(installation: Installation) -> set[int]:
    """Orders that are held because their readers died or gave up, or because a piece of work died."""
    return {
        int(order_id)
        for (order_id,) in installation.database.rows(
            "SELECT o.shop_order_id FROM stores_order o JOIN invoicing_orderdecision n ON n.order_id = o.id "
            "WHERE n.reason IN ('crashed', 'order_unreadable') UNION "
            "SELECT o.shop_order_id FROM stores_order o JOIN invoicing_document d ON d.order_id = o.id "
            "JOIN invoicing_documentoperation p ON p.document_id = d.id "
            "WHERE p.state = 'held' AND p.hold_reason = 'crashed'"
        )
    }
