from __future__ import annotations

import pytest

from invoicing.providers.invoicexpress.countries import (
    COUNTRY_NAMES,
    WITHOUT_A_NAME,
    UnknownCountry,
    country_name,
)

# The names that InvoiceXpress accepts for a client's country, to the letter.
ACCEPTED = {
    name.strip()
    for name in """
Afghanistan | Albania | Algeria | American Samoa | Andorra | Angola | Anguilla | Antigua and Barbuda |
Argentina | Armenia | Aruba | Australia | Austria | Azerbaijan | Bahamas | Bahrain | Bangladesh |
Barbados | Belarus | Belgium | Belize | Benin | Bermuda | Bhutan | Bolivia | Bosnia-Herzegovina |
Botswana | Brazil | British Indian Ocean Territory | Brunei | Bulgaria | Burkina Faso | Burma | Burundi
| Cambodia | Cameroon | Canada | Canton and Enderbury Islands | Cape Verde | Cayman Islands | Central
African Republic | Chad | Chile | China | Christmas Island | Cocos (Keeling) Islands | Colombia |
Comoros | Congo | Congo, Democratic Republic | Cook Islands | Costa Rica | Croatia | Cuba | Curaçao |
Cyprus | Czech Republic | Côte d'Ivoire | Denmark | Djibouti | Dominica | Dominican Republic | Dronning
Maud Land | East Timor | Ecuador | Egypt | El Salvador | Equatorial Guinea | Eritrea | Estonia |
Ethiopia | Faeroe Islands (Føroyar) | Falkland Islands | Fiji | Finland | France | French Guiana |
French Polynesia | Gabon | Gambia | Georgia | Germany | Ghana | Gibraltar | Great Britain | Greece |
Greenland | Grenada | Guadeloupe | Guam | Guatemala | Guernsey | Guinea | Guinea-Bissau | Guyana | Haiti
| Heard and McDonald Islands | Honduras | Hong Kong | Hungary | Iceland | India | Indonesia |
International Monetary Fund | Iran | Iraq | Ireland | Isle of Man | Israel | Italy | Ivory Coast |
Jamaica | Japan | Jersey | Johnston Island | Jordan | Kampuchea | Kazakhstan | Kenya | Kiribati | Korea,
North | Korea, South | Kosovo | Kuwait | Kyrgyzstan | Laos | Latvia | Lebanon | Lesotho | Liberia |
Libya | Liechtenstein | Lithuania | Luxembourg | Macau | Macedonia (Former Yug. Rep.) | Madagascar |
Malawi | Malaysia | Maldives | Mali | Malta | Marshall Islands | Martinique | Mauritania | Mauritius |
Mayotte | Mexico | Micronesia | Midway Islands | Moldova | Monaco | Mongolia | Montenegro | Montserrat |
Morocco | Mozambique | Myanmar | Namibia | Nauru | Nepal | Netherlands | Netherlands Antilles | New
Caledonia | New Zealand | Nicaragua | Niger | Nigeria | Niue | Norfolk Island | Northern Mariana Islands
| Norway | Oman | Pakistan | Palau | Palestine | Panama | Papua New Guinea | Paraguay | Peru |
Philippines | Pitcairn Island | Poland | Portugal | Puerto Rico | Qatar | Reunion | Romania | Russia |
Rwanda | Saint Barthelemy | Samoa (America) | Samoa (Western) | San Marino | Saudi Arabia | Serbia |
Seychelles | Sierra Leone | Singapore | Slovakia | Slovenia | Solomon Islands | Somalia | South Africa |
Spain | Sri Lanka | St. Helena | St. Kitts and Nevis | St. Lucia | St. Vincent and the Grenadines |
Sudan | Suriname | Svalbard and Jan Mayen Islands | Swaziland | Sweden | Switzerland | Syria | São Tomé
and Príncipe | Sénégal | Tahiti | Taiwan | Tajikistan | Tanzania | Thailand | Timor-Leste | Togo |
Trinidad and Tobago | Tunisia | Turkey | Turkmenistan | Turks and Caicos Islands | Tuvalu | UK | Uganda
| Ukraine | United Arab Emirates | United States | Upper Volta | Uruguay | Uzbekistan | Vanuatu |
Vatican | Venezuela | Vietnam | Virgin Islands | Wake Island | Wallis and Futuna Islands | Western
Sahara | Western Samoa | Yemen | Zambia | Zaïre | Zimbabwe
""".replace("\n", " ").split("|")
}
_ISO_TABLE = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN
IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK
YE YT ZA ZM ZW
"""
ISO_CODES = _ISO_TABLE.split()


@pytest.mark.parametrize("code", ISO_CODES)
def test_every_code_has_an_accepted_name_or_is_known_to_have_none(code: str) -> None:
    if code in WITHOUT_A_NAME:
        with pytest.raises(UnknownCountry):
            country_name(code)
    else:
        assert country_name(code) in ACCEPTED


def test_the_table_holds_iso_codes_only() -> None:
    assert len(ACCEPTED) == 253
    assert len(ISO_CODES) == 250
    assert set(COUNTRY_NAMES) == set(ISO_CODES) - WITHOUT_A_NAME


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("PT", "Portugal"),
        ("pt", "Portugal"),
        (" es ", "Spain"),
        ("GB", "UK"),
        ("KR", "Korea, South"),
        ("CZ", "Czech Republic"),
        ("MO", "Macau"),
        ("CD", "Congo, Democratic Republic"),
        ("CG", "Congo"),
        ("ST", "São Tomé and Príncipe"),
        ("CL", "Chile"),
        ("", ""),
    ],
)
def test_names_that_are_easily_wrong(code: str, name: str) -> None:
    assert country_name(code) == name


@pytest.mark.parametrize("code", ["ZZ", "UK", "Portugal", "P", "PRT", "AN"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(UnknownCountry):
        country_name(code)
