"""Where goods go in the sense of VAT: some parts of EU states are abroad, some parts of others are not.

Source: Directive 2006/112/EC art. 5 to 7; for Northern Ireland the Windsor Framework (goods only). What no
address tells: the British bases in Cyprus (as Cyprus), its north (no VAT of the EU), and British forces'
post (as Great Britain).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from invoicing.domain.texts import bare_words


class Area(StrEnum):
    PORTUGAL = "portugal"
    EU = "eu"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Territory:
    """`vat_country` is the ISO code of the state whose VAT rules apply, XI for goods to Northern Ireland,
    empty outside. `name` is for people; of a country that nothing is special about outside the EU, its code.
    """

    area: Area
    vat_country: str
    name: str


_ALIASES = {"EL": "GR", "UK": "GB", "XI": "GB"}
# Codes that ISO leaves to its users, and the Union itself. Of them only XK (Kosovo) names a country.
_NO_COUNTRY = re.compile(r"AA|EU|Q[M-Z]|X(?!K)[A-Z]|ZZ")
_MEMBERS = {
    "AT": "Austria",
    "BE": "Belgium",
    "BG": "Bulgaria",
    "CY": "Cyprus",
    "CZ": "Czechia",
    "DE": "Germany",
    "DK": "Denmark",
    "EE": "Estonia",
    "ES": "Spain",
    "FI": "Finland",
    "FR": "France",
    "GR": "Greece",
    "HR": "Croatia",
    "HU": "Hungary",
    "IE": "Ireland",
    "IT": "Italy",
    "LT": "Lithuania",
    "LU": "Luxembourg",
    "LV": "Latvia",
    "MT": "Malta",
    "NL": "Netherlands",
    "PL": "Poland",
    "PT": "Portugal",
    "RO": "Romania",
    "SE": "Sweden",
    "SI": "Slovenia",
    "SK": "Slovakia",
}
# Places with a code of their own that people take for a part of a member state, or nearly.
_OUTSIDE = {
    "AD": "Andorra",
    "AW": "Aruba",
    "AX": "Åland",
    "BL": "Saint Barthélemy",
    "BQ": "Caribbean Netherlands",
    "CH": "Switzerland",
    "CW": "Curaçao",
    "EA": "Ceuta and Melilla",
    "FO": "Faroe Islands",
    "GF": "French Guiana",
    "GG": "Guernsey",
    "GI": "Gibraltar",
    "GL": "Greenland",
    "GP": "Guadeloupe",
    "IC": "Canary Islands",
    "IM": "Isle of Man",
    "JE": "Jersey",
    "LI": "Liechtenstein",
    "MF": "Saint Martin",
    "MQ": "Martinique",
    "NC": "New Caledonia",
    "NO": "Norway",
    "PF": "French Polynesia",
    "PM": "Saint Pierre and Miquelon",
    "RE": "Réunion",
    "SM": "San Marino",
    "SX": "Sint Maarten",
    "TF": "French Southern Territories",
    "VA": "Vatican City",
    "WF": "Wallis and Futuna",
    "YT": "Mayotte",
}

_CODE_LENGTH = {"DE": 5, "DK": 4, "ES": 5, "FI": 5, "FR": 5, "GR": 5, "IT": 5}
# Of each country, how the codes of its places outside the EU's VAT begin; the first that fits counts.
_OUTSIDE_BY_CODE: dict[str, dict[str, str]] = {
    "DE": {"27498": "Helgoland", "78266": "Büsingen"},
    "DK": {"39": "Greenland"},
    "ES": {"35": "Canary Islands", "38": "Canary Islands", "51": "Ceuta", "52": "Melilla"},
    "FI": {"22": "Åland"},
    "FR": {
        "97133": "Saint Barthélemy",
        "97150": "Saint Martin",
        "971": "Guadeloupe",
        "972": "Martinique",
        "973": "French Guiana",
        "974": "Réunion",
        "975": "Saint Pierre and Miquelon",
        "976": "Mayotte",
        "977": "Saint Barthélemy",
        "978": "Saint Martin",
        "986": "Wallis and Futuna",
        "987": "French Polynesia",
        "988": "New Caledonia",
        "97": "French overseas",
        "98": "French overseas",
    },
    "GR": {"63086": "Mount Athos", "63087": "Mount Athos"},
    "IT": {"00120": "Vatican City", "22061": "Campione d'Italia", "23041": "Livigno", "4789": "San Marino"},
}
_MONACO = "980"
# The codes of Campione and Livigno until they got their own. Their neighbours, inside the EU's VAT, have
# them still, so that only the name tells.
_SHARED_CODES = frozenset({("IT", "22060"), ("IT", "23030")})
# Looked at only where no postal code tells. Without accents and marks.
_OUTSIDE_BY_NAME: dict[str, dict[str, str]] = {
    "DE": {
        "busingen": "Büsingen",
        "busingen am hochrhein": "Büsingen",
        "helgoland": "Helgoland",
        "heligoland": "Helgoland",
    },
    "ES": {
        "canarias": "Canary Islands",
        "canary islands": "Canary Islands",
        "ilhas canarias": "Canary Islands",
        "islas canarias": "Canary Islands",
        "las palmas": "Canary Islands",
        "las palmas de gran canaria": "Canary Islands",
        "santa cruz de tenerife": "Canary Islands",
        "ceuta": "Ceuta",
        "melilla": "Melilla",
    },
    "FI": {"ahvenanmaa": "Åland", "aland": "Åland", "aland islands": "Åland", "mariehamn": "Åland"},
    "FR": {
        "guadeloupe": "Guadeloupe",
        "martinique": "Martinique",
        "guyane": "French Guiana",
        "guyane francaise": "French Guiana",
        "french guiana": "French Guiana",
        "la reunion": "Réunion",
        "reunion": "Réunion",
        "mayotte": "Mayotte",
    },
    "GR": {"agion oros": "Mount Athos", "mount athos": "Mount Athos"},
    "IT": {"campione d italia": "Campione d'Italia", "livigno": "Livigno"},
}

_UK_AREA = re.compile(r"(?:GB|UK|XI)?([A-Z]{1,2})[0-9]")
_UK_PLACES = {"GX": "Gibraltar", "GY": "Guernsey", "IM": "Isle of Man", "JE": "Jersey"}
_NORTHERN_COUNTIES = ("antrim", "armagh", "down", "fermanagh", "londonderry", "tyrone")
_NORTHERN_NAMES = frozenset(
    {
        "northern ireland",
        "irlanda do norte",
        "irlanda del norte",
        "belfast",
        "derry",
        *_NORTHERN_COUNTIES,
        *(f"county {name}" for name in _NORTHERN_COUNTIES),
    }
)


def territory(country_code: str, postal_code: str, *, region: str = "", city: str = "") -> Territory:
    """Where goods sent to an address go.

    The postal code decides, as typed: with spaces, hyphens or a country prefix. Region and city, names in
    free text, are looked at only where it does not tell.

    Raises:
        ValueError: the country code is empty, not two letters, or one that names no country.
    """
    typed = country_code.strip().upper()
    country = _ALIASES.get(typed, typed)
    if not re.fullmatch(r"[A-Z]{2}", country) or _NO_COUNTRY.fullmatch(country):
        raise ValueError(f"{typed!r} is no code of a country")
    if country == "GB":
        return _british(typed, postal_code, (region, city))
    digits = _digits(country, postal_code)
    if country == "MC" or (country == "FR" and digits.startswith(_MONACO)):
        return Territory(Area.EU, "FR", "Monaco")
    # Communes of mainland France share names with the overseas ones.
    names = (region,) if country == "FR" else (region, city)
    place = _OUTSIDE.get(country) or _place_by_code(country, digits) or _place_by_name(country, digits, names)
    if place:
        return Territory(Area.OUTSIDE, "", place)
    if country in _MEMBERS:
        area = Area.PORTUGAL if country == "PT" else Area.EU
        return Territory(area, country, _MEMBERS[country])
    return Territory(Area.OUTSIDE, "", country)


def _british(typed: str, postal_code: str, names: tuple[str, ...]) -> Territory:
    found = _UK_AREA.match(_compact(postal_code))
    if found:
        is_northern = found[1] == "BT"
        place = _UK_PLACES.get(found[1], "Great Britain")
    else:
        is_northern = typed == "XI" or any(_plain(name) in _NORTHERN_NAMES for name in names)
        place = "Great Britain"
    if is_northern:
        return Territory(Area.EU, "XI", "Northern Ireland")
    return Territory(Area.OUTSIDE, "", place)


def _digits(country: str, postal_code: str) -> str:
    """A numeric postal code that tells a place, else empty."""
    found = re.match(r"[A-Z]{0,3}([0-9]+)", _compact(postal_code))
    digits = found[1] if found else ""
    if len(digits) != _CODE_LENGTH.get(country) or (country, digits) in _SHARED_CODES:
        return ""
    return digits


def _place_by_code(country: str, digits: str) -> str:
    begun = _OUTSIDE_BY_CODE.get(country, {}).items()
    return next((place for prefix, place in begun if digits.startswith(prefix)), "")


def _place_by_name(country: str, digits: str, names: tuple[str, ...]) -> str:
    if digits:
        return ""
    known = _OUTSIDE_BY_NAME.get(country, {})
    return next((known[name] for name in map(_plain, names) if name in known), "")


def _compact(postal_code: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", postal_code).upper())


def _plain(name: str) -> str:
    return " ".join(bare_words(name))
