from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbound.messages import error_messages


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"errors":[{"error":"Invalid API key"}]}', ("Invalid API key",)),
        ('{"errors":[{"error":"Nome é um campo obrigatório"}]}', ("Nome é um campo obrigatório",)),
        ('[["name","não está disponível."]]', ("name: não está disponível.",)),
        ('{"errors":["one","two"]}', ("one", "two")),
        (
            '{"errors":{"date":["is late","is odd"],"items":"none"}}',
            ("date: is late", "date: is odd", "items: none"),
        ),
        ('{"error":"text"}', ("text",)),
        ('{"message":"text"}', ("text",)),
        ('{"error":"invalid_grant","error_description":"expired"}', ("invalid_grant", "expired")),
        (
            '{"errors":{"error":["Client is invalid","Fiscal não é válido"]}}',
            ("Client is invalid", "Fiscal não é válido"),
        ),
        ('{"errors":[{"error":"same"},{"error":"same"}]}', ("same",)),
        ('"just text"', ("just text",)),
        ('["a","b","c"]', ("a", "b", "c")),
        ('["A sentence.","Another one."]', ("A sentence.", "Another one.")),
        ("", ()),
        (" ", ()),
        ("null", ()),
        ("{}", ()),
        ("[]", ()),
        ('{"id":5,"status":"draft"}', ()),
        ('{"errors":[]}', ()),
        ("plain words", ("plain words",)),
        (
            "<html><head><title>Not   found (404)</title></head><body><h1>No</h1></body></html>",
            ("Not found (404)",),
        ),
        ("<p>Sorry &amp; <b>goodbye</b></p><script>alert(1)</script>", ("Sorry & goodbye",)),
        ('{"errors":[{"error":"<b>Bold</b>\\u0000 move\\n now"}]}', ("Bold move now",)),
        ("\ufeff" + '{"error":"with a mark"}', ("with a mark",)),
    ],
)
def test_every_known_shape_of_an_error_body(body: str, expected: tuple[str, ...]) -> None:
    assert error_messages(body.encode()) == expected


def test_bytes_that_are_no_text_give_something_printable() -> None:
    assert error_messages(b"\xff\xfe\x00") == ("\ufffd\ufffd",)


def test_messages_are_few_and_short() -> None:
    many = b'{"errors":[' + b",".join(b'"%d %s"' % (number, b"x" * 500) for number in range(50)) + b"]}"

    messages = error_messages(many)

    assert len(messages) == 10
    assert {len(message) for message in messages} == {300}
    assert messages[0].endswith("…")


@given(
    st.one_of(
        st.binary(max_size=300), st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))
    )
)
def test_any_body_gives_plain_messages(body: bytes) -> None:
    for message in error_messages(body):
        assert 0 < len(message) <= 300
        assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in message)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_any_json_gives_texts(value: object) -> None:
    messages = error_messages(json.dumps({"errors": value}).encode())

    assert all(isinstance(message, str) and message for message in messages)
