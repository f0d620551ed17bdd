"""A document under review: the order, the plan and what the provider holds, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.admin.labels import Labels
from invoicing.domain.lifecycle import OPEN_STATES, Verb
from invoicing.domain.review import Fact, ReviewRow, Value, review_rows
from invoicing.models import Document
from invoicing.services.shop_word import shop_word
from stores.admin.formats import day, money, number
from stores.admin.panels import Cell, Panel

_FACTS: Labels = {
    Fact.NAME: gettext_lazy("product"),
    Fact.QUANTITY: gettext_lazy("quantity"),
    Fact.UNIT_NET: gettext_lazy("unit price without VAT"),
    Fact.DISCOUNT: gettext_lazy("discount (%)"),
    Fact.RATE: gettext_lazy("VAT rate"),
    Fact.GROSS: gettext_lazy("with VAT"),
    Fact.CUSTOMER: gettext_lazy("customer"),
    Fact.TAX_ID: gettext_lazy("tax id"),
    Fact.DATE: gettext_lazy("date"),
    Fact.EXEMPTION: gettext_lazy("exemption reason"),
    Fact.NET_TOTAL: gettext_lazy("net total"),
    Fact.TAX_TOTAL: gettext_lazy("VAT"),
    Fact.GROSS_TOTAL: gettext_lazy("gross total"),
}
_AMOUNTS = (Fact.UNIT_NET, Fact.GROSS, Fact.NET_TOTAL, Fact.TAX_TOTAL, Fact.GROSS_TOTAL)
_PERCENTAGES = (Fact.RATE, Fact.DISCOUNT)


def side_by_side(document: Document) -> Panel:
    """A credit note stands on its original, so the order's lines are not beside it."""
    is_note = document.original_id is not None
    reading = None if is_note else shop_word(document.order, document.profile_version.value())
    stored = document.last_stored()
    rows = review_rows(reading, document.planned(), stored)
    headers = ["", _("fact"), *([] if is_note else [_("in the shop")]), _("planned"), _("in InvoiceXpress")]
    if stored is None:
        headers[-1] = _("in InvoiceXpress (not read yet)")
    return Panel(
        _("Review"),
        headers,
        [_row(row, document.currency, with_shop=not is_note) for row in rows],
        note=_summary(document, rows, is_read=stored is not None),
    )


def _row(row: ReviewRow, currency: str, *, with_shop: bool) -> Sequence[Any]:
    is_first = row.fact is Fact.NAME
    head = _("Line %(number)d") % {"number": row.line} if row.line and is_first else ""
    sides = [row.shop, row.planned, row.stored] if with_shop else [row.planned, row.stored]
    return (
        head,
        Cell(str(_FACTS[row.fact]), mark="danger" if row.differs else ""),
        *(Cell(_shown(row.fact, side, currency), mark="danger" if row.differs else "") for side in sides),
    )


def _shown(fact: Fact, value: Value, currency: str) -> str:
    if isinstance(value, Decimal):
        if fact in _AMOUNTS:
            return money(value, currency)
        return f"{number(value)} %" if fact in _PERCENTAGES else number(value)
    if isinstance(value, date):
        return day(value)
    return value or ""


def _summary(document: Document, rows: Sequence[ReviewRow], *, is_read: bool) -> str:
    under_way = [work.verb for work in document.operations.all() if work.state in OPEN_STATES]
    if Verb.UPDATE in under_way:
        return _("The draft is being brought up to date in InvoiceXpress; look again in a moment.")
    if any(row.differs for row in rows):
        return _("What is marked differs.")
    if not is_read:
        return _("It was not read back from InvoiceXpress yet.")
    return _("All three say the same.")
