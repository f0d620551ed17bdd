"""Unfold's `display`, typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from unfold import decorators

Column = TypeVar("Column", bound=Callable[..., Any])


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
