"""Documents: what is true at the provider, and the snapshot that explains it."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from invoicing.domain.plan import (
    DocumentKind,
    DocumentPlan,
    DocumentRole,
    DocumentStatus,
    StoredDocument,
)
from invoicing.domain.plan_json import plan_from_json
from invoicing.domain.stored_json import stored_from_json
from invoicing.domain.supply import SupplyKind
from invoicing.models.account import InvoicingAccount
from invoicing.models.profile import InvoicingProfileVersion
from outbound.clock import now
from stores.models import Order

ENDED = (DocumentStatus.DELETED.value, DocumentStatus.CANCELED.value)


# The prefixes of the law's document types: numbers repeat from one type to the next.
KIND_PREFIXES = {"invoice": "FT", "invoice_receipt": "FR", "simplified_invoice": "FS", "credit_note": "NC"}


def new_access_key() -> str:
    return secrets.token_urlsafe(12)


def _choices(values: type[DocumentKind] | type[DocumentRole] | type[DocumentStatus]) -> list[tuple[str, str]]:
    return [(str(value), str(value)) for value in values]


class Document(models.Model):
    """One fiscal document of one order. `status` changes only when the provider has confirmed it."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="documents")
    account = models.ForeignKey(InvoicingAccount, models.PROTECT, related_name="documents")
    profile_version = models.ForeignKey(InvoicingProfileVersion, models.PROTECT, related_name="documents")
    role = models.CharField(_("role"), max_length=16, choices=_choices(DocumentRole))
    kind = models.CharField(_("kind"), max_length=24, choices=_choices(DocumentKind))
    # Invoices: 1, 2 ... when an order is invoiced again. Credit notes: their ordinal in the order.
    generation = models.PositiveIntegerField(_("generation"), default=1)
    original = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="credit_notes", verbose_name=_("original")
    )
    # The refund that a credit note over a part carries out: one note for each.
    refund = models.OneToOneField(
        "invoicing.Ruling", models.PROTECT, null=True, blank=True, related_name="note"
    )
    status = models.CharField(
        _("status"), max_length=16, choices=_choices(DocumentStatus), default=DocumentStatus.PLANNED.value
    )
    reference = models.CharField(_("reference"), max_length=255)
    series = models.CharField(_("series"), max_length=255, blank=True)
    series_id = models.CharField(_("series id"), max_length=64, blank=True)
    provider_id = models.CharField(_("provider id"), max_length=64, blank=True)
    number = models.CharField(_("number"), max_length=64, blank=True)
    atcud = models.CharField("ATCUD", max_length=64, blank=True)
    issued_on = models.DateField(_("date"))
    # Empty: issued before the payment; a receipt settles it.
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    net_total = models.DecimalField(_("net total"), max_digits=18, decimal_places=2)
    tax_total = models.DecimalField(_("VAT"), max_digits=18, decimal_places=2)
    gross_total = models.DecimalField(_("gross total"), max_digits=18, decimal_places=2)
    # Where the sale is taxed, and the country whose rules apply there: what is sold to consumers of other
    # Member States is added up over a year.
    supply = models.CharField(
        _("supply"),
        max_length=16,
        default=SupplyKind.DOMESTIC,
        choices=[(str(s), str(s)) for s in SupplyKind],
    )
    destination = models.CharField(_("destination"), max_length=2, default="PT", blank=True)
    customer_name = models.CharField(_("customer"), max_length=255, blank=True)
    customer_tax_id = models.CharField(_("tax id"), max_length=64, blank=True)
    plan = models.JSONField(_("plan"))
    # The order's facts that the document stands on (`decision.Basis`); a change makes it stale.
    basis = models.JSONField(_("basis"), default=dict)
    # The request body, to the byte: every repeat of an unknown create sends the same one.
    sent_body = models.TextField(_("sent body"), blank=True)
    sent_hash = models.CharField(_("fingerprint sent"), max_length=64, blank=True)
    verified_hash = models.CharField(_("fingerprint stored"), max_length=64, blank=True)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    # What the provider held when it was last read (`domain.stored_json`).
    stored = models.JSONField(_("stored content"), null=True, blank=True)
    drafted_at = models.DateTimeField(_("draft made at"), null=True, blank=True)
    finalized_at = models.DateTimeField(_("finalized at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # Whose word ended it, so that nothing is planned again behind a person's back.
    ended_by_person = models.BooleanField(_("ended by a person"), default=False)
    # Set in the transaction that confirms credits equal to the gross total.
    reversed_at = models.DateTimeField(_("fully credited at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    pdf = models.FileField(_("PDF"), max_length=255, blank=True, upload_to="documents/%Y/%m")
    pdf_sha256 = models.CharField(_("SHA-256 of the PDF"), max_length=64, blank=True)
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)
    attached_at = models.DateTimeField(_("hung on the order at"), null=True, blank=True)
    access_key = models.CharField(max_length=32, default=new_access_key, editable=False)
    created_at = models.DateTimeField(_("created at"), default=now, editable=False)
    # When a draft was last planned anew because its order had changed.
    revised_at = models.DateTimeField(_("revised at"), null=True, blank=True)
    # What the provider may still hold while no revision was confirmed, oldest first (`services.revise`).
    earlier = models.JSONField(_("earlier content"), default=list, blank=True)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        indexes = [
            models.Index(fields=["status", "-id"]),
            models.Index(fields=["account", "kind", "series", "status"]),
            models.Index(fields=["number"]),
            models.Index(fields=["issued_on", "id"], name="documents_by_date"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "role", "generation"], name="one_document_per_order_role_generation"
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(role="invoice", reversed_at__isnull=True) & ~Q(status__in=ENDED),
                name="one_live_invoice_per_order",
            ),
            models.UniqueConstraint(fields=["account", "reference"], name="one_reference_per_account"),
            models.UniqueConstraint(
                fields=["account", "provider_id"],
                condition=~Q(provider_id=""),
                name="one_document_per_provider_id",
            ),
            models.CheckConstraint(
                condition=Q(role="invoice", original__isnull=True)
                | Q(role="credit_note", original__isnull=False),
                name="credit_notes_have_an_original",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[str(status) for status in DocumentStatus]),
                name="known_document_status",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("planned", "deleted")) | ~Q(provider_id=""),
                name="what_exists_has_a_provider_id",
            ),
            models.CheckConstraint(
                condition=Q(reversed_at__isnull=True) | Q(role="invoice", status__in=("final", "settled")),
                name="only_final_invoices_are_reversed",
            ),
        ]

    def __str__(self) -> str:
        return f"{KIND_PREFIXES[self.kind]} {self.number}" if self.number else self.reference

    def planned(self) -> DocumentPlan:
        """The plan as the domain's value."""
        return plan_from_json(self.plan)

    def last_stored(self) -> StoredDocument | None:
        """What the provider held when it was last read; None: not read yet."""
        return stored_from_json(self.stored)

    @property
    def is_final(self) -> bool:
        return self.status in (DocumentStatus.FINAL, DocumentStatus.SETTLED)

    @property
    def is_ended(self) -> bool:
        return self.status in ENDED


class _RoleManager(models.Manager["Document"]):
    def __init__(self, role: DocumentRole) -> None:
        super().__init__()
        self._role = role

    def get_queryset(self) -> models.QuerySet[Document]:
        return super().get_queryset().filter(role=self._role)


class Invoice(Document):
    """Invoice, invoice-receipt or simplified invoice."""

    objects: ClassVar[Any] = _RoleManager(DocumentRole.INVOICE)

    class Meta:
        proxy = True
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")


class CreditNote(Document):
    objects: ClassVar[Any] = _RoleManager(DocumentRole.CREDIT_NOTE)

    class Meta:
        proxy = True
        verbose_name = _("credit note")
        verbose_name_plural = _("credit notes")


class DocumentLine(models.Model):
    """A line as planned, for people and exports; the plan itself is on the document."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField(_("position"))
    sku = models.CharField("SKU", max_length=255)
    description = models.CharField(_("description"), max_length=255, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=16, decimal_places=2)
    unit_price = models.DecimalField(_("unit price without VAT"), max_digits=18, decimal_places=4)
    discount_percent = models.DecimalField(_("discount (%)"), max_digits=9, decimal_places=4, default=0)
    tax_name = models.CharField(_("tax"), max_length=255)
    tax_rate = models.DecimalField(_("VAT rate"), max_digits=7, decimal_places=4)
    exemption_code = models.CharField(_("exemption reason"), max_length=8, blank=True)
    is_shipping = models.BooleanField(_("shipping"), default=False)

    class Meta:
        ordering = ["position"]
        verbose_name = _("document line")
        verbose_name_plural = _("document lines")
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="one_line_per_position")]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}"
