"""Verbs of staff as actions of lists and pages: confirmed where they must be, told in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.decorators import action
from unfold.enums import ActionVariant

from invoicing.admin.answers import in_words, level_of
from invoicing.services.ruling_answers import Answer
from stores.domain.roles import Right

# More rows than this in one go are more than a person has looked at.
AT_MOST = 100
_NAMED = 10


@dataclass(frozen=True)
class Act:
    """A verb of staff. `consequences` says of one row, in full sentences, what will happen."""

    name: str
    title: Any
    consequences: Callable[[Any], Sequence[Any]]
    perform: Callable[[Any, User, str], Answer]
    done: Any
    # What a person needs in the row's store; a callable says it of one row, or of none in particular.
    right: Right | Callable[[Any], Right]
    # Whether the act, or what follows from it by itself, cannot be undone; a callable says it of one row.
    is_irrevocable: bool | Callable[[Any], bool] = False
    asks_reason: bool = True
    # A closed list of reasons, each what is printed and how it is shown; nothing is done without one of them.
    reasons: Sequence[tuple[str, Any]] = ()
    reason_required: Any = ""  # the sentence that says why, where nothing is done without a reason
    is_direct: bool = False  # from a list, without a page in between
    suits: Callable[[Any], bool] | None = None  # whether a row's page offers it; None: always
    icon: str = ""
    variant: ActionVariant = ActionVariant.DEFAULT

    def needs(self, row: Any = None) -> Right:
        return self.right if isinstance(self.right, Right) else self.right(row)

    def cannot_be_undone(self, row: Any) -> bool:
        return self.is_irrevocable(row) if callable(self.is_irrevocable) else self.is_irrevocable


@dataclass(frozen=True)
class Opening:
    """A button of a row's page that leads to another page, where something is done or looked at."""

    name: str
    title: Any
    url: Callable[[Any], str]
    right: Right
    suits: Callable[[Any], bool] | None = None
    icon: str = ""
    variant: ActionVariant = ActionVariant.DEFAULT

    def needs(self, _row: Any = None) -> Right:
        return self.right


def opening(target: Opening) -> Any:
    """The opening as an action of a row's page."""

    def run(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return missing
        if not self.is_allowed(request, target.right, row):
            raise PermissionDenied
        if target.suits is not None and not target.suits(row):
            messages.warning(request, _("Not possible."))
            return HttpResponseRedirect(self.page_of(row))
        return HttpResponseRedirect(target.url(row))

    run.__name__ = target.name
    run.act = target  # type: ignore[attr-defined]
    return action(
        description=target.title,
        url_path=target.name.replace("_", "-"),
        icon=target.icon or None,
        variant=target.variant,
        permissions=["act"],
    )(run)


def on_page(act: Act) -> Any:
    """The act as an action of a row's page. A link opens it, so it always asks before it acts."""

    def run(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        response: HttpResponse = self.act_on_one(request, act, object_id)
        return response

    run.__name__ = act.name
    run.act = act  # type: ignore[attr-defined]
    return action(
        description=act.title,
        url_path=act.name.replace("_", "-"),
        icon=act.icon or None,
        variant=act.variant,
        permissions=["act"],
    )(run)


def on_list(act: Act) -> Any:
    """The act as an action of a list."""

    @admin.action(description=act.title, permissions=["act"])
    def run(self: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        response: HttpResponse | None = self.act_on_selected(request, act, queryset)
        return response

    run.__name__ = f"{act.name}_selected"
    run.act = act  # type: ignore[attr-defined]
    return run


class Acts:
    """Mixed into a ModelAdmin whose rows can be acted on."""

    acts_in_order_of: Sequence[str] = ("pk",)
    model: type[Model]
    admin_site: Any
    opts: Any
    is_allowed: Callable[..., bool]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Those that suit the row as it is, and the person; one that does not would only be refused."""
        offered: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        acts = {a.action_name: getattr(type(self), a.method.original_function_name).act for a in offered}
        if not str(object_id).isdecimal():
            return offered
        row = self.get_queryset(request).filter(pk=object_id).first()  # type: ignore[attr-defined]
        suits = {
            name
            for name, act in acts.items()
            if row and (act.suits is None or act.suits(row)) and self.is_allowed(request, act.needs(row), row)
        }
        return [a for a in offered if a.action_name in suits]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Those that the person may do in some store at least."""
        offered: dict[str, Any] = super().get_actions(request)  # type: ignore[misc]
        acts: dict[str, Act | None] = {
            name: getattr(getattr(type(self), name, None), "act", None) for name in offered
        }
        allowed = {name for name, act in acts.items() if act is None or self.is_allowed(request, act.needs())}
        return {name: entry for name, entry in offered.items() if name in allowed}

    def act_on_one(self, request: HttpRequest, act: Act, object_id: str) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if row is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined]
                request, self.opts, object_id
            )
            return missing
        if not self.is_allowed(request, act.needs(row), row):
            raise PermissionDenied
        back = self.page_of(row)
        if request.method != "POST" or self._lacks_reason(request, act):
            return self._confirmation(request, act, [row], back=back, hidden=[])
        self._perform(request, act, [row])
        return HttpResponseRedirect(back)

    def act_on_selected(self, request: HttpRequest, act: Act, queryset: QuerySet[Any]) -> HttpResponse | None:
        rows = list(queryset.order_by(*self.acts_in_order_of)[: AT_MOST + 1])
        if len(rows) > AT_MOST:
            messages.error(request, _("Choose at most %(count)d rows at a time.") % {"count": AT_MOST})
            return None
        refused = [row for row in rows if not self.is_allowed(request, act.needs(row), row)]
        if refused:
            names = _some([self.name_of(row) for row in refused])
            messages.error(request, _("You may not do this in the store of: %(names)s.") % {"names": names})
            return None
        is_asked = act.is_direct or "confirmed" in request.POST
        if is_asked and not self._lacks_reason(request, act):
            self._perform(request, act, rows)
            return None
        hidden = [("action", f"{act.name}_selected")]
        hidden += [(ACTION_CHECKBOX_NAME, str(row.pk)) for row in rows]
        return self._confirmation(request, act, rows, back=request.get_full_path(), hidden=hidden)

    def _lacks_reason(self, request: HttpRequest, act: Act) -> bool:
        """Whether the act is refused for want of a reason, which the person is then told."""
        is_lacking = bool(act.reason_required) and not _reason(request, act)
        if is_lacking:
            messages.error(request, f"{_('Not possible.')} {act.reason_required}")
        return is_lacking

    def _confirmation(
        self,
        request: HttpRequest,
        act: Act,
        rows: list[Any],
        *,
        back: str,
        hidden: list[tuple[str, str]],
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": act.title,
            "opts": self.opts,
            "act": act,
            "is_irrevocable": any(act.cannot_be_undone(row) for row in rows),
            "items": [(self.name_of(row), act.consequences(row)) for row in rows],
            "hidden": hidden,
            "back": back,
        }
        return TemplateResponse(request, "invoicing/admin/confirm.html", context)

    def _perform(self, request: HttpRequest, act: Act, rows: list[Any]) -> None:
        assert isinstance(request.user, User)
        reason = _reason(request, act)
        told: dict[tuple[int, str], list[str]] = {}
        for row in rows:
            answer = act.perform(row, request.user, reason)
            if answer.is_done:
                words = f"{act.name}: {reason}" if reason else act.name
                self.log_change(request, row, words)  # type: ignore[attr-defined]
            told.setdefault((level_of(answer), in_words(act.done, answer)), []).append(self.name_of(row))
        for (level, sentence), names in told.items():
            messages.add_message(request, level, f"{_some(names)}: {sentence}")

    def page_of(self, row: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])

    def name_of(self, row: Any) -> str:
        return str(row)


def _reason(request: HttpRequest, act: Act) -> str:
    given = request.POST.get("reason", "").replace("\x00", "").strip()[:255]
    return given if not act.reasons or given in dict(act.reasons) else ""


def _some(names: Iterable[str]) -> str:
    known = list(names)
    if len(known) <= _NAMED:
        return ", ".join(known)
    rest = len(known) - _NAMED
    return _("%(names)s and %(count)d more") % {"names": ", ".join(known[:_NAMED]), "count": rest}
