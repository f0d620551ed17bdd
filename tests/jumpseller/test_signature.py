from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jumpseller_sync.signature import is_genuine, sign

TOKEN = "0123456789abcdef0123456789abcdef"
BODY = (
    '{"order":{"id":1026,"status":"Paid","status_enum":"paid","currency":"EUR","total":47.67,'
    '"customer":{"id":9000100,"fullname":"José Água"}}}'
).encode()


def test_a_signature_is_base64_of_hmac_sha256_over_the_bytes() -> None:
    digest = hmac.new(TOKEN.encode(), BODY, hashlib.sha256).digest()

    assert sign(BODY, TOKEN) == base64.b64encode(digest).decode()
    assert sign(BODY, TOKEN) == "6fgxR3asomATCUI5vG1ggG6Zjj1efO+5LNO9hpIdhtQ="
    assert is_genuine(BODY, sign(BODY, TOKEN), TOKEN)


def test_every_changed_character_of_a_signature_is_refused() -> None:
    good = sign(BODY, TOKEN)

    for position, character in enumerate(good):
        for other in "A/+=z0":
            if other != character:
                assert not is_genuine(BODY, good[:position] + other + good[position + 1 :], TOKEN)


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_every_changed_byte_of_the_body_is_refused(position: int, change: int) -> None:
    body = bytearray(BODY)
    body[position] ^= change

    assert not is_genuine(bytes(body), sign(BODY, TOKEN), TOKEN)


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        " ",
        sign(BODY, TOKEN) + " ",
        " " + sign(BODY, TOKEN),
        sign(BODY, TOKEN) + "\n",
        sign(BODY, TOKEN).rstrip("="),
        sign(BODY, TOKEN) + "=",
        sign(BODY, TOKEN).lower(),
        sign(BODY, TOKEN) + "," + sign(BODY, TOKEN),
        sign(BODY, TOKEN).replace("=", "\uff1d"),
        "é" * 44,
        "\udc80" * 44,
        hmac.new(TOKEN.encode(), BODY, hashlib.sha256).hexdigest(),
        sign(BODY, "another-stores-token"),
    ],
)
def test_anything_else_is_refused(signature: str | None) -> None:
    assert not is_genuine(BODY, signature, TOKEN)


def test_an_empty_token_verifies_nothing() -> None:
    forged = base64.b64encode(hmac.new(b"", BODY, hashlib.sha256).digest()).decode()

    assert not is_genuine(BODY, forged, "")
    with pytest.raises(ValueError, match="empty token"):
        sign(BODY, "")


@given(st.binary(max_size=50), st.text(max_size=60), st.text(max_size=10))
def test_no_input_raises(body: bytes, signature: str, token: str) -> None:
    assert is_genuine(body, signature, token) is False


@given(st.binary(max_size=50), st.text(min_size=1, max_size=10))
def test_what_is_signed_is_genuine(body: bytes, token: str) -> None:
    assert is_genuine(body, sign(body, token), token)
