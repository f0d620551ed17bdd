"""F8: answers that look whole and leave out the one thing that matters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from outbound.answers import Answer
from outbound.session import OutboundSession
from sandbox import jsontext
from sandbox.server import SandboxServer
from tests.faults import lost_answers as lost
from tests.faults.ledger import Trials
from tests.faults.simulator import in_process
from tests.flow import FakeClock, Shop, connect_shop

_MISSING = object()
_VALUES: dict[str, Any] = {
    "missing": _MISSING,
    "null": None,
    "object": {},
    "list": [],
    "truth": True,
    "empty": "",
    "figure": 1.5,
    "whole figure": 7,
}


@pytest.fixture
def shop(sandbox: SandboxServer, clock: FakeClock) -> Shop:
    sandbox.state.invoicexpress.switches.update({"uid": "ignored", "list_lag_seconds": 20})
    return connect_shop(sandbox, clock, email_customer=False)


@contextmanager
def member_of_documents(method: str, path: str, name: str, value: Any) -> Iterator[None]:
    """In answers to such calls every document has this value under `name`, or none at all."""

    def exchange(session: OutboundSession, request: Any) -> Any:
        answer, trouble = real(session, request)
        is_meant = request.method == method and path in request.path_url.split("?")[0]
        if answer is None or not is_meant:
            return answer, trouble
        root = jsontext.loads(answer.body)
        for document in root.get("invoices", root.values()):
            document.pop(name)
            if value is not _MISSING:
                document[name] = value
        return Answer(answer.status, answer.headers, jsontext.dumps(root)), trouble

    real = OutboundSession._exchange
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OutboundSession, "_exchange", exchange)
        yield


@pytest.mark.fault("F8", 1, 2, 4)
@pytest.mark.parametrize("value", _VALUES)
def test_a_final_answer_without_a_number_is_not_the_last_word(shop: Shop, trials: Trials, value: str) -> None:
    """The provider gave it one: it is read again, or a person looks; never issued without its number."""
    for number in range(trials.planned):
        order_id = lost.begin_trial(shop, number)
        spoiled = member_of_documents("PUT", "/change-state", "sequence_number", _VALUES[value])
        with in_process(shop), spoiled:
            shop.pay(order_id)

        lost.enter(trials, shop, order_id, expected="issued")
        lost.assert_papers(shop, order_id, ("FT1", "settled"))


@pytest.mark.fault("F8", 1, 1, 2)
@pytest.mark.parametrize("value", ["object", "list", "truth"])
def test_rows_whose_reference_cannot_be_read_are_not_absence(shop: Shop, trials: Trials, value: str) -> None:
    """Could not tell: no second create, and after all tries a person."""
    for number in range(trials.planned):
        order_id = lost.begin_trial(shop, number)
        shop.sandbox.state.faults.add(kind="drop_after", **lost.CREATE)
        spoiled = member_of_documents("GET", "/invoices.json", "reference", _VALUES[value])
        with in_process(shop), spoiled:
            shop.pay(order_id)

        trials.add(duplicates=len(lost.papers(shop, order_id)) - 1)
        assert shop.calls("POST", "/invoice_receipts.json") == 1
        assert lost.outcome(shop, order_id) == ("held", "held")
