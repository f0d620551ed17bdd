"""Creating and replacing drafts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.invoicexpress import answers, client_rules, lines, numbers, rendering
from sandbox.invoicexpress.arithmetic import CENT
from sandbox.invoicexpress.codes import EXEMPTION_TEXTS, NO_EXEMPTION, NOT_TAXED, parse_date
from sandbox.invoicexpress.desk import Desk, body_object, body_root, text_or_none
from sandbox.invoicexpress.records import (
    CREDIT_NOTE,
    RECEIPT,
    Client,
    Document,
    DocumentType,
    Line,
    Series,
)
from sandbox.invoicexpress.sequencing import date_problem
from sandbox.messages import Request, Response

EXEMPTION_MISSING = "Exemption reason must have a selected option"


@dataclass
class Reading:
    """A create or update body, understood but not yet carried out."""

    day: date
    due: date
    reference: str | None
    observations: str | None
    retention: Decimal | None
    exemption: str | None
    series: Series
    lines: list[Line]
    client: client_rules.ClientChoice | None
    owner: Document | None


def create(desk: Desk, kind: DocumentType, request: Request) -> Response:
    if kind == RECEIPT:
        raise answers.no_such_page()
    uid = text_or_none(body_object(request).get("proprietary_uid")) or None
    key = (kind.root if desk.switches.uid_scope == "type" else "", uid or "")
    if uid is not None and desk.switches.uid != "ignored":
        repeated = _repeated(desk, key)
        if repeated is not None:
            return repeated
    reading = _read(desk, kind, body_root(request, kind.root, "invoice"))
    document = _store(desk, kind, reading)
    document.proprietary_uid = uid
    if uid is not None:
        desk.account.uids[key] = document.id
    desk.account.count("created")
    return answers.created({kind.root: rendering.document_json(desk, document)})


def update(desk: Desk, document: Document, request: Request) -> Response:
    """Replaces a draft in full: what is not sent is gone."""
    if document.status == "settled":
        raise desk.refuse("Invoice has been settled so can't be changed anymore")
    if document.status != "draft":
        raise desk.refuse(answers.INVALID_STATE)
    kind = document.kind
    reading = _read(desk, kind, body_root(request, kind.root, "invoice"), owner=_owner_of(desk, document))
    _fill(desk, document, reading)
    document.index.append(rendering.index_entry(desk, document))
    return answers.done()


def _repeated(desk: Desk, key: tuple[str, str]) -> Response | None:
    """The answer to a second create with the same key, or None if it counts as a first one."""
    earlier = desk.account.documents.get(desk.account.uids.get(key, 0))
    if earlier is None:
        return None
    ended = earlier.status in ("deleted", "canceled")
    if ended and desk.switches.uid_after_end == "new_document":
        return None
    if desk.switches.uid == "conflict" or desk.now < earlier.created_at + desk.switches.uid_busy_seconds:
        return answers.errors(409, "A document with this proprietary_uid is being created")
    desk.account.count("repeated")
    return answers.created({earlier.kind.root: rendering.document_json(desk, earlier)})


def _read(desk: Desk, kind: DocumentType, root: dict[str, Any], owner: Document | None = None) -> Reading:
    problems: list[str] = []
    day, due = _dates(root, problems)
    found_lines, complaints = lines.read_lines(desk, root.get("items"))
    problems += complaints
    exemption = None if complaints else _exemption(desk, root, found_lines, problems)
    choice = None
    if kind == CREDIT_NOTE:
        owner = owner or _owner(desk, root, problems)
    else:
        choice, complaints = client_rules.choose(desk, root.get("client"))
        problems += complaints
    retention = numbers.number_in(root.get("retention") or 0)
    if retention is None or not 0 <= retention <= Decimal("99.99"):
        problems.append("Retention must be a number between 0 and 99.99")
    reference = text_or_none(root.get("reference"))
    if reference is not None and len(reference) > 255:
        problems.append("Reference is too long (maximum is 255 characters)")
    series = _series(desk, kind, root, problems)
    problems += _not_modelled(desk, root)
    if not problems and day and desk.switches.date_checked_on_create:
        problems += date_problem(kind, series, day)
    if problems or day is None or due is None:
        raise desk.refuse(*dict.fromkeys(problems))
    kept = numbers.half_up(retention, CENT) if retention else None
    return Reading(
        day,
        due,
        reference,
        text_or_none(root.get("observations")),
        kept,
        exemption,
        series,
        found_lines,
        choice,
        owner,
    )


def _dates(root: dict[str, Any], problems: list[str]) -> tuple[date | None, date | None]:
    day, due = parse_date(root.get("date")), parse_date(root.get("due_date"))
    if day is None:
        problems.append("Date can't be blank" if not root.get("date") else "Date is invalid")
    if due is None:
        problems.append("Due date can't be blank" if not root.get("due_date") else "Due date is invalid")
    if day is not None and due is not None and due < day:
        problems.append("Due date must be later than date")
    return day, due


def _exemption(desk: Desk, root: dict[str, Any], found_lines: list[Line], problems: list[str]) -> str | None:
    code = root.get("tax_exemption_reason") or root.get("tax_exemption") or NO_EXEMPTION
    if code not in EXEMPTION_TEXTS:
        problems.append(EXEMPTION_MISSING)
        return None
    has_zero_rate = any(line.figures.rate == 0 for line in found_lines)
    if code == NO_EXEMPTION:
        if not has_zero_rate:
            return None
        if desk.switches.zero_rate_without_code == "stamp_m99":
            return NOT_TAXED
        problems.append(EXEMPTION_MISSING)
        return None
    if not has_zero_rate and desk.switches.code_without_zero_rate == "refuse":
        problems.append("Exemption reason is only for documents with exempt lines")
    if not has_zero_rate and desk.switches.code_without_zero_rate == "drop":
        return None
    return str(code)


def _series(desk: Desk, kind: DocumentType, root: dict[str, Any], problems: list[str]) -> Series:
    wanted = text_or_none(root.get("sequence_id"))
    if not wanted:
        return desk.account.default_series()
    for series in desk.account.series.values():
        if str(series.sequence_id(kind.root)) == wanted:
            return series
    if desk.switches.wrong_sequence_id == "refuse":
        problems.append("Sequence is invalid")
    return desk.account.default_series()


def _not_modelled(desk: Desk, root: dict[str, Any]) -> list[str]:
    problems = []
    if str(root.get("mb_reference") or "0") != "0" and not desk.account.has_payment_provider:
        problems.append("Option to generate MB reference is set but no payment provider is configurated")
    if (root.get("currency_code") or "EUR") != "EUR":
        problems.append("The sandbox does not model foreign currencies")
    if root.get("global_discount"):
        problems.append("The sandbox does not model global_discount")
    return problems


def _owner(desk: Desk, root: dict[str, Any], problems: list[str]) -> Document | None:
    wanted = numbers.number_in(root.get("owner_invoice_id"))
    owner = desk.account.documents.get(int(wanted)) if wanted is not None else None
    if owner is None or owner.kind in (CREDIT_NOTE, RECEIPT):
        problems.append("Owner invoice was not found")
        return None
    allowed = {"final"} if desk.switches.settled_source == "refuse" else {"final", "settled"}
    if owner.status not in allowed:
        problems.append("Owner invoice must be finalized")
    return owner


def _owner_of(desk: Desk, document: Document) -> Document | None:
    return None if document.owner_id is None else desk.account.documents.get(document.owner_id)


def _store(desk: Desk, kind: DocumentType, reading: Reading) -> Document:
    client = _client_for(desk, reading)
    document_id = desk.new_id(1)
    document = Document(
        id=document_id,
        kind=kind,
        created_at=desk.now,
        day=reading.day,
        due=reading.due,
        reference=None,
        observations=None,
        retention=None,
        exemption=None,
        series=reading.series,
        client=client,
        lines=[],
        token=hashlib.sha1(f"{desk.account.name}/{document_id}".encode()).hexdigest(),
    )
    _fill(desk, document, reading, client)
    _check_note_total(desk, document)
    desk.account.documents[document_id] = document
    document.index.append(rendering.index_entry(desk, document))
    return document


def _fill(desk: Desk, document: Document, reading: Reading, client: Client | None = None) -> None:
    document.client = client or _client_for(desk, reading)
    document.day, document.due = reading.day, reading.due
    document.reference, document.observations = reading.reference, reading.observations
    document.retention, document.exemption = reading.retention, reading.exemption
    document.series, document.lines = reading.series, reading.lines
    if reading.owner is not None:
        document.owner_id = reading.owner.id
        document.client_copy = reading.owner.client_copy
    lines.remember_items(desk, reading.lines)


def _client_for(desk: Desk, reading: Reading) -> Client:
    if reading.owner is not None:
        return reading.owner.client
    assert reading.client is not None
    return client_rules.settle(desk, reading.client)


def _check_note_total(desk: Desk, note: Document) -> None:
    if note.owner_id is None or desk.switches.notes_above_source != "refuse":
        return
    notes = [other for other in desk.account.related(note.owner_id) if other.kind == CREDIT_NOTE]
    credited = sum((rendering.figures_of(desk, other).total for other in [*notes, note]), Decimal(0))
    if credited > rendering.figures_of(desk, desk.account.documents[note.owner_id]).total:
        raise desk.refuse("Total of the credit notes is above the total of the document")
