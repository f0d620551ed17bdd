"""Answers that no honest vendor gives: a true answer, and what Hypothesis makes of it.

A `Distortion` is a plain value, so a trial prints what it did and can be done again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from outbound.answers import Answer
from outbound.session import OutboundSession
from sandbox import jsontext

_PLACE = "\ufdd0here\ufdd0"  # a text that no answer holds
# JSON of every type, and what is none.
_SCALARS = ("null", "true", "false", "0", "-1", "1.5", "7", '""', '"x"', '"\\u0000<b>&"', "[]", "{}", "[{}]")
_NO_NUMBERS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1E+999999999",
    "1e-999999999",
    "9" * 4000,
    "0.1" * 3,
)
_ERRORS_IN_200 = (
    b'{"errors":[{"error":"Try again later"}]}',
    b'{"errors":{"base":["Conta suspensa"]}}',
    b'{"error":"internal"}',
    b'{"status":"error","message":"busy"}',
    b'[["name","invalid"]]',
    b'"ok"',
    b"null",
    b"[]",
    b"{}",
    b"0",
)
_PAGES = (
    b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
    b"<html>",
    b"\xef\xbb\xbf<html></html>",
)


@dataclass(frozen=True)
class Distortion:
    """`where` picks the place (modulo what there is); `junk` is put there; `status` replaces the true one."""

    how: str
    where: int
    junk: bytes
    status: int | None

    def __str__(self) -> str:
        return f"{self.how} at {self.where}: {self.junk[:60]!r}, status {self.status}"

    def of(self, answer: Answer) -> Answer:
        body = _DEEDS[self.how](answer.body, self.where, self.junk)
        return Answer(self.status or answer.status, answer.headers, body)


def _cut(body: bytes, where: int, _junk: bytes) -> bytes:
    return body[: where % max(len(body), 1)]


def _other_body(_body: bytes, _where: int, junk: bytes) -> bytes:
    return junk


def _corrupt(body: bytes, where: int, junk: bytes) -> bytes:
    """Some bytes in the middle are none that JSON may hold."""
    at = where % max(len(body), 1)
    return body[:at] + junk + body[at + len(junk) :]


def _encode_otherwise(body: bytes, where: int, _junk: bytes) -> bytes:
    encoding = ("utf-16", "utf-32", "utf-8-sig", "latin-1", "utf-7")[where % 5]
    return body.decode("utf-8", "replace").encode(encoding, "replace")


def _retype(body: bytes, where: int, junk: bytes) -> bytes:
    """One value, perhaps the whole, is of another type."""
    return _with_place(body, where, lambda value: _other_type(value, junk))


def _unnumber(body: bytes, where: int, junk: bytes) -> bytes:
    """One value is something that looks like a number and is none, or none that money may be."""
    return _with_place(body, where, lambda _value: junk)


def _deepen(body: bytes, where: int, junk: bytes) -> bytes:
    depth = int(junk)
    return _with_place(body, where, lambda _value: b"[" * depth + b"]" * depth)


def _other_type(value: Any, junk: bytes) -> bytes:
    if _family(json.loads(junk)) != _family(value):
        return junk
    return b"{}" if isinstance(value, list) else b"[]"


def _family(value: Any) -> str:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return "number"
    return type(value).__name__


def _drop(body: bytes, where: int, _junk: bytes) -> bytes:
    """One member of an object or a list is missing."""
    return _edit(body, where, lambda holder, key: holder.pop(key))


def _double(body: bytes, where: int, junk: bytes) -> bytes:
    """One key stands twice in its object, once with junk: before the true value, or after it."""
    found: list[bytes] = []

    def put(holder: Any, key: Any) -> None:
        if isinstance(holder, dict):
            found.append(_other_type(holder[key], junk))
            members, twin = list(holder.items()), (_PLACE + key, _PLACE)
            holder.clear()
            holder.update([twin, *members] if where % 2 else [*members, twin])

    edited = _edit(body, where, put)
    for instead in found:
        edited = edited.replace(b'"' + _PLACE.encode() + b'"', instead, 1)
    return edited.replace(_PLACE.encode(), b"")


def _with_place(body: bytes, where: int, instead_of: Callable[[Any], bytes]) -> bytes:
    found: list[bytes] = []

    def put(holder: Any, key: Any) -> None:
        found.append(instead_of(holder[key]))
        holder[key] = _PLACE

    edited = _edit(body, where, put)
    for instead in found:
        edited = edited.replace(b'"' + _PLACE.encode() + b'"', instead, 1)
    return edited


def _edit(body: bytes, where: int, change: Callable[[Any, Any], Any]) -> bytes:
    """The body with one place of it changed; a body that is no JSON is cut instead."""
    try:
        root = {"": jsontext.loads(body)}
    except ValueError:
        return _cut(body, where, b"")
    places = list(_places(root))
    holder, key = places[where % len(places)]
    change(holder, key)
    return jsontext.dumps(root[""]) if "" in root else b""


def _places(holder: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(holder) if isinstance(holder, dict) else range(len(holder))
    for key in keys:
        yield holder, key
        if isinstance(holder[key], dict | list):
            yield from _places(holder[key])


_DEEDS: dict[str, Callable[[bytes, int, bytes], bytes]] = {
    "cut": _cut,
    "other body": _other_body,
    "other bytes": _corrupt,
    "other encoding": _encode_otherwise,
    "other type": _retype,
    "no number": _unnumber,
    "deep nesting": _deepen,
    "missing": _drop,
    "doubled key": _double,
}


def _json_texts() -> st.SearchStrategy[bytes]:
    leaves = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=8)
    trees = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    )
    return trees.map(lambda value: json.dumps(value).encode())


def distortions() -> st.SearchStrategy[Distortion]:
    other_bodies = (
        st.sampled_from((*_ERRORS_IN_200, *_PAGES, b"", b" ", b"\r\n\r\n", b"\x00", b"[" * 100_000))
        | st.binary(max_size=60)
        | _json_texts()
    )
    scalars = st.sampled_from([text.encode() for text in _SCALARS])
    junk = {
        "cut": st.just(b""),
        "other body": other_bodies,
        "other bytes": st.sampled_from([b"\xff", b"\xc3\x28", b"\x00\x01", b"\xed\xa0\x80", b"\x1b[2J"]),
        "other encoding": st.just(b""),
        "other type": scalars,
        "no number": st.sampled_from([text.encode() for text in _NO_NUMBERS]),
        "deep nesting": st.sampled_from([b"40", b"400", b"900", b"5000", b"100000"]),
        "missing": st.just(b""),
        "doubled key": scalars,
    }
    how = st.sampled_from(["other type", "other body", *_DEEDS])  # the richest ones more often
    status = st.sampled_from([None, None, None, None, 200, 201, 202, 204])
    return how.flatmap(
        lambda deed: st.builds(Distortion, st.just(deed), st.integers(0, 2**16), junk[deed], status)
    )


def drawn(strategy: st.SearchStrategy[Any], count: int, seed: int) -> list[Any]:
    """So many examples. They are drawn before the trials, which then run once each and in order."""
    found: list[Any] = []

    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.seed(seed)
    @hypothesis.given(strategy)
    def keep(example: Any) -> None:
        found.append(example)

    keep()
    return found[:count]


@contextmanager
def distorted(method: str, path: str, distortion: Distortion, times: int) -> Iterator[list[bytes]]:
    """The next `times` answers to such calls are distorted; yields what was given instead.

    `method` and `path` may be empty: any.
    """
    given: list[bytes] = []

    def exchange(session: OutboundSession, request: Any) -> Any:
        answer, trouble = real(session, request)
        is_meant = method in ("", request.method) and re.search(path, request.path_url.split("?")[0])
        if answer is None or not is_meant or len(given) >= times:
            return answer, trouble
        other = distortion.of(answer)
        given.append(other.body)
        return other, trouble

    real = OutboundSession._exchange
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OutboundSession, "_exchange", exchange)
        yield given
