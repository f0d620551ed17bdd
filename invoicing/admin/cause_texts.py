"""What a cause is, in one sentence, and where the one thing is put right."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.admin.labels import reason_text
from invoicing.admin.setting_labels import SETTINGS
from invoicing.causes import Cause, CauseKey, Waiting
from invoicing.domain.reasons import HoldReason
from invoicing.models import InvoicingProfile
from stores.admin.panels import Link
from stores.auth import Person, may
from stores.domain.roles import Right
from stores.models import Store

# Where the cause has a subject; the others are the sentence of the reason.
_SENTENCES: dict[str, Any] = {
    HoldReason.UNKNOWN_TAX_RATE: gettext_lazy("The invoicing account has no tax of %(subject)s %%."),
    HoldReason.RATE_OF_OTHER_REGION: gettext_lazy(
        "The shop charged %(subject)s %%, the rate of another region of Portugal than the goods leave from."
    ),
    HoldReason.MISSING_EXEMPTION: gettext_lazy(
        'A line is at 0 %% and the settings name no reason: "%(subject)s".'
    ),
    HoldReason.EXEMPTION_NOT_IN_FORCE: gettext_lazy(
        "The exemption code %(subject)s is not in force on the document's date."
    ),
    HoldReason.UNKNOWN_SERIES: gettext_lazy("The invoicing account has no series %(subject)s for this kind."),
    HoldReason.SERIES_NOT_REGISTERED: gettext_lazy(
        "The series %(subject)s is not registered with the tax authority for this kind of document."
    ),
    HoldReason.REJECTED: gettext_lazy('The other side refused it: "%(subject)s".'),
}
# What the settings of the store put right, and by which setting.
_BY_SETTING = {
    HoldReason.MISSING_EXEMPTION: "exemption_code",
    HoldReason.EXEMPTION_NOT_IN_FORCE: "exemption_code",
    HoldReason.SHIPPING_UNTAXED: "untaxed_shipping",
    HoldReason.FOREIGN_BUYER: "export_exemption_code",
    HoldReason.TOTAL_AMBIGUOUS: "prices_include_vat",
    HoldReason.FOREIGN_CURRENCY: "foreign_currency",
    HoldReason.ZERO_TOTAL: "zero_total",
    HoldReason.GIFT_CARD_SALE: "gift_card_sale",
}


# What a correction of the buyer puts right.
_BY_BUYER = (HoldReason.INVALID_TAX_ID, HoldReason.COMPANY_WITHOUT_TAX_ID)


def cause_sentence(key: CauseKey) -> str:
    sentence = _SENTENCES.get(key.reason) if key.subject else None
    if sentence is None:
        return reason_text(key.reason).sentence
    subject = str(SETTINGS.get(key.subject, key.subject))
    return str(sentence % {"subject": subject})


def remedy_link(cause: Cause, user: Person) -> Link | None:
    """The place where it is put right, for those who may."""
    key, first = cause.key, cause.rows[0]
    if key.reason == HoldReason.UNKNOWN_TAX_RATE:
        return _page(key, user, "taxes_of_store", _("Create the tax"))
    if key.reason in (HoldReason.UNKNOWN_SERIES, HoldReason.SERIES_NOT_REGISTERED):
        return _page(key, user, "series_of_account", _("Series"))
    if key.reason in _BY_SETTING and not (
        key.reason == HoldReason.TOTAL_AMBIGUOUS and not _is_about_vat(first)
    ):
        return _setting(key, user)
    if key.reason in _BY_BUYER:
        return _buyer(cause, user)
    if key.reason in (HoldReason.CREDIT_NEEDS_APPROVAL, HoldReason.CHANGED_AFTER_FINAL):
        return _first_document(cause)
    if len(cause.rows) == 1 and first.operation_id is None:
        return Link(_("Open the order"), reverse("admin:stores_order_change", args=[first.order_id]))
    return None


def _is_about_vat(row: Waiting) -> bool:
    """Whether the ways in which the order can be read differ in what the setting says."""
    return "prices include VAT" in row.detail and "prices plus VAT" in row.detail


def _buyer(cause: Cause, user: Person) -> Link | None:
    first = cause.rows[0]
    if first.operation_id is not None or not may(user, Right.ISSUE, Store(pk=cause.key.store_id)):
        return None
    text = _("Correct the buyer") if len(cause.rows) == 1 else _("Correct the first buyer")
    return Link(text, reverse("admin:stores_order_buyer", args=[first.order_id]))


def _profile(key: CauseKey, user: Person) -> int | None:
    """The store's settings, for those who may change them."""
    if not may(user, Right.SETTINGS, Store(pk=key.store_id)):
        return None
    return InvoicingProfile.objects.filter(store=key.store_id).values_list("pk", flat=True).first()


def _page(key: CauseKey, user: Person, name: str, text: str) -> Link | None:
    profile = _profile(key, user)
    return (
        Link(text, reverse(f"admin:invoicing_invoicingprofile_{name}", args=[profile])) if profile else None
    )


def _setting(key: CauseKey, user: Person) -> Link | None:
    profile = _profile(key, user)
    if profile is None:
        return None
    name = key.subject if key.subject in SETTINGS else _BY_SETTING[HoldReason(key.reason)]
    url = reverse("admin:invoicing_invoicingprofile_change_settings", args=[profile])
    return Link(_('Set "%(setting)s"') % {"setting": SETTINGS[name]}, f"{url}#id_{name}")


def _first_document(cause: Cause) -> Link | None:
    row = cause.rows[0]
    if row.document_id is None:
        return None
    text = _("Open the document") if len(cause.rows) == 1 else _("Open the first document")
    return Link(text, reverse("admin:invoicing_document_change", args=[row.document_id]))
