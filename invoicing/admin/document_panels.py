"""The tables under a document and under an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from invoicing.admin.grounds import ground
from invoicing.admin.labels import (
    ATTEMPT_OUTCOMES,
    CHECKS,
    KINDS,
    RULINGS,
    SEVERITIES,
    STATE_COLOURS,
    STATES,
    STATUS_COLOURS,
    STATUSES,
    SUBJECTS,
    SUPPLIES,
    VERBS,
    Labels,
    badge,
    label,
    reason_text,
)
from invoicing.domain.lifecycle import OPEN_STATES
from invoicing.domain.linter import Finding
from invoicing.models import Document, DocumentOperation, OperationAttempt, Ruling
from stores.admin.formats import day, moment, money
from stores.admin.panels import Badge, Panel, admin_link
from stores.admin.requesters import requester
from stores.models import Order


def why(document: Document) -> Panel:
    """The reason behind each choice, as the plan keeps it."""
    rows = [
        (
            label(SUBJECTS, str(entry.get("subject", ""))),
            _choice(str(entry.get("choice", ""))),
            ground(str(entry.get("because", ""))),
            ground(str(entry.get("source", ""))),
        )
        for entry in document.plan.get("why", [])
    ]
    return Panel(_("Why"), (_("about"), _("choice"), _("because"), _("source")), rows)


def _choice(choice: str) -> str:
    known: Labels = {**KINDS, **SUPPLIES}
    return label(known, choice) if choice in set(known) else ground(choice)


def findings(found: Sequence[Finding]) -> Panel:
    """What the checks say of the document as it is."""
    rows = [
        (label(CHECKS, one.check), label(SEVERITIES, one.severity), one.detail, one.source) for one in found
    ]
    headers = (_("check"), _("weight"), _("detail"), _("source"))
    return Panel(_("Checks"), headers, rows, empty=_("Nothing was found."))


def operations(title: str, rows: Sequence[DocumentOperation]) -> Panel:
    headers = (
        _("operation"),
        _("state"),
        _("reason and remedy"),
        _("requested by"),
        _("attempts"),
        _("not before"),
    )
    return Panel(title, headers, [_operation(row) for row in rows])


def open_operations(title: str, order: Order) -> Panel:
    """Those that are not ended, of all its documents, which the first column tells apart."""
    table = operations(title, [])
    rows = [
        (admin_link(document), *_operation(operation))
        for document in order.documents.all()
        for operation in document.operations.all()
        if operation.state in OPEN_STATES
    ]
    return Panel(title, (_("document"), *table.headers), rows)


def _operation(row: DocumentOperation) -> tuple[Any, ...]:
    return (
        admin_link(row, label(VERBS, row.verb)),
        badge(STATES, STATE_COLOURS, row.state),
        in_full(row.hold_reason, row.detail),
        requester(row.requested_by),
        row.attempts,
        moment(row.not_before) if row.state == "queued" else "",
    )


def in_full(reason: str, detail: str) -> str:
    """The sentence, the remedy and the detail of a hold, one a line."""
    text = reason_text(reason) if reason else None
    parts = [text.sentence, text.remedy] if text else []
    return "\n".join(part for part in [*parts, ground(detail)] if part)


def attempts(rows: Sequence[DocumentOperation]) -> Panel:
    """Every attempt with the calls that it made, redacted when they were logged."""
    table = [
        (
            label(VERBS, row.verb),
            attempt.number,
            moment(attempt.started_at),
            attempt_badge(attempt.outcome),
            ground(attempt.error),
            "\n".join(_call(call) for call in attempt.calls),
        )
        for row in rows
        for attempt in row.attempt_log.all()
    ]
    headers = (_("operation"), _("attempt"), _("started at"), _("result"), _("error"), _("calls"))
    return Panel(_("Attempts"), headers, table)


def calls(attempt: OperationAttempt) -> Panel:
    return Panel(_("Calls"), rows=[(_call(call),) for call in attempt.calls])


def attempt_badge(outcome: str) -> Badge:
    """How an attempt ended; a hold reason means that it ended in a hold."""
    if outcome in ATTEMPT_OUTCOMES:
        return Badge(label(ATTEMPT_OUTCOMES, outcome), "success" if outcome == "done" else "default")
    return Badge(label(STATES, "held"), "danger")


def _call(call: Any) -> str:
    """Method, path, status, time: the host is the same for every call of a vendor."""
    if not isinstance(call, dict):
        return str(call)
    url = urlsplit(str(call.get("url", "")))
    parts = (
        call.get("method"),
        unquote(f"{url.path}?{url.query}" if url.query else url.path),
        call.get("status"),
        f"{call.get('milliseconds')} ms" if call.get("milliseconds") is not None else "",
        call.get("error"),
    )
    return " ".join(str(part) for part in parts if part not in (None, ""))


def credit_notes(document: Document) -> Panel:
    return documents(_("Credit notes"), list(document.credit_notes.all()))


def documents(title: str, rows: Sequence[Document]) -> Panel:
    table = [
        (
            admin_link(row, f"{label(KINDS, row.kind)} {row}"),
            badge(STATUSES, STATUS_COLOURS, row.status),
            row.reference,
            day(row.issued_on),
            money(row.gross_total, row.currency),
        )
        for row in rows
    ]
    return Panel(title, (_("document"), _("status"), _("reference"), _("date"), _("gross total")), table)


def rulings(rows: Sequence[Ruling]) -> Panel:
    table = [
        (
            admin_link(row, label(RULINGS, row.kind)),
            str(row.by or ""),
            row.reason,
            moment(row.created_at),
            moment(row.revoked_at),
        )
        for row in rows
    ]
    return Panel(_("Rulings"), (_("ruling"), _("by"), _("reason"), _("at"), _("taken back at")), table)
