"""What the person confirms: the lines of the note, its VAT at each rate, and all that will happen."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from invoicing.admin.consequences import mailing
from invoicing.domain.by_rate import by_rate
from invoicing.domain.exactness import amounts_of
from invoicing.domain.plan import DocumentPlan
from invoicing.domain.refund import RefundRequest
from invoicing.models import Document
from stores.admin.formats import money, number
from stores.admin.panels import Panel
from stores.domain.money import ZERO, round_half_up


def note_lines(plan: DocumentPlan) -> Panel:
    headers = (
        "SKU",
        _("description"),
        _("quantity"),
        _("unit price without VAT"),
        _("discount (%)"),
        _("VAT rate"),
        _("gross total"),
    )
    rows = [
        (
            line.sku,
            line.description,
            number(line.quantity),
            money(line.unit_price, plan.currency),
            number(line.discount_percent) if line.discount_percent else "",
            f"{number(line.tax.rate)} %",
            money(round_half_up(amounts_of([line]).total, 2), plan.currency),
        )
        for line in plan.lines
    ]
    return Panel(_("Lines of the credit note"), headers, rows)


def vat_by_rate(plan: DocumentPlan) -> Panel:
    """Each rate, and the whole: the cents of the rates add up to those of the whole."""
    figures = plan.figures
    parts = by_rate(plan.lines, net=figures.before_taxes, tax=figures.taxes)
    rows = [
        (f"{number(rate)} %", *_amounts(plan, part.net, part.tax, part.net + part.tax))
        for rate, part in parts.items()
    ]
    rows.append((_("total"), *_amounts(plan, figures.before_taxes, figures.taxes, figures.total)))
    headers = (_("VAT rate"), _("net total"), _("VAT"), _("gross total"))
    return Panel(_("Totals"), headers, rows)


def _amounts(plan: DocumentPlan, *amounts: Decimal) -> tuple[str, ...]:
    return tuple(money(amount, plan.currency) for amount in amounts)


def what_will_happen(
    document: Document, request: RefundRequest, plan: DocumentPlan, *, left: Decimal
) -> list[str]:
    """Full sentences. `left` is what no note took back before this one."""
    gross = money(plan.figures.total, plan.currency)
    said = [
        _("A credit note of %(amount)s is made on %(document)s, for %(customer)s, with the lines below.")
        % {"amount": gross, "document": document, "customer": plan.customer.name or "-"},
        _("It gets its legal number by itself, also where the settings leave that to people."),
        _("Printed below its lines: %(text)s") % {"text": plan.observations},
        mailing(document),
        _("The PDF is hung on the order."),
        _goods(request),
        _("No money moves by this: pay it back in the shop, or in the way in which it was paid."),
    ]
    if document.paid_at is None:
        said.append(_("The document is not paid yet; its receipt will be over what is left then."))
    return [*said, _what_is_left(document, left - plan.figures.total)]


def _goods(request: RefundRequest) -> str:
    if request.goods_back:
        return _("The goods come back: that is kept in the record; the stock in the shop is not changed.")
    return _("The goods stay with the buyer: that is kept in the record.")


def _what_is_left(document: Document, left: Decimal) -> str:
    if left > ZERO:
        return _("After that, %(left)s of %(total)s is left.") % {
            "left": money(left, document.currency),
            "total": money(document.gross_total, document.currency),
        }
    return _(
        "After that nothing is left: the document is credited in full, and the order is not invoiced again "
        "by itself, even while it stays paid in the shop."
    )
