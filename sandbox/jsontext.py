"""JSON with numbers kept as they were written: `1596.638655462185` and `10000.0` go out as they came in."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


class WrittenNumber(Decimal):
    """A decimal that remembers its JSON spelling (`1e3` and `1000.0` are equal and look different)."""

    written: str

    def __new__(cls, text: str) -> WrittenNumber:
        number = super().__new__(cls, text)
        number.written = text
        return number


def loads(text: bytes | str) -> Any:
    """Parses JSON.

    Raises:
        ValueError: not JSON, not UTF-8, or nested past reason.
    """
    try:
        return json.loads(text, parse_float=WrittenNumber, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested past reason") from error


def dumps(value: Any) -> bytes:
    """Compact UTF-8 JSON; `Decimal` and `float` become plain numbers.

    Raises:
        TypeError: a value that JSON has no form for.
    """
    pieces: list[str] = []
    _write(value, pieces)
    return "".join(pieces).encode("utf-8")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _write(value: Any, pieces: list[str]) -> None:
    if isinstance(value, dict):
        pieces.append("{")
        for position, (key, member) in enumerate(value.items()):
            pieces.append("," if position else "")
            pieces.append(_string(str(key)))
            pieces.append(":")
            _write(member, pieces)
        pieces.append("}")
    elif isinstance(value, (list, tuple)):
        pieces.append("[")
        for position, member in enumerate(value):
            pieces.append("," if position else "")
            _write(member, pieces)
        pieces.append("]")
    else:
        pieces.append(_scalar(value))


def _scalar(value: Any) -> str:
    if isinstance(value, WrittenNumber):
        return value.written
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, str):
        return _string(value)
    return json.dumps(value, allow_nan=False)


def _string(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate can only travel escaped
        return json.dumps(text)
    return json.dumps(text, ensure_ascii=False)
