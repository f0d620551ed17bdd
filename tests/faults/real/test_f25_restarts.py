"""F25: web, worker and beat are asked to end under load and started again; messages of other versions."""

from __future__ import annotations

import base64
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from tests.faults.ledger import Trials
from tests.faults.real.history import History, check, delays, keep_delays
from tests.faults.real.installation import BOUND, PROCESSES, Installation
from tests.faults.real.servers import Folder, Redis
from tests.faults.real.traffic import Traffic

_ORDERS_PER_SECOND = 0.7
_AT_ONCE = 20


@pytest.mark.fault("F25", 0, 3, 50)
@pytest.mark.timeout(3600)
def test_restarts_under_load_lose_and_refuse_nothing(installation: Installation, trials: Trials) -> None:
    chance = random.Random(trials.seed)
    faults, slowest = [], 0.0
    with Traffic(installation, trials.seed) as traffic:
        busy = traffic.pay()
        with traffic.flowing(per_second=_ORDERS_PER_SECOND):
            while trials.done < trials.planned:
                name = PROCESSES[trials.done % len(PROCESSES)]
                time.sleep(chance.uniform(0.2, 2.0))
                if name == "web":
                    for number in range(_AT_ONCE):
                        traffic.tell(busy, "order_updated", additional_information=f"{trials.done} {number}")
                    time.sleep(chance.uniform(0.0, 0.05))
                asked = installation.fleet.terminate(name)
                slowest = max(slowest, time.time() - asked)
                installation.start(name)
                faults.append((asked, installation.wait_until_at_work()))
                trials.add()
                print(f"{trials.done} of {trials.planned} restarts")
        installation.settle()

    late = delays(traffic.history, installation, faults)
    keep_delays(late, faults, installation, trials, BOUND)
    refused = [attempt.status or attempt.trouble for attempt in traffic.history.refused()]
    trials.notes.append(
        f"a process ends within {slowest:.1f} s of SIGTERM; while web is away, {len(refused)} connections "
        f"were refused or reset before they were accepted, and tried again, as a load balancer does"
    )
    check(installation, traffic.history, trials)
    # Connections that web had not accepted when it ended are reset; none that it took went unanswered.
    assert set(refused) <= {"ConnectionRefusedError", "BrokenPipeError", "ConnectionResetError"}, refused
    assert _taken_and_not_answered(installation, traffic.history) == Counter()


def _taken_and_not_answered(installation: Installation, history: History) -> Counter[tuple[str, str]]:
    """Webhooks that the product stored more often than it acknowledged them: by event and digest."""
    answered = Counter((attempt.event, attempt.digest) for attempt in history.acknowledged())
    rows = installation.database.rows(
        "SELECT event, body_sha256, SUM(times) FROM jumpseller_sync_webhookdelivery "
        "GROUP BY event, body_sha256"
    )
    return Counter({(str(event), str(digest)): int(times) for event, digest, times in rows}) - answered


@pytest.mark.fault("F25", 0, 1, 1)
@pytest.mark.timeout(600)
def test_messages_of_other_versions_do_no_harm(installation: Installation, trials: Trials) -> None:
    with Traffic(installation, trials.seed) as traffic:
        for message in _strange_messages():
            _publish(installation, message)
        installation.wait(lambda: _waiting(installation) == 0, "the messages")
        traffic.pay()
        traffic.wait_until_told()
        installation.settle()

    installation.fleet.require_alive()
    trials.add()
    check(installation, traffic.history, trials)


def _strange_messages() -> Sequence[dict[str, Any]]:
    of_the_first_protocol = {"task": "invoicing.run_operation", "id": str(uuid.uuid4()), "args": [1]}
    return (
        _message("invoicing.settle_everything", [1]),
        _message("invoicing.refresh_order", []),
        _message("invoicing.run_operation", [1, "of another version"], force=True),
        _message("invoicing.run_operation", [10**9]),
        _message("jumpseller_sync.process_delivery", ["not a number"]),
        _message("invoicing.sweep", []) | {"content-type": "application/x-python-serialize"},
        _message("invoicing.sweep", []) | {"headers": {}},
        _message("invoicing.sweep", []) | {"headers": {}, "body": _packed(of_the_first_protocol)},
    )


def _message(task: str, arguments: list[Any], **named: Any) -> dict[str, Any]:
    """As Celery packs it into either broker."""
    number = str(uuid.uuid4())
    return {
        "body": _packed(
            [arguments, named, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]
        ),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": task, "id": number, "root_id": number, "retries": 0},
        "properties": {
            "correlation_id": number,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": "celery"},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": str(uuid.uuid4()),
        },
    }


def _packed(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def _publish(installation: Installation, message: dict[str, Any]) -> None:
    broker, text = installation.broker, json.dumps(message)
    if isinstance(broker, Redis):
        with broker.client() as client:
            client.lpush("celery", text)
        return
    assert isinstance(broker, Folder)
    part = broker.path / f".{uuid.uuid4()}.part"
    part.write_text(text)
    part.rename(broker.path / f"{round(time.time() * 1000)}_{uuid.uuid4()}.celery.msg")


def _waiting(installation: Installation) -> int:
    broker = installation.broker
    if isinstance(broker, Redis):
        with broker.client() as client:
            return int(client.llen("celery"))
    assert isinstance(broker, Folder)
    return len(list(broker.path.glob("*.celery.msg")))
