"""The Portuguese rates of a region and a day, and the region of an address."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from invoicing.domain.rates import (
    REGION_NAMES,
    REGIONS,
    RateKind,
    portuguese_rates,
    portuguese_region,
    regions_with,
)

D = Decimal
NORMAL, INTERMEDIATE, REDUCED = RateKind.NORMAL, RateKind.INTERMEDIATE, RateKind.REDUCED
TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("region", "on", "normal", "intermediate", "reduced"),
    [
        ("PT", TODAY, 23, 13, 6),
        ("PT", date(2011, 1, 1), 23, 13, 6),
        ("PT", date(2010, 12, 31), 21, 13, 6),
        ("PT", date(2010, 7, 1), 21, 13, 6),
        ("PT-AC", TODAY, 16, 9, 4),
        ("PT-AC", date(2021, 7, 1), 16, 9, 4),
        ("PT-AC", date(2021, 6, 30), 18, 9, 4),
        ("PT-AC", date(2015, 7, 1), 18, 9, 4),
        ("PT-MA", TODAY, 22, 12, 4),
        ("PT-MA", date(2024, 10, 1), 22, 12, 4),
        ("PT-MA", date(2024, 9, 30), 22, 12, 5),
        ("PT-MA", date(2012, 4, 1), 22, 12, 5),
    ],
)
def test_the_rates_of_a_day(region: str, on: date, normal: int, intermediate: int, reduced: int) -> None:
    assert portuguese_rates(region, on) == {
        NORMAL: D(normal),
        INTERMEDIATE: D(intermediate),
        REDUCED: D(reduced),
    }


@pytest.mark.parametrize(
    ("region", "on"),
    [
        ("PT", date(2010, 6, 30)),
        ("PT-AC", date(2013, 12, 31)),
        ("PT-MA", date(2012, 3, 31)),
        ("ES", TODAY),
        ("", TODAY),
    ],
)
def test_nothing_is_said_where_nothing_is_known(region: str, on: date) -> None:
    assert portuguese_rates(region, on) == {}


def test_what_is_known_is_said_without_the_rest() -> None:
    assert portuguese_rates("PT-AC", date(2015, 6, 30)) == {NORMAL: D(18)}


@pytest.mark.parametrize(
    ("rate", "on", "regions"),
    [
        ("23", TODAY, ("PT",)),
        ("6.00", TODAY, ("PT",)),
        ("16", TODAY, ("PT-AC",)),
        ("22", TODAY, ("PT-MA",)),
        ("4", TODAY, ("PT-AC", "PT-MA")),
        ("4", date(2024, 9, 30), ("PT-AC",)),
        ("5", date(2024, 9, 30), ("PT-MA",)),
        ("5", TODAY, ()),
        ("21", TODAY, ()),
        ("0", TODAY, ()),
    ],
)
def test_where_a_rate_is_in_force(rate: str, on: date, regions: tuple[str, ...]) -> None:
    assert regions_with(D(rate), on) == regions


def test_the_kinds_are_the_tax_authoritys() -> None:
    assert [str(kind) for kind in RateKind] == ["NOR", "INT", "RED"]


def test_regions_have_portuguese_names() -> None:
    assert [REGION_NAMES[region] for region in REGIONS] == ["Continente", "Açores", "Madeira"]


@pytest.mark.parametrize(
    ("typed", "region"),
    [
        ("1000-205", "PT"),
        ("8999-999", "PT"),
        ("9000-098", "PT-MA"),
        ("9000", "PT-MA"),
        (" 9000 - 098 ", "PT-MA"),
        ("9000098", "PT-MA"),
        ("9000 098", "PT-MA"),
        ("9000–098", "PT-MA"),
        ("PT-9000-098", "PT-MA"),
        ("pt 9000-098", "PT-MA"),
        ("P-9000", "PT-MA"),
        ("9400-001", "PT-MA"),
        ("9499-999", "PT-MA"),
        ("9500-001", "PT-AC"),
        ("9880-203", "PT-AC"),
        ("9999-999", "PT-AC"),
    ],
)
def test_the_postal_code_tells_the_region(typed: str, region: str) -> None:
    assert portuguese_region(typed) == region


@pytest.mark.parametrize(
    "typed", ["", "  ", "0999-123", "900", "28001", "9000-09", "9000-0981", "Funchal", "٩٠٠٠"]
)
def test_what_is_no_portuguese_postal_code_tells_nothing(typed: str) -> None:
    assert portuguese_region(typed) == ""
