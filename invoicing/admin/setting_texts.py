"""The form of the fiscal settings in words: groups, one sentence of help for each, and what follows from it.

What follows must be what the product does: which version of the settings `decide`, a plan, a number, a mail
and a credit note go by.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _


class SettingText(NamedTuple):
    help: Any
    consequence: Any


class SettingGroup(NamedTuple):
    title: Any
    keys: tuple[str, ...]


GROUPS = (
    SettingGroup(_("What is issued"), ("document_type", "unpaid_document_type", "series")),
    SettingGroup(_("When"), ("issue_on", "finalize", "issue_delay_minutes", "go_live_on")),
    SettingGroup(_("VAT and region"), ("vat_region", "prices_include_vat")),
    SettingGroup(_("Exemptions"), ("exemption_code", "exemption_by_sku")),
    SettingGroup(
        _("Sales abroad"),
        ("export_exemption_code", "intra_eu_exemption_code", "seller_tax_id", "oss", "oss_from"),
    ),
    SettingGroup(_("Delivery"), ("shipping_vat", "untaxed_shipping", "shipping_exemption_code")),
    SettingGroup(_("The buyer's tax id"), ("invalid_tax_id",)),
    SettingGroup(_("Cancelled orders"), ("on_cancel",)),
    SettingGroup(_("Mail"), ("email_customer", "bcc")),
    SettingGroup(_("Special orders"), ("gift_card_sale", "zero_total", "foreign_currency")),
    SettingGroup(_("Printed texts"), ("observations", "print_fields")),
)

_NEW = _("Applies to documents that are made from now on; those that exist are not changed.")
_HELD = _(
    "Applies from now on: orders that are held for it are decided again at once; documents that exist are "
    "not changed."
)
_EXCLUDED = _(
    "Applies from now on: orders that are held for it are decided again at once; those that were left out "
    "stay so until they are read again."
)
TEXTS: dict[str, SettingText] = {
    "document_type": SettingText(
        _(
            "The document of a paid order; a simplified invoice above its legal limit becomes an "
            "invoice-receipt."
        ),
        _(
            "Applies from now on; a draft keeps its kind unless its order changes, and what has a number "
            "stays."
        ),
    ),
    "unpaid_document_type": SettingText(
        _("The document of goods that leave before the money comes; the law offers the invoice for it."),
        _("The payment settles it with a receipt."),
    ),
    "series": SettingText(
        _(
            "The numbering series, as last read from the account; each kind of document has its own numbers "
            "in it."
        ),
        _(
            "Applies to documents that are made from now on; a draft of another series gives way to one of "
            "this series when it would get its number, and what has a number stays."
        ),
    ),
    "issue_on": SettingText(
        _("What makes a document due."),
        _(
            "Orders without a document go by it when they are next read, those that wait for somebody to ask "
            "among them; documents that exist are not changed."
        ),
    ),
    "finalize": SettingText(
        _("Whether drafts get their legal number by themselves, which cannot be undone."),
        _(
            "Switched on, a draft that waits gets its number when its order is next read, unless a person "
            "keeps it as a draft; switched off, none gets one unless a person asks."
        ),
    ),
    "issue_delay_minutes": SettingText(
        _("How long people can look at a draft before it gets its number by itself: 0 to 7200 minutes."),
        _(
            "Applies to drafts that are made from now on; one that waits already keeps its time, or goes on "
            "when its order is next read if none is given any more."
        ),
    ),
    "go_live_on": SettingText(
        _("Orders paid before this day, in the store's zone, get no document."),
        _(
            "Orders without a document go by it when they are next read, held ones at once; documents that "
            "exist are not changed."
        ),
    ),
    "vat_region": SettingText(
        _("Where the goods leave from, not where the buyer lives: its VAT rates are those of the documents."),
        _HELD,
    ),
    "prices_include_vat": SettingText(
        _("Whether the shop's prices include VAT; an order whose figures contradict it is held."),
        _(
            "Every order goes by it when it is next read, one with a document too: should its figures "
            "contradict it, it is held, and its document is not changed."
        ),
    ),
    "exemption_code": SettingText(
        _(
            "The reason that is printed where the shop charges 0 % on a sale in Portugal; M10 and M45 stand "
            "for every line without VAT, wherever it goes."
        ),
        _HELD,
    ),
    "exemption_by_sku": SettingText(
        _(
            "Reasons of single products, which go before the others: one line each, such as LIVRO-* = M07, "
            "where the star stands for any ending."
        ),
        _HELD,
    ),
    "export_exemption_code": SettingText(
        _(
            "The reason of goods at 0 % that leave the VAT area of the EU, as a rule M05; set, it says that "
            "the store sells there."
        ),
        _HELD,
    ),
    "intra_eu_exemption_code": SettingText(
        _(
            "The reason of goods at 0 % to businesses of other Member States whose number VIES calls valid, "
            "as a rule M16; set, it says that the store sells there."
        ),
        _HELD,
    ),
    "seller_tax_id": SettingText(
        _("The store's own NIF: with it, VIES gives a number that proves each check."),
        _("Applies to checks that are made from now on."),
    ),
    "oss": SettingText(
        _(
            "Whether consumers of other Member States pay their own country's VAT, which is then declared by "
            "OSS."
        ),
        _(
            "Applies to documents that are made from now on, each by a tax of the account that names the "
            "country; held orders are decided again at once."
        ),
    ),
    "oss_from": SettingText(_("The first day of payment to which OSS applies; empty: all of them."), _NEW),
    "shipping_vat": SettingText(
        _(
            "Delivery at the rate that the shop charged for it, or at the rates of the goods, shared by "
            "their value."
        ),
        _HELD,
    ),
    "untaxed_shipping": SettingText(
        _(
            "What it means when the shop charges VAT on goods and none on their delivery, which shares their "
            "VAT by law."
        ),
        _HELD,
    ),
    "shipping_exemption_code": SettingText(
        _("The reason of delivery at 0 %; empty: that of the goods."),
        _HELD,
    ),
    "invalid_tax_id": SettingText(
        _("What becomes of an order of less than 1 000 € whose tax id is no NIF and which names no company."),
        _HELD,
    ),
    "on_cancel": SettingText(
        _("What becomes of an order that is cancelled after its document has a number."),
        _(
            "Set to a credit note, the cancelled orders that wait for a person get theirs at once; documents "
            "of orders that stand are not changed."
        ),
    ),
    "email_customer": SettingText(
        _("Whether the PDF is mailed to the buyer."),
        _(
            "Applies to documents that are made from now on; those that exist go by the settings that they "
            "were made with."
        ),
    ),
    "bcc": SettingText(
        _("One address that gets a hidden copy of every mail."),
        _(
            "Applies to documents that are made from now on; those that exist go by the settings that they "
            "were made with."
        ),
    ),
    "gift_card_sale": SettingText(_("What becomes of an order that sells a gift card."), _EXCLUDED),
    "zero_total": SettingText(_("What becomes of an order whose total is zero."), _EXCLUDED),
    "foreign_currency": SettingText(_("What becomes of an order that is not in euro."), _EXCLUDED),
    "observations": SettingText(
        _("The store's own words at the end of every document, cut where the provider's room ends."),
        _NEW,
    ),
    "print_fields": SettingText(
        _(
            "The labels of checkout fields whose answers are printed, one in each line, as the shop writes "
            "them."
        ),
        _NEW,
    ),
}
