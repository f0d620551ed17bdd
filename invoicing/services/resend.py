"""Mail a document once more because a person said so: the only way in which a mail goes out twice."""

from __future__ import annotations

from django.contrib.auth.models import User

from invoicing.domain.lifecycle import OperationState, Verb
from invoicing.models import Document
from invoicing.services.operations import ensure_operation
from invoicing.services.ruling_answers import Answer, Because, done, in_progress, not_possible
from invoicing.services.ruling_work import name_of, open_operations, retry_operation, with_order
from stores.models import Order


def resend_mail(document: Document, *, user: User) -> Answer:
    """Send the PDF again, to the buyer's address as the order has it now."""

    def act(_order: Order) -> Answer:
        row = Document.objects.get(pk=document.pk)
        if not row.is_final:
            return not_possible(Because.NOT_FINAL)
        if not row.pdf:
            return not_possible(Because.NO_PDF)
        under_way = open_operations(row, Verb.MAIL)
        if any(operation.state != OperationState.HELD for operation in under_way):
            return in_progress()
        if under_way:
            return retry_operation(under_way[0], user=user)
        made = ensure_operation(row, Verb.MAIL, requested_by=name_of(user))
        return done() if made is not None else in_progress()

    return with_order(document.order_id, act)
