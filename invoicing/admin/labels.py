"""The words and colours of stored values, and of reasons, in the user's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from invoicing.domain.decision import Outcome, RulingKind
from invoicing.domain.lifecycle import OperationState, Verb, Wait
from invoicing.domain.plan import DocumentKind, DocumentRole, DocumentStatus
from invoicing.domain.reasons import EXCLUSION_TEXTS, HOLD_TEXTS, ExclusionReason, HoldReason, Text
from stores.admin.panels import Badge
from stores.domain.order import OrderStatus

Labels = Mapping[Any, Any]

KINDS: Labels = {
    DocumentKind.INVOICE: _("Invoice"),
    DocumentKind.INVOICE_RECEIPT: _("Invoice-receipt"),
    DocumentKind.SIMPLIFIED_INVOICE: _("Simplified invoice"),
    DocumentKind.CREDIT_NOTE: _("Credit note"),
}
ROLES: Labels = {DocumentRole.INVOICE: _("Invoice"), DocumentRole.CREDIT_NOTE: _("Credit note")}
STATUSES: Labels = {
    DocumentStatus.PLANNED: _("Planned"),
    DocumentStatus.DRAFT: _("Draft"),
    DocumentStatus.FINAL: _("Final"),
    DocumentStatus.SETTLED: _("Settled"),
    DocumentStatus.DELETED: _("Deleted"),
    DocumentStatus.CANCELED: _("Cancelled"),
}
STATUS_COLOURS = {
    DocumentStatus.PLANNED: "info",
    DocumentStatus.DRAFT: "warning",
    DocumentStatus.FINAL: "success",
    DocumentStatus.SETTLED: "success",
    DocumentStatus.DELETED: "default",
    DocumentStatus.CANCELED: "danger",
}
STATES: Labels = {
    OperationState.QUEUED: _("Queued"),
    OperationState.RUNNING: _("Running"),
    OperationState.DONE: _("Done"),
    OperationState.HELD: _("Held"),
    OperationState.SUPERSEDED: _("Superseded"),
}
# What queued work waits for, as a sentence.
WAITS: Labels = {
    Wait.RETRY: _("It failed and is tried again by itself."),
    Wait.QUARANTINE: _("An answer was lost: it is looked up what was done, before anything is sent again."),
    Wait.ACCOUNT: _("The invoicing account is stopped; it goes on by itself when the account works again."),
    Wait.SHOP: _("The shop is stopped; it goes on by itself when the shop works again."),
    Wait.REVIEW: _("Time for people to look at the draft; then it gets its number by itself."),
}
STATE_COLOURS = {
    OperationState.QUEUED: "info",
    OperationState.RUNNING: "info",
    OperationState.DONE: "success",
    OperationState.HELD: "danger",
    OperationState.SUPERSEDED: "default",
}
ATTEMPT_OUTCOMES: Labels = {
    "": _("Running"),
    "done": _("Done"),
    "superseded": _("Superseded"),
    "try_later": _("Try later"),
    "unknown": _("Outcome unknown"),
    "stopped": _("Account stopped"),
    "lost": _("Process lost"),
}
VERBS: Labels = {
    Verb.CREATE: _("Make the draft"),
    Verb.UPDATE: _("Bring the draft up to date"),
    Verb.VERIFY: _("Compare it with the plan"),
    Verb.FINALIZE: _("Finalize the document"),
    Verb.SETTLE: _("Record the payment"),
    Verb.DELETE: _("Delete the draft"),
    Verb.CANCEL: _("Cancel the document"),
    Verb.FETCH_PDF: _("Fetch the PDF"),
    Verb.MAIL: _("Mail it to the buyer"),
    Verb.ATTACH: _("Hang it on the order"),
}
OUTCOMES: Labels = {
    Outcome.NOT_DUE: _("Not due"),
    Outcome.PENDING: _("To be issued"),
    Outcome.ISSUED: _("Issued"),
    Outcome.CREDITED: _("Credited"),
    Outcome.DELETED: _("Document deleted"),
    Outcome.HELD: _("Held"),
    Outcome.EXCLUDED: _("Excluded"),
}
OUTCOME_COLOURS = {
    Outcome.NOT_DUE: "default",
    Outcome.PENDING: "info",
    Outcome.ISSUED: "success",
    Outcome.CREDITED: "warning",
    Outcome.DELETED: "default",
    Outcome.HELD: "danger",
    Outcome.EXCLUDED: "default",
}
# An order that would read "issued" while its document still waits for its number.
ISSUED_AS_DRAFT = "issued_as_draft"
SHOWN_OUTCOMES: Labels = {**OUTCOMES, ISSUED_AS_DRAFT: _("Draft to finalize")}
SHOWN_OUTCOME_COLOURS: dict[Any, str] = {**OUTCOME_COLOURS, ISSUED_AS_DRAFT: "warning"}
ORDER_STATUSES: Labels = {
    OrderStatus.UNPAID: _("Unpaid"),
    OrderStatus.PAID: _("Paid"),
    OrderStatus.CANCELED: _("Order cancelled"),
    OrderStatus.ABANDONED: _("Abandoned"),
}
ORDER_STATUS_COLOURS = {
    OrderStatus.UNPAID: "warning",
    OrderStatus.PAID: "success",
    OrderStatus.CANCELED: "danger",
    OrderStatus.ABANDONED: "default",
}
RULINGS: Labels = {
    RulingKind.DO_NOT_INVOICE: _("Do not invoice"),
    RulingKind.ISSUE_ANYWAY: _("Issue anyway"),
    RulingKind.APPROVE_CREDIT: _("Credit approved"),
    RulingKind.SETTLED_OTHERWISE: _("Settled otherwise"),
    RulingKind.DELETE_DRAFT: _("Delete the draft"),
    RulingKind.FINALIZE: _("Finalize the document"),
    RulingKind.KEEP_DRAFT: _("Keep it as a draft"),
    RulingKind.CANCEL: _("Cancel the document"),
}
# Subjects of a document's "why".
SUBJECTS: Labels = {
    "kind": _("kind"),
    "rate": _("VAT rate"),
    "exemption": _("exemption reason"),
    "customer": _("customer"),
    "date": _("date"),
    "shipping": _("shipping"),
    "reading": _("reading of the order"),
    "discount": _("discount"),
    "total": _("total"),
    "line": _("line"),
    "price": _("unit price"),
}


def label(labels: Labels, value: str) -> str:
    return str(labels.get(value, value))


def badge(labels: Labels, colours: dict[Any, str], value: str) -> Badge | str:
    return Badge(label(labels, value), colours.get(value, "default")) if value else ""


def badge_html(labels: Labels, colours: dict[Any, str], value: str) -> str:
    """The badge as a field of a page."""
    return Badge(label(labels, value), colours.get(value, "default")).as_html() if value else ""


def shown(labels: Labels, value: str) -> tuple[str, str]:
    """For `unfold.decorators.display(label=colours)`: the key of the colour, and the words."""
    return value, label(labels, value)


def reason_text(reason: str) -> Text:
    """Why something waits or is left out, and what to do, in the user's language."""
    if reason in set(HoldReason):
        text = HOLD_TEXTS[HoldReason(reason)]
        return Text(gettext(text.sentence), gettext(text.remedy))
    if reason in set(ExclusionReason):
        return Text(gettext(EXCLUSION_TEXTS[ExclusionReason(reason)]), "")
    return Text(reason, "")
