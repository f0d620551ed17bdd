"""VIES over HTTP. Whatever goes wrong makes the answer unknown: a check never raises, and never guesses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from django.conf import settings

from invoicing.domain.vat_numbers import VatAnswer, VatCheck, VatNumber
from invoicing.vies.answers import Reading, read_answer
from outbound.answers import Call, UnreadableBody
from outbound.errors import OutboundError
from outbound.session import OutboundSession

_MOST_BYTES = 256 * 1024
_REQUESTER_COUNTRY = "PT"
_ASKED_WITHOUT = "VIES refused the seller's number; asked without it."


def vies_client(*, on_call: Callable[[Call], None] | None = None) -> ViesClient:
    """The client of this installation's settings."""
    session = OutboundSession(
        "vies",
        settings.VIES_URL,
        deadline_seconds=settings.HTTP_TIMEOUT_SECONDS,
        on_call=on_call,
        max_body_bytes=_MOST_BYTES,
    )
    return ViesClient(session)


class ViesClient:
    """Checks of VAT numbers. Name and address, which VIES may tell, are not kept."""

    def __init__(self, session: OutboundSession) -> None:
        self.session = session

    def __repr__(self) -> str:
        return f"<ViesClient {self.session!r}>"

    def check(self, vat_number: VatNumber, *, requester: str) -> VatCheck:
        """Ask once; twice if VIES refuses the requester. `requester` is the seller's NIF, "" if unknown: with
        it a definite answer may carry a consultation number.

        `checked_at` is the moment on the record of VIES, None if there is none.
        """
        # Who buys from whom is nobody's business: the log of calls shows neither number.
        self.session.hide(vat_number.number, requester)
        reading = self._ask(vat_number, requester)
        if reading.requester_refused and requester:
            reading = self._ask(vat_number, "")
            reading = replace(reading, remark=f"{_ASKED_WITHOUT} {reading.remark}".strip())
        remark = self.session.redact(reading.remark)
        return VatCheck(vat_number, reading.answer, reading.requested_at, reading.consultation, remark)

    def _ask(self, vat_number: VatNumber, requester: str) -> Reading:
        path = f"/ms/{quote(vat_number.country, safe='')}/vat/{quote(vat_number.number, safe='')}"
        query = [("requesterMemberStateCode", _REQUESTER_COUNTRY), ("requesterNumber", requester)]
        try:
            answer = self.session.send("GET", path, query=query if requester else (), is_write=False)
            return read_answer(answer.status, answer.json())
        except OutboundError as error:
            return Reading(VatAnswer.UNKNOWN, remark=error.message)
        except UnreadableBody:
            return Reading(VatAnswer.UNKNOWN, remark="VIES answered with something unreadable.")
