"""The verbs of staff, with what each will do in full sentences."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.enums import ActionVariant

from invoicing.admin.acts import Act
from invoicing.admin.labels import KINDS, STATUSES, VERBS, label, reason_text
from invoicing.domain.lifecycle import OperationState, Verb, may_start
from invoicing.domain.plan import DocumentRole, DocumentStatus
from invoicing.models import Document, DocumentOperation, Ruling
from invoicing.services import rulings
from stores.admin.formats import money
from stores.domain.order import OrderStatus
from stores.models import Order

_DRAFTS = (DocumentStatus.PLANNED, DocumentStatus.DRAFT)


def _about(document: Document) -> str:
    return _("%(kind)s of order %(order)s, %(customer)s, %(total)s; now: %(status)s.") % {
        "kind": label(KINDS, document.kind),
        "order": document.order.shop_order_id,
        "customer": document.customer_name or "-",
        "total": money(document.gross_total, document.currency),
        "status": label(STATUSES, document.status),
    }


def _finalizing(document: Document) -> Sequence[str]:
    if document.status not in _DRAFTS:
        return [_about(document), _("Only drafts are finalized: nothing will happen.")]
    return [
        _about(document),
        _("The order is read again; if it still calls for this document, it gets its legal number."),
        _("After that it can only be corrected by a credit note."),
        _("Its PDF is fetched, mailed to the buyer if the settings say so, and hung on the order."),
    ]


def _deleting(document: Document) -> Sequence[str]:
    if document.status not in _DRAFTS:
        return [_about(document), _("Only drafts are deleted: nothing will happen.")]
    return [
        _about(document),
        _("The draft is deleted in the invoicing account; no number is lost."),
        _("The order is held and not invoiced again until somebody says: issue anyway."),
    ]


def _crediting(document: Document) -> Sequence[str]:
    if document.role != DocumentRole.INVOICE or not document.is_final:
        return [_about(document), _("Only final invoices are credited: nothing will happen.")]
    return [
        _about(document),
        _("A credit note over %(total)s is made with the same lines, rates and customer.")
        % {"total": money(document.gross_total, document.currency)},
        _("It is finalized if the settings say so, mailed to the buyer and hung on the order."),
        _("The order is not invoiced again by itself, even while it stays paid in the shop."),
    ]


def _can_be_credited(document: Document) -> bool:
    return document.role == DocumentRole.INVOICE and document.is_final and document.reversed_at is None


def _settling(document: Document) -> Sequence[str]:
    return [
        _about(document),
        _("The order was cancelled, and no credit note is made: the document stands."),
    ]


def _live(order: Order) -> list[Document]:
    """Invoices of the order that stand; the order comes with its documents."""
    invoices = (d for d in order.documents.all() if d.role == DocumentRole.INVOICE)
    return [d for d in invoices if not d.is_ended and d.reversed_at is None]


def _leaving_out(order: Order) -> Sequence[str]:
    return [
        _("Order %(order)s, %(buyer)s.") % {"order": order.shop_order_id, "buyer": order.buyer_name or "-"},
        _("It gets no document; a draft that exists is deleted."),
        _("If its document is final already, nothing will happen."),
    ]


def _insisting(order: Order) -> Sequence[str]:
    return [
        _("Order %(order)s, %(buyer)s.") % {"order": order.shop_order_id, "buyer": order.buyer_name or "-"},
        _("It is invoiced although the settings, another application or a person had left it out."),
        _("The document is finalized by itself if the settings say so."),
    ]


def _reading_again(order: Order) -> Sequence[str]:
    return [_("Order %(order)s is read from the shop and decided again.") % {"order": order.shop_order_id}]


def _retrying(operation: DocumentOperation) -> Sequence[str]:
    said = [f"{label(VERBS, operation.verb)}: {operation.document}"]
    if operation.hold_reason:
        said.append(reason_text(operation.hold_reason).sentence)
    if operation.verb == Verb.MAIL and operation.write_started_at is not None:
        said.append(_("The mail may have been sent before: the buyer may get it twice."))
    elif operation.write_started_at is not None:
        said.append(_("What was sent before is looked for first; nothing is sent twice."))
    return said


def _giving_up(operation: DocumentOperation) -> Sequence[str]:
    return [
        f"{label(VERBS, operation.verb)}: {operation.document}",
        _("The operation ends without having been done."),
    ]


def _can_be_given_up(operation: DocumentOperation) -> bool:
    status = DocumentStatus(operation.document.status)
    is_called_for = operation.is_fiscal and may_start(Verb(operation.verb), status)
    return operation.state == OperationState.HELD and not is_called_for


def _revoking(_ruling: Ruling) -> Sequence[str]:
    return [_("The ruling no longer counts; the order is read and decided again.")]


FINALIZE = Act(
    "finalize",
    gettext_lazy("Finalize"),
    _finalizing,
    lambda row, user, reason: rulings.request_finalize(row, user=user, reason=reason),
    gettext_lazy("The document is being finalized."),
    is_irrevocable=True,
    asks_reason=False,
    suits=lambda row: row.status in _DRAFTS,
    icon="verified",
    variant=ActionVariant.PRIMARY,
)
DELETE_DRAFT = Act(
    "delete_draft",
    gettext_lazy("Delete the draft"),
    _deleting,
    lambda row, user, reason: rulings.delete_draft(row, user=user, reason=reason),
    gettext_lazy("The draft is being deleted."),
    suits=lambda row: row.status in _DRAFTS,
    icon="delete",
    variant=ActionVariant.DANGER,
)
APPROVE_CREDIT = Act(
    "approve_credit",
    gettext_lazy("Credit in full"),
    _crediting,
    lambda row, user, reason: rulings.approve_credit(row, user=user, reason=reason),
    gettext_lazy("The credit note is being made."),
    is_irrevocable=True,
    suits=_can_be_credited,
    icon="undo",
    variant=ActionVariant.DANGER,
)
SETTLE_OTHERWISE = Act(
    "settle_otherwise",
    gettext_lazy("Settled otherwise"),
    _settling,
    lambda row, user, reason: rulings.settle_otherwise(row, user=user, reason=reason),
    gettext_lazy("The document stands; no credit note is made."),
    suits=lambda row: _can_be_credited(row) and row.order.status not in (OrderStatus.PAID, ""),
    icon="handshake",
)
DO_NOT_INVOICE = Act(
    "do_not_invoice",
    gettext_lazy("Do not invoice"),
    _leaving_out,
    lambda row, user, reason: rulings.do_not_invoice(row, user=user, reason=reason),
    gettext_lazy("The order is not invoiced."),
    suits=lambda row: not any(document.is_final for document in _live(row)),
    icon="block",
    variant=ActionVariant.DANGER,
)
ISSUE_ANYWAY = Act(
    "issue_anyway",
    gettext_lazy("Issue anyway"),
    _insisting,
    lambda row, user, reason: rulings.issue_anyway(row, user=user, reason=reason),
    gettext_lazy("The document is being made."),
    suits=lambda row: row.status == OrderStatus.PAID and not _live(row),
    icon="receipt_long",
    # Where the settings finalize, a number and a mail follow within seconds.
    is_irrevocable=True,
)
REPROCESS = Act(
    "reprocess",
    gettext_lazy("Reprocess"),
    _reading_again,
    lambda row, user, _reason: rulings.reprocess(row, user=user),
    gettext_lazy("The order is being read again."),
    asks_reason=False,
    is_direct=True,
    icon="sync",
)
RETRY = Act(
    "retry",
    gettext_lazy("Retry"),
    _retrying,
    lambda row, user, _reason: rulings.retry_operation(row, user=user),
    gettext_lazy("The operation is queued again."),
    asks_reason=False,
    is_direct=True,
    suits=lambda row: row.state == OperationState.HELD,
    icon="replay",
    variant=ActionVariant.PRIMARY,
)
GIVE_UP = Act(
    "give_up",
    gettext_lazy("Give up"),
    _giving_up,
    lambda row, user, _reason: rulings.give_up(row, user=user),
    gettext_lazy("The operation was given up."),
    asks_reason=False,
    suits=_can_be_given_up,
    icon="cancel",
)
REVOKE = Act(
    "revoke",
    gettext_lazy("Take back"),
    _revoking,
    lambda row, user, _reason: rulings.revoke(row, user=user),
    gettext_lazy("The ruling was taken back."),
    asks_reason=False,
    suits=lambda row: row.revoked_at is None,
    icon="undo",
    # The order is decided again at once, and may be invoiced by it.
    is_irrevocable=True,
)
