"""Orders as the API gives them: one, a page of them, those after an id, those of a status, found ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from sandbox.jumpseller.dates import day_in, parse_utc
from sandbox.jumpseller.stores import JsonObject, Store
from sandbox.messages import Request, Response, json_response

STATUSES = ("abandoned", "canceled", "pending_payment", "paid")
_WINDOWS = {"today": 1, "last7days": 7, "last30days": 30, "last90days": 90}


def message(status: int, text: str) -> Response:
    return json_response(status, {"message": text})


def page(request: Request, rows: list[JsonObject]) -> list[JsonObject]:
    """The rows of the page asked for: `limit` 50 unless told, at most 100."""
    limit = min(100, max(1, _whole(request.first("limit"), 50)))
    number = max(1, _whole(request.first("page"), 1))
    return rows[(number - 1) * limit : number * limit]


def newest_first(store: Store) -> list[JsonObject]:
    return [store.orders[order_id] for order_id in sorted(store.orders, reverse=True)]


def list_orders(store: Store, request: Request, now: float) -> Response:
    rows = page(request, list(_filtered(store, request, newest_first(store), now)))
    return json_response(200, _wrapped(request, rows))


def list_after(store: Store, request: Request, order_id: int) -> Response:
    rows = [store.orders[known] for known in sorted(store.orders) if known > order_id]
    return json_response(200, _wrapped(request, page(request, rows)))


def list_by_status(store: Store, request: Request, status: str) -> Response:
    if status not in STATUSES:
        return message(404, "Status not found")
    rows = [order for order in newest_first(store) if status_of(order) == status]
    return json_response(200, _wrapped(request, page(request, rows)))


def search(store: Store, request: Request, now: float) -> Response:
    words = (request.first("query") or "").lower()
    rows = [
        order for order in _filtered(store, request, newest_first(store), now) if words in _searchable(order)
    ]
    found = _wrapped(request, page(request, rows))
    return json_response(200, {"orders": found, "count": len(rows)})


def status_of(order: JsonObject) -> str:
    """The status in the API's own words, also for orders that only carry the shown one."""
    status = order.get("status_enum") or str(order.get("status") or "").lower().replace(" ", "_")
    return str(status)


def _wrapped(request: Request, rows: Iterable[JsonObject]) -> list[JsonObject]:
    wanted = {name.strip() for name in (request.first("fields") or "").split(",") if name.strip()}
    if not wanted:
        return [{"order": order} for order in rows]
    return [{"order": {name: order[name] for name in order if name in wanted}} for order in rows]


def _filtered(store: Store, request: Request, rows: list[JsonObject], now: float) -> Iterable[JsonObject]:
    statuses = set(request.every("status_filters[]") + request.every("status_filters"))
    fulfilments = {word for word in (request.first("fulfillment_filters") or "").split(",") if word}
    first, last = _window(store, request, now)
    for order in rows:
        created = parse_utc(order.get("created_at"))
        day = None if created is None else day_in(store.timezone, created)
        if statuses and status_of(order) not in statuses:
            continue
        if fulfilments and order.get("fulfillment_status") not in fulfilments:
            continue
        if (first or last) and day is None:
            continue
        if day is not None and ((first and day < first) or (last and day > last)):
            continue
        yield order


def _window(store: Store, request: Request, now: float) -> tuple[date | None, date | None]:
    """The first and the last day of creation asked for, in the store's zone."""
    today = day_in(store.timezone, datetime.fromtimestamp(now, UTC))
    match request.first("dateFilter"):
        case "customDate":
            return _iso(request.first("initialDate")), _iso(request.first("finalDate"))
        case "yesterday":
            return today - timedelta(days=1), today - timedelta(days=1)
        case str(word) if word in _WINDOWS:
            return today - timedelta(days=_WINDOWS[word] - 1), today
    return None, None


def _iso(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _searchable(order: JsonObject) -> str:
    customer = order.get("customer") or {}
    return f"{order['id']}\n{customer.get('email')}\n{customer.get('fullname')}".lower()


def _whole(text: str | None, default: int) -> int:
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 9:
        return default
    return int(text)
