"""Closed lists and spellings: units, exemption codes, payment mechanisms, tax numbers, dates."""

from __future__ import annotations

import time
from datetime import date

UNITS = frozenset({"hour", "day", "month", "unit", "service", "other"})

MECHANISMS = frozenset({"TB", "MB", "CC", "CD", "CH", "CO", "CS", "DE", "LC", "NU", "PR", "TR", "CI", "OU"})

NO_EXEMPTION = "M00"
NOT_TAXED = "M99"

_REVERSE_CHARGE = "IVA – autoliquidação"
EXEMPTION_TEXTS: dict[str, str] = {
    NO_EXEMPTION: "",
    "M01": "Artigo 16.º, n.º 6 do CIVA",
    "M02": "Artigo 6.º do Decreto-Lei n.º 198/90, de 19 de junho",
    "M04": "Isento artigo 13.º do CIVA",
    "M05": "Isento artigo 14.º do CIVA",
    "M06": "Isento artigo 15.º do CIVA",
    "M07": "Isento artigo 9.º do CIVA",
    "M09": "IVA – não confere direito a dedução",
    "M10": "IVA – regime de isenção",
    "M11": "Regime particular do tabaco",
    "M12": "Regime da margem de lucro – agências de viagens",
    "M13": "Regime da margem de lucro – bens em segunda mão",
    "M14": "Regime da margem de lucro – objetos de arte",
    "M15": "Regime da margem de lucro – objetos de coleção e antiguidades",
    "M16": "Isento artigo 14.º do RITI",
    "M19": "Outras isenções",
    "M20": "IVA – regime forfetário",
    "M21": "IVA – não confere direito à dedução (ou expressão similar)",
    "M25": "Mercadorias à consignação",
    "M26": "Isenção de IVA com direito à dedução no cabaz alimentar",
    **dict.fromkeys(("M30", "M31", "M32", "M33", "M34", "M40", "M41", "M42", "M43"), _REVERSE_CHARGE),
    NOT_TAXED: "Não sujeito ou não tributado",
}

_NIF_FIRST_PAIRS = frozenset({"45", "70", "71", "72", "74", "75", "77", "78", "79"})


def is_portuguese_nif(text: str) -> bool:
    """Nine digits, a first digit that is in use, and the modulo 11 check digit."""
    if len(text) != 9 or not (text.isascii() and text.isdigit()):
        return False
    if text[0] not in "1235689" and text[:2] not in _NIF_FIRST_PAIRS:
        return False
    remainder = sum(int(digit) * weight for digit, weight in zip(text[:8], range(9, 1, -1), strict=True)) % 11
    return int(text[8]) == (0 if remainder < 2 else 11 - remainder)


def parse_date(text: object) -> date | None:
    """Reads dd/mm/yyyy, and the ISO form that the vendor takes too."""
    if not isinstance(text, str):
        return None
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return date(*time.strptime(text.strip(), form)[:3])
        except ValueError:
            continue
    return None


def format_date(day: date) -> str:
    return day.strftime("%d/%m/%Y")
