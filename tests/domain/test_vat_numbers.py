"""Which texts are VAT numbers. All are made by the published rules and belong to nobody known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.eu.vat import MEMBER_STATES

from invoicing.domain.vat_numbers import PREFIXES, VatAnswer, VatCheck, VatNumber, read_vat_number

RIGHT = {
    "AT": "U88832915",
    "BE": "0463455805",
    "BG": "359894308",
    "CY": "16086724U",
    "CZ": "87062909",
    "DE": "836188283",
    "DK": "13964882",
    "EE": "520587443",
    "EL": "482213193",
    "ES": "B90100777",
    "FI": "39116756",
    "FR": "82084591460",
    "HR": "95153916867",
    "HU": "34717983",
    "IE": "5849588R",
    "IT": "05899400716",
    "LT": "668354310",
    "LU": "41617612",
    "LV": "47382684271",
    "MT": "30672402",
    "NL": "959765141B01",
    "PL": "8824129188",
    "RO": "94362440",
    "SE": "155380829401",
    "SI": "43199925",
    "SK": "3745370112",
    "XI": "717888133",
}
ISO = {"EL": "GR", "XI": "GB"}
WRONG = [
    ("AT", "ATU88832916"),
    ("AT", "AT88832915"),
    ("BE", "BE0463455806"),
    ("CY", "CY16086724"),
    ("DE", "DE83618828"),
    ("DE", "DE8361882833"),
    ("DE", "DE836188284"),
    ("ES", "ESB90100778"),
    ("ES", "ES90100777"),
    ("FR", "FR8208459146"),
    ("FR", "FRO2084591460"),
    ("GR", "EL482213194"),
    ("IE", "IE5849588"),
    ("IT", "IT05899400717"),
    ("NL", "NL959765141B0"),
    ("NL", "NL959765141"),
    ("SE", "SE155380829402"),
    ("SE", "SE1553808294"),
    ("RO", "RO1900101226711"),  # a personal number there, and none of VIES
]
NONE = [
    ("", "ES"),
    ("   ", "ES"),
    ("-", "ES"),
    ("ES", "ES"),
    ("consumidor final", "DE"),
    ("\u0968\u0969\u096a\u096b\u096c\u096d\u096e\u096f\u0966", "DE"),
    ("836188283", ""),
    ("836188283", "US"),
    ("B90100777", "PT"),
    ("GB717888133", "GB"),
    ("717888133", "GB"),
    ("CHE-123.456.788 MWST", "CH"),
    ("NO123456785MVA", "NO"),
    ("EU372000041", "ES"),
    ("IM3720000224", "ES"),
    ("DE836188283 e mais texto", "DE"),
    ("ES " + "B90100777" * 20, "ES"),
]


@pytest.mark.parametrize("prefix", RIGHT)
def test_the_number_of_each_country_with_and_without_its_prefix(prefix: str) -> None:
    expected = VatNumber(prefix, RIGHT[prefix])

    assert read_vat_number(prefix + RIGHT[prefix], ISO.get(prefix, prefix)) == expected
    if prefix != "XI":
        assert read_vat_number(RIGHT[prefix], ISO.get(prefix, prefix)) == expected


def test_every_country_of_vies_is_known() -> None:
    assert {"gr" if prefix == "EL" else prefix.lower() for prefix in PREFIXES} == MEMBER_STATES
    assert set(RIGHT) == PREFIXES - {"PT"}


@pytest.mark.parametrize(("country", "typed"), WRONG)
def test_a_wrong_form_or_check_digit_is_no_number(country: str, typed: str) -> None:
    assert read_vat_number(typed, country) is None
    assert read_vat_number(typed[2:], country) is None


@pytest.mark.parametrize(("typed", "country"), NONE)
def test_what_is_no_number_of_vies(typed: str, country: str) -> None:
    assert read_vat_number(typed, country) is None


@pytest.mark.parametrize(
    "typed",
    [
        "de 836 188 283",
        "DE-836.188.283",
        "DE/836/188/283",
        "DE: 836188283",
        " 836\u00a0188\u2013283\t",
        "DE\u200b836188283",
        "\uff24\uff25\uff18\uff13\uff16\uff11\uff18\uff18\uff12\uff18\uff13",
    ],
)
def test_separators_and_wide_characters_do_not_matter(typed: str) -> None:
    assert read_vat_number(typed, "de ") == VatNumber("DE", "836188283")


@pytest.mark.parametrize("typed", ["EL482213193", "GR482213193", "gr 482 213 193", "482213193"])
@pytest.mark.parametrize("country", ["GR", "EL", "gr"])
def test_greece_is_el_at_vies(typed: str, country: str) -> None:
    assert str(read_vat_number(typed, country)) == "EL482213193"


@pytest.mark.parametrize("country", ["GB", "IE", ""])
def test_northern_ireland_needs_its_prefix(country: str) -> None:
    assert read_vat_number("XI 717 8881 33", country) == VatNumber("XI", "717888133")


@pytest.mark.parametrize(
    ("typed", "country", "expected"),
    [
        ("ESB90100777", "DE", "ESB90100777"),
        ("ESB90100777", "PT", "ESB90100777"),
        ("ESB90100777", "US", "ESB90100777"),
        ("ESB90100777", "", "ESB90100777"),
        ("GR482213193", "CY", "EL482213193"),
        # French numbers may begin with letters: neither a Belgian nor a Portuguese one.
        ("BE212247142", "FR", "FRBE212247142"),
        ("PT603194598", "FR", "FRPT603194598"),
        ("FRBE212247142", "BE", "FRBE212247142"),
    ],
)
def test_a_prefix_goes_before_the_address_if_the_number_is_right_for_it(
    typed: str, country: str, expected: str
) -> None:
    assert str(read_vat_number(typed, country)) == expected


@pytest.mark.parametrize(("typed", "country"), [("ESB90100778", "DE"), ("FR836188283", "DE")])
def test_a_wrong_number_of_another_country_is_none_of_the_address(typed: str, country: str) -> None:
    assert read_vat_number(typed, country) is None


@pytest.mark.parametrize("typed", ["577049313", "PT577049313", "pt 577 049 313", "PT999999990"])
@pytest.mark.parametrize("country", ["PT", "ES", "FR", ""])
def test_a_portuguese_number_is_never_intra_eu(typed: str, country: str) -> None:
    assert read_vat_number(typed, country) is None


@pytest.mark.parametrize(
    ("typed", "country", "expected"),
    [
        ("463455805", "BE", "BE0463455805"),  # the form of before 2005
        ("IE8D79739I", "IE", "IE8D79739I"),  # with a letter inside, before 2013
    ],
)
def test_old_forms(typed: str, country: str, expected: str) -> None:
    assert str(read_vat_number(typed, country)) == expected


@given(
    st.text(max_size=20) | st.from_regex(r"[A-Z]{2}[0-9A-Z+* ]{0,14}", fullmatch=True),
    st.sampled_from(["", "X", *sorted(PREFIXES), "GR", "GB"]),
)
def test_any_text_is_a_number_of_vies_or_none(typed: str, country: str) -> None:
    found = read_vat_number(typed, country)

    assert found is None or (found.country in PREFIXES - {"PT"} and 2 <= len(found.number) <= 12)
    if found is not None:
        assert read_vat_number(str(found), "") == found


AT = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("answer", "checked_at", "is_good"),
    [
        (VatAnswer.VALID, AT - DAY, True),
        (VatAnswer.INVALID, AT - DAY, True),
        (VatAnswer.VALID, AT - DAY - timedelta(microseconds=1), False),
        (VatAnswer.VALID, None, False),
        (VatAnswer.UNKNOWN, AT, False),
    ],
)
def test_a_definite_answer_is_good_for_a_day(
    answer: VatAnswer, checked_at: datetime | None, is_good: bool
) -> None:
    assert VatCheck(VatNumber("ES", "B90100777"), answer, checked_at).is_good_at(AT) is is_good
