"""A document's columns and fields, as people read them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.admin.labels import KINDS, STATUS_COLOURS, STATUSES, badge_html, label, shown
from invoicing.domain.plan import DocumentRole
from invoicing.models import Document
from stores.admin.columns import display, related
from stores.admin.formats import day, moment, money


class DocumentFields:
    @display(description=gettext_lazy("status"), label=STATUS_COLOURS, ordering="status")
    def badge(self, document: Document) -> tuple[str, str]:
        return shown(STATUSES, document.status)

    @display(description=gettext_lazy("status"))
    def status_shown(self, document: Document) -> str:
        return badge_html(STATUSES, STATUS_COLOURS, document.status)

    @display(description=gettext_lazy("kind"))
    def kind_shown(self, document: Document) -> str:
        return label(KINDS, document.kind)

    @display(description=gettext_lazy("number"))
    def number_shown(self, document: Document) -> str:
        """Each kind counts by itself: without its prefix, two documents have the same number."""
        return str(document) if document.number else ""

    @display(description=gettext_lazy("order"), ordering="order__shop_order_id")
    def order_id_shown(self, document: Document) -> str:
        return document.order.shop_order_id

    @display(description=gettext_lazy("store"))
    def store(self, document: Document) -> str:
        return str(document.order.store)

    order_link = related("order", gettext_lazy("order"))
    store_link = related("order__store", gettext_lazy("store"))
    account_link = related("account", gettext_lazy("invoicing account"))
    settings_link = related("profile_version", gettext_lazy("version of the settings"))
    original_link = related("original", gettext_lazy("original"))

    @display(description=gettext_lazy("gross total"), ordering="gross_total")
    def gross(self, document: Document) -> str:
        return money(document.gross_total, document.currency)

    @display(description=gettext_lazy("net total"))
    def net(self, document: Document) -> str:
        return money(document.net_total, document.currency)

    @display(description=gettext_lazy("VAT"))
    def tax(self, document: Document) -> str:
        return money(document.tax_total, document.currency)

    @display(description=gettext_lazy("date"), ordering="issued_on")
    def date(self, document: Document) -> str:
        return day(document.issued_on)

    @display(description=gettext_lazy("equals the plan"), boolean=True)
    def verified(self, document: Document) -> bool | None:
        return document.verified_hash == document.sent_hash if document.verified_hash else None

    @display(description=gettext_lazy("paid at"))
    def paid(self, document: Document) -> str:
        """An invoice that stands and has no payment was issued before it."""
        is_owed = document.role == DocumentRole.INVOICE and not document.is_ended
        if document.paid_at is None and is_owed and document.reversed_at is None:
            return _("not paid yet")
        return moment(document.paid_at)

    @display(description=gettext_lazy("planned at"))
    def planned(self, document: Document) -> str:
        return moment(document.created_at)

    @display(description=gettext_lazy("draft made at"))
    def drafted(self, document: Document) -> str:
        return moment(document.drafted_at)

    @display(description=gettext_lazy("revised at"))
    def revised(self, document: Document) -> str:
        return moment(document.revised_at)

    @display(description=gettext_lazy("finalized at"))
    def finalized(self, document: Document) -> str:
        return moment(document.finalized_at)

    @display(description=gettext_lazy("mailed at"))
    def mailed(self, document: Document) -> str:
        return moment(document.mailed_at)

    @display(description=gettext_lazy("hung on the order at"))
    def hung(self, document: Document) -> str:
        return moment(document.attached_at)

    @display(description=gettext_lazy("ended at"))
    def ended(self, document: Document) -> str:
        by = _("by a person") if document.ended_by_person else ""
        return f"{moment(document.ended_at)} {by}".strip()

    @display(description=gettext_lazy("fully credited at"))
    def reversed(self, document: Document) -> str:
        return moment(document.reversed_at)
