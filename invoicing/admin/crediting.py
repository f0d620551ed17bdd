"""What may be credited of a document, asked of a row with its notes at hand."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from invoicing.domain.plan import DocumentRole
from invoicing.models import Document
from stores.admin.formats import money


def standing_notes(document: Document) -> list[Document]:
    """Its credit notes that stand or are under way."""
    return [note for note in document.credit_notes.all() if not note.is_ended]


def can_be_credited(document: Document) -> bool:
    """Also what refunds have left, unless that is being credited."""
    if document.role != DocumentRole.INVOICE or not document.is_final or document.reversed_at is not None:
        return False
    is_being = any(note.refund_id is None and not note.is_final for note in standing_notes(document))
    return not is_being and _left(document) > 0


def what_is_credited(document: Document) -> str:
    """A sentence on the note over all that is left."""
    left = money(_left(document), document.currency)
    if _left(document) < document.gross_total:
        words = _("A credit note over what is left, %(left)s, is made with the same rates and customer.")
        return words % {"left": left}
    words = _("A credit note over %(total)s is made with the same lines, rates and customer.")
    return words % {"total": left}


def _left(document: Document) -> Decimal:
    return document.gross_total - sum((note.gross_total for note in standing_notes(document)), Decimal(0))
