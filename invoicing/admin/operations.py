"""Operations: what waits for a person, with the reason and the remedy."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from invoicing.admin import document_panels as tables
from invoicing.admin.acts import Acts, on_list, on_page
from invoicing.admin.filters import HoldReasonFilter, by_label, by_store
from invoicing.admin.grounds import ground
from invoicing.admin.labels import (
    STATE_COLOURS,
    STATES,
    VERBS,
    WAITS,
    badge_html,
    label,
    reason_text,
    shown,
)
from invoicing.admin.verbs import GIVE_UP, RETRY
from invoicing.domain.lifecycle import OperationState
from invoicing.models import DocumentOperation, OperationAttempt, SweepMark
from stores.admin.base import MirrorAdmin
from stores.admin.columns import BADGE_KINDS, display, related
from stores.admin.formats import moment
from stores.admin.panels import Panel
from stores.admin.requesters import requester


@admin.register(DocumentOperation)
class DocumentOperationAdmin(Acts, MirrorAdmin):
    store_path = "document__order__store"
    list_display = (
        "verb_shown",
        "badge",
        "document_link",
        "order_link",
        "store_link",
        "sentence",
        "remedy",
        "next_try",
    )
    list_display_links = ("verb_shown",)
    list_select_related = ("document__order__store",)
    list_filter = (
        by_store("document__order__store"),
        by_label("state", gettext_lazy("state"), STATES),
        by_label("verb", gettext_lazy("operation"), VERBS),
        HoldReasonFilter,
    )
    search_fields = ("^document__reference", "^document__number", "^document__order__shop_order_id")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("verb_shown", "state_shown"),
                    ("document_link", "order_link"),
                    "sentence",
                    "remedy",
                    "detail",
                )
            },
        ),
        (
            gettext_lazy("Work"),
            {
                "fields": (
                    ("asked_by", "next_try"),
                    ("attempts", "tries"),
                    ("losses", "write_started"),
                    ("created", "finished"),
                )
            },
        ),
    )
    actions = ("retry_selected", "give_up_selected")
    actions_detail = ("retry", "give_up")

    retry, retry_selected = on_page(RETRY), on_list(RETRY)
    give_up, give_up_selected = on_page(GIVE_UP), on_list(GIVE_UP)

    def get_queryset(self, request: HttpRequest) -> QuerySet[DocumentOperation]:
        rows: QuerySet[DocumentOperation] = super().get_queryset(request)
        return rows.select_related("document__order__store")

    def name_of(self, row: Any) -> str:
        return f"{label(VERBS, row.verb)}: {row.document}"

    def panels(self, obj: DocumentOperation) -> list[Panel]:
        return [tables.attempts([obj])]

    @display(description=gettext_lazy("operation"), ordering="verb")
    def verb_shown(self, operation: DocumentOperation) -> str:
        return label(VERBS, operation.verb)

    @display(description=gettext_lazy("state"), label=STATE_COLOURS, ordering="state")
    def badge(self, operation: DocumentOperation) -> tuple[str, str]:
        return shown(STATES, operation.state)

    @display(description=gettext_lazy("state"))
    def state_shown(self, operation: DocumentOperation) -> str:
        return badge_html(STATES, STATE_COLOURS, operation.state)

    document_link = related("document", gettext_lazy("document"))
    order_link = related("document__order", gettext_lazy("order"))
    store_link = related("document__order__store", gettext_lazy("store"))

    @display(description=gettext_lazy("because"))
    def sentence(self, operation: DocumentOperation) -> str:
        """Why it waits for a person, or what it waits for by itself."""
        if operation.hold_reason:
            return reason_text(operation.hold_reason).sentence
        is_waiting = operation.state == OperationState.QUEUED and operation.waiting_for
        return label(WAITS, operation.waiting_for) if is_waiting else ""

    @display(description=gettext_lazy("remedy"))
    def remedy(self, operation: DocumentOperation) -> str:
        return reason_text(operation.hold_reason).remedy if operation.hold_reason else ""

    @display(description=gettext_lazy("requested by"))
    def asked_by(self, operation: DocumentOperation) -> str:
        return requester(operation.requested_by)

    @display(description=gettext_lazy("not before"), ordering="not_before")
    def next_try(self, operation: DocumentOperation) -> str:
        return moment(operation.not_before)

    @display(description=gettext_lazy("write started at"))
    def write_started(self, operation: DocumentOperation) -> str:
        return moment(operation.write_started_at)

    @display(description=gettext_lazy("created at"))
    def created(self, operation: DocumentOperation) -> str:
        return moment(operation.created_at)

    @display(description=gettext_lazy("finished at"))
    def finished(self, operation: DocumentOperation) -> str:
        return moment(operation.finished_at)


@admin.register(OperationAttempt)
class OperationAttemptAdmin(MirrorAdmin):
    store_path = "operation__document__order__store"
    list_display = ("operation_shown", "number", "started", "result", "said")
    list_select_related = ("operation__document",)
    search_fields = ("^operation__document__reference",)
    fields = ("operation_shown", "number", "started", "finished", "result_shown", "said")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OperationAttempt]:
        rows: QuerySet[OperationAttempt] = super().get_queryset(request)
        return rows.select_related("operation__document")

    def panels(self, obj: OperationAttempt) -> list[Panel]:
        return [tables.calls(obj)]

    @display(description=gettext_lazy("result"), label=BADGE_KINDS)
    def result(self, attempt: OperationAttempt) -> tuple[str, str]:
        badge = tables.attempt_badge(attempt.outcome)
        return badge.kind, badge.text

    @display(description=gettext_lazy("result"))
    def result_shown(self, attempt: OperationAttempt) -> str:
        return tables.attempt_badge(attempt.outcome).as_html()

    @display(description=gettext_lazy("error"))
    def said(self, attempt: OperationAttempt) -> str:
        return ground(attempt.error)

    @display(description=gettext_lazy("operation"))
    def operation_shown(self, attempt: OperationAttempt) -> str:
        return f"{label(VERBS, attempt.operation.verb)}: {attempt.operation.document}"

    @display(description=gettext_lazy("started at"), ordering="started_at")
    def started(self, attempt: OperationAttempt) -> str:
        return moment(attempt.started_at)

    @display(description=gettext_lazy("finished at"))
    def finished(self, attempt: OperationAttempt) -> str:
        return moment(attempt.finished_at)


@admin.register(SweepMark)
class SweepMarkAdmin(MirrorAdmin):
    list_display = ("at",)
    fields = ("at",)

    @display(description=gettext_lazy("last sweep"))
    def at(self, mark: SweepMark) -> str:
        return moment(mark.swept_at)
