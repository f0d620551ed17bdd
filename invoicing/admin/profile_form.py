"""The fiscal settings as a form: every key in words, checked by the one validator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from invoicing.admin.labels import KINDS, label
from invoicing.admin.setting_errors import in_words
from invoicing.admin.setting_labels import SETTING_VALUES, SETTINGS
from invoicing.admin.setting_texts import GROUPS, TEXTS
from invoicing.domain.exemptions import active_codes, exemption
from invoicing.domain.plan import DocumentKind
from invoicing.domain.profile import (
    HoldOrExclude,
    InvalidTaxId,
    IssueOn,
    OnCancel,
    Profile,
    ShippingVat,
    UntaxedShipping,
    parse_profile,
)
from invoicing.domain.rates import REGION_NAMES
from invoicing.domain.setting_values import ProfileError
from invoicing.models import AccountSeries, InvoicingProfile
from stores.admin.pages import FieldGroup, FormField

Choices = list[tuple[str, Any]]
_CODES = (
    "exemption_code",
    "export_exemption_code",
    "intra_eu_exemption_code",
    "shipping_exemption_code",
)
_FLAGS = ("finalize", "oss", "email_customer")
_DAYS = ("go_live_on", "oss_from")
_LINES = ("exemption_by_sku", "print_fields")
_ENUMS: dict[str, Iterable[Any]] = {
    "document_type": (
        DocumentKind.INVOICE_RECEIPT,
        DocumentKind.INVOICE,
        DocumentKind.SIMPLIFIED_INVOICE,
    ),
    "unpaid_document_type": (DocumentKind.INVOICE,),
    "issue_on": IssueOn,
    "on_cancel": OnCancel,
    "shipping_vat": ShippingVat,
    "untaxed_shipping": UntaxedShipping,
    "invalid_tax_id": InvalidTaxId,
    "gift_card_sale": HoldOrExclude,
    "zero_total": HoldOrExclude,
    "foreign_currency": HoldOrExclude,
}
_TRISTATE: Choices = [
    ("", gettext_lazy("as the order says")),
    ("yes", gettext_lazy("yes")),
    ("no", gettext_lazy("no")),
]
# More than the validator takes, so that it is the one that refuses.
_LONGEST_LINE = 1000
_LONGEST_LIST = 200_000


class ProfileForm(forms.Form):
    """`profile` holds the settings as entered, once the form is valid.

    `version` is the number of the version that was on the screen: another one in force since then means
    that somebody else saved meanwhile.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, row: InvoicingProfile, today: date) -> None:
        assert row.current is not None
        self.before = row.current.value()
        self.profile: Profile | None = None
        super().__init__(data, initial={**_initial(self.before), "version": row.current.number})
        series = list(AccountSeries.objects.filter(account=row.account_id).order_by("name"))
        for key in SETTINGS:
            self.fields[key] = _field(key, self.before, series, today)

    def clean(self) -> dict[str, Any]:
        """All that the validator refuses, each at its field; it stops at the first, so it is asked again."""
        cleaned: dict[str, Any] = super().clean() or {}
        values = {key: self._json(key, cleaned[key]) for key in SETTINGS if key in cleaned}
        while True:
            try:
                self.profile = parse_profile(values)
            except ProfileError as error:
                if error.key not in values:
                    break  # told already, or a partner of what was told
                self.add_error(error.key, in_words(error))
                del values[error.key]
            else:
                break
        if self.errors:
            self.profile = None
        return cleaned

    def groups(self) -> list[FieldGroup]:
        return [
            FieldGroup(
                group.title,
                [FormField(self[key], TEXTS[key].help, TEXTS[key].consequence) for key in group.keys],
            )
            for group in GROUPS
        ]

    def entered(self) -> list[tuple[str, str]]:
        """What has to be sent again with the answer to a question."""
        names = [name for name in self.fields if name in self.data]
        return [(name, value) for name in names for value in _sent(self.data, name)]

    def _json(self, key: str, value: Any) -> Any:
        if key == "exemption_by_sku":
            return self._codes_by_sku(value)
        if key == "print_fields":
            return value.splitlines()
        if key == "prices_include_vat":
            return {"yes": True, "no": False}.get(value)
        if key == "issue_delay_minutes":
            return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else value or 0
        return value

    def _codes_by_sku(self, text: str) -> dict[str, str]:
        """The last sign of equality parts them: a SKU may hold one, a code does not."""
        found: dict[str, str] = {}
        for line in filter(None, (line.strip() for line in text.splitlines())):
            sku, sign, code = line.rpartition("=")
            if not sign:
                self.add_error(
                    "exemption_by_sku", _("No sign of equality in: %(line)s") % {"line": line[:80]}
                )
            elif sku.strip() in found:
                self.add_error("exemption_by_sku", _("Twice here: %(sku)s") % {"sku": sku.strip()[:80]})
            else:
                found[sku.strip()] = code.strip().upper()
        return found


def _initial(profile: Profile) -> dict[str, Any]:
    values = profile.to_dict()
    pairs = values["exemption_by_sku"].items()
    return {
        **values,
        "exemption_by_sku": "\n".join(f"{sku} = {code}" for sku, code in pairs),
        "print_fields": "\n".join(values["print_fields"]),
        "prices_include_vat": {True: "yes", False: "no"}.get(values["prices_include_vat"], ""),
    }


def _field(key: str, profile: Profile, series: Sequence[AccountSeries], today: date) -> forms.Field:
    if key in _FLAGS:
        return forms.BooleanField(label=SETTINGS[key], required=False, widget=UnfoldBooleanWidget())
    choices = _choices(key, profile, series, today)
    if choices is not None:
        widget = UnfoldAdminSelectWidget()
        return forms.ChoiceField(label=SETTINGS[key], required=False, choices=choices, widget=widget)
    if key in _LINES:
        area = UnfoldAdminTextareaWidget({"rows": 4})
        return forms.CharField(label=SETTINGS[key], required=False, max_length=_LONGEST_LIST, widget=area)
    kind = "date" if key in _DAYS else "number" if key == "issue_delay_minutes" else "text"
    line = UnfoldAdminTextInputWidget({"type": kind})
    return forms.CharField(label=SETTINGS[key], required=False, max_length=_LONGEST_LINE, widget=line)


def _choices(key: str, profile: Profile, series: Sequence[AccountSeries], today: date) -> Choices | None:
    if key in _ENUMS:
        return [(str(value), label(SETTING_VALUES, value)) for value in _ENUMS[key]]
    if key == "vat_region":
        return [(region, f"{name} ({region})") for region, name in REGION_NAMES.items()]
    if key == "prices_include_vat":
        return _TRISTATE
    if key in _CODES:
        return code_choices(getattr(profile, key), today)
    return series_choices(profile.series, series) if key == "series" else None


def code_choices(current: str, today: date) -> Choices:
    """The codes in force on the day, with their printed words; one that is set stays in the list, so that
    it is not lost unseen."""
    codes = active_codes(today)
    choices: Choices = [("", _("none")), *((code, _code(code)) for code in codes)]
    if current and current not in codes:
        choices.append((current, _("%(code)s (not in force today)") % {"code": _code(current)}))
    return choices


def _code(code: str) -> str:
    row = exemption(code)
    return f"{code} - {row.text} ({row.basis})" if row is not None else code


def series_choices(current: str, series: Sequence[AccountSeries]) -> Choices:
    """Each series with the kinds that it is registered for, as far as the account says."""
    default = next((row.name for row in series if row.is_default), "")
    first = (
        _("the account's default (%(name)s)") % {"name": default} if default else _("the account's default")
    )
    choices: Choices = [("", first), *((row.name, _series(row)) for row in series)]
    if current and current not in {row.name for row in series}:
        choices.append((current, _("%(name)s (not in the account)") % {"name": current}))
    return choices


def _series(row: AccountSeries) -> str:
    if row.registered is None:
        return row.name
    kinds = ", ".join(str(KINDS[kind]) for kind in DocumentKind if kind.value in row.registered)
    if not kinds:
        return _("%(name)s (not registered)") % {"name": row.name}
    return _("%(name)s (registered for: %(kinds)s)") % {"name": row.name, "kinds": kinds}


def _sent(data: Any, name: str) -> list[str]:
    """All values of a field, as a browser sends a choice of several."""
    return [str(value) for value in data.getlist(name)]
