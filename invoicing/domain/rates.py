"""VAT rates in percent: the Portuguese ones by region and day, and the standard ones of the EU.

Sources: CIVA art. 18.º; Lei 63-A/2015 and DLR 15-A/2021/A (Açores); Ofício-Circulado 25045/2024 (Madeira).
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

REGIONS = ("PT", "PT-AC", "PT-MA")
REGION_NAMES = {"PT": "Continente", "PT-AC": "Açores", "PT-MA": "Madeira"}


class RateKind(StrEnum):
    """Values are the tax authority's file codes."""

    NORMAL = "NOR"
    INTERMEDIATE = "INT"
    REDUCED = "RED"


class _Span(NamedTuple):
    region: str
    kind: RateKind
    rate: Decimal
    first: date
    last: date = date.max


_SPANS = (
    _Span("PT", RateKind.NORMAL, Decimal(21), date(2010, 7, 1), date(2010, 12, 31)),
    _Span("PT", RateKind.NORMAL, Decimal(23), date(2011, 1, 1)),
    _Span("PT", RateKind.INTERMEDIATE, Decimal(13), date(2010, 7, 1)),
    _Span("PT", RateKind.REDUCED, Decimal(6), date(2010, 7, 1)),
    _Span("PT-AC", RateKind.NORMAL, Decimal(18), date(2014, 1, 1), date(2021, 6, 30)),
    _Span("PT-AC", RateKind.NORMAL, Decimal(16), date(2021, 7, 1)),
    _Span("PT-AC", RateKind.INTERMEDIATE, Decimal(9), date(2015, 7, 1)),
    _Span("PT-AC", RateKind.REDUCED, Decimal(4), date(2015, 7, 1)),
    _Span("PT-MA", RateKind.NORMAL, Decimal(22), date(2012, 4, 1)),
    _Span("PT-MA", RateKind.INTERMEDIATE, Decimal(12), date(2012, 4, 1)),
    _Span("PT-MA", RateKind.REDUCED, Decimal(5), date(2012, 4, 1), date(2024, 9, 30)),
    _Span("PT-MA", RateKind.REDUCED, Decimal(4), date(2024, 10, 1)),
)

_POSTAL_CODE = re.compile(r"(?:PT? ?-? ?)?([1-9][0-9]{3})(?: ?[-–—]? ?[0-9]{3})?")


def portuguese_rates(region: str, on: date) -> dict[RateKind, Decimal]:
    """The rates known for a region on a day; kinds and regions that nothing is known of are left out.

    The day is the one on which the tax becomes chargeable (CIVA art. 18.º n.º 9); a credit note's is its
    original's.
    """
    return {
        span.kind: span.rate for span in _SPANS if span.region == region and span.first <= on <= span.last
    }


def regions_with(rate: Decimal, on: date) -> tuple[str, ...]:
    """The regions where this is a rate on that day."""
    return tuple(region for region in REGIONS if rate in portuguese_rates(region, on).values())


def portuguese_region(postal_code: str) -> str:
    """The region of a Portuguese address, from its postal code as typed; empty if it cannot be read.

    It says where the address is. The rate of shipped goods follows the place that they leave from
    (CIVA art. 6.º n.º 1 and 16).
    """
    found = _POSTAL_CODE.fullmatch(" ".join(postal_code.split()).upper())
    if found is None:
        return ""
    digits = found[1]
    if digits < "9000":
        return "PT"
    return "PT-MA" if digits < "9500" else "PT-AC"
