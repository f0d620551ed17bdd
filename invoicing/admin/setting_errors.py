"""What the validator of settings says, in the user's language."""

from __future__ import annotations

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from invoicing.domain.setting_values import ProfileError

# The messages of `invoicing.domain.setting_values` and `profile`, without the key in front.
_SENTENCES = {
    "must be true or false": _("Choose yes or no."),
    "must be a short text on one line": _("Write at most 255 characters, on one line."),
    "must be a list of short texts": _("Write at most 500 lines of at most 255 characters."),
    "must be one e-mail address": _("Write one e-mail address."),
    "must be a code such as M10": _("Write codes such as M10."),
    "an SKU or a code is empty": _("Write each line as SKU = code; neither side may be empty."),
    "must be a valid NIF": _("Write a valid NIF: nine digits with the right check digit."),
    "must be a date such as 2026-01-31": _("Write a date such as 2026-01-31."),
    "needed when untaxed_shipping is exempt": _("Choose the reason: delivery without VAT is called exempt."),
}
_PATTERNS = (
    (
        re.compile(r"(?P<code>\S+) is no code of the tax authority's table"),
        _("The tax authority has no code {code}."),
    ),
    (
        re.compile(r"must be a number of minutes from 0 to (?P<most>[0-9]+)"),
        _("Write a number of minutes from 0 to {most}."),
    ),
    (re.compile(r"must give SKUs their codes.*"), _("Write at most 500 lines such as LIVRO-* = M07.")),
    (re.compile(r"must be one of .*"), _("Choose one of the values offered.")),
)


def in_words(error: ProfileError) -> str:
    """The sentence for the field; an unknown one is told as it is."""
    said = error.message.removeprefix(f"{error.key}: ")
    if said in _SENTENCES:
        return gettext(_SENTENCES[said])
    for pattern, sentence in _PATTERNS:
        found = pattern.fullmatch(said)
        if found is not None:
            words = gettext(sentence)
            for name, value in found.groupdict().items():
                words = words.replace(f"{{{name}}}", value)
            return words
    return said
