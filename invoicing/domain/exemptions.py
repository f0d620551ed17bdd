"""The tax authority's table of reasons for a line without VAT: codes, printed mentions, validity.

Source: table of exemption reasons of the Autoridade Tributária, version 4.0 of 2026-06-18. A code counts
for the day of the document; a credit note repeats its original's code, so ask with the original's day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

EXPORT = "M05"
INTRA_EU = "M16"
SMALL_BUSINESS = "M10"
SMALL_BUSINESS_ABROAD = "M45"


class ExemptionUse(StrEnum):
    """What kind of sale a code is for."""

    EXPORT = "export"
    INTRA_EU_GOODS = "intra_eu_goods"
    REGIME = "regime"  # follows from what the seller is or how the goods are taxed, not from the buyer
    DOMESTIC = "domestic"
    REVERSE_CHARGE = "reverse_charge"
    SERVICES_ABROAD = "services_abroad"
    SPECIAL = "special"


@dataclass(frozen=True, slots=True)
class Exemption:
    """One code. `text` is the Portuguese mention that the document must print; both days are included."""

    code: str
    text: str
    basis: str
    applies: ExemptionUse
    valid_from: date
    valid_to: date | None = None
    listed_by_provider: bool = True  # by InvoiceXpress's own documentation; the account may know more


def exemption(code: str) -> Exemption | None:
    """The row of a code such as M05, in force or not; None if the table has no such code."""
    return _TABLE.get(code)


def is_in_force(code: str, on: date) -> bool:
    """Whether a document of this day may carry the code."""
    return not problem_with(code, on)


def problem_with(code: str, on: date) -> str:
    """Why a document of this day cannot carry the code, as a part of an English sentence; else empty."""
    row = exemption(code)
    if row is None:
        return f"{code} is no code of the tax authority's table"
    if on < row.valid_from:
        return f"{code} is in force only from {row.valid_from}"
    if row.valid_to is not None and on > row.valid_to:
        return f"{code} was retired on {row.valid_to}"
    return ""


def active_codes(on: date) -> tuple[str, ...]:
    """The codes that a document of this day may carry, in the table's order."""
    return tuple(code for code in _TABLE if is_in_force(code, on))


_OLD = date(2013, 1, 1)
_BASE = date(2022, 7, 1)
_V2 = date(2023, 4, 14)
_V3 = date(2025, 8, 14)
_V4 = date(2026, 7, 1)

_REVERSE = "IVA – autoliquidação"
_MARGIN = "Regime da margem de lucro – "
_USE = ExemptionUse

_ROWS = (
    Exemption("M01", "Artigo 16.º, n.º 6 do CIVA", "CIVA art. 16.º n.º 6 a) a d)", _USE.SPECIAL, _BASE),
    Exemption(
        "M02",
        "Artigo 6.º do Decreto-Lei n.º 198/90, de 19 de junho",
        "DL 198/90 art. 6.º",
        _USE.DOMESTIC,
        _BASE,
    ),
    Exemption(
        "M03",
        "Exigibilidade de caixa",
        "DL 204/97, DL 418/99, Lei 15/2009",
        _USE.REGIME,
        _OLD,
        date(2022, 6, 30),
        listed_by_provider=False,
    ),
    Exemption("M04", "Isento artigo 13.º do CIVA", "CIVA art. 13.º", _USE.SPECIAL, _BASE),
    Exemption("M05", "Isento artigo 14.º do CIVA", "CIVA art. 14.º", _USE.EXPORT, _BASE),
    Exemption("M06", "Isento artigo 15.º do CIVA", "CIVA art. 15.º", _USE.SPECIAL, _BASE),
    Exemption("M07", "Isento artigo 9.º do CIVA", "CIVA art. 9.º", _USE.DOMESTIC, _BASE),
    Exemption(
        "M08",
        _REVERSE,
        "CIVA art. 2.º n.º 1 i), j), l), art. 6.º; DL 21/2007; DL 362/99",
        _USE.REVERSE_CHARGE,
        _OLD,
        date(2022, 12, 31),
        listed_by_provider=False,
    ),
    Exemption("M09", "IVA – não confere direito a dedução", "CIVA art. 62.º b)", _USE.REGIME, _BASE),
    # Tables before version 4 cite art. 57.º for the same regime.
    Exemption("M10", "IVA – regime de isenção", "CIVA art. 53.º n.º 1", _USE.REGIME, _BASE),
    Exemption("M11", "Regime particular do tabaco", "DL 346/85", _USE.REGIME, _BASE),
    Exemption("M12", f"{_MARGIN}Agências de viagens", "DL 221/85", _USE.REGIME, _BASE),
    Exemption("M13", f"{_MARGIN}Bens em segunda mão", "DL 199/96", _USE.REGIME, _BASE),
    Exemption("M14", f"{_MARGIN}Objetos de arte", "DL 199/96", _USE.REGIME, _BASE),
    Exemption("M15", f"{_MARGIN}Objetos de coleção e antiguidades", "DL 199/96", _USE.REGIME, _BASE),
    Exemption("M16", "Isento artigo 14.º do RITI", "RITI art. 14.º", _USE.INTRA_EU_GOODS, _BASE),
    Exemption("M19", "Outras isenções", "isenções temporárias em diploma próprio", _USE.DOMESTIC, _BASE),
    Exemption("M20", "IVA – regime forfetário", "CIVA art. 59.º-D n.º 2", _USE.REGIME, _BASE),
    Exemption(
        "M21",
        "IVA – não confere direito à dedução (ou expressão similar)",
        "CIVA art. 72.º n.º 4",
        _USE.REGIME,
        _BASE,
    ),
    Exemption("M25", "Mercadorias à consignação", "CIVA art. 38.º n.º 1 a)", _USE.SPECIAL, _BASE),
    # The table lists it without an end; the measure itself ran only on these days.
    Exemption(
        "M26",
        "Isenção de IVA com direito à dedução no cabaz alimentar",
        "Lei 17/2023",
        _USE.DOMESTIC,
        date(2023, 4, 18),
        date(2024, 1, 4),
        listed_by_provider=False,
    ),
    Exemption("M30", _REVERSE, "CIVA art. 2.º n.º 1 i)", _USE.REVERSE_CHARGE, _BASE),
    Exemption("M31", _REVERSE, "CIVA art. 2.º n.º 1 j)", _USE.REVERSE_CHARGE, _BASE),
    Exemption("M32", _REVERSE, "CIVA art. 2.º n.º 1 l)", _USE.REVERSE_CHARGE, _BASE),
    Exemption("M33", _REVERSE, "CIVA art. 2.º n.º 1 m)", _USE.REVERSE_CHARGE, _BASE),
    Exemption("M34", _REVERSE, "CIVA art. 2.º n.º 1 n)", _USE.REVERSE_CHARGE, _V2, listed_by_provider=False),
    Exemption(
        "M35",
        _REVERSE,
        "CIVA art. 2.º n.º 1 j), verba 2.42 da Lista I; DL 97/2026",
        _USE.REVERSE_CHARGE,
        _V4,
        listed_by_provider=False,
    ),
    Exemption("M40", _REVERSE, "CIVA art. 6.º n.º 6 a), a contrario", _USE.SERVICES_ABROAD, _BASE),
    Exemption("M41", _REVERSE, "RITI art. 8.º n.º 3", _USE.REVERSE_CHARGE, _BASE),
    Exemption("M42", _REVERSE, "DL 21/2007", _USE.REVERSE_CHARGE, _BASE),
    Exemption("M43", _REVERSE, "DL 362/99", _USE.REVERSE_CHARGE, _BASE),
    Exemption(
        "M44",
        "IVA – Regras específicas – artigo 6.º",
        "CIVA art. 6.º n.º 7 e seguintes",
        _USE.SERVICES_ABROAD,
        _V3,
    ),
    Exemption("M45", "IVA – regime transfronteiriço de isenção", "CIVA art. 58.º-A", _USE.REGIME, _V3),
    Exemption("M46", "IVA – e-TaxFree", "DL 19/2017", _USE.SPECIAL, _V3),
    Exemption(
        "M99",
        "Não sujeito ou não tributado",
        "CIVA art. 2.º n.º 2, art. 3.º n.os 4, 6 e 7, art. 4.º n.º 5",
        _USE.SPECIAL,
        _BASE,
    ),
)
_TABLE = {row.code: row for row in _ROWS}
