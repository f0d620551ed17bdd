from __future__ import annotations

import io
import json
import logging

import pytest

from outbound.redaction import RedactingFilter, redact

CANARY = "canary-9f8e7d6c5b4a"


@pytest.mark.parametrize(
    "text",
    [
        f"https://shop.example/invoices.json?api_key={CANARY}",
        f"https://shop.example/invoices.json?page=1&api_key={CANARY}&per_page=2",
        f"GET /invoices.json?API_KEY={CANARY} HTTP/1.1",
        f"api_key%3D{CANARY}%26page%3D1",
        f"https://api.example/v1/orders.json?login=abc&authtoken={CANARY}",
        f"?login={CANARY}&x=1",
        f"https://files.example/a.pdf?X-Amz-Signature={CANARY}&X-Amz-Date=1",
        f"https://files.example/a.pdf?signature={CANARY}",
        f'{{"api_key": "{CANARY}"}}',
        f"{{'auth_token': '{CANARY}'}}",
        json.dumps(json.dumps({"access_token": CANARY})),
        f"[('Authorization', 'Basic {CANARY}')]",
        f"Authorization: Bearer {CANARY}",
        f"authorization=Basic {CANARY}",
        f"{{'Authorization': b'Bearer {CANARY}'}}",
        f"the header was Basic {CANARY}==",
        f"X-InvoiceXpress-API-Key: {CANARY}",
        f"client_secret={CANARY} and more",
        f"redis://user:{CANARY}@host:6379/0",
        f"postgres://{CANARY}@host/db",
        f"password={CANARY}",
    ],
)
def test_credentials_are_known_by_their_place(text: str) -> None:
    assert CANARY not in redact(text)
    assert "***" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "GET https://shop.example/invoices.json?text=LE-1001-1&page=2",
        "the login page, the token bucket and a key: all words",
        "Basic rules apply; bearer of news",
        "buyer@example.com wrote at 10:30",
        "status code=404",
        '{"reference":"LE-1001-1","keys":[1,2]}',
        '{"authorization":null,"n":1}',
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redact(text) == text


def test_known_secrets_go_in_every_spelling() -> None:
    secret = "p+ss w/rd=é"
    text = (
        "plain p+ss w/rd=é quoted p%2Bss%20w%2Frd%3D%C3%A9 plus p%2Bss+w%2Frd%3D%C3%A9 b64 cCtzcyB3L3JkPcOp"
    )

    assert redact(text, [secret]) == "plain *** quoted *** plus *** b64 ***"


def test_a_very_short_secret_does_not_blank_out_ordinary_words() -> None:
    assert redact("a cab", ["a", ""]) == "a cab"


def test_json_stays_json() -> None:
    event = {
        "event": f'sent {{"api_key": "{CANARY}"}} to https://a:{CANARY}@h/?api_key={CANARY}',
        "authorization": f"Basic {CANARY}",
        "nested": {"password": CANARY, "authorization": None, "n": 1},
    }

    clean = json.loads(redact(json.dumps(event)))

    assert CANARY not in json.dumps(clean)
    assert clean["nested"]["n"] == 1


def _logged(emit: object) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactingFilter())
    logger = logging.getLogger("tests.redaction")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    try:
        emit(logger)  # type: ignore[operator]
    finally:
        logger.removeHandler(handler)
    return stream.getvalue()


def test_a_log_line_is_clean_with_its_arguments() -> None:
    url = f"/invoices.json?api_key={CANARY}"

    assert _logged(lambda logger: logger.debug('"%s %s" %d', "GET", url, 200)) == (
        '"GET /invoices.json?api_key=***" 200\n'
    )


def test_a_traceback_is_clean() -> None:
    def emit(logger: logging.Logger) -> None:
        try:
            raise ValueError(f"failed: https://h/?api_key={CANARY}")
        except ValueError:
            logger.exception("it failed")

    text = _logged(emit)

    assert CANARY not in text
    assert "ValueError: failed: https://h/?api_key=***" in text


def test_a_harmless_line_and_a_broken_one_pass() -> None:
    assert _logged(lambda logger: logger.info("page %d", 3)) == "page 3\n"
    half = ("page %d and %s", f"api_key={CANARY}")
    assert _logged(lambda logger: logger.info(*half)) == ("page %d and %s ('api_key=***',)\n")
