import socket
import time
from contextlib import closing
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.faults import Fault
from sandbox.messages import Request
from sandbox.state import SandboxState
from tests.sandbox.conftest import KEY, Shop, invoice_body


def add(shop: Shop, **fields: object) -> None:
    answer = requests.post(
        shop.sandbox.url + "/_sandbox/faults", json={"vendor": "invoicexpress"} | fields, timeout=10
    )
    assert answer.status_code == 201, answer.text


def count(shop: Shop) -> int:
    return len(shop.account.documents)


@pytest.mark.parametrize(
    ("kind", "acted"), [("drop_after", 1), ("reset_after", 1), ("drop_before", 0), ("reset_before", 0)]
)
def test_a_lost_answer(shop: Shop, kind: str, acted: int) -> None:
    add(shop, kind=kind, method="POST", path_regex=r"/invoices\.json$")

    with pytest.raises(requests.ConnectionError) as lost:
        shop.post("/invoices.json", invoice_body())

    assert count(shop) == acted
    assert ("reset by peer" in str(lost.value)) == kind.startswith("reset")
    assert shop.post("/invoices.json", invoice_body()).status_code == 201


def test_errors_before_and_after_the_act(shop: Shop) -> None:
    add(shop, kind="error_before", status=429, headers={"Retry-After": "7"}, body={"errors": []})
    before = shop.post("/invoices.json", invoice_body())
    acted_before = count(shop)
    add(shop, kind="error_after", status=502, body="<html>Bad gateway</html>")
    after = shop.post("/invoices.json", invoice_body())

    assert (before.status_code, before.headers["Retry-After"], before.json()) == (429, "7", {"errors": []})
    assert (after.status_code, after.text) == (502, "<html>Bad gateway</html>")
    assert (acted_before, count(shop)) == (0, 1)


@pytest.mark.parametrize("kind", ["delay_before", "delay_after"])
def test_a_slow_answer_comes_too_late_for_the_impatient(shop: Shop, kind: str) -> None:
    add(shop, kind=kind, seconds=0.6)

    with pytest.raises(requests.ReadTimeout):
        requests.post(shop.base + "/invoices.json", params={"api_key": KEY}, json=invoice_body(), timeout=0.2)

    assert count(shop) == (1 if kind == "delay_after" else 0)
    deadline = time.monotonic() + 5
    while count(shop) == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert count(shop) == 1


def test_half_an_answer(shop: Shop) -> None:
    add(shop, kind="truncate")

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        shop.post("/invoices.json", invoice_body())

    assert count(shop) == 1


def test_an_answer_that_drips(shop: Shop) -> None:
    add(shop, kind="trickle", interval=0.05)
    place = urlsplit(shop.base)
    started = time.monotonic()

    with closing(socket.create_connection((place.hostname, place.port), timeout=5)) as caller:
        caller.sendall(f"GET {place.path}/taxes.json?api_key={KEY} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        received = b"".join(caller.recv(1) for _ in range(8))

    assert received == b"HTTP/1.1"
    assert time.monotonic() - started >= 0.3


def test_garbage_of_every_kind(shop: Shop) -> None:
    add(shop, kind="garbage")
    add(shop, kind="garbage", body='{"invoice":')
    add(shop, kind="garbage", body="")
    add(shop, kind="garbage", body=[1, 2])

    answers = [shop.post("/invoices.json", invoice_body()) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert answers[0].headers["Content-Type"].startswith("text/html")
    assert [answer.text for answer in answers[1:]] == ['{"invoice":', "", "[1,2]"]
    assert count(shop) == 4


def test_redirect_status_and_size(shop: Shop) -> None:
    add(shop, kind="redirect", location="http://127.0.0.1:9/")
    add(shop, kind="status", status=207)
    add(shop, kind="big")
    url, query = shop.base + "/taxes.json", {"api_key": KEY}

    moved = requests.get(url, params=query, allow_redirects=False, timeout=10)
    odd = requests.get(url, params=query, timeout=10)
    big = requests.get(url, params=query, timeout=10)

    assert (moved.status_code, moved.headers["Location"]) == (302, "http://127.0.0.1:9/")
    assert (odd.status_code, len(odd.json()["taxes"])) == (207, 4)
    assert len(big.content) == 10 * 1024 * 1024


def test_which_requests_meet_a_fault(shop: Shop) -> None:
    add(shop, kind="error_before", method="GET", path_regex="taxes", skip=1, times=2)

    other = shop.get("/items.json").status_code
    statuses = [shop.get("/taxes.json").status_code for _ in range(4)]

    assert (other, statuses) == (200, [200, 503, 503, 200])


def test_a_fault_without_end_lasts_until_cleared(shop: Shop) -> None:
    add(shop, kind="error_before", times=None)
    during = [shop.get("/taxes.json").status_code for _ in range(3)]
    requests.delete(shop.sandbox.url + "/_sandbox/faults", timeout=10)

    assert (during, shop.get("/taxes.json").status_code) == ([503] * 3, 200)


def test_faults_that_make_no_sense_are_refused(shop: Shop) -> None:
    url = shop.sandbox.url + "/_sandbox/faults"

    for wrong in (
        {"kind": "melt"},
        {"kind": "redirect"},
        {"kind": "big", "path_regex": "("},
        {"kind": "big", "x": 1},
    ):
        assert requests.post(url, json=wrong, timeout=10).status_code == 400


def test_in_process_the_fault_comes_with_the_answer() -> None:
    clock = [1_800_000_000.0]
    state = SandboxState(now=lambda: clock[0])
    state.invoicexpress.add_account("loja", KEY)
    state.faults.add(Fault("drop_after", method="GET"))
    request = Request.of("GET", f"/invoicexpress/loja/taxes.json?api_key={KEY}")

    lost, fine = state.handle(request), state.handle(request)

    assert lost.fault is not None and (lost.fault.kind, lost.fault.answers) == ("drop_after", False)
    assert (fine.status, fine.fault, len(fine.json()["taxes"])) == (200, None, 4)
    assert [(row.status, row.answered, row.fault) for row in state.requests] == [
        (200, False, "drop_after"),
        (200, True, None),
    ]
