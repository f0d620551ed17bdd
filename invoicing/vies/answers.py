"""What an answer of VIES means. Only plain words count: anything doubtful is unknown, never "invalid"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from invoicing.domain.vat_numbers import VatAnswer

_INVALID_INPUT = "INVALID_INPUT"
_INVALID_REQUESTER = "INVALID_REQUESTER_INFO"
_PLAIN = {"VALID": True, "INVALID": False}
_NO_CODE = ("", "---")
# What is shown of an unknown code: never a sentence of theirs, which may repeat the number.
_CODE = re.compile(r"[A-Z][A-Z0-9_-]{0,59}")
_CONSULTATION = re.compile(r"[!-~]{1,64}")


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer. `requested_at` is the moment on their record (aware), None if it is not readable."""

    answer: VatAnswer
    requested_at: datetime | None = None
    consultation: str = ""
    remark: str = ""
    requester_refused: bool = False


def read_answer(status: int, body: Any) -> Reading:
    """Read the JSON of an answer to a check, of the GET and of the POST form.

    An outage comes with status 200, too, and may say `isValid: false` beside its code.
    """
    if not isinstance(body, dict):
        return _unknown("VIES answered with something else than an object.")
    codes, claims = _codes(body), _claims(body)
    if _INVALID_REQUESTER in codes:
        return _unknown(f"VIES could not tell: {_INVALID_REQUESTER}.", requester_refused=True)
    if codes == {_INVALID_INPUT} and True not in claims:
        remark = f"VIES takes it for no number of that country: {_INVALID_INPUT}."
        return Reading(VatAnswer.INVALID, _moment(body), remark=remark)
    troubles = codes - set(_PLAIN)
    if troubles or body.get("errorWrappers") or body.get("actionSucceed") not in (True, None):
        shown = sorted(code for code in troubles if _CODE.fullmatch(code))
        return _unknown(f"VIES could not tell: {', '.join(shown) or 'no known reason'}."[:255])
    if not 200 <= status < 300:
        return _unknown(f"VIES answered {status}.")
    claims |= {_PLAIN[code] for code in codes}
    if len(claims) != 1:
        return _unknown("VIES contradicts itself." if claims else "VIES said neither valid nor invalid.")
    answer = VatAnswer.VALID if claims == {True} else VatAnswer.INVALID
    return Reading(answer, _moment(body), _consultation(body))


def _unknown(remark: str, *, requester_refused: bool = False) -> Reading:
    return Reading(VatAnswer.UNKNOWN, remark=remark, requester_refused=requester_refused)


def _codes(body: dict[str, Any]) -> set[str]:
    """What `userError` and the error wrappers say, in capitals."""
    wrappers = body.get("errorWrappers")
    entries = wrappers if isinstance(wrappers, list) else [wrappers]
    told = [entry.get("error") if isinstance(entry, dict) else entry for entry in entries]
    told.append(body.get("userError"))
    return {each.strip().upper() for each in told if isinstance(each, str)}.difference(_NO_CODE)


def _claims(body: dict[str, Any]) -> set[bool]:
    """`isValid` of the GET answer and `valid` of the POST one, where they are true or false."""
    told = (body.get("isValid"), body.get("valid"))
    return {each for each in told if isinstance(each, bool)}


def _moment(body: dict[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(body.get("requestDate") or "")
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None


def _consultation(body: dict[str, Any]) -> str:
    told = body.get("requestIdentifier")
    text = told.strip() if isinstance(told, str) else ""
    return text if _CONSULTATION.fullmatch(text) else ""
