"""What a vendor says when it refuses: every known shape of an error body, as short plain sentences. Pure."""

from __future__ import annotations

import html
import json
import re
from typing import Any

_MOST_MESSAGES = 10
_MOST_CHARACTERS = 300
_MOST_BYTES = 200_000
_DEEPEST = 6
_NAMED = ("errors", "error", "message", "messages", "error_description", "detail")
_UNPRINTED = re.compile(r"(?is)<(script|style|head)\b.*?</\1\s*>|<!--.*?-->")
_TITLE = re.compile(r"(?is)<title[^>]*>(.*?)</title>")
_TAG = re.compile(r"(?s)<[^>]*>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def error_messages(body: bytes) -> tuple[str, ...]:
    """The vendor's own words, at most ten, without markup, each at most 300 characters.

    Takes any bytes and never raises; an empty or unprintable body gives no message.
    """
    text = body[:_MOST_BYTES].decode("utf-8", "replace").strip().lstrip("\ufeff")
    if not text:
        return ()
    try:
        found = _flat(json.loads(text), 0)
    except (ValueError, RecursionError):
        found = [_title(text) or text]
    clean = [plain(message) for message in found]
    return tuple(dict.fromkeys(message for message in clean if message))[:_MOST_MESSAGES]


def plain(text: str) -> str:
    """One short line of plain text: no markup, no control characters, cut at a sensible length."""
    if "<" in text:
        text = _TAG.sub(" ", _UNPRINTED.sub(" ", text))
    text = " ".join(_CONTROL.sub(" ", html.unescape(text)).split())
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1].rstrip() + "…"


def _title(text: str) -> str:
    found = _TITLE.search(text)
    return found.group(1) if found else ""


def _flat(value: Any, depth: int) -> list[str]:
    if depth > _DEEPEST or value is None:
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, bool | int | float):
        return [str(value)]
    if isinstance(value, dict):
        return _from_object(value, depth)
    return [
        message
        for member in value[: 2 * _MOST_MESSAGES]
        for message in ([f"{member[0]}: {member[1]}"] if _is_pair(member) else _flat(member, depth + 1))
    ]


def _from_object(value: dict[str, Any], depth: int) -> list[str]:
    named = [key for key in _NAMED if value.get(key)]
    if named:
        return [message for key in named for message in _flat(value[key], depth + 1)]
    if depth == 0:
        return []  # an object that is no error has no message
    return [
        f"{field}: {message}"
        for field, member in list(value.items())[: 2 * _MOST_MESSAGES]
        for message in _flat(member, depth + 1)
    ]


def _is_pair(value: Any) -> bool:
    """A member of the `[["name", "is taken"]]` shape: a field and its complaint."""
    return isinstance(value, list) and len(value) == 2 and all(isinstance(half, str) for half in value)
