"""The grounds of a document, which the plan keeps in English, in the user's language."""

from __future__ import annotations

import re
from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from invoicing.admin.labels import label
from invoicing.admin.places import PLACES
from stores.admin.formats import day

_KNOWN = (
    _("as a person said"),
    _("the goods come back"),
    _("the goods stay with the buyer"),
    _("a VAT number in form; nothing depends on it"),
    _("a person accepted this store's rates"),
    _("a simplified invoice is for sales at home"),
    _("as typed; no check is known for it"),
    _("buyer lives abroad"),
    _("the client that the account has is refused"),
    _("provider: documents need a client"),
    _("the goods stay in Portugal"),
    _("valid at VIES"),
    _("when it was found paid"),
    _("when the order was made"),
    _("when the shop completed the order"),
    _("when the shop told of it"),
    _("which is printed"),
    _("who pays the Portuguese rate up to 10 000 EUR a year"),
    _("who pays the rate of that country"),
    _("a correction keeps them"),
    _("account tax; not in CIVA 18"),
    _("another client of the account has the same name"),
    _("as in the original"),
    _("as stated"),
    _("at the rate that the shop charged"),
    _("chosen in the settings"),
    _("delivery was free"),
    _("figures of the order"),
    _("four decimals at the provider"),
    _("it is not nine digits"),
    _("it is the buyer's phone number"),
    _("it looks like a phone number"),
    _("its check digit is wrong"),
    _("left out: it is free"),
    _("line discounts per line"),
    _("line discounts per unit"),
    _("named, without NIF"),
    _("no VAT on the lines"),
    _("no line"),
    _("no name"),
    _("no tax id given"),
    _("no tax number begins like that"),
    _("on the line in the shop"),
    _("prices include VAT"),
    _("prices plus VAT"),
    _("provider: client names are unique"),
    _("shipping discount beside the order discount"),
    _("shipping discount inside the order discount"),
    _("shipping includes VAT"),
    _("shipping plus VAT"),
    _("so that the total is what was paid"),
    _("text without digits"),
    _("The lines differ from the total, within the shop's rounding of each line."),
    _("The order states no discount; only its total was checked."),
    _("The PDF is still being made."),
    _("VAT included on some lines"),
    _("VAT on top"),
    _("the day of payment"),
    _("the goods left before the payment"),
    _("the shop charged 0 %"),
    _("the shop named no tax"),
    _("total before the gift card"),
    _("total net of the gift card"),
    _("valid check digit"),
    _("Nothing was paid."),
    _("a company needs its tax id"),
)
_WITH_COMMAS = ("ground", "name")
_PATTERNS = (
    _("the goods leave the VAT area of the EU for {place}"),
    _("a business in {place}; VIES says that its number is valid"),
    _("a consumer in {place}"),
    _("asked on {day}"),
    _("the service goes to {place}"),
    _("consultation {number}"),
    _("goods leave from {region}"),
    _("at the rate of the goods, {amount} EUR with VAT"),
    _("paid on {day}"),
    _("the shop charged {rate} %"),
    _("valid check digit, though {digits} is no range known to us"),
    _("{amount} EUR to a buyer in business; simplified up to {limit}"),
    _("{amount} EUR to a consumer; simplified up to {limit}"),
    _("{amount} were paid with a gift card."),
    _("setting {name}"),
    _("the tax id cannot be used: {ground}"),
    _("{amount} EUR off {name}"),
    _("{name}: {price} less {discount} %"),
    _("{number} stands for the final consumer"),
    # What holds an order.
    _(
        "The tax id cannot be used: {ground}. From {amount} EUR on, the document cannot go to an unnamed "
        "final consumer instead."
    ),
    _("The tax id cannot be used: {ground}."),
    _("The total {amount} can be read in {number} ways."),
    _("{ground}: {name}, a document of {amount}"),
    _("The buyer is {name}; the tax id: {ground}."),
    _("The shop charged {rate} %; the account has no such tax for {region}."),
    _("The shop charged {rate} %, a rate of {name}; the goods leave from {region}."),
    _("A line has no VAT ({ground}) and no exemption code is set ({name})."),
    _("Shipping of {amount} EUR carries no VAT; the goods do ({name})."),
    _("The order is in {name}."),
    _("It sells {name}."),
    "{name}: {ground}",  # whose line it is
)


def _compiled(text: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\})", text)
    return re.compile("".join(_group(p[1:-1]) if p.startswith("{") else re.escape(p) for p in parts))


def _group(name: str) -> str:
    """A comma ends a ground, so data holds none, unless it is a ground or a name itself."""
    return f"(?P<{name}>.+)" if name in _WITH_COMMAS else f"(?P<{name}>[^,]+)"


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COMPILED = tuple((_compiled(text), text) for text in _PATTERNS)


def _day(text: str) -> str:
    try:
        return day(date.fromisoformat(text))
    except ValueError:
        return text


def ground(text: str) -> str:
    """In the user's language as far as it is known; a list of grounds is taken apart at its commas, one of
    sentences after their full stops."""
    if not text:
        return ""
    if "\n" in text:
        return "\n".join(ground(line) for line in text.split("\n"))
    if ".; " in text:
        return "; ".join(ground(part) for part in re.split(r"(?<=\.); ", text))
    known = _whole(text)
    if known is not None:
        return known
    parts = text.split(", ")
    return ", ".join(_whole(part) or part for part in parts) if len(parts) > 1 else text


def _whole(text: str) -> str | None:
    """One ground; None if it is none that is known."""
    if text in _KNOWN:
        return gettext(text)
    if _DAY.fullmatch(text):
        return _day(text)
    for pattern, source in _COMPILED:
        found = pattern.fullmatch(text)
        if found is not None:
            words = gettext(source)
            for name, value in found.groupdict().items():
                words = words.replace(f"{{{name}}}", _data(name, value))
            return words
    return None


def _data(name: str, value: str) -> str:
    """What stands in the braces stays as it is, but for days, places and a ground within a ground."""
    if name in ("day", "ground"):
        return ground(value)
    return label(PLACES, value) if name == "place" else value
