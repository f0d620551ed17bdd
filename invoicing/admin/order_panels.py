"""What the shop says of an order, as tables."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from invoicing.admin.grounds import ground
from invoicing.domain.corrected import BuyerCorrection
from invoicing.domain.profile import Profile
from invoicing.services.decide_order import correction_of, parse_saved
from invoicing.services.shop_word import shop_word
from stores.admin.formats import moment, money, number
from stores.admin.panels import Panel
from stores.domain.money import round_half_up
from stores.domain.order import Address, OrderSnapshot
from stores.models import Order


def shop_panels(order: Order, profile: Profile | None) -> list[Panel]:
    """Lines, totals and buyer; where the order cannot be read, why not."""
    title = _("What the shop says")
    if profile is None or not order.payload:
        return [Panel(title, empty=_("Not read yet."))]
    reading = parse_saved(order, profile)
    snapshot = reading.snapshot
    if snapshot is None:
        return [Panel(title, empty=ground(reading.detail) or _("It could not be read."))]
    said = shop_word(order, profile) or snapshot
    return [_lines(title, said), _totals(said), _buyer(said, correction_of(order))]


def _lines(title: str, order: OrderSnapshot) -> Panel:
    headers = (
        "SKU",
        _("product"),
        _("quantity"),
        _("unit price"),
        _("discount"),
        _("VAT rate"),
        _("with VAT"),
    )
    rows = [
        (
            line.sku,
            line.name,
            number(line.quantity),
            _price(line.unit_price, order.currency, includes_vat=line.price_includes_vat),
            money(line.discount, order.currency) if line.discount else "",
            _rate(line.tax_rate),
            money(_cents(line.gross), order.currency),
        )
        for line in order.lines
    ]
    shipping = order.shipping
    if shipping.price:
        price = _price(shipping.price, order.currency, includes_vat=shipping.price_includes_vat)
        discount = money(shipping.discount, order.currency) if shipping.discount else ""
        gross = money(_cents(shipping.gross), order.currency)
        method = f"{_('Shipping')}: {shipping.method}" if shipping.method else _("Shipping")
        rows.append(("", method, "1", price, discount, _rate(shipping.tax_rate), gross))
    note = ground(order.reading) if order.reading else ""
    return Panel(title, headers, rows, note=note)


def _cents(amount: Decimal) -> Decimal:
    return round_half_up(amount, 2)


def _price(amount: Decimal, currency: str, *, includes_vat: bool) -> str:
    side = _("with VAT") if includes_vat else _("without VAT")
    return f"{money(amount, currency)} ({side})"


def _rate(rate: Decimal | None) -> str:
    return _("none") if rate is None else f"{number(rate)} %"


def _totals(order: OrderSnapshot) -> Panel:
    rows = [
        (_("total"), money(order.total, order.currency)),
    ]
    if order.gift_card:
        rows.append((_("paid by gift card"), money(order.gift_card, order.currency)))
    rows += [
        (_("value of goods and delivery"), money(order.paid_gross, order.currency)),
        (_("means of payment"), order.payment_method or order.payment_type),
        (_("ordered at"), moment(order.created_at)),
        (_("completed at"), moment(order.completed_at)),
        (_("dispatched"), _("yes") if order.shipped else _("no")),
    ]
    return Panel(_("Totals"), rows=[row for row in rows if row[1]])


def _buyer(order: OrderSnapshot, correction: BuyerCorrection | None) -> Panel:
    buyer = order.buyer
    note = ""
    if correction is not None:
        said = (correction.tax_id, correction.company_name, correction.name)
        words = ", ".join(word for word in said if word) or "-"
        note = _("Staff corrected it; the document carries: %(words)s.") % {"words": words}
    rows = [
        (_("name"), order.billing.full_name or buyer.full_name),
        (_("company"), buyer.company_name),
        (_("tax id"), buyer.tax_id),
        (_("e-mail"), buyer.email),
        (_("billing address"), _address(order.billing)),
        (_("delivery address"), _address(order.delivery) if order.delivery else ""),
        *order.fields,
    ]
    shown = [row for row in rows if row[1]]
    return Panel(_("Buyer"), rows=shown, empty=_("The order names nobody."), note=note)


def _address(address: Address) -> str:
    place = " ".join(part for part in (address.postal_code, address.city) if part)
    country = address.country_code or address.country
    return "\n".join(part for part in (address.line, place, address.region, country) if part)
