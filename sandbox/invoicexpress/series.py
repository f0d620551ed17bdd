"""The series of an account: create, make default, register with the tax authority."""

from __future__ import annotations

from typing import Any

from sandbox.invoicexpress import answers
from sandbox.invoicexpress.desk import Desk, body_root
from sandbox.invoicexpress.records import SEQUENCE_OFFSETS, Series
from sandbox.messages import Request, Response

IDS_PER_SERIES = 20


def route(desk: Desk, request: Request, rest: list[str]) -> Response:
    match (request.method, rest):
        case ("GET", []):
            rows = [series_json(row) for row in desk.account.series.values()]
            return answers.ok({"sequences": rows})
        case ("POST", []):
            return _create(desk, body_root(request, "sequence"))
        case ("GET", [series_id]):
            return answers.ok({"sequence": series_json(_series(desk, series_id))})
        case ("PUT", [series_id, "set_current"]):
            chosen = _series(desk, series_id)
            for row in desk.account.series.values():
                row.is_default = row is chosen
            return answers.done()
        case ("PUT", [series_id, "register"]):
            chosen = _series(desk, series_id)
            _require_at_credentials(desk)
            chosen.register(desk.account.name)
            return answers.done()
    raise answers.no_such_page()


def series_json(row: Series) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "id": row.id,
        "serie": row.serie,
        "default_sequence": int(row.is_default),
    }
    for root in SEQUENCE_OFFSETS:
        answer[f"current_{root}_number"] = row.numbers.get(root, 0)
        answer[f"current_{root}_sequence_id"] = row.sequence_id(root)
        answer[f"current_{root}_validation_code"] = row.validation_codes.get(root)
    return answer


def _create(desk: Desk, root: dict[str, Any]) -> Response:
    serie = root.get("serie")
    if serie in (None, "") or not isinstance(serie, (str, int)):
        raise desk.refuse("Serie can't be blank")
    if any(str(row.serie) == str(serie) for row in desk.account.series.values()):
        raise desk.refuse("Serie has already been taken")
    _require_at_credentials(desk)
    # A recorded create that asked to be the default came back as not the default.
    row = Series(desk.new_id(IDS_PER_SERIES), serie)
    desk.account.series[row.id] = row
    return answers.created({"sequence": series_json(row)})


def _series(desk: Desk, series_id: str) -> Series:
    row = desk.account.series.get(int(series_id)) if series_id.isdigit() else None
    if row is None:
        raise answers.not_found()
    return row


def _require_at_credentials(desk: Desk) -> None:
    if not desk.account.has_at_credentials:
        raise desk.refuse("004: the credentials of the tax authority are not set")
