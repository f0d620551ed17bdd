"""The VAT number on which an order's document depends: asked in its lane, known when it is planned."""

from __future__ import annotations

from invoicing.domain.lifecycle import MAX_TRIES
from invoicing.domain.profile import Profile
from invoicing.domain.supply import vat_number_to_check
from invoicing.domain.vat_numbers import VatAnswer, VatCheck, VatNumber
from invoicing.models import VatNumberCheck
from invoicing.services.vat_numbers import check_vat_number, known_check
from outbound.errors import Unavailable
from stores.domain.order import OrderSnapshot


class VatNumberUnchecked(Unavailable):
    """VIES could not say whether a number is valid. Nothing was decided by that."""


def known_answer(snapshot: OrderSnapshot, profile: Profile) -> VatCheck | None:
    """What is known of the buyer's number, "unknown" if nothing is; None where nothing depends on it."""
    number = vat_number_to_check(snapshot, profile)
    if number is None:
        return None
    known = known_check(number, requester=profile.seller_tax_id)
    if known is not None:
        return known
    row = _row(number, profile)
    return VatCheck(number, VatAnswer.UNKNOWN, remark=row.remark if row else "")


def ask_vies(snapshot: OrderSnapshot, profile: Profile) -> None:
    """Ask about the buyer's number where the document depends on it. Call it outside any transaction.

    Raises:
        VatNumberUnchecked: VIES could not tell; ask again later.
    """
    number = vat_number_to_check(snapshot, profile)
    if number is None:
        return
    check = check_vat_number(number, requester=profile.seller_tax_id)
    if check.answer is VatAnswer.UNKNOWN:
        raise VatNumberUnchecked(check.remark or "VIES could not tell.")


def is_asked_again(snapshot: OrderSnapshot, profile: Profile) -> bool:
    """Whether VIES is still asked by itself, so that nobody need look yet."""
    number = vat_number_to_check(snapshot, profile)
    row = _row(number, profile) if number is not None else None
    return number is not None and (row is None or row.tries < MAX_TRIES)


def _row(number: VatNumber, profile: Profile) -> VatNumberCheck | None:
    rows = VatNumberCheck.objects.filter(
        country=number.country, number=number.number, requester=profile.seller_tax_id
    )
    return rows.first()
