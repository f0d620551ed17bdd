"""Columns and fields of screens: Unfold's `display`, typed, and links to related rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db.models import Model
from django.utils.html import format_html
from unfold import decorators

from stores.admin.panels import admin_link

Column = TypeVar("Column", bound=Callable[..., Any])
# For a column whose key is the colour itself.
BADGE_KINDS = {kind: kind for kind in ("info", "success", "warning", "danger", "default")}


def display(
    *,
    description: Any,
    label: Mapping[Any, str] | None = None,
    ordering: str | None = None,
    boolean: bool | None = None,
) -> Callable[[Column], Column]:
    """A column or field made by a method. `label` gives the colour for each key of a (key, text) pair."""
    mark: Callable[[Column], Column] = decorators.display(
        description=description,
        label=dict(label) if label is not None else None,
        ordering=ordering,
        boolean=boolean,
    )
    return mark


def link(row: Model | None, text: str = "") -> str:
    """A link to the row's page, as HTML; the text is escaped."""
    target = admin_link(row, text)
    if isinstance(target, str):
        return target
    return format_html('<a class="text-link" href="{}">{}</a>', target.url, target.text)


def related(path: str, description: Any) -> Any:
    """A column that links to a related row, such as `document__order`. Join it in `list_select_related`."""

    @display(description=description, ordering=path)
    def show(_self: Any, row: Any) -> str:
        for name in path.split("__"):
            row = getattr(row, name, None)
        return link(row)

    return show
