"""Legal numbers: one counter per type and series, dates that never run backwards."""

from __future__ import annotations

import base64
import hashlib
from datetime import date

from sandbox.invoicexpress.records import Document, DocumentType, Series
from sandbox.invoicexpress.rendering import client_json

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def date_problem(kind: DocumentType, series: Series, day: date) -> list[str]:
    """The complaint about a date before the last final document of the same type and series, if any."""
    last = series.last_days.get(kind.root, day)
    if day >= last:
        return []
    shown = f"{last.day:02d} {_MONTHS[last.month - 1]} {last.year % 100:02d}"
    return [f"Date cannot be earlier than the last {kind.label} of this sequence[{shown}]"]


def give_number(document: Document) -> None:
    """Makes a document fiscal: number, ATCUD, hash, and the client as it is now, for good."""
    root, series = document.kind.root, document.series
    series.numbers[root] = series.numbers.get(root, 0) + 1
    document.number = series.numbers[root]
    series.last_days[root] = max(document.day, series.last_days.get(root, document.day))
    code = series.validation_codes.get(root)
    document.atcud = f"{code}-{document.number}" if code else "N/D"
    digest = hashlib.sha256(f"{document.token}/{document.number_text}".encode()).digest()
    document.saft_hash = base64.b64encode(digest, altchars=b"Aa").decode()[:4]
    document.client_copy = document.client_copy or client_json(document)
