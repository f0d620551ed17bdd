"""What is printed below a document's lines, within what the provider keeps. It is Portuguese by nature."""

from __future__ import annotations

from datetime import date

from invoicing.domain.exemptions import exemption
from invoicing.domain.profile import Profile
from invoicing.domain.texts import clean, folded
from stores.domain.money import round_half_up
from stores.domain.order import OrderSnapshot

_LIMIT = 200  # one peer cuts there
_FIELD_LIMIT = 60


def observations(
    order: OrderSnapshot, profile: Profile, code: str, *, issued_on: date, paid_on: date | None
) -> str:
    """What the law wants first; the buyer's and the merchant's words as far as there is room."""
    parts = [f"Encomenda n.º {clean(order.shop_order_id, 40)}."]
    if paid_on not in (None, issued_on):
        parts.append(f"Data do pagamento: {paid_on:%d/%m/%Y}.")
    known = exemption(code) if code else None
    if known is not None:
        parts.append(f"{known.text}.")
    if order.gift_card:
        card = f"{round_half_up(order.gift_card, 2)}".replace(".", ",")
        parts.append(f"Pago com cartão-oferta: {card} {order.currency}.")
    return clean(" ".join([*parts, *_chosen_fields(order, profile), profile.observations]), _LIMIT)


def _chosen_fields(order: OrderSnapshot, profile: Profile) -> list[str]:
    """What the buyer typed at the checkout is printed only where the settings name the field."""
    wanted = {folded(label) for label in profile.print_fields}
    found = {
        clean(label, _FIELD_LIMIT): clean(value, _FIELD_LIMIT)
        for label, value in order.fields
        if folded(clean(label, _FIELD_LIMIT)) in wanted
    }
    return [f"{label}: {value}." for label, value in found.items() if value]
