"""Documents taken away as a file, by those who may, and only from the stores where they may."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import islice

import structlog
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ExportMixin

from invoicing.admin.export_form import FORMATS, LIST_DAYS, SELECTED_AT_MOST, ExportForm, file_name
from invoicing.admin.export_table import document_table
from invoicing.exports import ExportRow, export_rows_of
from invoicing.models import Document
from stores.auth import may, stores_with
from stores.domain.roles import Right

# One file is made within one request; more documents than these are several files.
AT_MOST = 50_000
logger = structlog.get_logger(__name__)


class DocumentExport(ExportMixin):  # type: ignore[misc]
    """Mixed into the ModelAdmin of documents, before Unfold's."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Right.EXPORT)

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        """What the list shows under its filters and search, all pages of it; the form asks for the days."""
        wanted = request.GET.copy()
        for name in LIST_DAYS:
            wanted.pop(name, None)
        asked = copy.copy(request)
        asked.GET = wanted  # type: ignore[assignment]
        rows: QuerySet[Document] = super().get_export_queryset(asked)
        return rows.filter(order__store__in=stores_with(request.user, Right.EXPORT))

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """The form on GET, the file on POST."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            initial = {field: request.GET.get(name, "") for name, field in LIST_DAYS.items()}
            return self._ask(request, ExportForm(initial=initial))
        form = ExportForm(request.POST)
        if not form.is_valid():
            return self._ask(request, form)
        try:
            documents = form.narrowed(self.get_export_queryset(request))
        except IncorrectLookupParameters:
            return HttpResponseRedirect(f"{self._address('changelist')}?{ERROR_FLAG}=1")
        rows = list(islice(export_rows_of(documents), AT_MOST + 1))
        if not rows:
            form.add_error(None, _("No document fits; there is nothing to export."))
        elif len(rows) > AT_MOST:
            form.add_error(
                None, _("These are more than %(count)d documents: choose fewer days.") % {"count": AT_MOST}
            )
        return self._file(request, form, rows) if form.is_valid() else self._ask(request, form)

    @admin.action(description=gettext_lazy("Export the selected documents"), permissions=["export"])
    def export_selected(self, request: HttpRequest, queryset: QuerySet[Document]) -> HttpResponse | None:
        selected = list(queryset.order_by("pk").values_list("pk", flat=True)[: SELECTED_AT_MOST + 1])
        if len(selected) > SELECTED_AT_MOST:
            told = _("At most %(count)d can be selected; the button above exports all that the list shows.")
            messages.error(request, told % {"count": SELECTED_AT_MOST})
            return None
        return self._ask(request, ExportForm(initial={"selected": ",".join(map(str, selected))}))

    def _ask(self, request: HttpRequest, form: ExportForm) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Export"),
            "opts": self.opts,
            "form": form,
            "export_url": f"{self._address('export')}?{query}",
            "back": f"{self._address('changelist')}?{query}",
        }
        return TemplateResponse(request, "invoicing/admin/export.html", context)

    def _address(self, page: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}")

    def _file(self, request: HttpRequest, form: ExportForm, rows: Sequence[ExportRow]) -> HttpResponse:
        file_format = FORMATS[form.cleaned_data["format"]]()
        content = file_format.export_data(document_table(rows))
        name = file_name(form, rows, file_format.get_extension())
        self._record(request, name, form.narrowing(request.GET), len(rows))
        response = HttpResponse(content, content_type=file_format.get_content_type())
        response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
        response["Cache-Control"] = "private, no-store"
        return response

    def _record(self, request: HttpRequest, name: str, filters: Sequence[str], count: int) -> None:
        """Who took what away."""
        LogEntry.objects.create(
            user_id=int(request.user.pk or 0),
            content_type=ContentType.objects.get_for_model(self.model, for_concrete_model=False),
            object_repr=name[:200],
            action_flag=CHANGE,
            change_message=f"export: {count} rows; {' '.join(filters)}",
        )
        logger.info("documents_exported", user=request.user.pk, file=name, rows=count, filters=filters)
