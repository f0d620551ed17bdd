"""People's word: each verb leaves a ruling, and the order is decided again with it.

All of them lock the order, are safe to call twice, and change nothing when they are not possible.
"""

from invoicing.services.correct_buyer import correct_buyer
from invoicing.services.document_rulings import (
    approve_credit,
    cancel_document,
    delete_draft,
    keep_draft,
    request_finalize,
    settle_otherwise,
)
from invoicing.services.order_rulings import accept_rates, do_not_invoice, issue_anyway, revoke
from invoicing.services.refund_rulings import register_refund
from invoicing.services.resend import resend_mail
from invoicing.services.ruling_answers import Answer, AnswerKind, Because
from invoicing.services.ruling_work import give_up, reprocess, retry_operation

__all__ = [
    "Answer",
    "AnswerKind",
    "Because",
    "accept_rates",
    "approve_credit",
    "cancel_document",
    "correct_buyer",
    "delete_draft",
    "do_not_invoice",
    "give_up",
    "issue_anyway",
    "keep_draft",
    "register_refund",
    "reprocess",
    "request_finalize",
    "resend_mail",
    "retry_operation",
    "revoke",
    "settle_otherwise",
]
