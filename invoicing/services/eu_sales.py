"""What an account sold to consumers of other Member States, who pay the Portuguese rate up to a limit."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Sum

from invoicing.domain.plan import DocumentRole
from invoicing.domain.supply import SupplyKind
from invoicing.models import Document, InvoicingAccount
from stores.domain.money import ZERO


def net_to_eu_consumers(account: InvoicingAccount, year: int) -> Decimal:
    """EUR without VAT of a year's final documents, less what was credited."""
    finals = Document.objects.filter(
        account=account,
        supply=SupplyKind.EU_CONSUMER,
        status__in=("final", "settled"),
        issued_on__year=year,
        number__gt="",
    )
    sold, credited = (
        finals.filter(role=role).aggregate(net=Sum("net_total"))["net"] or ZERO
        for role in (DocumentRole.INVOICE, DocumentRole.CREDIT_NOTE)
    )
    return Decimal(sold - credited)


def net_with(document: Document) -> Decimal | None:
    """What the limit is compared with once this document counts too: this year's sum, or last year's if that
    is more. None for a document that does not count."""
    if document.supply != SupplyKind.EU_CONSUMER or document.role != DocumentRole.INVOICE:
        return None
    year = document.issued_on.year
    this_year = net_to_eu_consumers(document.account, year)
    if not document.is_final:
        this_year += document.net_total
    return max(this_year, net_to_eu_consumers(document.account, year - 1))
