"""What staff may do with one document, and what each act will do in full sentences."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.enums import ActionVariant

from invoicing.admin.acts import Act, Opening
from invoicing.admin.consequences import after_delay, mailing, settings_of
from invoicing.admin.corrections import advice
from invoicing.admin.crediting import can_be_credited, standing_notes, what_is_credited
from invoicing.admin.labels import CREDIT_REASONS, KINDS, STATUSES, label
from invoicing.domain.credit_reasons import PRINTED
from invoicing.domain.decision import RulingKind
from invoicing.domain.lifecycle import OPEN_STATES, Verb, Wait
from invoicing.domain.plan import DocumentKind, DocumentRole, DocumentStatus
from invoicing.models import Document, DocumentOperation
from invoicing.providers.registry import web_address
from invoicing.services import rulings
from invoicing.services.document_rulings import verify_document
from invoicing.services.ruling_facts import may_be_final
from stores.admin.formats import moment, money
from stores.domain.order import OrderStatus
from stores.domain.roles import Right

_DRAFTS = (DocumentStatus.PLANNED, DocumentStatus.DRAFT)
_NOT_STANDING = (OrderStatus.CANCELED, OrderStatus.ABANDONED)
_REASON_IS_REPORTED = gettext_lazy("A reason is required: it is reported to the tax authority.")


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
        *_ending_the_review(document),
        _("The order is read again; if it still calls for this document, it gets its legal number."),
        _after_number(document),
        mailing(document),
        _("The PDF is hung on the order."),
    ]


def _review(document: Document) -> DocumentOperation | None:
    """What gives the draft its number when the time that people have to look at it is over."""
    waiting = document.operations.filter(verb=Verb.FINALIZE, waiting_for=Wait.REVIEW, state__in=OPEN_STATES)
    return waiting.first()


def _ending_the_review(document: Document) -> list[str]:
    review = _review(document)
    if review is None:
        return []
    return [_("The review ends now, not at %(at)s.") % {"at": moment(review.not_before)}]


def _can_be_kept(document: Document) -> bool:
    """Only a draft that would get its number by itself, after a time in which people may look at it."""
    if document.status not in _DRAFTS or _has_word(document, RulingKind.KEEP_DRAFT):
        return False
    if may_be_final(document):
        return False
    settings = settings_of(document.order)
    is_delayed = settings is not None and settings.finalize and settings.issue_delay_minutes > 0
    return is_delayed or _review(document) is not None


def _has_word(document: Document, kind: RulingKind) -> bool:
    return document.rulings.filter(kind=kind, revoked_at__isnull=True).exists()


def _keeping(document: Document) -> Sequence[str]:
    if document.status not in _DRAFTS:
        return [_about(document), _("Only drafts are kept as drafts: nothing will happen.")]
    return [
        _about(document),
        _("It gets no legal number by itself any more; it waits until somebody finalizes it."),
        _("It goes on following its order: an edited order changes it, a cancelled one deletes it."),
    ]


def _after_number(document: Document) -> str:
    if document.role == DocumentRole.CREDIT_NOTE:
        return _(
            "After that the credit stands: %(original)s is credited, and the note cannot be taken back."
        ) % {"original": document.original}
    return _("After that it can only be corrected by a credit note.")


def _deleting(document: Document) -> Sequence[str]:
    if document.status not in _DRAFTS:
        return [_about(document), _("Only drafts are deleted: nothing will happen.")]
    deleted = _("The draft is deleted in the invoicing account; no number is lost.")
    if document.refund_id is not None:
        return [_about(document), deleted, _("Its refund is not carried out; another one can be registered.")]
    return [
        _about(document),
        deleted,
        _("The order is held and not invoiced again until somebody says: issue anyway."),
    ]


def _crediting(document: Document) -> Sequence[str]:
    if document.role != DocumentRole.INVOICE or not document.is_final:
        return [_about(document), _("Only final invoices are credited: nothing will happen.")]
    if not can_be_credited(document):
        return [_about(document), _("It is credited, or being credited, already: nothing will happen.")]
    return [
        _about(document),
        *advice(document),
        what_is_credited(document),
        *_crediting_further(document),
        _("The order is not invoiced again by itself, even while it stays paid in the shop."),
    ]


def _crediting_further(document: Document) -> list[str]:
    settings = settings_of(document.order)
    if settings is None or not settings.finalize:
        return [_("The credit note is made as a draft; it gets its legal number when somebody finalizes it.")]
    if settings.issue_delay_minutes:
        return [after_delay(settings), mailing(document)]
    return [_("It is finalized at once: it gets its legal number."), mailing(document)]


def _can_be_settled(document: Document) -> bool:
    if not can_be_credited(document) or document.order.status not in _NOT_STANDING:
        return False
    return not _has_word(document, RulingKind.SETTLED_OTHERWISE)


def _settling(document: Document) -> Sequence[str]:
    return [
        _about(document),
        _("The order was cancelled, and no credit note is made: the document stands."),
    ]


def _can_be_canceled(document: Document) -> bool:
    is_free = can_be_credited(document) and not standing_notes(document)
    return is_free and not _has_word(document, RulingKind.CANCEL)


def _canceling(document: Document) -> Sequence[str]:
    if document.role != DocumentRole.INVOICE or not document.is_final:
        return [_about(document), _("Only final invoices are cancelled: nothing will happen.")]
    if not can_be_credited(document) or standing_notes(document):
        return [_about(document), _("It is credited, or being credited, already: nothing will happen.")]
    return [
        _about(document),
        _("It is cancelled in the invoicing account: its number stays in the series and counts no more."),
        str(_REASON_IS_REPORTED),
        *advice(document),
        _("The order is held and not invoiced again until somebody says: issue anyway."),
    ]


def _comparing(document: Document) -> Sequence[str]:
    if document.status == DocumentStatus.PLANNED:
        return [_about(document), _("It does not exist in InvoiceXpress yet: nothing will happen.")]
    if document.is_ended:
        return [_about(document), _("It was deleted or cancelled: nothing will happen.")]
    return [
        _about(document),
        _("It is read in InvoiceXpress and compared with what was planned; nothing is changed there."),
        _("What somebody did to it there, such as settling or cancelling it, is recorded here."),
        _("If what is printed on it differs, the order is held, with every difference."),
    ]


def _right_on_drafts(document: Document | None) -> Right:
    """What becomes of a credit note is a word on the document that it takes back."""
    is_note = document is not None and document.role == DocumentRole.CREDIT_NOTE
    return Right.CREDIT if is_note else Right.ISSUE


FINALIZE = Act(
    "finalize",
    gettext_lazy("Finalize"),
    _finalizing,
    lambda row, user, reason: rulings.request_finalize(row, user=user, reason=reason),
    gettext_lazy("The document is being finalized."),
    right=_right_on_drafts,
    is_irrevocable=True,
    asks_reason=False,
    suits=lambda row: row.status in _DRAFTS,
    icon="verified",
    variant=ActionVariant.PRIMARY,
)
KEEP_DRAFT = Act(
    "keep_draft",
    gettext_lazy("Keep as draft"),
    _keeping,
    lambda row, user, reason: rulings.keep_draft(row, user=user, reason=reason),
    gettext_lazy("The draft waits until somebody finalizes it."),
    right=_right_on_drafts,
    suits=_can_be_kept,
    icon="pause_circle",
)
DELETE_DRAFT = Act(
    "delete_draft",
    gettext_lazy("Delete the draft"),
    _deleting,
    lambda row, user, reason: rulings.delete_draft(row, user=user, reason=reason),
    gettext_lazy("The draft is being deleted."),
    right=_right_on_drafts,
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
    right=Right.CREDIT,
    is_irrevocable=True,
    reasons=[(PRINTED[reason], text) for reason, text in CREDIT_REASONS.items()],
    reason_required=gettext_lazy("A reason is required: it is printed on the credit note."),
    suits=can_be_credited,
    icon="undo",
    variant=ActionVariant.DANGER,
)
SETTLE_OTHERWISE = Act(
    "settle_otherwise",
    gettext_lazy("Settled otherwise"),
    _settling,
    lambda row, user, reason: rulings.settle_otherwise(row, user=user, reason=reason),
    gettext_lazy("The document stands; no credit note is made."),
    right=Right.CREDIT,
    suits=_can_be_settled,
    icon="handshake",
)
CANCEL_DOCUMENT = Act(
    "cancel_document",
    gettext_lazy("Cancel the document"),
    _canceling,
    lambda row, user, reason: rulings.cancel_document(row, user=user, reason=reason),
    gettext_lazy("The document is being cancelled."),
    right=Right.CREDIT,
    is_irrevocable=True,
    reason_required=_REASON_IS_REPORTED,
    suits=_can_be_canceled,
    icon="do_not_disturb_on",
    variant=ActionVariant.DANGER,
)


def _resending(document: Document) -> Sequence[str]:
    return [_about(document), mailing(document), _("The buyer may have it already, and gets it once more.")]


RESEND = Act(
    "resend",
    gettext_lazy("Send the mail again"),
    _resending,
    lambda row, user, _reason: rulings.resend_mail(row, user=user),
    gettext_lazy("The mail is being sent."),
    right=Right.WORK,
    is_irrevocable=True,
    asks_reason=False,
    suits=lambda row: row.is_final and bool(row.pdf),
    icon="outgoing_mail",
)
OPEN_PROVIDER = Opening(
    "open_provider",
    gettext_lazy("Open at InvoiceXpress"),
    lambda row: web_address(row.account, DocumentKind(row.kind), row.provider_id),
    right=Right.VIEW,
    suits=lambda row: bool(row.provider_id) and not row.is_ended,
    icon="open_in_new",
)
COMPARE = Act(
    "compare",
    gettext_lazy("Compare with InvoiceXpress"),
    _comparing,
    lambda row, user, _reason: verify_document(row, user=user),
    gettext_lazy("The document is being compared with InvoiceXpress."),
    right=Right.WORK,
    asks_reason=False,
    suits=lambda row: row.status != DocumentStatus.PLANNED and not row.is_ended,
    icon="compare_arrows",
)
