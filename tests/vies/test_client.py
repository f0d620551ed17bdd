"""The client against the sandbox over HTTP."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from invoicing.domain.vat_numbers import VatAnswer, VatCheck, VatNumber
from invoicing.vies.client import vies_client
from outbound.answers import Call
from sandbox.server import SandboxServer
from tests.vies.conftest import NUMBER, OUTAGES, SELLER, be_out, requests_seen


def check(vat_number: VatNumber = NUMBER, requester: str = SELLER) -> VatCheck:
    return vies_client().check(vat_number, requester=requester)


@pytest.mark.parametrize("field", ["isValid", "valid"])
def test_a_registered_number_is_valid_and_has_a_consultation_number(vies: SandboxServer, field: str) -> None:
    vies.state.vies.switches.answer_field = field

    found = check()

    assert (found.vat_number, found.answer, found.remark) == (NUMBER, VatAnswer.VALID, "")
    assert len(found.consultation) == 16
    assert found.consultation.startswith("WAPIAAAA")
    assert found.checked_at is not None
    assert found.checked_at.replace(microsecond=0) == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
    (seen,) = vies.state.requests
    assert (seen.method, seen.path) == ("GET", "/vies/ms/ES/vat/B90100777")
    assert [tuple(pair) for pair in seen.query] == [
        ("requesterMemberStateCode", "PT"),
        ("requesterNumber", SELLER),
    ]


@pytest.mark.parametrize("field", ["isValid", "valid"])
def test_a_number_that_is_not_registered_is_invalid(vies: SandboxServer, field: str) -> None:
    vies.state.vies.switches.answer_field = field

    assert check(VatNumber("DE", "874413674")).answer is VatAnswer.INVALID


def test_without_a_requester_there_is_no_consultation_number(vies: SandboxServer) -> None:
    found = check(requester="")

    assert (found.answer, found.consultation) == (VatAnswer.VALID, "")
    assert vies.state.requests[0].query == []


def test_a_refused_requester_is_left_out_and_the_number_asked_again(vies: SandboxServer) -> None:
    vies.state.vies.switches.requester = "refused"

    found = check()

    assert (found.answer, found.consultation) == (VatAnswer.VALID, "")
    assert found.remark == "VIES refused the seller's number; asked without it."
    assert [len(seen.query) for seen in vies.state.requests] == [2, 0]


def test_an_outage_after_a_refused_requester_is_unknown(vies: SandboxServer) -> None:
    vies.state.vies.switches.requester = "refused"
    vies.state.faults.add(vendor="vies", kind="error_before", status=503, skip=1)

    found = check()

    assert found.answer is VatAnswer.UNKNOWN
    assert found.remark == "VIES refused the seller's number; asked without it. vies answered 503"


def test_a_refusal_of_a_requester_whom_nobody_named_is_unknown(vies: SandboxServer) -> None:
    body = {"userError": "INVALID_REQUESTER_INFO", "isValid": False}
    vies.state.faults.add(vendor="vies", kind="garbage", body=body, times=None)

    assert check(requester="").answer is VatAnswer.UNKNOWN
    assert requests_seen(vies) == 1


def test_what_vies_takes_for_no_number_is_invalid_with_a_remark(vies: SandboxServer) -> None:
    found = check(VatNumber("GR", "482213193"))

    assert (found.answer, found.consultation) == (VatAnswer.INVALID, "")
    assert "INVALID_INPUT" in found.remark


@pytest.mark.parametrize("outage", OUTAGES)
def test_every_form_of_an_outage_is_unknown(vies: SandboxServer, settings: Any, outage: str) -> None:
    be_out(vies, outage, settings)

    found = check()

    assert (found.answer, found.consultation, found.checked_at) == (VatAnswer.UNKNOWN, "", None)
    assert found.remark


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_before"},
        {"kind": "reset_after"},
        {"kind": "truncate"},
        {"kind": "big"},
        {"kind": "garbage"},
        {"kind": "garbage", "body": ""},
        {"kind": "garbage", "body": {}},
        {"kind": "garbage", "body": [False]},
        {"kind": "garbage", "body": {"isValid": "false"}},
        {"kind": "redirect", "location": "/vies/ms/ES/vat/1"},
        *({"kind": "status", "status": status} for status in (400, 403, 404, 408, 429, 500, 503)),
    ],
    ids=str,
)
@pytest.mark.parametrize("vat_number", [NUMBER, VatNumber("DE", "874413674")], ids=["valid", "invalid"])
def test_no_mishap_is_an_answer(vies: SandboxServer, fault: dict[str, Any], vat_number: VatNumber) -> None:
    vies.state.faults.add(vendor="vies", times=None, **fault)

    found = check(vat_number)

    assert found.answer is VatAnswer.UNKNOWN
    assert 0 < len(found.remark) <= 255
    assert requests_seen(vies) == 1


def test_nobody_listens(settings: Any) -> None:
    settings.VIES_URL = "http://127.0.0.1:9/vies"

    assert check().remark == "vies: the connection was refused (nothing was sent)"


def test_a_number_cannot_lead_to_another_path(vies: SandboxServer) -> None:
    check(VatNumber("IE", "8+79/39?I"))

    assert vies.state.requests[0].path == "/vies/ms/IE/vat/8%2B79%2F39%3FI"


def test_neither_number_is_told_to_logs_or_errors(
    vies: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    calls: list[Call] = []
    client = vies_client(on_call=calls.append)
    body = {"userError": f"BAD_{NUMBER.number}"}
    vies.state.faults.add(vendor="vies", kind="garbage", body=body)
    vies.state.faults.add(vendor="vies", kind="error_before", status=500)

    checks = [client.check(NUMBER, requester=SELLER) for _ in range(3)]

    told = repr([calls, client, [each.remark for each in checks], caplog.text])
    assert [each.answer for each in checks] == [VatAnswer.UNKNOWN, VatAnswer.UNKNOWN, VatAnswer.VALID]
    assert calls[-1].url.endswith("/vies/ms/ES/vat/***?requesterMemberStateCode=PT&requesterNumber=***")
    assert NUMBER.number not in told
    assert SELLER not in told
