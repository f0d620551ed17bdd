"""Plan documents: build the value, write its rows, ask for the draft. Nothing is sent from here."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from invoicing.domain.build import build_document
from invoicing.domain.checks import fingerprint
from invoicing.domain.decision import RulingKind
from invoicing.domain.lifecycle import Verb
from invoicing.domain.plan import DocumentKind, DocumentPlan, DocumentRole, DocumentStatus, Tax
from invoicing.domain.plan_json import plan_to_json
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.domain.reference import reference_for
from invoicing.models import (
    AccountSeries,
    Document,
    DocumentLine,
    InvoicingAccount,
    InvoicingProfile,
    InvoicingProfileVersion,
    Ruling,
)
from invoicing.queue import now
from invoicing.services.buyer_vat import known_answer
from invoicing.services.operations import ensure_operation
from stores.domain.order import OrderSnapshot, OrderStatus
from stores.models import Order, Store
from stores.services import in_zone, payment, payment_moment


def account_taxes(account: InvoicingAccount) -> tuple[Tax, ...]:
    rows = account.taxes.order_by("id")
    return tuple(Tax(row.name, row.rate.normalize(), row.region) for row in rows)


def plan_value(
    order: Order, snapshot: OrderSnapshot, invoicing: InvoicingProfile, *, generation: int
) -> DocumentPlan:
    """The document that the order calls for, built in memory.

    Raises:
        Hold: a person must decide.
    """
    assert invoicing.current is not None
    store, profile = order.store, invoicing.current.value()
    today = in_zone(store, now()).date()
    paid = payment(order)
    paid_on = None
    if order.status == OrderStatus.UNPAID:
        profile = replace(profile, document_type=profile.unpaid_document_type)
    else:
        paid_on = in_zone(store, paid.at).date() if paid.at else today

    def build(kind: DocumentKind) -> DocumentPlan:
        return build_document(
            snapshot,
            profile,
            reference=reference_for(
                store.reference_prefix, order.shop_order_id, DocumentRole.INVOICE, generation
            ),
            issued_on=document_date(paid_on or today, today, invoicing.account, kind, profile.series),
            paid_on=paid_on,
            account_taxes=account_taxes(invoicing.account),
            code_prefix=store.reference_prefix,
            vat_check=known_answer(snapshot, profile),
            accept_other_region=accepts_rates(store),
            payment_ground=paid.ground,
        )

    plan = build(profile.document_type)
    # The law may have chosen another kind, which has dates of its own.
    return plan if plan.kind == profile.document_type else build(plan.kind)


def plan_invoice(
    order: Order,
    snapshot: OrderSnapshot,
    invoicing: InvoicingProfile,
    *,
    generation: int,
    basis: dict[str, Any],
    requested_by: str,
) -> Document:
    """Write the planned document of a paid order and ask for its draft.

    Raises:
        Hold: a person must decide; no row was written.
    """
    assert invoicing.current is not None
    plan = plan_value(order, snapshot, invoicing, generation=generation)
    document = write_document(
        plan,
        order=order,
        account=invoicing.account,
        version=invoicing.current,
        generation=generation,
        basis=basis,
        requested_by=requested_by,
    )
    _inherit_finalize(document)
    return document


def _inherit_finalize(document: Document) -> None:
    """A person said "finalize" to the draft that gave way to this one, over the same facts of the order."""
    before = (
        Document.objects.filter(order=document.order, role=document.role, generation__lt=document.generation)
        .order_by("-generation")
        .first()
    )
    if before is None or before.ended_by_person or before.basis != document.basis:
        return
    if before.status not in (DocumentStatus.DRAFT, DocumentStatus.DELETED) or before.number:
        return
    word = Ruling.objects.filter(kind=RulingKind.FINALIZE, document=before, revoked_at__isnull=True).last()
    unpaid_at = document.order.last_read_unpaid_at
    if word is not None and (unpaid_at is None or unpaid_at < word.created_at):
        Ruling.objects.create(
            order=document.order, kind=word.kind, document=document, by=word.by, reason=word.reason
        )


def accepts_rates(store: Store) -> bool:
    """Whether a person accepted once that this store charges another region's rates."""
    rulings = Ruling.objects.filter(kind=RulingKind.ACCEPT_RATES, order__store=store, revoked_at__isnull=True)
    return bool(rulings.exists())


def document_date(
    wanted: date, today: date, account: InvoicingAccount, kind: DocumentKind, series: str
) -> date:
    """The payment's day, unless a later document of the kind and series is final already: then today.

    Numbers and dates of a series must rise together; the real payment date is printed instead.
    """
    last = _last_final_date(account, kind, series)
    return today if last is not None and wanted < last else min(wanted, today)


def _last_final_date(account: InvoicingAccount, kind: str, series: str) -> date | None:
    finals = Document.objects.filter(account=account, kind=kind, series=series, number__gt="")
    return finals.order_by("-issued_on").values_list("issued_on", flat=True).first()


def is_behind_the_series(document: Document) -> bool:
    """Whether a later document of the same account, kind and series has its number already."""
    last = _last_final_date(document.account, document.kind, document.series)
    return last is not None and document.issued_on < last


def is_of_another_series(document: Document) -> bool:
    """Whether the settings name another series by now, as they do when a year turns."""
    invoicing = InvoicingProfile.objects.select_related("current").get(store=document.order.store_id)
    return invoicing.current is not None and invoicing.current.value().series != document.series


def series_id_of(account: InvoicingAccount, kind: DocumentKind, name: str) -> str:
    """The series' id for the kind; empty: the account's default at that moment.

    Raises:
        Hold: the account has no such series for the kind.
    """
    if not name:
        return ""
    row = AccountSeries.objects.filter(account=account, name=name).first()
    series_id = str(row.ids.get(kind, "")) if row else ""
    if not series_id:
        raise Hold(HoldReason.UNKNOWN_SERIES, f"{name}: {kind}", subject=name)
    return series_id


def write_document(
    plan: DocumentPlan,
    *,
    order: Order,
    account: InvoicingAccount,
    version: InvoicingProfileVersion,
    generation: int,
    basis: dict[str, Any],
    requested_by: str,
    original: Document | None = None,
    reason: str = "",
    refund: Ruling | None = None,
) -> Document:
    """The rows of a planned document, and the request for its draft.

    Raises:
        Hold: UNKNOWN_SERIES.
    """
    document = Document.objects.create(
        order=order,
        account=account,
        profile_version=version,
        role=plan.kind.role,
        kind=plan.kind,
        generation=generation,
        original=original,
        status=DocumentStatus.PLANNED,
        reference=plan.reference,
        series=plan.series,
        series_id=series_id_of(account, plan.kind, plan.series),
        issued_on=plan.issued_on,
        paid_at=paid_at_of(order),
        reason=reason,
        refund=refund,
        **content_of(plan, basis),
    )
    write_lines(document, plan)
    ensure_operation(document, Verb.CREATE, requested_by=requested_by)
    return document


def paid_at_of(order: Order) -> datetime | None:
    """None: the document comes before the payment."""
    return None if order.status == OrderStatus.UNPAID else payment_moment(order) or now()


def content_of(plan: DocumentPlan, basis: dict[str, Any]) -> dict[str, Any]:
    return {
        "currency": plan.currency,
        "net_total": plan.figures.before_taxes,
        "tax_total": plan.figures.taxes,
        "gross_total": plan.figures.total,
        "supply": plan.supply,
        "destination": plan.destination,
        "customer_name": plan.customer.name,
        "customer_tax_id": plan.customer.fiscal_id,
        "plan": plan_to_json(plan),
        "basis": basis,
        "sent_hash": fingerprint(plan),
    }


def write_lines(document: Document, plan: DocumentPlan) -> None:
    DocumentLine.objects.bulk_create(
        DocumentLine(
            document=document,
            position=position,
            sku=line.sku,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount_percent=line.discount_percent,
            tax_name=line.tax.name,
            tax_rate=line.tax.rate,
            exemption_code=line.exemption_code,
            is_shipping=line.is_shipping,
        )
        for position, line in enumerate(plan.lines, start=1)
    )
