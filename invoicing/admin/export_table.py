"""The accountant's table: its columns in the user's language, and what each shows of a document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from invoicing.admin.labels import KINDS, STATUSES, SUPPLIES, label
from invoicing.exports import ExportRow
from stores.admin.formats import number

Value = str | date | datetime | Decimal | None


class CellKind(StrEnum):
    TEXT = "text"
    DAY = "day"
    MOMENT = "moment"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in characters."""

    title: str
    kind: CellKind
    width: int
    read: Callable[[ExportRow], Value]


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    columns: Sequence[Column]
    rows: Sequence[ExportRow]

    def values(self) -> Iterable[list[Value]]:
        """Row by row."""
        return ([column.read(row) for column in self.columns] for row in self.rows)


def document_table(rows: Sequence[ExportRow]) -> Table:
    """Every rate that occurs has its two columns, the lowest rate first."""
    rates = {rate for row in rows for rate in row.by_rate}
    by_rate = [column for rate in sorted(rates, key=_order) for column in _rate_columns(rate)]
    return Table(_("Documents"), [*_about(), *_totals(), *by_rate, *_grounds()], rows)


def _order(rate: Decimal | None) -> tuple[bool, Decimal]:
    return rate is None, rate or Decimal(0)


def _about() -> list[Column]:
    return [
        _text(_("Store"), 20, lambda row: row.store),
        _text(_("Order"), 12, lambda row: row.order_id),
        _text(_("Kind of document"), 18, lambda row: label(KINDS, row.kind)),
        _text(_("Number"), 18, lambda row: row.number),
        _text(_("Reference"), 24, lambda row: row.reference),
        _text("ATCUD", 18, lambda row: row.atcud),
        _text(_("Series"), 12, lambda row: row.series),
        _text(_("Status"), 12, lambda row: label(STATUSES, row.status)),
        Column(_("Date of issue"), CellKind.DAY, 14, lambda row: row.issued_on),
        Column(_("Date of payment"), CellKind.DAY, 16, lambda row: row.paid_on),
        Column(_("Finalized at"), CellKind.MOMENT, 17, lambda row: row.finalized_at),
        _text(_("Customer"), 30, lambda row: row.customer),
        _text("NIF", 14, lambda row: row.tax_id),
        _text(_("Country of the customer"), 10, lambda row: row.country),
        _text(_("Place of the sale"), 24, lambda row: label(SUPPLIES, row.supply)),
        _text(_("Destination"), 12, lambda row: row.destination),
        _text(_("Region of the rates"), 12, lambda row: row.regions),
    ]


def _totals() -> list[Column]:
    return [
        _text(_("Currency"), 9, lambda row: row.currency),
        _amount(_("Net (credit notes negative)"), lambda row: row.net),
        _amount(_("VAT (credit notes negative)"), lambda row: row.tax),
        _amount(_("Gross (credit notes negative)"), lambda row: row.gross),
    ]


def _rate_columns(rate: Decimal | None) -> list[Column]:
    if rate is None:
        titles = [_("Net, rates unknown"), _("VAT, rates unknown")]
    else:
        said = {"rate": number(rate)}
        titles = [_("Net %(rate)s %%") % said, _("VAT %(rate)s %%") % said]
    return [
        _amount(titles[0], lambda row: row.by_rate[rate].net if rate in row.by_rate else None),
        _amount(titles[1], lambda row: row.by_rate[rate].tax if rate in row.by_rate else None),
    ]


def _grounds() -> list[Column]:
    return [
        _text(_("Exemption code"), 12, lambda row: row.exemption_codes),
        _text(_("Payment method"), 24, lambda row: row.payment_method),
        _text(_("Means of payment (SAF-T)"), 12, lambda row: row.mechanism),
        _text(_("Document corrected"), 18, lambda row: row.original_number),
        Column(_("Date of the document corrected"), CellKind.DAY, 14, lambda row: row.original_on),
        _text(_("Reason of the credit note"), 40, lambda row: row.reason),
    ]


def _text(title: str, width: int, read: Callable[[ExportRow], Value]) -> Column:
    return Column(title, CellKind.TEXT, width, read)


def _amount(title: str, read: Callable[[ExportRow], Value]) -> Column:
    return Column(title, CellKind.AMOUNT, 14, read)
