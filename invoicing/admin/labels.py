"""The words and colours of stored values, and of reasons, in the user's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from invoicing.domain.credit_reasons import CreditReason
from invoicing.domain.decision import Outcome, RulingKind
from invoicing.domain.lifecycle import OperationState, Verb, Wait
from invoicing.domain.linter import Severity
from invoicing.domain.plan import DocumentKind, DocumentRole, DocumentStatus
from invoicing.domain.reasons import EXCLUSION_TEXTS, HOLD_TEXTS, ExclusionReason, HoldReason, Text
from invoicing.domain.supply import SupplyKind
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
    RulingKind.CORRECT_BUYER: _("Correct the buyer"),
    RulingKind.REFUND: _("Refund"),
    RulingKind.ACCEPT_RATES: _("Accept the rates charged"),
}
CREDIT_REASONS: dict[CreditReason, Any] = {
    CreditReason.ORDER_CANCELED: _("Order cancelled"),
    CreditReason.CANCELED_BEFORE_DISPATCH: _("Order cancelled before dispatch"),
    CreditReason.WITHDRAWAL: _("Right of withdrawal"),
    CreditReason.PARTIAL_RETURN: _("Partial return"),
    CreditReason.MISSING_ARTICLE: _("Missing article"),
    CreditReason.PRICE_ERROR: _("Price error"),
}
SUPPLIES: Labels = {
    SupplyKind.DOMESTIC: _("sale in Portugal"),
    SupplyKind.EXPORT: _("export"),
    SupplyKind.INTRA_EU: _("business in the EU"),
    SupplyKind.EU_CONSUMER: _("consumer in the EU, Portuguese rate"),
    SupplyKind.OSS: _("consumer in the EU, OSS"),
}
SEVERITIES: Labels = {
    Severity.INFO: _("to know"),
    Severity.HOLD: _("to decide"),
    Severity.BLOCK: _("not lawful"),
}
CHECKS: Labels = {
    "code_without_zero_rate": _("An exemption reason without a line at 0 %"),
    "zero_rate_without_code": _("A line at 0 % without an exemption reason"),
    "code_not_in_force": _("An exemption reason that is not in force"),
    "domestic_sale_as_abroad": _("A sale in Portugal with a reason for sales abroad"),
    "domestic_sale_without_vat": _("A sale in Portugal without VAT"),
    "small_business_with_vat": _("VAT on a document of a seller who is exempt by article 53"),
    "shipping_without_vat": _("Delivery without VAT beside taxed goods"),
    "tax_id_is_no_nif": _("A tax id that is no NIF, in Portugal"),
    "business_abroad_without_number": _("A business in the EU without its VAT number"),
    "code_of_another_supply": _("An exemption reason of another kind of sale"),
    "final_consumer_abroad": _("A final consumer in a sale abroad"),
    "final_consumer_with_number": _("A final consumer with a tax id"),
    "company_number_with_private_name": _("A company's NIF beside a private name"),
    "rate_not_charged": _("A rate that the shop did not charge"),
    "above_simplified_limit": _("A simplified invoice above its limit"),
    "simplified_for_abroad": _("A simplified invoice for a sale abroad"),
    "date_in_the_future": _("A date in the future"),
    "date_far_from_payment": _("A date far from the payment"),
    "number_is_late": _("A number later than the fifth working day after dispatch"),
    "above_eu_limit": _("Sales to consumers in the EU above the limit for the Portuguese rate"),
    "series_not_registered": _("A series that is not registered"),
}
# Subjects of a document's "why".
SUBJECTS: Labels = {
    "supply": _("place of the sale"),
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
    "goods": _("goods"),
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
