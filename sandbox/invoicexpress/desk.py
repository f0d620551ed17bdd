"""What one call works with: the account it speaks for, the switches, the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.invoicexpress import answers
from sandbox.invoicexpress.records import Account
from sandbox.invoicexpress.switches import InvoiceXpressSwitches
from sandbox.messages import HTML_TYPE, Request, raw_response


@dataclass(frozen=True)
class FileLink:
    """A temporary link to the PDF of a document."""

    account: str
    document_id: int
    expires_at: float


@dataclass
class Desk:
    """`new_id(n)` reserves n ids in a row and gives the first; `now` is seconds since the epoch."""

    account: Account
    switches: InvoiceXpressSwitches
    now: float
    base_url: str
    new_id: Callable[[int], int]
    files: dict[str, FileLink] = field(default_factory=dict)

    def refuse(self, *messages: str) -> answers.Refused:
        return answers.unprocessable(list(messages), self.switches.language)


def body_root(request: Request, *names: str) -> dict[str, Any]:
    """The object under the first root key that is there; an empty one if there is none.

    Like the vendor's framework, a body that is not declared as JSON is not read.
    """
    whole = body_object(request)
    for name in names:
        found = whole.get(name)
        if isinstance(found, dict):
            return found
    return {}


def body_object(request: Request) -> dict[str, Any]:
    if "json" not in (request.header("Content-Type") or "").lower() or not request.body.strip():
        return {}
    try:
        whole = request.json()
    except ValueError:
        raise answers.Refused(raw_response(400, answers.ERROR_PAGE, HTML_TYPE)) from None
    return whole if isinstance(whole, dict) else {}


def text_or_none(value: Any) -> str | None:
    """A text field: null stays null, numbers become text."""
    return None if value is None else str(value)


def page_of(request: Request, rows: list[Any], default_per_page: int) -> tuple[list[Any], dict[str, int]]:
    """The rows of the page asked for, and the pagination block of the answer."""
    page = max(1, _whole_number(request.first("page"), 1))
    per_page = min(100, max(1, _whole_number(request.first("per_page"), default_per_page)))
    total_pages = max(1, -(-len(rows) // per_page))
    block = {
        "total_entries": len(rows),
        "current_page": page,
        "total_pages": total_pages,
        "per_page": per_page,
    }
    return rows[(page - 1) * per_page : page * per_page], block


def _whole_number(text: str | None, default: int) -> int:
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 9:
        return default
    return int(text)
