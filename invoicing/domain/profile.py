"""The fiscal settings as a value: what the merchant chose, with the careful choice for the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from invoicing.domain.plan import DocumentKind


class IssueOn(StrEnum):
    MANUAL = "manual"
    PAID = "paid"
    PAID_OR_SHIPPED = "paid_or_shipped"


class OnCancel(StrEnum):
    ASK = "ask"
    CREDIT_NOTE = "credit_note"


class InvalidTaxId(StrEnum):
    FINAL_CONSUMER = "final_consumer"
    HOLD = "hold"


class HoldOrExclude(StrEnum):
    HOLD = "hold"
    EXCLUDE = "exclude"


class ProfileError(ValueError):
    """A setting is unknown, not obeyed yet, or has a value that it cannot have. `key` names it."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key
        self.message = message


@dataclass(frozen=True, slots=True)
class Profile:
    """One version of a store's fiscal settings. The defaults are the careful choices."""

    document_type: DocumentKind = DocumentKind.INVOICE_RECEIPT
    unpaid_document_type: DocumentKind = DocumentKind.INVOICE  # for goods that leave before the money comes
    issue_on: IssueOn = IssueOn.PAID
    issue_delay_minutes: int = 0  # between the draft and its number, for people to look at it
    finalize: bool = False
    email_customer: bool = True
    bcc: str = ""
    on_cancel: OnCancel = OnCancel.ASK
    prices_include_vat: bool | None = None  # None: as the order says
    vat_region: str = "PT"
    exemption_code: str = ""
    invalid_tax_id: InvalidTaxId = InvalidTaxId.FINAL_CONSUMER
    series: str = ""
    go_live_on: date | None = None
    gift_card_sale: HoldOrExclude = HoldOrExclude.HOLD
    zero_total: HoldOrExclude = HoldOrExclude.HOLD
    foreign_currency: HoldOrExclude = HoldOrExclude.HOLD

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, complete; the inverse of `parse_profile`."""
        values = asdict(self)
        values["go_live_on"] = self.go_live_on.isoformat() if self.go_live_on else None
        return {key: str(value) if isinstance(value, StrEnum) else value for key, value in values.items()}


# Settings of the contract that the product does not act on yet. The value listed is the only one that
# changes nothing; any other is refused by name, because obeying half a fiscal setting is worse.
NOT_OBEYED_YET: dict[str, Any] = {
    "export_exemption_code": None,
    "intra_eu_exemption_code": None,
    "oss": False,
    "sync_items": False,
    "sync_stock": False,
}
_NULL_IS_LEFT_OUT = ("unpaid_document_type", "issue_delay_minutes")
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EXEMPTION = re.compile(r"M[0-9]{2}")
_DOCUMENT_TYPES = (DocumentKind.INVOICE, DocumentKind.INVOICE_RECEIPT, DocumentKind.SIMPLIFIED_INVOICE)
# CIVA art. 36.º n.º 1 a): the document is due on the fifth working day; five days are always within it.
LONGEST_DELAY_MINUTES = 5 * 24 * 60
_LATER_REGIONS = ("PT-AC", "PT-MA")


def parse_profile(raw: Mapping[str, Any]) -> Profile:
    """A profile from JSON values.

    Raises:
        ProfileError: naming the first key that is unknown, wrong or not obeyed yet.
    """
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key in _NULL_IS_LEFT_OUT and value is None:
            continue
        if key in NOT_OBEYED_YET:
            allowed = NOT_OBEYED_YET[key]
            if value is not None and (value != allowed or type(value) is not type(allowed)):
                raise ProfileError(key, f"{key}: not supported yet; leave it out")
            continue
        reader = _READERS.get(key)
        if reader is None:
            raise ProfileError(key, f"{key}: unknown setting")
        values[key] = reader(key, value)
    return Profile(**values)


def stored_profile(raw: Mapping[str, Any]) -> Profile:
    """A version that was written once. A setting that was retired since must not make it unreadable."""
    return parse_profile({key: value for key, value in raw.items() if key in _READERS})


def _flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ProfileError(key, f"{key}: must be true or false")
    return value


def _optional_flag(key: str, value: Any) -> bool | None:
    return None if value is None else _flag(key, value)


def _text(key: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 255 or not value.isprintable():
        raise ProfileError(key, f"{key}: must be a short text on one line")
    return value.strip()


def _email(key: str, value: Any) -> str:
    text = _text(key, value)
    if text and not _EMAIL.fullmatch(text):
        raise ProfileError(key, f"{key}: must be one e-mail address")
    return text


def _code(key: str, value: Any) -> str:
    text = _text(key, value)
    if text and not _EXEMPTION.fullmatch(text):
        raise ProfileError(key, f"{key}: must be a code such as M10")
    return text


def _date(key: str, value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        if not _DATE.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ProfileError(key, f"{key}: must be a date such as 2026-01-31") from None


def _choice(*choices: str) -> Any:
    def read(key: str, value: Any) -> str:
        if value not in choices:
            raise ProfileError(key, f"{key}: must be one of {', '.join(choices)}")
        return str(value)

    return read


def _enum(kind: type[StrEnum], choices: tuple[StrEnum, ...] | None = None) -> Any:
    read = _choice(*[str(choice) for choice in choices or tuple(kind)])
    return lambda key, value: kind(read(key, value))


def _minutes(key: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LONGEST_DELAY_MINUTES:
        raise ProfileError(key, f"{key}: must be a number of minutes from 0 to {LONGEST_DELAY_MINUTES}")
    return value


def _region(key: str, value: Any) -> str:
    if value in _LATER_REGIONS:
        raise ProfileError(key, f"vat_region: {value} is not supported yet")
    return str(_choice("PT")(key, value))


_READERS: dict[str, Any] = {
    "document_type": _enum(DocumentKind, _DOCUMENT_TYPES),
    "unpaid_document_type": _enum(DocumentKind, (DocumentKind.INVOICE,)),
    "issue_on": _enum(IssueOn),
    "issue_delay_minutes": _minutes,
    "finalize": _flag,
    "email_customer": _flag,
    "bcc": _email,
    "on_cancel": _enum(OnCancel),
    "prices_include_vat": _optional_flag,
    "vat_region": _region,
    "exemption_code": _code,
    "invalid_tax_id": _enum(InvalidTaxId),
    "series": _text,
    "go_live_on": _date,
    "gift_card_sale": _enum(HoldOrExclude),
    "zero_total": _enum(HoldOrExclude),
    "foreign_currency": _enum(HoldOrExclude),
}
