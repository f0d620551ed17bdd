"""Documents: what was planned and why, what is true at the provider, and the work on them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.admin import document_panels as tables
from invoicing.admin.acts import Acts, on_list, on_page, opening
from invoicing.admin.buyer import CORRECT_BUYER
from invoicing.admin.document_fields import DocumentFields
from invoicing.admin.document_verbs import (
    APPROVE_CREDIT,
    CANCEL_DOCUMENT,
    COMPARE,
    DELETE_DRAFT,
    FINALIZE,
    KEEP_DRAFT,
    OPEN_PROVIDER,
    RESEND,
    SETTLE_OTHERWISE,
)
from invoicing.admin.exports import DocumentExport
from invoicing.admin.filters import by_label, by_store
from invoicing.admin.labels import KINDS, STATUSES, label
from invoicing.admin.periods import DaysFilter
from invoicing.admin.refunds import RefundPages
from invoicing.admin.review import side_by_side
from invoicing.models import CreditNote, Document, DocumentLine, DocumentOperation, Invoice
from invoicing.services.lint import findings_of
from stores.admin.base import MirrorAdmin
from stores.admin.columns import display, related
from stores.admin.formats import money, number
from stores.admin.panels import Panel


@admin.register(Document)
class DocumentAdmin(DocumentFields, RefundPages, DocumentExport, Acts, MirrorAdmin):
    store_path = "order__store"
    acts_in_order_of = ("issued_on", "pk")  # numbers of a series rise with their dates
    list_display = ("title", "badge", "order_id_shown", "store", "customer_name", "gross", "date")
    list_display_links = ("title",)
    list_select_related = ("order__store",)
    list_filter = (
        by_store("order__store"),
        by_label("status", gettext_lazy("status"), STATUSES),
        by_label("kind", gettext_lazy("kind"), KINDS),
        ("issued_on", DaysFilter),
    )
    search_fields = ("^number", "^reference", "^order__shop_order_id", "^customer_tax_id", "^customer_name")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("status_shown", "kind_shown"),
                    ("number_shown", "reference"),
                    ("order_link", "store_link"),
                    ("pdf_link", "original_link"),
                )
            },
        ),
        (
            gettext_lazy("Amounts"),
            {"fields": (("gross", "customer_name"), ("net", "customer_tax_id"), ("tax", "reason"))},
        ),
        (
            gettext_lazy("At the provider"),
            {
                "fields": (
                    ("account_link", "provider_id"),
                    ("series", "atcud"),
                    ("verified", "settings_link"),
                )
            },
        ),
        (
            gettext_lazy("Times"),
            {
                "fields": (
                    ("date", "paid"),
                    ("planned", "drafted"),
                    ("revised", "finalized"),
                    ("mailed", "hung"),
                    ("reversed", "ended"),
                )
            },
        ),
    )
    actions = ("finalize_selected", "delete_draft_selected", "approve_credit_selected", "export_selected")
    actions_detail = (
        "finalize",
        "correct_buyer",
        "refund",
        {
            "title": gettext_lazy("More"),
            "icon": "more_horiz",
            "items": [
                "compare",
                "open_provider",
                "resend",
                "keep_draft",
                "delete_draft",
                "approve_credit",
                "settle_otherwise",
                "cancel_document",
            ],
        },
    )

    finalize, finalize_selected = on_page(FINALIZE), on_list(FINALIZE)
    delete_draft, delete_draft_selected = on_page(DELETE_DRAFT), on_list(DELETE_DRAFT)
    approve_credit, approve_credit_selected = on_page(APPROVE_CREDIT), on_list(APPROVE_CREDIT)
    settle_otherwise, cancel_document = on_page(SETTLE_OTHERWISE), on_page(CANCEL_DOCUMENT)
    keep_draft, compare, resend = on_page(KEEP_DRAFT), on_page(COMPARE), on_page(RESEND)
    correct_buyer, open_provider = opening(CORRECT_BUYER), opening(OPEN_PROVIDER)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        rows: QuerySet[Document] = super().get_queryset(request)
        return rows.select_related("order__store")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """With everything that the page shows, in a fixed number of queries."""
        if not str(object_id).isdecimal():
            return None
        operations = DocumentOperation.objects.order_by("id").prefetch_related("attempt_log")
        rows = self.get_queryset(request).filter(pk=object_id)
        rows = rows.select_related("account", "original", "profile_version__profile__store")
        return (
            rows.defer("account__api_key")
            .prefetch_related("lines", "credit_notes", "rulings__by", Prefetch("operations", operations))
            .first()
        )

    def get_urls(self) -> list[Any]:
        name = f"invoicing_{self.opts.model_name}_pdf"
        view = self.admin_site.admin_view(self.pdf_view)
        return [path("<int:document_id>/pdf/", view, name=name), *super().get_urls()]

    def pdf_view(self, request: HttpRequest, document_id: int) -> HttpResponseBase:
        """The PDF, for staff: never by the storage's own address."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        document = get_object_or_404(self.get_queryset(request), pk=document_id)
        if not document.pdf:
            raise Http404
        try:
            content = document.pdf.open("rb")
        except FileNotFoundError:
            raise Http404 from None
        response = FileResponse(
            content, as_attachment=True, content_type="application/pdf", filename=f"{document.reference}.pdf"
        )
        response["Cache-Control"] = "private, no-store"
        return response

    def name_of(self, row: Any) -> str:
        return f"{label(KINDS, row.kind)} {row}"

    def first_panels(self, obj: Document) -> list[Panel]:
        return [side_by_side(obj), tables.findings(findings_of(obj))]

    def panels(self, obj: Document) -> list[Panel]:
        operations = list(obj.operations.all())
        return [
            tables.why(obj),
            tables.operations(_("Operations"), operations),
            tables.attempts(operations),
            tables.credit_notes(obj),
            tables.rulings(list(obj.rulings.all())),
        ]

    @display(description=gettext_lazy("document"), ordering="number")
    def title(self, document: Document) -> str:
        return self.name_of(document)

    @display(description="PDF")
    def pdf_link(self, document: Document) -> str:
        if not document.pdf:
            return ""
        url = reverse(f"admin:invoicing_{self.opts.model_name}_pdf", args=[document.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', url, _("Download"))


@admin.register(Invoice)
class InvoiceAdmin(DocumentAdmin):
    pass


@admin.register(CreditNote)
class CreditNoteAdmin(DocumentAdmin):
    pass


@admin.register(DocumentLine)
class DocumentLineAdmin(MirrorAdmin):
    store_path = "document__order__store"
    list_display = ("sku", "description", "amount", "price", "tax_name", "document_link")
    list_select_related = ("document",)
    search_fields = ("^sku", "^document__reference")
    fields = (
        "document_link",
        "position",
        "sku",
        "description",
        "amount",
        "price",
        "discount_percent",
        "tax_name",
        "tax_rate",
        "exemption_code",
        "is_shipping",
    )

    document_link = related("document", gettext_lazy("document"))

    @display(description=gettext_lazy("quantity"))
    def amount(self, line: DocumentLine) -> str:
        return number(line.quantity)

    @display(description=gettext_lazy("unit price without VAT"))
    def price(self, line: DocumentLine) -> str:
        return money(line.unit_price)
