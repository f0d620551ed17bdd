"""List latest orders: ask for a list, look at what would happen, tick, issue, and see what came of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.admin.backfill_form import BackfillForm
from invoicing.admin.consequences import following_of_any
from invoicing.admin.filters import by_label, by_store
from invoicing.admin.labels import KINDS, label, shown
from invoicing.admin.sync_words import (
    SYNC_KINDS,
    SYNC_MODES,
    SYNC_STATE_COLOURS,
    SYNC_STATES,
    headers,
    progress_in_words,
    shown_row,
    wishes,
)
from invoicing.domain.profile import Profile
from invoicing.models import InvoicingProfile, SyncRun, SyncRunOrder
from invoicing.services.ruling_work import name_of
from invoicing.services.sync_issue import choosable, progress, tick_orders
from invoicing.services.sync_results import results_of
from invoicing.services.sync_runs import request_run
from stores.admin.base import MirrorAdmin
from stores.admin.columns import display, related
from stores.admin.formats import moment, money
from stores.admin.requesters import requester
from stores.auth import may, stores_with
from stores.domain.roles import Right

ROWS_PER_PAGE = 50


@admin.register(SyncRun)
class SyncRunAdmin(MirrorAdmin):
    """The list is a mirror; a run's page follows it and issues what is ticked there."""

    store_path = "store"
    list_display = ("title", "state_shown", "store_link", "wishes", "seen", "planned", "asked_by", "made")
    list_display_links = ("title",)
    list_select_related = ("store",)
    list_filter = (by_store("store"), by_label("state", gettext_lazy("state"), SYNC_STATES))
    fields = ("title", "store_link", "wishes")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("list-latest-orders/", view(self.form_view), name="invoicing_syncrun_new"),
            path("<int:run_id>/progress/", view(self.progress_view), name="invoicing_syncrun_progress"),
            path("<int:run_id>/issue/", view(self.issue_view), name="invoicing_syncrun_issue"),
            *super().get_urls(),
        ]

    # --- asking for a list

    def form_view(self, request: HttpRequest) -> HttpResponse:
        if not may(request.user, Right.ISSUE):
            raise PermissionDenied
        stores = stores_with(request.user, Right.ISSUE).order_by("name", "pk")
        form = BackfillForm(request.POST if request.method == "POST" else None, stores=stores)
        if request.method == "POST" and form.is_valid():
            assert isinstance(request.user, User)
            run = request_run(
                form.cleaned_data["store"],
                form.wishes(),
                requested_by=name_of(request.user),
                token=form.cleaned_data["token"],
            )
            return HttpResponseRedirect(_page_of(run))
        context = {
            **self.admin_site.each_context(request),
            "title": _("List latest orders"),
            "opts": self.opts,
            "form": form,
            "runs": reverse("admin:invoicing_syncrun_changelist"),
        }
        return TemplateResponse(request, "invoicing/admin/backfill.html", context)

    # --- the page of a run

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        run = self._run(request, object_id)
        if run is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return missing
        with timezone.override(run.store.timezone):
            page = TemplateResponse(request, "invoicing/admin/sync_run.html", self._context(request, run))
            page.render()
        return page

    def progress_view(self, request: HttpRequest, run_id: int) -> JsonResponse:
        """What the page asks for while the run is under way."""
        run = self._found(request, run_id)
        with timezone.override(run.store.timezone):
            answer = JsonResponse(_progress(run))
        answer["Cache-Control"] = "private, no-store"
        return answer

    def _context(self, request: HttpRequest, run: SyncRun) -> dict[str, Any]:
        may_issue = self.is_allowed(request, Right.ISSUE, run) and run.listed_at is not None
        rows = run.rows.select_related("order").order_by("position")
        page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("p"))
        results = results_of(list(page.object_list))
        open_rows = choosable(run)
        return {
            **self.admin_site.each_context(request),
            "title": self.title(run),
            "opts": self.opts,
            "run": run,
            "facts": self._facts(run),
            "progress": _progress(run),
            "progress_url": reverse("admin:invoicing_syncrun_progress", args=[run.pk]),
            "issue_url": reverse("admin:invoicing_syncrun_issue", args=[run.pk]),
            "headers": headers(),
            "rows": [shown_row(result, may_issue=may_issue) for result in results],
            "page": page,
            "issue_words": _("Issue the ticked orders (%(count)d)"),
            "may_issue": may_issue and open_rows.exists(),
            "all_count": open_rows.filter(would_issue=True).count() if may_issue else 0,
        }

    def _facts(self, run: SyncRun) -> list[tuple[str, str]]:
        return [
            (_("store"), str(run.store)),
            (_("orders"), wishes(run)),
            (_("requested by"), requester(run.requested_by)),
            (_("created at"), moment(run.created_at)),
            (_("finished at"), moment(run.finished_at)),
        ]

    # --- issuing

    def issue_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Asks before it acts; what was asked for before is not asked for again."""
        run = self._found(request, run_id)
        if not self.is_allowed(request, Right.ISSUE, run):
            raise PermissionDenied
        back = _page_of(run, request.POST.get("p", ""))
        if request.method != "POST":
            return HttpResponseRedirect(back)
        ticked = _ticked(request)
        chosen = list(_chosen(run, ticked))
        if not chosen:
            self._tell_that_nothing_is_chosen(request, run, ticked)
        elif "confirmed" not in request.POST:
            return self._confirmation(request, run, chosen, back)
        else:
            assert isinstance(request.user, User)
            word = request.POST.get("reason", "")
            count = tick_orders(run, user=request.user, rows=ticked, word=word)
            self.log_change(request, run, f"issue {count}: {word}"[:1000])
            messages.success(
                request, _("Orders asked for: %(count)d. They are issued now.") % {"count": count}
            )
        return HttpResponseRedirect(back)

    def _tell_that_nothing_is_chosen(
        self, request: HttpRequest, run: SyncRun, ticked: list[int] | None
    ) -> None:
        if run.rows.filter(is_ticked=True, **({} if ticked is None else {"pk__in": ticked})).exists():
            messages.info(request, _("Already in progress; nothing was changed."))
        else:
            messages.warning(request, _("Tick at least one order that can be issued."))

    def _confirmation(
        self, request: HttpRequest, run: SyncRun, rows: list[SyncRunOrder], back: str
    ) -> HttpResponse:
        settings = _settings_of(run)
        title = _("Issue the ticked orders (%(count)d)") % {"count": len(rows)}
        is_all = "all" in request.POST
        hidden = [("all", "yes")] if is_all else [("row", str(row.pk)) for row in rows]
        follows = following_of_any(settings) if settings is not None else []
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "act": {"title": title, "asks_reason": any(not row.would_issue for row in rows)},
            "is_irrevocable": settings is not None and settings.finalize,
            "items": [(_("For each of them"), follows), *((_name(row), _consequences(row)) for row in rows)],
            "hidden": [*hidden, ("p", request.POST.get("p", "")[:9])],
            "back": back,
        }
        return TemplateResponse(request, "invoicing/admin/confirm.html", context)

    # --- what is shared

    def _run(self, request: HttpRequest, run_id: Any) -> SyncRun | None:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not str(run_id).isdecimal():
            return None
        rows: QuerySet[SyncRun] = self.get_queryset(request)
        return rows.select_related("store").filter(pk=run_id).first()

    def _found(self, request: HttpRequest, run_id: int) -> SyncRun:
        run = self._run(request, run_id)
        if run is None:
            raise Http404
        return run

    # --- columns

    @display(description=gettext_lazy("sync run"), ordering="pk")
    def title(self, run: SyncRun) -> str:
        return f"{label(SYNC_KINDS, run.kind)} #{run.pk} ({label(SYNC_MODES, run.mode)})"

    @display(description=gettext_lazy("state"), label=SYNC_STATE_COLOURS, ordering="state")
    def state_shown(self, run: SyncRun) -> tuple[str, str]:
        return shown(SYNC_STATES, run.state)

    store_link = related("store", gettext_lazy("store"))

    @display(description=gettext_lazy("orders"))
    def wishes(self, run: SyncRun) -> str:
        return wishes(run)

    @display(description=gettext_lazy("requested by"))
    def asked_by(self, run: SyncRun) -> str:
        return requester(run.requested_by)

    @display(description=gettext_lazy("created at"), ordering="created_at")
    def made(self, run: SyncRun) -> str:
        return moment(run.created_at)


def _page_of(run: SyncRun, page: str = "") -> str:
    url = reverse("admin:invoicing_syncrun_change", args=[run.pk])
    return f"{url}?p={page}" if page.isascii() and page.isdecimal() else url


def _progress(run: SyncRun) -> dict[str, Any]:
    at = progress(run)
    return {
        "phase": str(at.phase),
        "done": at.done,
        "total": at.total,
        "percent": at.percent,
        "text": progress_in_words(run, at),
        "is_over": at.is_over,
    }


def _ticked(request: HttpRequest) -> list[int] | None:
    """The rows of the page that were ticked; None: all of the run that would be issued."""
    if "all" in request.POST:
        return None
    named = request.POST.getlist("row")[:ROWS_PER_PAGE]
    return [int(pk) for pk in named if pk.isascii() and pk.isdecimal() and len(pk) < 19]


def _chosen(run: SyncRun, ticked: list[int] | None) -> QuerySet[SyncRunOrder]:
    rows = choosable(run).order_by("position")
    return rows.filter(would_issue=True) if ticked is None else rows.filter(pk__in=ticked)


def _settings_of(run: SyncRun) -> Profile | None:
    row = InvoicingProfile.objects.select_related("current").filter(store=run.store_id).first()
    return row.current.value() if row is not None and row.current is not None else None


def _name(row: SyncRunOrder) -> str:
    return f"{_('Order')} {row.shop_order_id}"


def _consequences(row: SyncRunOrder) -> list[str]:
    said = [row.buyer_name] if row.buyer_name else []
    gross = money(row.gross, row.currency)
    said.append(f"{label(KINDS, row.kind)}, {gross}" if row.kind else gross)
    if not row.would_issue:
        said.append(_("It is left out otherwise: your word overrides that, and is kept as a ruling."))
    return said
