"""What every screen shares: who may see it, how lists behave, panels under the facts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop
from unfold.admin import ModelAdmin, TabularInline

from stores.admin.panels import Panel

# The title of Django's read-only pages, which its own catalogues lack in our languages.
gettext_noop("View %s")


class SuperusersOnly:
    """Default deny: until roles have screens of their own, staff who are no superusers see nothing."""

    def _is_allowed(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_active and user.is_staff and user.is_superuser)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._is_allowed(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_allowed(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_allowed(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_allowed(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_allowed(request)

    def has_act_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """May use the verbs of staff (`invoicing.services.rulings`)."""
        return self._is_allowed(request)


class StaffAdmin(SuperusersOnly, ModelAdmin):  # type: ignore[misc]
    """A screen of ours. Lists are cheap at any size: no second count, joined rows, prefix search."""

    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    list_filter_sheet = False
    list_fullwidth = True
    ordering: ClassVar[Any] = ("-pk",)
    change_form_outer_after_template = "stores/admin/panels.html"

    def panels(self, obj: Any) -> list[Panel]:
        """Tables under the facts of one row."""
        return []

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Model | None = None,
    ) -> HttpResponse:
        if obj is not None:
            context["panels"] = self.panels(obj)
        response: HttpResponse = super().render_change_form(request, context, add, change, form_url, obj)
        return response


class ReadOnly:
    """Rows that mirror what happened: looked at, never edited."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MirrorAdmin(ReadOnly, StaffAdmin):
    pass


class MirrorInline(ReadOnly, SuperusersOnly, TabularInline):  # type: ignore[misc]
    extra = 0
