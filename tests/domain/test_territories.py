"""Where goods go in the sense of VAT."""

from __future__ import annotations

import pytest

from invoicing.domain.territories import Area, Territory, territory

# The member states besides Portugal, by ISO code.
MEMBER_STATES = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL RO SE SI SK".split()  # noqa: SIM905
NORTHERN_IRELAND = Territory(Area.EU, "XI", "Northern Ireland")
MONACO = Territory(Area.EU, "FR", "Monaco")


def outside(name: str) -> Territory:
    return Territory(Area.OUTSIDE, "", name)


@pytest.mark.parametrize("postal_code", ["1000-205", "9000-098", "9500-001", ""])
def test_portugal_is_portugal_with_its_islands(postal_code: str) -> None:
    assert territory("PT", postal_code) == Territory(Area.PORTUGAL, "PT", "Portugal")


@pytest.mark.parametrize("country", MEMBER_STATES)
def test_every_other_member_state_is_in_the_union(country: str) -> None:
    place = territory(country, "")

    assert (place.area, place.vat_country) == (Area.EU, country)
    assert len(place.name) > 2


@pytest.mark.parametrize(
    ("country", "postal_code", "expected"),
    [
        ("ES", "28001", Territory(Area.EU, "ES", "Spain")),
        ("ES", "07001", Territory(Area.EU, "ES", "Spain")),
        ("FR", "20000", Territory(Area.EU, "FR", "France")),
        ("FR", "75001 CEDEX 02", Territory(Area.EU, "FR", "France")),
        ("IT", "23100", Territory(Area.EU, "IT", "Italy")),
        ("DE", "D-10115", Territory(Area.EU, "DE", "Germany")),
        ("FI", "00100", Territory(Area.EU, "FI", "Finland")),
        ("DK", "4000", Territory(Area.EU, "DK", "Denmark")),
        ("GR", "105 57", Territory(Area.EU, "GR", "Greece")),
        ("EL", "10557", Territory(Area.EU, "GR", "Greece")),
        (" es ", " 28001 ", Territory(Area.EU, "ES", "Spain")),
        ("NL", "3511 AB", Territory(Area.EU, "NL", "Netherlands")),
    ],
)
def test_the_rest_of_a_member_state_is_in_the_union(
    country: str, postal_code: str, expected: Territory
) -> None:
    assert territory(country, postal_code) == expected


@pytest.mark.parametrize(
    ("country", "postal_code", "name"),
    [
        ("ES", "35001", "Canary Islands"),
        ("ES", "38 001", "Canary Islands"),
        ("ES", "E-38001", "Canary Islands"),
        ("IC", "", "Canary Islands"),
        ("ES", "51001", "Ceuta"),
        ("ES", "52006", "Melilla"),
        ("EA", "51001", "Ceuta and Melilla"),
        ("FI", "22100", "Åland"),
        ("FI", "AX-22100", "Åland"),
        ("AX", "22100", "Åland"),
        ("IT", "23041", "Livigno"),
        ("IT", "22061", "Campione d'Italia"),
        ("IT", "I-47890", "San Marino"),
        ("IT", "00120", "Vatican City"),
        ("DE", "78266", "Büsingen"),
        ("DE", "DE-27498", "Helgoland"),
        ("GR", "630 86", "Mount Athos"),
        ("EL", "63087", "Mount Athos"),
        ("DK", "DK-3900", "Greenland"),
        ("FR", "F-97110", "Guadeloupe"),
        ("FR", "97133", "Saint Barthélemy"),
        ("FR", "97150", "Saint Martin"),
        ("FR", "97200", "Martinique"),
        ("FR", "97300", "French Guiana"),
        ("FR", "97400 CEDEX 9", "Réunion"),
        ("FR", "97500", "Saint Pierre and Miquelon"),
        ("FR", "97600", "Mayotte"),
        ("FR", "97700", "Saint Barthélemy"),
        ("FR", "97800", "Saint Martin"),
        ("FR", "97900", "French overseas"),
        ("FR", "98400", "French overseas"),
        ("FR", "98600", "Wallis and Futuna"),
        ("FR", "98714", "French Polynesia"),
        ("FR", "98800", "New Caledonia"),
        ("FR", "９７４００", "Réunion"),
    ],
)
def test_parts_of_member_states_outside_the_unions_vat(country: str, postal_code: str, name: str) -> None:
    assert territory(country, postal_code) == outside(name)


@pytest.mark.parametrize("country", ["GP", "MQ", "GF", "RE", "YT", "BL", "MF", "PM", "WF", "PF", "NC", "TF"])
def test_the_french_overseas_places_have_codes_of_their_own(country: str) -> None:
    place = territory(country, "")

    assert (place.area, place.vat_country) == (Area.OUTSIDE, "")
    assert len(place.name) > 2


@pytest.mark.parametrize(
    ("country", "postal_code"), [("MC", "98000"), ("MC", ""), ("FR", "98000"), ("FR", "MC-98012")]
)
def test_monaco_counts_as_france(country: str, postal_code: str) -> None:
    assert territory(country, postal_code) == MONACO


@pytest.mark.parametrize(
    ("country", "name"),
    [
        ("SM", "San Marino"),
        ("VA", "Vatican City"),
        ("AD", "Andorra"),
        ("GI", "Gibraltar"),
        ("FO", "Faroe Islands"),
        ("GL", "Greenland"),
        ("AW", "Aruba"),
        ("CW", "Curaçao"),
        ("SX", "Sint Maarten"),
        ("BQ", "Caribbean Netherlands"),
        ("JE", "Jersey"),
        ("GG", "Guernsey"),
        ("IM", "Isle of Man"),
        ("CH", "Switzerland"),
        ("US", "US"),
        ("XK", "XK"),
    ],
)
def test_other_countries_are_outside(country: str, name: str) -> None:
    assert territory(country, "1234") == outside(name)


@pytest.mark.parametrize(
    ("country", "postal_code", "expected"),
    [
        ("GB", "SW1A 1AA", outside("Great Britain")),
        ("UK", "b1 1tt", outside("Great Britain")),
        ("GB", "", outside("Great Britain")),
        ("GB", "JE2 3AB", outside("Jersey")),
        ("GB", "gy1-1aa", outside("Guernsey")),
        ("GB", "IM1 1AA", outside("Isle of Man")),
        ("GB", "GX11 1AA", outside("Gibraltar")),
        ("GB", "bt1 5gs", NORTHERN_IRELAND),
        ("UK", "BT15GS", NORTHERN_IRELAND),
        ("GB", "GB-BT1 5GS", NORTHERN_IRELAND),
        ("XI", "BT48 6DQ", NORTHERN_IRELAND),
        ("XI", "", NORTHERN_IRELAND),
        ("XI", "SW1A 1AA", outside("Great Britain")),
    ],
)
def test_of_the_united_kingdom_only_northern_ireland_counts_for_goods(
    country: str, postal_code: str, expected: Territory
) -> None:
    assert territory(country, postal_code) == expected


@pytest.mark.parametrize(
    ("country", "region", "city", "expected"),
    [
        ("ES", "Las Palmas", "", outside("Canary Islands")),
        ("ES", "", "Santa Cruz de Tenerife", outside("Canary Islands")),
        ("ES", "Ceuta", "Ceuta", outside("Ceuta")),
        ("ES", "Madrid", "Madrid", Territory(Area.EU, "ES", "Spain")),
        ("FI", "ÅLAND", "", outside("Åland")),
        ("DE", "Baden-Württemberg", "Büsingen am Hochrhein", outside("Büsingen")),
        ("IT", "", "Campione d’Italia", outside("Campione d'Italia")),
        ("FR", "Guyane française", "", outside("French Guiana")),
        ("FR", "", "La Réunion", Territory(Area.EU, "FR", "France")),
        ("GB", "Northern Ireland", "", NORTHERN_IRELAND),
        ("GB", "County Down", "", NORTHERN_IRELAND),
        ("GB", "", "Belfast", NORTHERN_IRELAND),
        ("GB", "Kent", "Dover", outside("Great Britain")),
        ("SE", "Livigno", "Ceuta", Territory(Area.EU, "SE", "Sweden")),
    ],
)
def test_without_a_readable_postal_code_the_names_tell(
    country: str, region: str, city: str, expected: Territory
) -> None:
    for unreadable in ("", "-", "n/a", "1"):
        assert territory(country, unreadable, region=region, city=city) == expected


def test_a_readable_postal_code_beats_the_names() -> None:
    assert territory("ES", "28001", region="Las Palmas", city="Ceuta").area is Area.EU
    assert territory("GB", "SW1A 1AA", region="Northern Ireland").area is Area.OUTSIDE


@pytest.mark.parametrize(
    ("postal_code", "city", "expected"),
    [
        ("22060", "Campione d'Italia", outside("Campione d'Italia")),
        ("22060", "CAMPIONE D ITALIA", outside("Campione d'Italia")),
        ("23030", "Livigno", outside("Livigno")),
        ("22060", "Cabiate", Territory(Area.EU, "IT", "Italy")),
        ("23030", "Chiuro", Territory(Area.EU, "IT", "Italy")),
        ("23030", "", Territory(Area.EU, "IT", "Italy")),
    ],
)
def test_an_old_code_shared_with_italian_neighbours_needs_the_name(
    postal_code: str, city: str, expected: Territory
) -> None:
    assert territory("IT", postal_code, city=city) == expected


@pytest.mark.parametrize(
    "country", ["", "  ", "P", "PRT", "Portugal", "P1", "EU", "XX", "ZZ", "AA", "QM", "ЕS"]
)
def test_what_names_no_country_is_refused(country: str) -> None:
    with pytest.raises(ValueError, match="is no code of a country"):
        territory(country, "1000-205")
