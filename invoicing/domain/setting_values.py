"""Values of fiscal settings, read from JSON: each reader takes the setting's key and what was given."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Any

from invoicing.domain.exemptions import exemption
from invoicing.domain.tax_ids import TaxIdState, read_tax_id

Reader = Callable[[str, Any], Any]

_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EXEMPTION = re.compile(r"M[0-9]{2}")
_MOST_ENTRIES = 500


class ProfileError(ValueError):
    """A setting is unknown, not obeyed yet, or has a value that it cannot have. `key` names it."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key
        self.message = message


def flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ProfileError(key, f"{key}: must be true or false")
    return value


def optional_flag(key: str, value: Any) -> bool | None:
    return None if value is None else flag(key, value)


def text(key: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 255 or not value.isprintable():
        raise ProfileError(key, f"{key}: must be a short text on one line")
    return value.strip()


def texts(key: str, value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > _MOST_ENTRIES:
        raise ProfileError(key, f"{key}: must be a list of short texts")
    return tuple(found for found in (text(key, entry) for entry in value) if found)


def email(key: str, value: Any) -> str:
    found = text(key, value)
    if found and not _EMAIL.fullmatch(found):
        raise ProfileError(key, f"{key}: must be one e-mail address")
    return found


def exemption_code(key: str, value: Any) -> str:
    found = text(key, value)
    if found and not _EXEMPTION.fullmatch(found):
        raise ProfileError(key, f"{key}: must be a code such as M10")
    if found and exemption(found) is None:
        raise ProfileError(key, f"{key}: {found} is no code of the tax authority's table")
    return found


def codes_by_sku(key: str, value: Any) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    if not isinstance(value, dict) or len(value) > _MOST_ENTRIES:
        raise ProfileError(key, f'{key}: must give SKUs their codes, such as {{"LIVRO-*": "M07"}}')
    pairs = [(text(key, sku), exemption_code(key, code)) for sku, code in value.items()]
    if not all(sku.strip("*") and code for sku, code in pairs):
        raise ProfileError(key, f"{key}: an SKU or a code is empty")
    return tuple(sorted(pairs))


def nif(key: str, value: Any) -> str:
    found = text(key, value)
    if not found:
        return ""
    tax_id = read_tax_id(found)
    if tax_id.state is not TaxIdState.VALID:
        raise ProfileError(key, f"{key}: must be a valid NIF")
    return tax_id.number


def day(key: str, value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        if not _DATE.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ProfileError(key, f"{key}: must be a date such as 2026-01-31") from None


def choice(*choices: str) -> Reader:
    def read(key: str, value: Any) -> str:
        if value not in choices:
            raise ProfileError(key, f"{key}: must be one of {', '.join(choices)}")
        return str(value)

    return read


def enum(kind: type[StrEnum], choices: tuple[StrEnum, ...] | None = None) -> Reader:
    read = choice(*[str(each) for each in choices or tuple(kind)])
    return lambda key, value: kind(read(key, value))


def minutes(most: int) -> Reader:
    def read(key: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise ProfileError(key, f"{key}: must be a number of minutes from 0 to {most}")
        return value

    return read
