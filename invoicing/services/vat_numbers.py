"""Check the VAT numbers of buyers, and remember what VIES said."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import F

from invoicing.domain.vat_numbers import VatAnswer, VatCheck, VatNumber
from invoicing.models import VatNumberCheck
from invoicing.queue import now
from invoicing.vies.client import vies_client

# How far their clock may be behind ours.
_CLOCKS_APART = timedelta(minutes=5)


def known_check(vat_number: VatNumber, *, requester: str) -> VatCheck | None:
    """The last definite answer, if it is not older than a day. Asks nobody."""
    row = VatNumberCheck.objects.filter(
        country=vat_number.country, number=vat_number.number, requester=requester
    ).first()
    check = row.value() if row is not None else None
    return check if check is not None and check.is_good_at(now()) else None


def check_vat_number(vat_number: VatNumber, *, requester: str) -> VatCheck:
    """What is known, else what VIES answers now. Call it outside any transaction: it goes over the network,
    for up to two deadlines.

    Every try is stored. An unknown answer is returned as such, also where an older definite one is kept.
    """
    known = known_check(vat_number, requester=requester)
    if known is not None:
        return known
    asked_at = now()
    check = vies_client().check(vat_number, requester=requester)
    check = replace(check, checked_at=_answered_at(check, asked_at))
    _store(check, requester)
    return check


def _answered_at(check: VatCheck, asked_at: datetime) -> datetime:
    """The moment on VIES's record, which the proof is found by; a strange one must not lengthen the day."""
    answered_at, told = now(), check.checked_at
    if told is not None and asked_at - _CLOCKS_APART <= told <= answered_at:
        return told
    return answered_at


def _store(check: VatCheck, requester: str) -> None:
    row, _created = VatNumberCheck.objects.get_or_create(
        country=check.vat_number.country,
        number=check.vat_number.number,
        requester=requester,
        defaults={"checked_at": check.checked_at},
    )
    mine = VatNumberCheck.objects.filter(pk=row.pk)
    told = {"checked_at": check.checked_at, "remark": check.remark}
    if check.is_definite:
        mine.update(**told, answer=check.answer, consultation=check.consultation, tries=0)
        return
    mine.update(tries=F("tries") + 1)
    # Not being told anything says nothing about what was told before.
    mine.filter(answer=VatAnswer.UNKNOWN).update(**told)
