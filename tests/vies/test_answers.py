"""What each answer of VIES means. Nothing doubtful may become "invalid"."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.domain.vat_numbers import VatAnswer
from invoicing.vies.answers import read_answer

AT = "2026-07-01T10:00:00.123Z"
OUTAGES = (
    "MS_UNAVAILABLE",
    "MS_MAX_CONCURRENT_REQ",
    "GLOBAL_MAX_CONCURRENT_REQ",
    "SERVICE_UNAVAILABLE",
    "TIMEOUT",
)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"isValid": True, "userError": "VALID"}, VatAnswer.VALID),
        ({"isValid": False, "userError": "INVALID"}, VatAnswer.INVALID),
        ({"valid": True}, VatAnswer.VALID),
        ({"valid": False}, VatAnswer.INVALID),
        ({"isValid": True, "valid": True, "userError": ""}, VatAnswer.VALID),
        ({"isValid": True, "userError": None, "actionSucceed": True, "errorWrappers": []}, VatAnswer.VALID),
        ({"userError": "valid "}, VatAnswer.VALID),
        ({"userError": "INVALID"}, VatAnswer.INVALID),
        ({"isValid": False, "userError": "---"}, VatAnswer.INVALID),
    ],
)
def test_plain_answers(body: dict[str, Any], answer: VatAnswer) -> None:
    reading = read_answer(200, body)

    assert (reading.answer, reading.remark, reading.requester_refused) == (answer, "", False)


@pytest.mark.parametrize("code", [*OUTAGES, "SOMETHING_NEW"])
@pytest.mark.parametrize("claim", [{}, {"isValid": False}, {"valid": False}, {"isValid": True}])
def test_an_outage_is_unknown_whatever_stands_beside_it(code: str, claim: dict[str, bool]) -> None:
    as_user_error = read_answer(200, {"userError": code, **claim})
    as_wrapper = read_answer(200, {"actionSucceed": False, "errorWrappers": [{"error": code}], **claim})

    for reading in (as_user_error, as_wrapper):
        assert reading.answer is VatAnswer.UNKNOWN
        assert reading.remark == f"VIES could not tell: {code}."


@pytest.mark.parametrize(
    ("status", "body", "remark"),
    [
        (200, {}, "VIES said neither valid nor invalid."),
        (200, {"isValid": None, "valid": "false"}, "VIES said neither valid nor invalid."),
        (200, {"isValid": 0}, "VIES said neither valid nor invalid."),
        (200, {"isValid": True, "userError": "INVALID"}, "VIES contradicts itself."),
        (200, {"isValid": False, "userError": "VALID"}, "VIES contradicts itself."),
        (200, {"isValid": False, "valid": True}, "VIES contradicts itself."),
        (200, {"actionSucceed": False, "isValid": False}, "VIES could not tell: no known reason."),
        (200, {"actionSucceed": "false", "isValid": False}, "VIES could not tell: no known reason."),
        (200, {"errorWrappers": "MS_UNAVAILABLE"}, "VIES could not tell: MS_UNAVAILABLE."),
        (
            200,
            {"errorWrappers": [{"error": None}], "isValid": False},
            "VIES could not tell: no known reason.",
        ),
        (
            200,
            {"errorWrappers": [{"error": "VALID"}], "isValid": True},
            "VIES could not tell: no known reason.",
        ),
        (
            200,
            {"userError": "Sorry, ES B90100777!", "isValid": False},
            "VIES could not tell: no known reason.",
        ),
        (200, {"userError": "INVALID_INPUT", "isValid": True}, "VIES could not tell: INVALID_INPUT."),
        (404, {"isValid": False}, "VIES answered 404."),
        (400, {"userError": "INVALID"}, "VIES answered 400."),
        (400, {"errorWrappers": [{"error": "VOW-ERR-1"}]}, "VIES could not tell: VOW-ERR-1."),
        (200, [], "VIES answered with something else than an object."),
        (200, False, "VIES answered with something else than an object."),
        (200, None, "VIES answered with something else than an object."),
    ],
)
def test_anything_doubtful_is_unknown(status: int, body: Any, remark: str) -> None:
    reading = read_answer(status, body)

    assert (reading.answer, reading.remark, reading.consultation) == (VatAnswer.UNKNOWN, remark, "")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"userError": "INVALID_INPUT", "isValid": False}),
        (200, {"userError": "INVALID_INPUT"}),
        (400, {"actionSucceed": False, "errorWrappers": [{"error": "INVALID_INPUT"}]}),
    ],
)
def test_what_vies_takes_for_no_number_is_invalid_and_says_why(status: int, body: dict[str, Any]) -> None:
    reading = read_answer(status, body)

    assert reading.answer is VatAnswer.INVALID
    assert reading.remark == "VIES takes it for no number of that country: INVALID_INPUT."


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"userError": "INVALID_REQUESTER_INFO"}),
        (200, {"userError": "INVALID_REQUESTER_INFO", "isValid": False}),
        (400, {"actionSucceed": False, "errorWrappers": [{"error": "INVALID_REQUESTER_INFO"}]}),
    ],
)
def test_a_refused_requester_says_nothing_about_the_number(status: int, body: dict[str, Any]) -> None:
    reading = read_answer(status, body)

    assert (reading.answer, reading.requester_refused) == (VatAnswer.UNKNOWN, True)


def test_the_record_keeps_the_moment_and_the_consultation_number_and_no_name() -> None:
    body = {
        "isValid": True,
        "requestDate": AT,
        "requestIdentifier": " WAPIAAAAX1y2Z3w4 ",
        "name": "EMPRESA INVENTADA",
        "address": "CALLE FALSA 1",
    }

    reading = read_answer(200, body)

    assert reading.requested_at == datetime(2026, 7, 1, 10, 0, 0, 123000, tzinfo=UTC)
    assert reading.consultation == "WAPIAAAAX1y2Z3w4"
    assert "INVENTADA" not in repr(reading)
    assert "FALSA" not in repr(reading)


@pytest.mark.parametrize("told", [None, "", "yesterday", "2026-07-01T10:00:00", "2026-07-01+02:00", 5, {}])
def test_a_moment_that_cannot_be_read_is_none(told: object) -> None:
    assert read_answer(200, {"isValid": True, "requestDate": told}).requested_at is None


@pytest.mark.parametrize("told", [None, "", "  ", "x" * 65, "two words", "\u200b", 7, ["W"]])
def test_a_consultation_number_that_is_none(told: object) -> None:
    assert read_answer(200, {"isValid": True, "requestIdentifier": told}).consultation == ""


_VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from([*OUTAGES, "VALID", "INVALID"])
)
_WRAPPERS = _VALUES | st.lists(_VALUES | st.dictionaries(st.just("error"), _VALUES), max_size=3)


@given(
    st.sampled_from([200, 400, 404]),
    st.fixed_dictionaries(
        {},
        optional={
            "isValid": _VALUES,
            "valid": _VALUES,
            "userError": _VALUES,
            "actionSucceed": _VALUES,
            "errorWrappers": _WRAPPERS,
            "requestDate": _VALUES,
            "requestIdentifier": _VALUES,
        },
    ),
)
def test_invalid_is_said_and_never_concluded(status: int, body: dict[str, Any]) -> None:
    reading = read_answer(status, body)

    assert len(reading.remark) <= 255
    if reading.answer is VatAnswer.INVALID:
        assert status == 200
        assert False in (body.get("isValid"), body.get("valid")) or body["userError"].strip() == "INVALID"
        assert True not in [v for v in (body.get("isValid"), body.get("valid")) if isinstance(v, bool)]
        assert not body.get("errorWrappers")
