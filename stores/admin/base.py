"""What every screen shares: who may see it, how lists behave, panels under the facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from unfold.admin import ModelAdmin, TabularInline

from stores.admin.log import is_of_members
from stores.admin.panels import Panel
from stores.auth import known_stores, may, stores_with
from stores.domain.roles import Right
from stores.models import Membership, Store

# The title of Django's read-only pages, which its own catalogues lack in our languages.
gettext_noop("View %s")


class StoreScoped:
    """Default deny: rows are seen by those with a right in their store; without a path, by superusers."""

    # The lookup from a row to its store, such as `order__store`; "pk" where the row is the store itself.
    store_path: ClassVar[str | None] = None
    view_right: ClassVar[Right] = Right.VIEW
    # Who may edit what can be edited; None: superusers.
    change_right: ClassVar[Right | None] = None

    def of_stores(self, rows: QuerySet[Any], stores: QuerySet[Store]) -> QuerySet[Any]:
        """Those of the rows that belong to the stores."""
        return rows.filter(**{f"{self.store_path}__in": stores})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        if _is_superuser(request):
            return rows
        if self.store_path is None:
            return rows.none()
        return self.of_stores(rows, stores_with(request.user, self.view_right))

    def store_of(self, row: Any) -> Store | None:
        """The store that the path leads to, if it leads to one only."""
        if self.store_path == "pk":
            return row if isinstance(row, Store) else None
        for name in (self.store_path or "").split("__"):
            row = getattr(row, name, None)
        return row if isinstance(row, Store) else None

    def is_allowed(self, request: HttpRequest, right: Right | None, row: Any = None) -> bool:
        """Whether the person has the right in the row's store; without a row: in any store."""
        if _is_superuser(request):
            return True
        if self.store_path is None or right is None or not may(request.user, right):
            return False
        if not isinstance(row, Model) or row.pk is None:
            return True
        mine = self.of_stores(type(row)._default_manager.filter(pk=row.pk), stores_with(request.user, right))
        return bool(mine.exists())

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.is_allowed(request, self.view_right)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_allowed(request, self.view_right, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_allowed(request, self.change_right, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_act_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """May open the page on which a verb asks; each verb names its own right (`Act.right`)."""
        return self.is_allowed(request, self.view_right)


def _is_superuser(request: HttpRequest) -> bool:
    user = request.user
    return bool(user.is_active and user.is_staff and user.is_superuser)


class StaffAdmin(StoreScoped, ModelAdmin):  # type: ignore[misc]
    """A screen of ours. Lists are cheap at any size: no second count, joined rows, prefix search."""

    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    list_filter_sheet = False
    list_fullwidth = True
    ordering: ClassVar[Any] = ("-pk",)
    change_form_outer_before_template = "stores/admin/first_panels.html"
    change_form_outer_after_template = "stores/admin/panels.html"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the list offers as a filter. Django would let any field be asked for, by pattern too:
        what is not shown could be guessed sign by sign, and a pattern could keep the database busy."""
        name = lookup.partition("__")[0]
        is_field = any(field.name == name for field in self.model._meta.get_fields())
        return not is_field or lookup in self._offered_lookups(request)

    def _offered_lookups(self, request: HttpRequest) -> set[str]:
        offered: set[str] = set()
        for entry in self.get_list_filter(request):
            if isinstance(entry, str):
                offered |= {entry, f"{entry}__exact", f"{entry}__isnull"}
            else:
                offered.add(str(getattr(entry, "parameter_name", "")))
        return offered

    def first_panels(self, obj: Any) -> list[Panel]:
        """Tables above the facts of one row: what one comes to its page for."""
        return []

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
        store = self.store_of(obj) if obj is not None else None
        with timezone.override(_zone([store.timezone] if store else [])):
            if obj is not None:
                context["first_panels"] = self.first_panels(obj)
                context["panels"] = self.panels(obj)
            return _rendered(super().render_change_form(request, context, add, change, form_url, obj))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Of members only for those who manage them, and without the names of people of other stores."""
        response: HttpResponse = super().history_view(request, object_id, extra_context)
        if isinstance(response, TemplateResponse) and not _is_superuser(request):
            facts = response.context_data or {}
            facts["action_list"].object_list = self._masked(request, facts["object"], facts["action_list"])
        return response

    def _masked(self, request: HttpRequest, row: Model, entries: Iterable[LogEntry]) -> list[LogEntry]:
        store = self.store_of(row)
        with_members = store is not None and may(request.user, Right.MEMBERS, store)
        shown = [entry for entry in entries if with_members or not is_of_members(entry)]
        stores = [store] if store is not None else stores_with(request.user, Right.VIEW)
        known = set(Membership.objects.filter(store__in=stores).values_list("user_id", flat=True))
        for entry in shown:
            if entry.user_id not in known and not getattr(entry.user, "is_superuser", False):
                entry.user = User(username=_("another store"))
        return shown

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """In the zone of the stores shown; in the installation's where they have several."""
        chosen = request.GET.get("store", "")
        stores = known_stores(request.user).items() if self.store_path else ()
        zones = {known.timezone for pk, known in stores if chosen in ("", str(pk))}
        with timezone.override(_zone(list(zones))):
            return _rendered(super().changelist_view(request, extra_context))


def _zone(names: Sequence[str]) -> ZoneInfo | None:
    return ZoneInfo(names[0]) if len(names) == 1 else None


def _rendered(response: HttpResponse) -> HttpResponse:
    """Fields are worked out while the page is rendered, so that has to happen while the zone is set."""
    if isinstance(response, SimpleTemplateResponse):
        response.render()
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


class MirrorInline(ReadOnly, TabularInline):  # type: ignore[misc]
    """Shown on a page whose own permission was asked for."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True
