"""Whether what a buyer typed is a Portuguese tax number (NIF)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from stdnum.pt import nif

from invoicing.domain.texts import clean

# Stands for "final consumer" in the tax authority's files; it passes the check digit and names nobody.
FINAL_CONSUMER_NIF = "999999990"
_NIF = re.compile(r"[0-9]{9}")
_MOBILE = re.compile(r"(?:\+?351|00351)?9[1236][0-9]{7}")
_ASSIGNED_PAIRS = frozenset({"70", "71", "72", "74", "75", "77", "78", "79", "90", "91", "98", "99"})
# First digits of taxable persons: companies, public bodies, sole traders (old range), and 9 for
# condominiums and companies without legal personality.
_TAXABLE_FIRST_DIGITS = frozenset("5689")


class TaxIdState(StrEnum):
    VALID = "valid"
    MISSING = "missing"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class TaxId:
    """`number` is set only when valid: nine digits. `remark` never repeats what was typed."""

    state: TaxIdState
    number: str = ""
    remark: str = ""

    @property
    def is_taxable_person(self) -> bool:
        return self.number[:1] in _TAXABLE_FIRST_DIGITS


def read_tax_id(typed: str, *, phone: str = "") -> TaxId:
    """The Portuguese tax number in a free-text field; `phone` is the buyer's, to spot a mix-up."""
    text = clean(typed, 60)
    if not any(char.isdecimal() for char in text):
        return TaxId(TaxIdState.MISSING, remark="no tax id given" if not text else "text without digits")
    number = str(nif.compact(text))
    if number == FINAL_CONSUMER_NIF:
        return TaxId(TaxIdState.MISSING, remark=f"{FINAL_CONSUMER_NIF} stands for the final consumer")
    problem = _problem(text, number, phone)
    if problem:
        return TaxId(TaxIdState.INVALID, remark=problem)
    odd = number[0] in "79" and number[:2] not in _ASSIGNED_PAIRS
    remark = f"valid check digit, though {number[:2]} is no range known to us" if odd else "valid check digit"
    return TaxId(TaxIdState.VALID, number, remark)


def _problem(text: str, number: str, phone: str) -> str:
    digits = "".join(char for char in phone if char.isdecimal())
    if len(number) == 9 and digits.endswith(number):
        return "it is the buyer's phone number"
    if not _NIF.fullmatch(number) or not nif.is_valid(number):
        if _MOBILE.fullmatch("".join(char for char in text if char not in " .-()")):
            return "it looks like a phone number"
        return "it is not nine digits" if not _NIF.fullmatch(number) else "its check digit is wrong"
    if number[0] == "4" and number[:2] != "45":
        return "no tax number begins like that"
    return ""
