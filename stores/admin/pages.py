"""Pages of ours that hang on a row, each opened by a right in the row's store: forms, questions, tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms.boundfield import BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.enums import ActionVariant

from stores.admin.panels import Panel
from stores.domain.roles import Right

View = Callable[[Any, HttpRequest, Any], HttpResponse]


def page(
    title: Any, url_path: str, right: Right, *, icon: str = "", has_button: bool = True
) -> Callable[[View], Any]:
    """A page of a row, as a rule with a button on the row's own; name it in `actions_detail`, mix in `Pages`.

    The view is given the row. A row that the person may not see is not found; one that may be seen without
    the right is refused. Times are the store's.
    """

    def decorate(view: View) -> Any:
        def run(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
            row = self.get_object(request, unquote(object_id))
            if row is None:
                raise Http404
            if not self.is_allowed(request, right, row):
                raise PermissionDenied
            store = self.store_of(row)
            with timezone.override(ZoneInfo(store.timezone) if store else None):
                return _rendered(view(self, request, row))

        run.__name__ = view.__name__
        run.__doc__ = view.__doc__
        for name, value in {
            "short_description": title,
            "url_path": url_path,
            "icon": icon or None,
            "variant": ActionVariant.DEFAULT,
            "attrs": {},
            "original_function_name": view.__name__,
            "right": right,
            "has_button": has_button,
        }.items():
            setattr(run, name, value)
        return run

    return decorate


class Pages:
    """Mixed into a `StaffAdmin` with pages of its own: their buttons are shown to those who may use them."""

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        offered: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        row = None
        if str(object_id).isdecimal():
            row = self.get_queryset(request).filter(pk=object_id).first()  # type: ignore[attr-defined]
        allowed: Any = self.is_allowed  # type: ignore[attr-defined]
        return [
            one
            for one in offered
            if row is not None and one.method.has_button and allowed(request, one.method.right, row)
        ]


def address(row: Model, view: str) -> str:
    """Of a page of the row; `view` is the page's function, or "change"."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{view}", args=[row.pk])


def _rendered(response: HttpResponse) -> HttpResponse:
    """Drawn while the store's zone is set."""
    if isinstance(response, SimpleTemplateResponse):
        response.render()
    return response


@dataclass(frozen=True)
class FormField:
    """A field with one sentence of help, and what follows from it."""

    field: BoundField
    help: Any = ""
    consequence: Any = ""


@dataclass(frozen=True)
class FieldGroup:
    title: Any
    fields: Sequence[FormField]
    intro: Any = ""


@dataclass(frozen=True)
class Button:
    """A link; with `is_post`, a form of its own."""

    text: Any
    url: str
    is_post: bool = False
    is_primary: bool = False


def form_page(
    screen: Any,
    request: HttpRequest,
    form: forms.Form,
    *,
    title: Any,
    submit: Any,
    back: str,
    groups: Sequence[FieldGroup] | None = None,
    intro: Sequence[Any] = (),
    panels: Sequence[Panel] = (),
) -> HttpResponse:
    """Without groups all visible fields stand in one, with their own help texts."""
    shown = groups or [FieldGroup("", [FormField(f, f.field.help_text) for f in form.visible_fields()])]
    facts = {
        "form": form,
        "groups": shown,
        "submit_text": submit,
        "back": back,
        "intro": intro,
        "panels": panels,
    }
    return _draw(screen, request, "stores/admin/form_page.html", title, facts)


def question_page(
    screen: Any,
    request: HttpRequest,
    *,
    title: Any,
    items: Sequence[tuple[Any, Sequence[Any]]],
    submit: Any,
    back: str,
    hidden: Sequence[tuple[str, str]] = (),
    is_irrevocable: bool = False,
) -> HttpResponse:
    """What would happen, in sentences, before it does. `hidden` is sent again with the answer."""
    facts = {
        "items": items,
        "submit_text": submit,
        "back": back,
        "hidden": hidden,
        "is_irrevocable": is_irrevocable,
    }
    return _draw(screen, request, "stores/admin/question_page.html", title, facts)


def tables_page(
    screen: Any,
    request: HttpRequest,
    *,
    title: Any,
    panels: Sequence[Panel],
    back: str,
    buttons: Sequence[Button] = (),
    intro: Sequence[Any] = (),
    choices: forms.Form | None = None,
) -> HttpResponse:
    """`choices` is a small form above the tables, sent as a query."""
    facts = {"panels": panels, "back": back, "buttons": buttons, "intro": intro, "choices": choices}
    return _draw(screen, request, "stores/admin/tables_page.html", title, facts)


def _draw(
    screen: Any, request: HttpRequest, template: str, title: Any, facts: dict[str, Any]
) -> HttpResponse:
    request.current_app = screen.admin_site.name
    context = {**screen.admin_site.each_context(request), "title": title, "opts": screen.opts, **facts}
    response = TemplateResponse(request, template, context)
    response["Cache-Control"] = "private, no-store"
    return response
