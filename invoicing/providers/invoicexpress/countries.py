"""Country names as InvoiceXpress accepts them: a closed list of English names, some of them old. Pure.

Only names of that list stand here. A territory without a name of its own goes by the state that it
belongs to; where that would be untrue, there is no entry, because a wrong country on a fiscal document is
worse than a question to a person.
"""

from __future__ import annotations

# One line per ISO 3166-1 code (and XK): "PT Portugal".
_TABLE = """
AD Andorra|AE United Arab Emirates|AF Afghanistan|AG Antigua and Barbuda|AI Anguilla|AL Albania|AM Armenia
AO Angola|AR Argentina|AS American Samoa|AT Austria|AU Australia|AW Aruba|AX Finland|AZ Azerbaijan
BA Bosnia-Herzegovina|BB Barbados|BD Bangladesh|BE Belgium|BF Burkina Faso|BG Bulgaria|BH Bahrain|BI Burundi
BJ Benin|BL Saint Barthelemy|BM Bermuda|BN Brunei|BO Bolivia|BQ Netherlands Antilles|BR Brazil|BS Bahamas
BT Bhutan|BV Norway|BW Botswana|BY Belarus|BZ Belize|CA Canada|CC Cocos (Keeling) Islands
CD Congo, Democratic Republic|CF Central African Republic|CG Congo|CH Switzerland|CI Ivory Coast
CK Cook Islands|CL Chile|CM Cameroon|CN China|CO Colombia|CR Costa Rica|CU Cuba|CV Cape Verde|CW Curaçao
CX Christmas Island|CY Cyprus|CZ Czech Republic|DE Germany|DJ Djibouti|DK Denmark|DM Dominica
DO Dominican Republic|DZ Algeria|EC Ecuador|EE Estonia|EG Egypt|EH Western Sahara|ER Eritrea|ES Spain
ET Ethiopia|FI Finland|FJ Fiji|FK Falkland Islands|FM Micronesia|FO Faeroe Islands (Føroyar)|FR France
GA Gabon|GB UK|GD Grenada|GE Georgia|GF French Guiana|GG Guernsey|GH Ghana|GI Gibraltar|GL Greenland
GM Gambia|GN Guinea|GP Guadeloupe|GQ Equatorial Guinea|GR Greece|GS UK|GT Guatemala|GU Guam
GW Guinea-Bissau|GY Guyana|HK Hong Kong|HM Heard and McDonald Islands|HN Honduras|HR Croatia|HT Haiti
HU Hungary|ID Indonesia|IE Ireland|IL Israel|IM Isle of Man|IN India|IO British Indian Ocean Territory
IQ Iraq|IR Iran|IS Iceland|IT Italy|JE Jersey|JM Jamaica|JO Jordan|JP Japan|KE Kenya|KG Kyrgyzstan
KH Cambodia|KI Kiribati|KM Comoros|KN St. Kitts and Nevis|KP Korea, North|KR Korea, South|KW Kuwait
KY Cayman Islands|KZ Kazakhstan|LA Laos|LB Lebanon|LC St. Lucia|LI Liechtenstein|LK Sri Lanka|LR Liberia
LS Lesotho|LT Lithuania|LU Luxembourg|LV Latvia|LY Libya|MA Morocco|MC Monaco|MD Moldova|ME Montenegro
MF France|MG Madagascar|MH Marshall Islands|MK Macedonia (Former Yug. Rep.)|ML Mali|MM Myanmar|MN Mongolia
MO Macau|MP Northern Mariana Islands|MQ Martinique|MR Mauritania|MS Montserrat|MT Malta|MU Mauritius
MV Maldives|MW Malawi|MX Mexico|MY Malaysia|MZ Mozambique|NA Namibia|NC New Caledonia|NE Niger
NF Norfolk Island|NG Nigeria|NI Nicaragua|NL Netherlands|NO Norway|NP Nepal|NR Nauru|NU Niue|NZ New Zealand
OM Oman|PA Panama|PE Peru|PF French Polynesia|PG Papua New Guinea|PH Philippines|PK Pakistan|PL Poland
PM France|PN Pitcairn Island|PR Puerto Rico|PS Palestine|PT Portugal|PW Palau|PY Paraguay|QA Qatar
RE Reunion|RO Romania|RS Serbia|RU Russia|RW Rwanda|SA Saudi Arabia|SB Solomon Islands|SC Seychelles
SD Sudan|SE Sweden|SG Singapore|SH St. Helena|SI Slovenia|SJ Svalbard and Jan Mayen Islands|SK Slovakia
SL Sierra Leone|SM San Marino|SN Sénégal|SO Somalia|SR Suriname|ST São Tomé and Príncipe|SV El Salvador
SX Netherlands Antilles|SY Syria|SZ Swaziland|TC Turks and Caicos Islands|TD Chad|TF France|TG Togo
TH Thailand|TJ Tajikistan|TK New Zealand|TL Timor-Leste|TM Turkmenistan|TN Tunisia|TR Turkey
TT Trinidad and Tobago|TV Tuvalu|TW Taiwan|TZ Tanzania|UA Ukraine|UG Uganda|UM United States
US United States|UY Uruguay|UZ Uzbekistan|VA Vatican|VC St. Vincent and the Grenadines|VE Venezuela
VG Virgin Islands|VI Virgin Islands|VN Vietnam|VU Vanuatu|WF Wallis and Futuna Islands|WS Samoa (Western)
XK Kosovo|YE Yemen|YT Mayotte|ZA South Africa|ZM Zambia|ZW Zimbabwe
"""
WITHOUT_A_NAME = frozenset({"AQ", "SS", "TO"})
COUNTRY_NAMES = {
    entry[:2]: entry[3:] for line in _TABLE.strip().splitlines() for entry in line.split("|") if entry
}


class UnknownCountry(ValueError):
    """InvoiceXpress has no name for this country."""


def country_name(code: str) -> str:
    """The accepted name for an ISO 3166-1 alpha-2 code (also XK); empty for an empty code.

    Raises:
        UnknownCountry: no ISO code, or a country that the accepted list does not have.
    """
    wanted = code.strip().upper()
    if not wanted:
        return ""
    try:
        return COUNTRY_NAMES[wanted]
    except KeyError:
        raise UnknownCountry(f"InvoiceXpress has no country name for {wanted[:8]!r}") from None
