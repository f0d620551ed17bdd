"""One Jumpseller store over HTTP: its credentials, its calls, and what each status means."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from jumpseller_sync.authorization import Authorization, credential_of
from jumpseller_sync.order_list import order_texts
from outbound.answers import Answer, Call, Pairs, UnreadableBody, sent_at
from outbound.errors import (
    AccountStopped,
    NotFound,
    OutboundError,
    OutcomeUnknown,
    Rejected,
    Unavailable,
    Unexpected,
)
from outbound.messages import error_messages
from outbound.session import OutboundSession

INVOICE_DOCUMENT = 1
CREDIT_NOTE_DOCUMENT = 0
MOST_PER_PAGE = 100
# The schema says integer and its samples show these texts.
_DOCUMENT_TYPE_TEXTS = {INVOICE_DOCUMENT: "1 - invoice", CREDIT_NOTE_DOCUMENT: "0 - credit note"}
_MOST_PAGES = 50
_INFO = "/store/info.json"
_BAN_RESET = "Jumpseller-BannedByRateLimit-Reset"
_LEFT_THIS_MINUTE = "Jumpseller-PerMinuteRateLimit-Remaining"
_LEFT_THIS_SECOND = "Jumpseller-PerSecondRateLimit-Remaining"
_MINUTE_IS_USED_UP = timedelta(seconds=20)
_SECOND_IS_USED_UP = timedelta(seconds=1)
Record = dict[str, Any]


class JumpsellerClient:
    """Calls of one store.

    `reserve` is asked before each call; `block` is told how long the store wants to be left alone. Every
    call raises the family of `outbound.errors`; numbers with a point come as `Decimal`.
    """

    def __init__(
        self,
        base_url: str,
        authorization: Authorization,
        *,
        deadline_seconds: float = 30,
        on_call: Callable[[Call], None] | None = None,
        reserve: Callable[[], None] | None = None,
        block: Callable[[timedelta], None] | None = None,
    ) -> None:
        self._authorization = authorization
        self._session = OutboundSession(
            "jumpseller",
            base_url,
            deadline_seconds=deadline_seconds,
            secrets=authorization.secrets(),
            reserve=reserve,
            on_call=on_call,
            advice=throttle_advice,
            on_throttled=block,
        )

    def __repr__(self) -> str:
        return f"<JumpsellerClient {self._session!r}>"

    def store_info(self) -> Record:
        """What the store says of itself, `code`, `currency` and `hooks_token` among it."""
        info = self._read(_INFO)
        inner = info.get("store", info) if isinstance(info, dict) else None
        if not isinstance(inner, dict) or not inner.get("code"):
            raise Unavailable("jumpseller: the store info cannot be read")
        return inner

    def read_order_text(self, order_id: str) -> str:
        """The order as the shop's own JSON text (wrapped or bare), numbers untouched."""
        answer = self._get(f"/orders/{_segment(order_id)}.json")
        order = self._json_of(answer)
        inner = order.get("order", order) if isinstance(order, dict) else None
        if not isinstance(inner, dict) or "id" not in inner:
            raise Unavailable("jumpseller: the answer holds no order", status=answer.status)
        if str(inner["id"]) != order_id:
            raise Unexpected("jumpseller answered with another order than the one asked for")
        return answer.body.decode("utf-8-sig")

    def list_orders(
        self, *, page: int = 1, limit: int = MOST_PER_PAGE, status: Sequence[str] = ()
    ) -> list[Record]:
        """One page of orders, newest first; a page shorter than `limit` (at most 100) is the last."""
        query = [("page", str(page)), ("limit", str(min(limit, MOST_PER_PAGE)))]
        return self._list("/orders.json", "order", [*query, *(("status_filters[]", word) for word in status)])

    def list_order_texts(
        self, *, page: int = 1, limit: int = MOST_PER_PAGE, made: tuple[date, date] | None = None
    ) -> list[tuple[str, str]]:
        """One page of orders, newest first: each id (empty if it has none) and the shop's own JSON text of
        the order, numbers untouched. `made` are the first and the last day of creation that are asked for.
        """
        query = [("page", str(page)), ("limit", str(min(limit, MOST_PER_PAGE)))]
        if made is not None:
            first, last = made
            query += [
                ("dateFilter", "customDate"),
                ("initialDate", first.isoformat()),
                ("finalDate", last.isoformat()),
            ]
        answer = self._get("/orders.json", query)
        try:
            return order_texts(answer.body.decode("utf-8-sig"))
        except ValueError:
            raise Unavailable("jumpseller: no list of orders", status=answer.status) from None

    def orders_after(self, order_id: str, *, page: int = 1, limit: int = MOST_PER_PAGE) -> list[Record]:
        """Orders with a greater id: a cursor that new orders do not shift."""
        query = [("page", str(page)), ("limit", str(min(limit, MOST_PER_PAGE)))]
        return self._list(f"/orders/after/{_segment(order_id)}.json", "order", query)

    def list_hooks(self) -> list[Record]:
        """Every webhook registered at the store."""
        hooks: dict[str, Record] = {}
        for page in range(1, _MOST_PAGES + 1):
            query = [("page", str(page)), ("limit", str(MOST_PER_PAGE))]
            rows = self._list("/hooks.json", "hook", query)
            known = len(hooks)
            hooks.update({str(row.get("id")): row for row in rows})
            if len(rows) < MOST_PER_PAGE or len(hooks) == known:
                return list(hooks.values())
        raise Unavailable("jumpseller: the list of hooks has no end")

    def create_hook(self, event: str, url: str) -> Record:
        """Register a webhook. Nothing forbids a second one for the same event and URL: list first."""
        return self._record(
            self._write("POST", "/hooks.json", {"hook": {"event": event, "url": url}}), "hook"
        )

    def delete_hook(self, hook_id: str) -> None:
        self._write("DELETE", f"/hooks/{_segment(hook_id)}.json", None)

    def list_documents(self, order_id: str) -> list[Record]:
        """The documents that hang on the order, of any application."""
        return self._list(f"/orders/{_segment(order_id)}/documents.json", "document", ())

    def add_document(
        self, order_id: str, *, document_type: int, external_id: str, public_id: str, url: str
    ) -> None:
        """Hang a document on the order. `document_type` is 1 for an invoice, 0 for a credit note.

        Nothing forbids a second entry: list first.
        """
        document: Record = {
            "document_type": document_type,
            "external_id": external_id,
            "public_id": public_id,
            "url": url,
            "order_id": int(order_id),
        }
        path = f"/orders/{_segment(order_id)}/documents.json"
        try:
            self._write("POST", path, {"document": document})
        except Rejected as error:
            if error.status not in (400, 422):
                raise
            document["document_type"] = _DOCUMENT_TYPE_TEXTS[document_type]
            self._write("POST", path, {"document": document})

    def add_history(self, order_id: str, message: str) -> None:
        """A line in the order's history, which the merchant sees."""
        path = f"/orders/{_segment(order_id)}/history.json"
        self._write("POST", path, {"order_history": {"message": message}})

    def _list(self, path: str, name: str, query: Pairs) -> list[Record]:
        rows = self._read(path, query)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Unavailable(f"jumpseller: no list of {name}s")
        return [row[name] if isinstance(row.get(name), dict) else row for row in rows]

    def _read(self, path: str, query: Pairs = ()) -> Any:
        return self._json_of(self._get(path, query))

    def _get(self, path: str, query: Pairs = ()) -> Answer:
        return self._send("GET", path, query=query, is_write=False)

    def _json_of(self, answer: Answer) -> Any:
        try:
            return answer.json()
        except UnreadableBody:
            raise Unavailable(
                "jumpseller: a read was answered with something unreadable", status=answer.status
            ) from None

    def _write(self, method: str, path: str, body: Record | None) -> Answer:
        text = None if body is None else json.dumps(body, ensure_ascii=False)
        return self._send(method, path, json_text=text, is_write=True)

    def _send(self, method: str, path: str, **what: Any) -> Answer:
        header = self._authorization.header()
        answer = self._send_with(header, method, path, **what)
        if answer.status == 401:
            # Refused before anything was done, so a write may be sent again as well.
            successor = self._authorization.renewed(header)
            if successor:
                answer = self._send_with(successor, method, path, **what)
        if answer.status in (401, 402) and path != _INFO and self._lets_us_in():
            raise Rejected("jumpseller refuses this call, and lets us in otherwise", status=answer.status)
        if not answer.is_success:
            raise self._meaning(answer)
        return answer

    def _lets_us_in(self) -> bool:
        """A harmless read tells refused credentials from one call that is refused."""
        header = self._authorization.header()
        return self._send_with(header, "GET", _INFO, is_write=False).is_success

    def _send_with(self, header: str, method: str, path: str, **what: Any) -> Answer:
        self._session.hide(credential_of(header))
        return self._session.send(method, path, headers={"Authorization": header}, **what)

    def _record(self, answer: Answer, name: str) -> Record:
        try:
            value = answer.json()
        except UnreadableBody:
            value = None
        inner = value.get(name, value) if isinstance(value, dict) else None
        if not isinstance(inner, dict):
            raise OutcomeUnknown(f"jumpseller: the new {name} cannot be read", status=answer.status)
        return inner

    def _meaning(self, answer: Answer) -> OutboundError:
        status = answer.status
        if status == 401:
            return AccountStopped("jumpseller refuses the store's credentials", status=status)
        if status == 402:
            return AccountStopped("jumpseller: the store's plan does not allow it", status=status)
        if status == 403 and is_throttled(answer.headers):
            return self._session.throttled(answer)
        if status == 404:
            return NotFound("jumpseller: not found", status=status)
        words = tuple(self._session.redact(word) for word in error_messages(answer.body))
        return Rejected("jumpseller refused it", status=status, vendor_messages=words)


def is_throttled(headers: Mapping[str, str]) -> bool:
    """Whether a 403 means "too fast": the rate headers come with every answer, so their values tell."""
    none_left = any(headers.get(name) == "0" for name in (_LEFT_THIS_MINUTE, _LEFT_THIS_SECOND))
    return none_left or _ban_ends(headers) is not None


def throttle_advice(answer: Answer) -> timedelta | None:
    """How long to wait by Jumpseller's own headers; None if they do not say."""
    ends = _ban_ends(answer.headers)
    if ends is not None:
        return max(ends - sent_at(answer.headers), _SECOND_IS_USED_UP)
    if answer.headers.get("Retry-After"):
        return None
    if answer.headers.get(_LEFT_THIS_MINUTE) == "0":
        return _MINUTE_IS_USED_UP
    if answer.headers.get(_LEFT_THIS_SECOND) == "0":
        return _SECOND_IS_USED_UP
    return None


def _ban_ends(headers: Mapping[str, str]) -> datetime | None:
    try:
        moment = datetime.fromisoformat((headers.get(_BAN_RESET) or "").strip())
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _segment(value: str) -> str:
    return quote(str(value), safe="")
