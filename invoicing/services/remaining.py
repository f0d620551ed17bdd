"""What is left to credit of a document, counting notes that people made at the provider."""

from __future__ import annotations

from decimal import Decimal

from invoicing.domain.plan import DocumentKind, DocumentStatus, StoredDocument
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.services.work import Work


def require_something_left(work: Work) -> None:
    """Credit notes never exceed the original, counting those that people made at the provider."""
    note = work.document
    assert note.original is not None
    others = [
        item
        for item in work.provider.related(note.original.provider_id)
        if item.kind is DocumentKind.CREDIT_NOTE
        and item.reference != note.reference
        and item.status not in (DocumentStatus.DELETED, DocumentStatus.CANCELED)
    ]
    credited = sum((item.figures.total for item in others), Decimal(0))
    if credited + note.gross_total > note.original.gross_total:
        raise Hold(
            HoldReason.NOTHING_LEFT_TO_CREDIT,
            f"{note.original}: {note.original.gross_total}; {listed(others)}",
        )


def listed(items: list[StoredDocument]) -> str:
    return ", ".join(
        f"{item.number or item.provider_id} ({item.status}, {item.figures.total})" for item in items
    )
