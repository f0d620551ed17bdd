"""Why something waits for a person, or is left out: the closed list, each with a sentence and a remedy.

The texts are English sources for translation; `invoicing.admin` shows them in the user's language.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class HoldReason(StrEnum):
    """Values are stored and exported; never rename one."""

    # The order cannot be turned into a document safely.
    ORDER_UNREADABLE = "order_unreadable"
    TOTAL_NOT_REPRODUCED = "total_not_reproduced"
    TOTAL_AMBIGUOUS = "total_ambiguous"
    NOT_EXACT = "not_exact"
    FOREIGN_CURRENCY = "foreign_currency"
    ZERO_TOTAL = "zero_total"
    GIFT_CARD_SALE = "gift_card_sale"
    UNKNOWN_TAX_RATE = "unknown_tax_rate"
    RATE_OF_OTHER_REGION = "rate_of_other_region"
    MISSING_EXEMPTION = "missing_exemption"
    MIXED_EXEMPTIONS = "mixed_exemptions"
    EXEMPTION_NOT_IN_FORCE = "exemption_not_in_force"
    VAT_NUMBER_INVALID = "vat_number_invalid"
    VAT_NUMBER_UNCHECKED = "vat_number_unchecked"
    UNTAXED_EU_SALE = "untaxed_eu_sale"
    SHIPPING_UNTAXED = "shipping_untaxed"
    FOREIGN_BUYER = "foreign_buyer"
    INVALID_TAX_ID = "invalid_tax_id"
    COMPANY_WITHOUT_TAX_ID = "company_without_tax_id"
    IDENTITY_REQUIRED = "identity_required"
    UNKNOWN_SERIES = "unknown_series"
    SERIES_NOT_REGISTERED = "series_not_registered"
    PAYMENT_DATE_UNCLEAR = "payment_date_unclear"
    UNLAWFUL_DOCUMENT = "unlawful_document"
    # What exists contradicts what is wanted.
    OTHER_APP_DOCUMENT = "other_app_document"
    CHANGED_AFTER_FINAL = "changed_after_final"
    ENDED_BY_PERSON = "ended_by_person"
    CREDIT_NEEDS_APPROVAL = "credit_needs_approval"
    NOTHING_LEFT_TO_CREDIT = "nothing_left_to_credit"
    # The provider or the shop answered something that a person must read.
    REJECTED = "rejected"
    NOT_FOUND = "not_found"
    STORED_DIFFERS = "stored_differs"
    DUPLICATE_REFERENCE = "duplicate_reference"
    UNEXPECTED_STATUS = "unexpected_status"
    UNEXPECTED_ANSWER = "unexpected_answer"
    PDF_NOT_READY = "pdf_not_ready"
    # Delivery.
    MAIL_REFUSED = "mail_refused"
    MAIL_PERHAPS_SENT = "mail_perhaps_sent"
    # Our side.
    RETRIES_EXHAUSTED = "retries_exhausted"
    CRASHED = "crashed"
    INTERNAL = "internal"


class ExclusionReason(StrEnum):
    """Why a paid order gets no document, on purpose."""

    BEFORE_GO_LIVE = "before_go_live"
    DO_NOT_INVOICE = "do_not_invoice"
    FOREIGN_CURRENCY = "foreign_currency"
    ZERO_TOTAL = "zero_total"
    GIFT_CARD_SALE = "gift_card_sale"


SUBJECT_LENGTH = 120


class Hold(Exception):
    """A person must decide. `detail` is one or more sentences that staff can act on; `subject` is the one
    thing that is wrong or missing, such as a rate or a series: what waits for the same is shown together.
    """

    def __init__(self, reason: HoldReason, detail: str = "", *, subject: str = "") -> None:
        super().__init__(detail or reason.value)
        self.reason = reason
        self.detail = detail
        self.subject = subject[:SUBJECT_LENGTH]


class Text(NamedTuple):
    sentence: str
    remedy: str


HOLD_TEXTS: dict[HoldReason, Text] = {
    HoldReason.ORDER_UNREADABLE: Text(
        "The order could not be read.",
        "Look at the detail and correct the order in the shop, then reprocess it; or invoice it by hand, "
        "then mark it as not to be invoiced.",
    ),
    HoldReason.TOTAL_NOT_REPRODUCED: Text(
        "The order's figures do not add up to its total.",
        "Compare the arithmetic shown with the order in the shop; if the shop is right, invoice it by hand, "
        "then mark it as not to be invoiced.",
    ),
    HoldReason.TOTAL_AMBIGUOUS: Text(
        "The order's figures can be read in more than one way.",
        "Say in the store's settings whether its prices include VAT: the orders that wait for it are then "
        "decided again by themselves. Else invoice the order by hand, then mark it as not to be invoiced.",
    ),
    HoldReason.NOT_EXACT: Text(
        "No document equal to what was paid, to the cent, can be built.",
        "Look at the nearest one shown; if the difference cannot be explained, invoice the order by hand, "
        "then mark it as not to be invoiced.",
    ),
    HoldReason.FOREIGN_CURRENCY: Text(
        "The order is not in the currency of the invoicing account.",
        "Invoice it by hand, then mark it as not to be invoiced; or leave orders in foreign currency out in"
        " the store's settings.",
    ),
    HoldReason.ZERO_TOTAL: Text(
        "The order's total is zero.",
        "A gift may still be taxed: if so, invoice it by hand; in both cases, then mark it as not to be "
        "invoiced.",
    ),
    HoldReason.GIFT_CARD_SALE: Text(
        "The order sells a gift card.",
        "Ask the accountant whether a document is due; if so, invoice it by hand; in both cases, then mark "
        "it as not to be invoiced.",
    ),
    HoldReason.UNKNOWN_TAX_RATE: Text(
        "The invoicing account has no tax of the rate that the shop charged.",
        "Create the tax under Taxes, from the store's settings: the orders that wait for it are then "
        "decided again by themselves. If the law knows no such rate, correct the tax in the shop, then "
        "reprocess the order.",
    ),
    HoldReason.MISSING_EXEMPTION: Text(
        "A line is at 0 % and no exemption reason is set.",
        "Set the exemption reason that the detail names in the store's settings: the orders that wait for "
        "it are then decided again by themselves. Or correct the tax in the shop, then reprocess the order.",
    ),
    HoldReason.RATE_OF_OTHER_REGION: Text(
        "The shop charged the rate of another region of Portugal than the goods leave from.",
        "Goods carry the rate of the place that they leave from. Correct the tax in the shop, or the region "
        'in the settings; or choose "Accept the rates charged", which holds for this store from then on.',
    ),
    HoldReason.MIXED_EXEMPTIONS: Text(
        "Its lines need different exemption reasons, and a document holds only one.",
        "Invoice the order by hand in two documents, then mark it as not to be invoiced.",
    ),
    HoldReason.EXEMPTION_NOT_IN_FORCE: Text(
        "The exemption code of the settings is not in force on the document's date.",
        "Choose a reason that is in force in the store's settings: the orders that wait for it are then "
        "decided again by themselves.",
    ),
    HoldReason.VAT_NUMBER_INVALID: Text(
        "The buyer's VAT number is not valid, and the shop charged no VAT.",
        "Ask the buyer for the right number and correct it on the order, then reprocess it; else VAT is due: "
        "correct the order in the shop.",
    ),
    HoldReason.VAT_NUMBER_UNCHECKED: Text(
        "The buyer's VAT number could not be checked, and the shop charged no VAT.",
        "The European service (VIES) does not answer for that country. Reprocess the order later.",
    ),
    HoldReason.UNTAXED_EU_SALE: Text(
        "A sale to another country of the EU carries no VAT, and the buyer is no business with a VAT number.",
        "Ask the buyer for the VAT number and correct it on the order, then reprocess it; else VAT is due: "
        "correct the tax in the shop.",
    ),
    HoldReason.SHIPPING_UNTAXED: Text(
        "Shipping was charged without VAT beside taxed goods.",
        "Add a shipping tax in the shop, then reprocess the order; or say in the store's settings what "
        "delivery without VAT means there; or invoice it by hand, then mark it as not to be invoiced.",
    ),
    HoldReason.FOREIGN_BUYER: Text(
        "The buyer or the destination is outside Portugal.",
        "Set in the store's settings how sales abroad are taxed: the orders that wait for it are then "
        "decided again by themselves. Or invoice the order by hand, then mark it as not to be invoiced.",
    ),
    HoldReason.INVALID_TAX_ID: Text(
        "The tax id is not valid.",
        'Ask the buyer for the right tax id, then choose "Correct the buyer" on the order.',
    ),
    HoldReason.COMPANY_WITHOUT_TAX_ID: Text(
        "A company name stands beside a missing or invalid tax id.",
        'Ask the buyer for the company\'s tax id, then choose "Correct the buyer" on the order.',
    ),
    HoldReason.IDENTITY_REQUIRED: Text(
        "From 1 000 € on, the law wants the buyer's name and address.",
        "Complete the billing address on the order in the shop, then reprocess.",
    ),
    HoldReason.UNKNOWN_SERIES: Text(
        "The series named in the settings does not exist for this kind of document.",
        "Choose another series in the store's settings; or create and register it in the invoicing account "
        'and choose "Read again now" under Series. The orders that wait for it are then decided again by '
        "themselves.",
    ),
    HoldReason.SERIES_NOT_REGISTERED: Text(
        "The series is not registered with the tax authority for this kind of document.",
        'Register it in the invoicing account; the number is then asked for by itself, at once after "Read '
        'again now" under Series.',
    ),
    HoldReason.PAYMENT_DATE_UNCLEAR: Text(
        "The day of payment is not certain, and the month depends on it.",
        'Look at the payment in the shop. "Issue anyway" takes the day shown in the detail; else invoice the '
        "order by hand, then mark it as not to be invoiced.",
    ),
    HoldReason.UNLAWFUL_DOCUMENT: Text(
        "The document breaks a rule of law; the detail names it.",
        "Correct what it names in the shop or in the settings, delete the draft, and issue the order anew.",
    ),
    HoldReason.OTHER_APP_DOCUMENT: Text(
        "The order already carries a document of another application.",
        'If it is the invoice, mark the order as not to be invoiced; else choose "Issue anyway" on the '
        'order, or "Finalize" on a draft that waits.',
    ),
    HoldReason.CHANGED_AFTER_FINAL: Text(
        "The order changed after its document was finalized.",
        'Compare both; if the change is real, choose "Credit in full" on the invoice, then "Issue anyway" '
        "on the order.",
    ),
    HoldReason.ENDED_BY_PERSON: Text(
        "A person ended the document of this order.",
        "Nothing is issued again by itself. Issue anyway if the order needs a new document.",
    ),
    HoldReason.CREDIT_NEEDS_APPROVAL: Text(
        "The order was cancelled after its document was finalized.",
        'Open the invoice under Documents and choose "Credit in full" or "Settled otherwise".',
    ),
    HoldReason.NOTHING_LEFT_TO_CREDIT: Text(
        "The document is already credited in the invoicing account.",
        "Look at its related documents there. A refund that comes to too much is taken back under Rulings.",
    ),
    HoldReason.REJECTED: Text(
        "The other side refused it; its words are shown.",
        "Correct what it names, then retry.",
    ),
    HoldReason.NOT_FOUND: Text(
        "The document no longer exists at the other side.",
        "Look there who removed it. If it is there again, retry the operation or reprocess the order; else "
        "give up the operation or mark the order as not to be invoiced.",
    ),
    HoldReason.STORED_DIFFERS: Text(
        "What the invoicing account stored differs from what was sent.",
        "Compare the two; correct or delete the draft there, then retry.",
    ),
    HoldReason.DUPLICATE_REFERENCE: Text(
        "The invoicing account has more than one document with this reference.",
        "Keep one there, delete or cancel the others, then retry.",
    ),
    HoldReason.UNEXPECTED_STATUS: Text(
        "The document is not in the state that it should be in.",
        "Look at the document in the invoicing account, then retry.",
    ),
    HoldReason.UNEXPECTED_ANSWER: Text(
        "The other side's answer could not be understood.",
        "Retry; if it stays, report it with the text shown.",
    ),
    HoldReason.PDF_NOT_READY: Text(
        "The PDF did not become ready.",
        "Look at the document in the invoicing account, then retry.",
    ),
    HoldReason.MAIL_REFUSED: Text(
        "The mail to the buyer was refused.",
        "Correct the buyer's address on the order, or send the PDF another way, then retry or give up.",
    ),
    HoldReason.MAIL_PERHAPS_SENT: Text(
        "The mail may or may not have been sent.",
        "Ask the merchant's mailbox (BCC) or the buyer; retry sends it again.",
    ),
    HoldReason.RETRIES_EXHAUSTED: Text(
        "It failed too many times in a row.",
        "Look at the attempts; when the other side works again, retry.",
    ),
    HoldReason.CRASHED: Text(
        "Our process died three times during this work.",
        "Report it, then retry.",
    ),
    HoldReason.INTERNAL: Text(
        "An error of ours stopped this work.",
        "Report it with the text shown, then retry.",
    ),
}

EXCLUSION_TEXTS: dict[ExclusionReason, str] = {
    ExclusionReason.BEFORE_GO_LIVE: "Paid before the day on which invoicing began.",
    ExclusionReason.DO_NOT_INVOICE: "Marked as not to be invoiced.",
    ExclusionReason.FOREIGN_CURRENCY: "Orders in foreign currency are excluded in the settings.",
    ExclusionReason.ZERO_TOTAL: "Orders of zero are excluded in the settings.",
    ExclusionReason.GIFT_CARD_SALE: "Gift card sales are excluded in the settings.",
}
