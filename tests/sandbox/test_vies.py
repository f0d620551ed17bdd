import time
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from sandbox.messages import Request
from sandbox.server import SandboxServer
from sandbox.state import SandboxState
from sandbox.vies.switches import ViesSwitches
from sandbox.vies.vendor import DEMO_NUMBERS

SELLER = {"requesterMemberStateCode": "PT", "requesterNumber": "577049313"}


def ask(sandbox: SandboxServer, country: str, number: str, **query: str) -> requests.Response:
    return requests.get(f"{sandbox.url}/vies/ms/{country}/vat/{number}", params=query, timeout=10)


def control(sandbox: SandboxServer, method: str, path: str, body: Any = None) -> requests.Response:
    return requests.request(method, f"{sandbox.url}/_sandbox/{path}", json=body, timeout=10)


def test_only_registered_numbers_are_valid(sandbox: SandboxServer) -> None:
    sandbox.state.now = lambda: datetime(2026, 7, 1, 10, 0, tzinfo=UTC).timestamp()
    sandbox.state.vies.register("ES", "B90100777")

    valid, invalid = ask(sandbox, "ES", "B90100777"), ask(sandbox, "ES", "B96575972")

    assert (valid.status_code, invalid.status_code) == (200, 200)
    assert valid.json() == {
        "isValid": True,
        "requestDate": "2026-07-01T10:00:00.000Z",
        "userError": "VALID",
        "name": "---",
        "address": "---",
        "requestIdentifier": "",
        "originalVatNumber": "B90100777",
        "vatNumber": "B90100777",
    }
    assert (invalid.json()["isValid"], invalid.json()["userError"]) == (False, "INVALID")


def test_the_numbers_of_the_demonstration_are_there_after_a_reset(sandbox: SandboxServer) -> None:
    sandbox.state.vies.register("ES", "B90100777")
    sandbox.state.vies.remove("DE", "836188283")

    sandbox.reset()

    assert ("ES", "B90100777") not in sandbox.state.vies.registered
    assert all(ask(sandbox, country, number).json()["isValid"] for country, number in DEMO_NUMBERS)


def test_a_consultation_number_only_for_a_requester_named_in_full(sandbox: SandboxServer) -> None:
    def consultation(**query: str) -> str:
        return str(ask(sandbox, "ES", "B12345674", **query).json()["requestIdentifier"])

    sandbox.state.now = lambda: 1_780_000_000.0
    given = consultation(**SELLER)

    assert (len(given), given[:8]) == (16, "WAPIAAAA")
    assert consultation(**SELLER) == given
    assert consultation(requesterMemberStateCode="PT", requesterNumber="509310362") != given
    assert consultation(requesterNumber="577049313") == ""
    assert consultation() == ""


def test_a_refused_requester(sandbox: SandboxServer) -> None:
    sandbox.state.vies.switches.requester = "refused"

    refused = ask(sandbox, "ES", "B12345674", **SELLER).json()

    assert refused["userError"] == "INVALID_REQUESTER_INFO"
    assert "isValid" not in refused
    assert ask(sandbox, "ES", "B12345674").json()["isValid"] is True


@pytest.mark.parametrize(
    ("country", "number"), [("GR", "482213193"), ("GB", "717888133"), ("ES", "b-1"), ("ES", "1" * 13)]
)
def test_what_is_no_number_of_vies(sandbox: SandboxServer, country: str, number: str) -> None:
    assert ask(sandbox, country, number).json()["userError"] == "INVALID_INPUT"
    with pytest.raises(ValueError, match="no number of VIES"):
        sandbox.state.vies.register(country, number)


def test_outages(sandbox: SandboxServer) -> None:
    switches = sandbox.state.vies.switches
    switches.outage_code = "MS_MAX_CONCURRENT_REQ"

    switches.outage = "user_error_200"
    by_error = ask(sandbox, "ES", "B12345674")
    switches.outage = "error_wrappers"
    by_wrapper = ask(sandbox, "ES", "B12345674")
    switches.outage = "http_500"
    by_status = ask(sandbox, "ES", "B12345674")

    assert (by_error.status_code, by_error.json()["userError"]) == (200, "MS_MAX_CONCURRENT_REQ")
    assert not {"isValid", "valid"} & set(by_error.json())
    assert by_wrapper.json() == {
        "actionSucceed": False,
        "errorWrappers": [{"error": "MS_MAX_CONCURRENT_REQ"}],
    }
    assert (by_status.status_code, by_status.content) == (500, b"")


def test_an_answer_that_comes_too_late(sandbox: SandboxServer) -> None:
    switches = sandbox.state.vies.switches
    switches.outage, switches.timeout_seconds = "timeout", 0.4
    started = time.monotonic()

    assert ask(sandbox, "ES", "B12345674").json()["isValid"] is True
    assert time.monotonic() - started >= 0.4
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{sandbox.url}/vies/ms/ES/vat/B12345674", timeout=0.1)


def test_the_field_of_the_answer(sandbox: SandboxServer) -> None:
    sandbox.state.vies.switches.answer_field = "valid"

    body = ask(sandbox, "ES", "B12345674").json()

    assert body["valid"] is True
    assert "isValid" not in body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/vies"),
        ("GET", "/vies/ms/ES/vat"),
        ("POST", "/vies/ms/ES/vat/1"),
        ("GET", "/vies/check-status"),
    ],
)
def test_other_routes_are_not_there(sandbox: SandboxServer, method: str, path: str) -> None:
    assert requests.request(method, sandbox.url + path, timeout=10).status_code == 404


def test_numbers_and_switches_from_outside(sandbox: SandboxServer) -> None:
    made = control(sandbox, "PUT", "vies/ES/B90100777")
    switched = control(sandbox, "PUT", "switches", {"vies": {"answer_field": "valid"}})
    bad = control(sandbox, "PUT", "switches", {"vies": {"outage": "earthquake"}})

    assert made.json()["ES"] == ["B12345674", "B90100777"]
    assert (switched.status_code, bad.status_code) == (200, 400)
    assert ask(sandbox, "ES", "B90100777").json()["valid"] is True
    state = control(sandbox, "GET", "state").json()
    assert state["vies"] == control(sandbox, "GET", "vies").json() == made.json()
    assert state["switches"]["vies"] == ViesSwitches(answer_field="valid").to_json()

    gone = control(sandbox, "DELETE", "vies/ES/B90100777")

    assert gone.json()["ES"] == ["B12345674"]
    assert ask(sandbox, "ES", "B90100777").json()["valid"] is False


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "vies/ES/B90100777", 404),
        ("PUT", "vies/GR/482213193", 400),
        ("PUT", "vies/ES", 404),
        ("POST", "vies", 404),
    ],
)
def test_controls_that_make_no_sense(sandbox: SandboxServer, method: str, path: str, status: int) -> None:
    assert control(sandbox, method, path).status_code == status


def test_faults_and_the_log_of_requests(sandbox: SandboxServer) -> None:
    answer = control(sandbox, "POST", "faults", {"vendor": "vies", "kind": "error_before", "status": 503})
    assert answer.status_code == 201

    statuses = [ask(sandbox, "ES", "B12345674").status_code for _ in range(2)]

    assert statuses == [503, 200]
    log = control(sandbox, "GET", "requests?vendor=vies").json()
    assert [(row["path"], row["owner"], row["fault"]) for row in log] == [
        ("/vies/ms/ES/vat/B12345674", "", "error_before"),
        ("/vies/ms/ES/vat/B12345674", "", None),
    ]


def test_without_sockets() -> None:
    state = SandboxState(now=lambda: 1_780_000_000.0)
    state.vies.switches.outage = "timeout"

    answer = state.handle(Request.of("GET", "/vies/ms/ES/vat/B12345674"))

    assert answer.json()["isValid"] is True
    assert answer.fault is not None
    assert (answer.fault.kind, answer.fault.seconds) == ("delay_after", 60.0)
