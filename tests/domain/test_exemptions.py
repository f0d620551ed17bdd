"""Which exemption codes exist, and on which days a document may carry them."""

from __future__ import annotations

from datetime import date

import pytest

from invoicing.domain import exemptions
from invoicing.domain.exemptions import (
    Exemption,
    ExemptionUse,
    active_codes,
    exemption,
    is_in_force,
    problem_with,
)

TODAY = date(2026, 11, 20)
NUMBERS_NOW = (*(1, 2, 4, 5, 6, 7, 9), *range(10, 17), 19, 20, 21, 25, *range(30, 36), *range(40, 47), 99)
CODES_NOW = [f"M{number:02}" for number in NUMBERS_NOW]


def test_a_row_holds_the_mention_the_law_and_the_days() -> None:
    assert exemption("M05") == Exemption(
        code="M05",
        text="Isento artigo 14.º do CIVA",
        basis="CIVA art. 14.º",
        applies=ExemptionUse.EXPORT,
        valid_from=date(2022, 7, 1),
        valid_to=None,
        listed_by_provider=True,
    )


@pytest.mark.parametrize("code", ["", "M00", "M17", "M77", "m05", " M05", "M5"])
def test_a_code_that_the_table_does_not_have_is_none(code: str) -> None:
    assert exemption(code) is None
    assert not is_in_force(code, TODAY)
    assert problem_with(code, TODAY) == f"{code} is no code of the tax authority's table"


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("M03", date(2013, 1, 1), date(2022, 6, 30)),
        ("M08", date(2013, 1, 1), date(2022, 12, 31)),
        ("M26", date(2023, 4, 18), date(2024, 1, 4)),
    ],
)
def test_a_retired_code_is_usable_on_its_own_days_only(code: str, first: date, last: date) -> None:
    before, after = date.fromordinal(first.toordinal() - 1), date.fromordinal(last.toordinal() + 1)

    assert [is_in_force(code, day) for day in (before, first, last, after)] == [False, True, True, False]
    assert problem_with(code, before) == f"{code} is in force only from {first}"
    assert problem_with(code, first) == problem_with(code, last) == ""
    assert problem_with(code, after) == f"{code} was retired on {last}"


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("M05", date(2022, 7, 1)),
        ("M34", date(2023, 4, 14)),
        ("M44", date(2025, 8, 14)),
        ("M45", date(2025, 8, 14)),
        ("M46", date(2025, 8, 14)),
        ("M35", date(2026, 7, 1)),
    ],
)
def test_a_code_begins_on_a_day_and_does_not_end(code: str, first: date) -> None:
    assert not is_in_force(code, date.fromordinal(first.toordinal() - 1))
    assert is_in_force(code, first)
    assert is_in_force(code, date(2099, 12, 31))


def test_the_sentences_are_parts_that_staff_can_read() -> None:
    assert problem_with("M03", TODAY) == "M03 was retired on 2022-06-30"
    assert problem_with("M44", date(2025, 8, 13)) == "M44 is in force only from 2025-08-14"
    assert problem_with("M77", TODAY) == "M77 is no code of the tax authority's table"


def test_the_codes_of_a_day_in_order() -> None:
    assert active_codes(TODAY) == tuple(CODES_NOW)


def test_the_codes_of_earlier_days() -> None:
    later = {"M34", "M35", "M44", "M45", "M46"}

    assert active_codes(date(2012, 12, 31)) == ()
    assert active_codes(date(2022, 6, 30)) == ("M03", "M08")
    assert set(active_codes(date(2022, 7, 1))) == set(CODES_NOW) - later | {"M08"}
    assert set(active_codes(date(2024, 1, 4))) == set(CODES_NOW) - later | {"M26", "M34"}
    assert set(active_codes(date(2026, 6, 30))) == set(CODES_NOW) - {"M35"}


def test_what_the_providers_own_list_lacks() -> None:
    known = [row for row in map(exemption, [*CODES_NOW, "M03", "M08", "M26"]) if row]

    assert len(known) == 35
    assert [row.code for row in known if not row.listed_by_provider] == ["M34", "M35", "M03", "M08", "M26"]


@pytest.mark.parametrize(
    ("use", "codes"),
    [
        (ExemptionUse.EXPORT, "M05"),
        (ExemptionUse.INTRA_EU_GOODS, "M16"),
        (ExemptionUse.SERVICES_ABROAD, "M40 M44"),
        (ExemptionUse.DOMESTIC, "M02 M07 M19"),
        (ExemptionUse.REGIME, "M09 M10 M11 M12 M13 M14 M15 M20 M21 M45"),
        (ExemptionUse.REVERSE_CHARGE, "M30 M31 M32 M33 M34 M35 M41 M42 M43"),
        (ExemptionUse.SPECIAL, "M01 M04 M06 M25 M46 M99"),
    ],
)
def test_what_a_code_is_for(use: ExemptionUse, codes: str) -> None:
    rows = [row for row in map(exemption, active_codes(TODAY)) if row]

    assert [row.code for row in rows if row.applies is use] == codes.split()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("M08", "IVA – autoliquidação"),
        ("M10", "IVA – regime de isenção"),
        ("M16", "Isento artigo 14.º do RITI"),
        ("M26", "Isenção de IVA com direito à dedução no cabaz alimentar"),
        ("M13", "Regime da margem de lucro – Bens em segunda mão"),
        ("M40", "IVA – autoliquidação"),
        ("M44", "IVA – Regras específicas – artigo 6.º"),
        ("M45", "IVA – regime transfronteiriço de isenção"),
        ("M99", "Não sujeito ou não tributado"),
    ],
)
def test_the_mention_that_is_printed(code: str, text: str) -> None:
    row = exemption(code)

    assert row is not None
    assert row.text == text


def test_the_codes_with_a_name_are_in_force() -> None:
    named = {
        exemptions.EXPORT: "M05",
        exemptions.INTRA_EU: "M16",
        exemptions.SMALL_BUSINESS: "M10",
        exemptions.SMALL_BUSINESS_ABROAD: "M45",
    }

    assert all(name == code and is_in_force(name, TODAY) for name, code in named.items())
