"""VAT numbers of buyers in other Member States: their form, and what VIES says of them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from stdnum import get_cc_module

from invoicing.domain.texts import clean

# VIES knows each country by this prefix: Greece by EL, Northern Ireland (goods only) by XI.
PREFIXES = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
})  # fmt: skip
# Prefixes that stdnum files elsewhere: by the ISO code, and under the United Kingdom.
_MODULES = {"EL": "gr", "XI": "gb"}
# Never intra-EU for a Portuguese seller.
_HOME = "PT"
ANSWER_GOOD_FOR = timedelta(hours=24)
_MOST_CHARACTERS = 60
_SEPARATORS = frozenset(" ./:,;_'’·")
# The plus and the asterisk are of old Irish numbers. Nothing that VIES takes is longer.
_NUMBER = re.compile(r"[0-9A-Z+*]{2,12}")


class VatAnswer(StrEnum):
    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class VatNumber:
    """`country` is the prefix at VIES, `number` what follows it, without separators."""

    country: str
    number: str

    def __str__(self) -> str:
        return self.country + self.number


@dataclass(frozen=True, slots=True)
class VatCheck:
    """What is known of a number. `consultation` is the proof that VIES gives to a seller who says who he is;
    `remark` tells staff why, and never repeats the number."""

    vat_number: VatNumber
    answer: VatAnswer
    checked_at: datetime | None = None
    consultation: str = ""
    remark: str = ""

    @property
    def is_definite(self) -> bool:
        return self.answer is not VatAnswer.UNKNOWN

    def is_good_at(self, moment: datetime) -> bool:
        """Whether it still answers the question, without asking again."""
        return (
            self.is_definite and self.checked_at is not None and moment - self.checked_at <= ANSWER_GOOD_FOR
        )


def read_vat_number(typed: str, country_code: str) -> VatNumber | None:
    """The number that a buyer typed, if its form and check digit are right; `country_code` is the ISO code of
    the billing address, "" if it is not known.

    A prefix of another country goes before the address if the number is right for it. Portuguese numbers,
    and those of countries that are not in VIES, are none.
    """
    text = _without_separators(typed)
    prefixed = _right_for(_prefix(text[:2]), text[2:])
    found = prefixed or _right_for(_prefix(country_code.strip()), text)
    return found if found is not None and found.country != _HOME else None


def _without_separators(typed: str) -> str:
    # Wide digits and letters, as some keyboards type them, become plain ones.
    text = unicodedata.normalize("NFKC", clean(typed, _MOST_CHARACTERS)).upper()
    return "".join(char for char in text if char not in _SEPARATORS and unicodedata.category(char) != "Pd")


def _prefix(code: str) -> str:
    upper = code.upper()
    return "EL" if upper == "GR" else upper


def _right_for(prefix: str, number: str) -> VatNumber | None:
    if prefix not in PREFIXES or not _NUMBER.fullmatch(number):
        return None
    rules = get_cc_module(_MODULES.get(prefix, prefix.lower()), "vat")
    assert rules is not None
    # Given with the prefix, for a French number may itself begin with letters that are one.
    whole = prefix + number
    if not rules.is_valid(whole):
        return None
    compact = str(rules.compact(whole))
    # The Romanian rules leave the prefix where it is; all others take it off.
    return VatNumber(prefix, number if compact == whole else compact)
