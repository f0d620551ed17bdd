"""One InvoiceXpress account over HTTP: where it lives, its key, and what each status means."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from outbound.answers import Answer, Pairs, UnreadableBody
from outbound.errors import (
    AccountStopped,
    NotFound,
    OutboundError,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from outbound.messages import error_messages
from outbound.session import OutboundSession

HARMLESS_READ = "/taxes.json"
_ACCOUNT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_PLACE = "{account}"
_REFUSED_KEY = (401, 403)


def account_url(template: str, account_name: str) -> str:
    """The base URL of an account; the template holds `{account}` in its host or in its path.

    Raises:
        AccountStopped: not an account name, or a URL that would lead anywhere else.
    """
    if not _ACCOUNT_NAME.fullmatch(account_name):
        raise AccountStopped("the account name is not one: small letters, digits and hyphens only")
    url = template.replace(_PLACE, account_name)
    try:
        built, meant = urlsplit(url), urlsplit(template)
        expected_host = (meant.hostname or "").replace(_PLACE, account_name)
        same = (
            built.scheme in ("http", "https")
            and built.scheme == meant.scheme
            and built.hostname == expected_host
            and built.port == meant.port
            and built.path == meant.path.replace(_PLACE, account_name)
            and not (built.username or built.password or built.query or built.fragment)
        )
    except ValueError:
        same = False
    if not same:
        raise AccountStopped("the address of the account does not lead to InvoiceXpress")
    return url.rstrip("/")


class InvoiceXpressClient:
    """Calls of one account. The only place that holds the key."""

    def __init__(self, session: OutboundSession, api_key: str) -> None:
        self.session = session
        self._secret_query = [("api_key", api_key)]

    def __repr__(self) -> str:
        return f"<InvoiceXpressClient {self.session!r}>"

    def get(self, path: str, query: Pairs = ()) -> Answer:
        """A read.

        Raises:
            Unavailable, AccountStopped, NotFound, Rejected, Unexpected: see `outbound.errors`.
        """
        answer = self._send("GET", path, query=query, is_write=False)
        if not answer.is_success:
            raise self._meaning(answer, path, is_write=False)
        return answer

    def get_json(self, path: str, query: Pairs = ()) -> Any:
        """A read whose answer must be JSON. An unreadable one is repeated later, for it may be a proxy's.

        Raises:
            Unavailable, AccountStopped, NotFound, Rejected, Unexpected: see `outbound.errors`.
        """
        return self.json_of(self.get(path, query))

    def json_of(self, answer: Answer) -> Any:
        """
        Raises:
            Unavailable: the answer to a read is no JSON.
        """
        try:
            return answer.json()
        except UnreadableBody:
            raise Unavailable(
                "invoicexpress: a read was answered with something unreadable", status=answer.status
            ) from None

    def write(self, method: str, path: str, body: str) -> Any | None:
        """A write; None if it was accepted with an empty answer.

        Raises:
            OutcomeUnknown: also for 409 (the same write is in progress) and for an unreadable answer.
            Unavailable, AccountStopped, NotFound, Rejected: nothing was done.
        """
        answer = self._send(method, path, body=body, is_write=True)
        if not answer.is_success:
            raise self._meaning(answer, path, is_write=True)
        if answer.is_empty:
            return None
        try:
            return answer.json()
        except UnreadableBody:
            raise OutcomeUnknown(
                "invoicexpress: a write was answered with something unreadable", status=answer.status
            ) from None

    def _send(
        self, method: str, path: str, *, query: Pairs = (), body: str | None = None, is_write: bool
    ) -> Answer:
        return self.session.send(
            method, path, query=query, secret_query=self._secret_query, json_text=body, is_write=is_write
        )

    def _meaning(self, answer: Answer, path: str, *, is_write: bool) -> OutboundError:
        status = answer.status
        if status in _REFUSED_KEY:
            return self._refused_key(answer, path, is_write=is_write)
        if status == 402:
            return AccountStopped("invoicexpress: the account's plan does not allow more", status=status)
        if status == 404:
            return NotFound("invoicexpress: not found", status=status)
        if status == 409:
            what = "invoicexpress: the same is already in progress"
            return OutcomeUnknown(what, status=status) if is_write else Unavailable(what, status=status)
        return self._rejected(answer, "invoicexpress refused it")

    def _refused_key(self, answer: Answer, path: str, *, is_write: bool) -> OutboundError:
        """A feature that the plan lacks is refused like a wrong key; a harmless read tells them apart."""
        status = answer.status
        stopped = AccountStopped("invoicexpress refuses the account's key", status=status)
        if path == HARMLESS_READ and not is_write:
            return stopped
        check = self._send("GET", HARMLESS_READ, is_write=False)
        if check.status in _REFUSED_KEY:
            return stopped
        if check.is_success:
            return self._rejected(answer, "invoicexpress does not allow it to this account")
        return Unavailable("invoicexpress refused the key, and the check failed", status=status)

    def _rejected(self, answer: Answer, message: str) -> Rejected:
        words = tuple(self.session.redact(word) for word in error_messages(answer.body))
        return Rejected(message, status=answer.status, vendor_messages=words)
