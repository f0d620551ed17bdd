"""What staff may do with orders, operations and rulings, and what each act will do in full sentences."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.enums import ActionVariant

from invoicing.admin.acts import Act
from invoicing.admin.consequences import finalizes, following, settings_of
from invoicing.admin.labels import reason_text
from invoicing.domain.decision import Outcome, RulingKind
from invoicing.domain.lifecycle import OperationState, Verb, may_start
from invoicing.domain.plan import DocumentRole, DocumentStatus
from invoicing.domain.profile import OnCancel
from invoicing.domain.reasons import ExclusionReason, HoldReason
from invoicing.models import Document, DocumentOperation, Ruling
from invoicing.selectors import outcome_of
from invoicing.services import rulings
from stores.domain.order import OrderStatus
from stores.domain.roles import Right
from stores.models import Order

_OVERRIDDEN = (
    HoldReason.ENDED_BY_PERSON,
    HoldReason.OTHER_APP_DOCUMENT,
    HoldReason.PAYMENT_DATE_UNCLEAR,
)


def _live(order: Order) -> list[Document]:
    """Invoices of the order that stand; the order comes with its documents."""
    invoices = (d for d in order.documents.all() if d.role == DocumentRole.INVOICE)
    return [d for d in invoices if not d.is_ended and d.reversed_at is None]


def _can_be_left_out(order: Order) -> bool:
    decision = getattr(order, "decision", None)
    is_marked = decision is not None and decision.reason == ExclusionReason.DO_NOT_INVOICE
    is_credited = outcome_of(order).outcome is Outcome.CREDITED
    return not (is_marked or is_credited or any(document.is_final for document in _live(order)))


def _can_be_insisted_on(order: Order) -> bool:
    """Only what a person's word overrides: figures that do not add up stay held whatever one says."""
    if order.status != OrderStatus.PAID or _live(order):
        return False
    result = outcome_of(order)
    return result.outcome is not Outcome.HELD or result.hold_reason in _OVERRIDDEN


def _waits_for_rates(order: Order) -> bool:
    return outcome_of(order).hold_reason == HoldReason.RATE_OF_OTHER_REGION


def _accepting_rates(order: Order) -> Sequence[str]:
    return [
        _("Order %(order)s, %(buyer)s.") % {"order": order.shop_order_id, "buyer": order.buyer_name or "-"},
        _("The rates of another region that this store charges are right, for all its orders from now on."),
        _("Every order of the store that waits for this is decided again."),
        *following(order),
    ]


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
        *following(order),
    ]


def _reading_again(order: Order) -> Sequence[str]:
    return [_("Order %(order)s is read from the shop and decided again.") % {"order": order.shop_order_id}]


def _retrying(operation: DocumentOperation) -> Sequence[str]:
    said = [_("It is tried again at once.")]
    if operation.hold_reason:
        said.append(reason_text(operation.hold_reason).sentence)
    if operation.verb == Verb.MAIL and operation.write_started_at is not None:
        said.append(_("The mail may have been sent before: the buyer may get it twice."))
    elif operation.write_started_at is not None:
        said.append(_("What was sent before is looked for first; nothing is sent twice."))
    return said


def _giving_up(operation: DocumentOperation) -> Sequence[str]:
    said = [reason_text(operation.hold_reason).sentence] if operation.hold_reason else []
    return [*said, _("The operation ends without having been done.")]


def _can_be_given_up(operation: DocumentOperation) -> bool:
    status = DocumentStatus(operation.document.status)
    is_called_for = operation.is_fiscal and may_start(Verb(operation.verb), status)
    return operation.state == OperationState.HELD and not is_called_for


def _revoking(ruling: Ruling) -> Sequence[str]:
    said = [_("The ruling no longer counts; the order is read and decided again.")]
    if ruling.kind in (RulingKind.DO_NOT_INVOICE, RulingKind.DELETE_DRAFT):
        return [*said, _("If the order calls for a document, this follows:"), *following(ruling.order)]
    if ruling.kind == RulingKind.SETTLED_OTHERWISE and _credits_by_itself(ruling.order):
        return [*said, _("If the order is still cancelled, its document is credited by itself.")]
    if ruling.kind == RulingKind.KEEP_DRAFT and finalizes(ruling.order):
        return [*said, _("The draft gets its legal number by itself, at once if its review is over.")]
    if ruling.kind == RulingKind.CANCEL:
        return [*said, _("The document stands, unless its cancellation has begun.")]
    if ruling.kind == RulingKind.CORRECT_BUYER:
        return [*said, _("The buyer is again as the shop says."), *following(ruling.order)]
    if ruling.kind == RulingKind.REFUND:
        return [*said, _("Its credit note is withdrawn, unless it has its legal number already.")]
    return said


def _credits_by_itself(order: Order) -> bool:
    settings = settings_of(order)
    return settings is not None and settings.on_cancel is OnCancel.CREDIT_NOTE


_FREES_THE_ORDER = (
    RulingKind.DO_NOT_INVOICE,
    RulingKind.DELETE_DRAFT,
    RulingKind.KEEP_DRAFT,
    RulingKind.CORRECT_BUYER,
)


def _may_end_in_a_number(ruling: Ruling) -> bool:
    """Taking it back lets the order be invoiced, or credited, up to the legal number and the mail."""
    if ruling.kind in _FREES_THE_ORDER:
        return finalizes(ruling.order)
    is_settled = ruling.kind == RulingKind.SETTLED_OTHERWISE
    return is_settled and finalizes(ruling.order) and _credits_by_itself(ruling.order)


_RIGHTS_OF_WORDS = {
    RulingKind.APPROVE_CREDIT: Right.CREDIT,
    RulingKind.SETTLED_OTHERWISE: Right.CREDIT,
    RulingKind.CANCEL: Right.CREDIT,
    RulingKind.REFUND: Right.CREDIT,
    RulingKind.ACCEPT_RATES: Right.SETTINGS,
}


def _right_to_revoke(ruling: Ruling | None) -> Right:
    """Whoever may give a word may take it back."""
    if ruling is None:
        return Right.VIEW
    if ruling.document is not None and ruling.document.role == DocumentRole.CREDIT_NOTE:
        return Right.CREDIT
    return _RIGHTS_OF_WORDS.get(RulingKind(ruling.kind), Right.ISSUE)


def _right_to_give_up(operation: DocumentOperation | None) -> Right:
    """To give up the work on a credit note is to take the credit back."""
    is_note = operation is not None and operation.document.role == DocumentRole.CREDIT_NOTE
    return Right.CREDIT if is_note else Right.ISSUE


DO_NOT_INVOICE = Act(
    "do_not_invoice",
    gettext_lazy("Do not invoice"),
    _leaving_out,
    lambda row, user, reason: rulings.do_not_invoice(row, user=user, reason=reason),
    gettext_lazy("The order is not invoiced."),
    right=Right.ISSUE,
    suits=_can_be_left_out,
    icon="block",
    variant=ActionVariant.DANGER,
)
ISSUE_ANYWAY = Act(
    "issue_anyway",
    gettext_lazy("Issue anyway"),
    _insisting,
    lambda row, user, reason: rulings.issue_anyway(row, user=user, reason=reason),
    gettext_lazy("The document is being made."),
    right=Right.ISSUE,
    suits=_can_be_insisted_on,
    icon="receipt_long",
    is_irrevocable=finalizes,
)
ACCEPT_RATES = Act(
    "accept_rates",
    gettext_lazy("Accept the rates charged"),
    _accepting_rates,
    lambda row, user, reason: rulings.accept_rates(row, user=user, reason=reason),
    gettext_lazy("The rates are accepted for this store."),
    right=Right.SETTINGS,
    suits=_waits_for_rates,
    icon="percent",
    is_irrevocable=finalizes,
)
REPROCESS = Act(
    "reprocess",
    gettext_lazy("Reprocess"),
    _reading_again,
    lambda row, user, _reason: rulings.reprocess(row, user=user),
    gettext_lazy("The order is being read again."),
    right=Right.WORK,
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
    right=Right.WORK,
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
    right=_right_to_give_up,
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
    right=_right_to_revoke,
    asks_reason=False,
    suits=lambda row: row.revoked_at is None,
    icon="undo",
    is_irrevocable=_may_end_in_a_number,
)
