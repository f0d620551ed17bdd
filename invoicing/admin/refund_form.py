"""The form of a refund: lines ticked with their units, or an amount, in numbers as people type them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from invoicing.admin.labels import CREDIT_REASONS
from invoicing.domain.credit_reasons import CreditReason
from invoicing.domain.exactness import amounts_of
from invoicing.domain.partial_credit import left_to_credit, units_left
from invoicing.domain.plan import PlanLine
from invoicing.domain.refund import RefundRequest
from invoicing.models import Document
from invoicing.services.plan_notes import notes_of
from invoicing.services.refund_rulings import TOKEN_LENGTH
from stores.admin.formats import money, number
from stores.domain.money import ZERO, round_half_up

_MOST_TYPED = 30
# 12,30 and 12.30; 1 234,56, 1.234,56 and 1,234.56. A lone mark before three digits could be either, so it is
# refused.
_TYPED = re.compile(
    r"[0-9]{1,3}(?:[ .][0-9]{3})+,[0-9]{1,2}|[0-9]{1,3}(?:[ ,][0-9]{3})+\.[0-9]{1,2}"
    r"|[0-9]{1,3}(?: [0-9]{3})+|[0-9]+(?:[.,][0-9]{1,2})?"
)
_YES, _NO = "yes", "no"


def read_typed(text: str) -> Decimal | None:
    """A number of at most two decimals, with a comma or a point; None: it is none, or could be two."""
    plain = " ".join(text.replace("€", " ").split())
    if not _TYPED.fullmatch(plain):
        return None
    whole, decimals = plain, ""
    if len(plain) > 2 and (plain[-3] in ",." or plain[-2] in ",."):
        at = -3 if plain[-3] in ",." else -2
        whole, decimals = plain[:at], plain[at + 1 :]
    return Decimal(f"{re.sub('[ .,]', '', whole)}.{decimals or 0}")


@dataclass(frozen=True)
class Row:
    """A line of the document as the form shows it; `take` and `units` are the fields, if any unit is left."""

    line: PlanLine
    left: Decimal
    unit_gross: str
    take: Any = None
    units: Any = None

    @property
    def sold(self) -> str:
        return number(self.line.quantity)

    @property
    def left_shown(self) -> str:
        return number(self.left)


class RefundForm(forms.Form):
    """`request` is what it asks for, once it is valid."""

    amount = forms.CharField(required=False, max_length=_MOST_TYPED)
    reason = forms.ChoiceField(
        choices=[("", gettext_lazy("Choose a reason")), *((str(r), t) for r, t in CREDIT_REASONS.items())],
        widget=UnfoldAdminSelectWidget,
        error_messages={
            "required": gettext_lazy("A reason is required: it is printed on the credit note."),
            "invalid_choice": gettext_lazy("Choose a reason of the list."),
        },
    )
    goods_back = forms.ChoiceField(
        choices=[
            (_YES, gettext_lazy("Yes, they come back")),
            (_NO, gettext_lazy("No, they stay with the buyer")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say whether the goods come back.")},
    )
    token = forms.CharField(max_length=TOKEN_LENGTH, widget=forms.HiddenInput)
    # That shipping was ticked by itself was shown: who unticks it has decided so.
    shipping_seen = forms.CharField(required=False, max_length=3, widget=forms.HiddenInput)

    def __init__(self, document: Document, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.request: RefundRequest | None = None
        self.currency = document.currency
        self.lines = document.planned().lines
        notes = notes_of(document)
        self.units_left = units_left(self.lines, notes)
        self.left = left_to_credit(self.lines, notes)
        typed = {"inputmode": "decimal", "autocomplete": "off", "size": "8"}
        self.fields["amount"].widget = UnfoldAdminTextInputWidget({**typed})
        for position, left in self._open():
            description = self.lines[position].description
            self.fields[f"take_{position}"] = forms.BooleanField(
                required=False, label=description, widget=UnfoldBooleanWidget
            )
            self.fields[f"units_{position}"] = forms.CharField(
                required=False,
                label=description,
                initial=number(left),
                max_length=_MOST_TYPED,
                widget=UnfoldAdminTextInputWidget(
                    {**typed, "aria-label": _("Units of %(line)s") % {"line": description}}
                ),
            )

    def _open(self) -> Iterator[tuple[int, Decimal]]:
        """The lines of which a unit is left, by position."""
        return ((position, left) for position, left in enumerate(self.units_left) if left > ZERO)

    def rows(self) -> list[Row]:
        open_lines = dict(self._open())
        return [
            Row(
                line,
                max(self.units_left[position], ZERO),
                money(_unit_gross(line), self.currency),
                self[f"take_{position}"] if position in open_lines else None,
                self[f"units_{position}"] if position in open_lines else None,
            )
            for position, line in enumerate(self.lines)
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        units = self._units()
        amount = self._amount()
        if not self.errors and bool(units) is (amount is not None):
            both = _("Tick lines or type an amount, not both.")
            self.add_error("amount", both if units else _("Tick what is given back, or type an amount."))
        if not self.errors:
            self.request = RefundRequest(
                CreditReason(cleaned["reason"]),
                cleaned["goods_back"] == _YES,
                tuple(sorted(units.items())),
                amount,
            )
        return cleaned

    def _units(self) -> dict[int, Decimal]:
        chosen: dict[int, Decimal] = {}
        for position, left in self._open():
            if not self.cleaned_data.get(f"take_{position}"):
                continue
            typed = read_typed(self.cleaned_data.get(f"units_{position}") or "")
            problem = self._problem_of_units(self.lines[position], typed, left)
            if problem or typed is None:
                self.add_error(f"units_{position}", problem)
            else:
                chosen[position] = typed
        if chosen and not any(_unit_gross(self.lines[position]) for position in chosen):
            self.add_error(f"units_{min(chosen)}", _("It was free: there is nothing to give back."))
        return chosen

    def _problem_of_units(self, line: PlanLine, typed: Decimal | None, left: Decimal) -> str:
        if typed is None or typed <= ZERO:
            return _("How many units? Write a number, such as %(example)s.") % {"example": number(left)}
        if typed > left:
            return _("At most %(left)s, which are left.") % {"left": number(left)}
        is_counted = line.quantity == line.quantity.to_integral_value()
        return _("Whole units only.") if is_counted and typed != typed.to_integral_value() else ""

    def _amount(self) -> Decimal | None:
        text = (self.cleaned_data.get("amount") or "").strip()
        if not text:
            return None
        amount = read_typed(text)
        if amount is None or amount <= ZERO:
            example = money(min(self.left, Decimal("12.30")), self.currency)
            self.add_error("amount", _("Write an amount, such as %(example)s.") % {"example": example})
            return None
        if amount > self.left:
            left = money(self.left, self.currency)
            self.add_error("amount", _("At most %(left)s, which is left.") % {"left": left})
        return round_half_up(amount, 2)

    # --- shipping

    def lacks_shipping(self) -> bool:
        """Everything comes back, its shipping is not ticked, and nobody has decided that yet.

        DL 24/2014 art. 12.º n.º 1: whoever withdraws from the whole is given the shipping back too.
        """
        if self.cleaned_data.get("shipping_seen") or self.request is None:
            return False
        units = dict(self.request.units)
        goods = {p: left for p, left in self._open() if not self.lines[p].is_shipping}
        shipping = {p for p, _left in self._open() if self.lines[p].is_shipping}
        all_goods = bool(goods) and all(units.get(p) == left for p, left in goods.items())
        return all_goods and not shipping <= set(units)

    def with_shipping(self) -> dict[str, str]:
        """What was sent, with the shipping ticked; to be shown again."""
        sent = {name: str(value) for name, value in self.sent()}
        for position, left in self._open():
            if self.lines[position].is_shipping:
                sent |= {f"take_{position}": "on", f"units_{position}": number(left)}
        return {**sent, "shipping_seen": _YES}

    def sent(self) -> list[tuple[str, str]]:
        """The fields as they were sent, for a page that sends them on."""
        return [(name, str(self.data[name])) for name in self.fields if self.data.get(name)]


def _unit_gross(line: PlanLine) -> Decimal:
    return round_half_up(amounts_of([replace(line, quantity=Decimal(1))]).total, 2)
