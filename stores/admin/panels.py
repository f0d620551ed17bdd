"""Tables for people, as values: the template escapes every cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Badge:
    """`kind` is one of Unfold's: info, success, warning, danger, default."""

    text: str
    kind: str = "default"

    def as_html(self) -> str:
        """For fields of a page, which Unfold shows without a colour of their own."""
        return render_to_string("unfold/helpers/label.html", {"text": self.text, "type": self.kind})


@dataclass(frozen=True, slots=True)
class Named:
    """Words with the stored name beside them, in grey."""

    text: str
    note: str


@dataclass(frozen=True, slots=True)
class Cell:
    """Words that may be marked: `mark` is one of Unfold's kinds, and is told to screen readers too."""

    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """`raw` is shown as it is, in fixed width and folded; it is data, and escaped like any other. `note` is a
    sentence above the table."""

    title: str
    headers: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    empty: str = ""
    raw: str = ""
    note: str = ""
    is_folded: bool = True


def admin_link(row: Model | None, text: str = "") -> Link | str:
    """A link to the row's own page."""
    if row is None:
        return ""
    meta = row._meta
    return Link(text or str(row), reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]))
