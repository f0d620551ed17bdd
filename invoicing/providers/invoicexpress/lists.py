"""Reading a list to its end, or saying that it could not be read: never half of it as the whole."""

from __future__ import annotations

from datetime import date
from typing import Any

from invoicing.providers.invoicexpress import responses
from invoicing.providers.invoicexpress.client import InvoiceXpressClient
from invoicing.providers.invoicexpress.payloads import TYPES
from outbound.answers import Pairs
from outbound.errors import NotFound, Unavailable, Unexpected

_PER_PAGE = 100
_MOST_PAGES = 100
DOCUMENTED_STATUSES = ("draft", "sent", "settled", "canceled", "second_copy")
# `sent` is the search's word for what documents call `final`; some clients ask for that one.
EVERY_STATUS = (*DOCUMENTED_STATUSES, "final")


def find_queries(
    reference: str, issued_on: date | None, *, statuses: tuple[str, ...] = EVERY_STATUS
) -> list[Pairs]:
    """The searches that together find a reference: all our types, all states, archived or not.

    `text` only narrows (an account can hold a hundred thousand documents) and what it looks into is not
    documented, so the documents of the day are gone through as well; the `reference` filter of some
    clients is documented even less and is left out. Archived ones are asked for apart, because both
    filters at once may mean "either" or "both". The caller compares every reference itself.
    """
    kinds = [("type[]", name) for name in TYPES.values()]
    states = [("status[]", status) for status in statuses]
    live, archived = ("non_archived", "true"), ("archived", "true")
    text = ("text", reference)
    queries: list[Pairs] = [[text, *kinds, *states, live], [text, *kinds, *states, archived]]
    if issued_on is not None:
        day = f"{issued_on:%d/%m/%Y}"
        queries.append([("date[from]", day), ("date[to]", day), *kinds, *states, live])
    return queries


def every_row(
    client: InvoiceXpressClient,
    path: str,
    name: str,
    *,
    query: Pairs = (),
    unpaged_is_whole: bool = False,
    missing_is_answer: bool = False,
) -> list[Any]:
    """All rows of the list called `name`, page after page.

    A list without pagination is whole if `unpaged_is_whole`; else pages are asked for until nothing new
    comes. A 404 is `NotFound` only if `missing_is_answer`: a list that is not there is not an empty one.

    Raises:
        Unavailable: a page was no list, the pages do not fit together, or there are too many.
        AccountStopped, Rejected, NotFound, Unexpected: see `outbound.errors`.
    """
    collected = _Collected()
    for number in range(1, _MOST_PAGES + 1):
        paging = [("page", str(number)), ("per_page", str(_PER_PAGE))]
        page = _page(client, path, name, [*query, *paging], missing_is_answer=missing_is_answer)
        if page.number not in (None, number) or (page.pages or 0) > _MOST_PAGES:
            raise Unavailable(f"invoicexpress: page {number} of {name} is another one, or there are too many")
        news = collected.add(page)
        if page.pages is None and page.entries is None:
            finished = unpaged_is_whole or not news
        else:
            finished = collected.is_whole(page, number)
        if finished:
            collected.require_whole(page)
            return collected.rows
        if not page.rows:
            raise Unavailable(f"invoicexpress: {name} ended before the page that was announced as the last")
    raise Unavailable(f"invoicexpress: more than {_MOST_PAGES} pages of {name}")


def _page(
    client: InvoiceXpressClient, path: str, name: str, query: Pairs, *, missing_is_answer: bool
) -> responses.Page:
    try:
        return responses.read_page(client.get_json(path, query), name)
    except responses.NotADocument as error:
        raise Unavailable(f"invoicexpress: {error}") from None
    except NotFound:
        if missing_is_answer:
            raise
        raise Unexpected(f"invoicexpress has no {name} at its address", status=404) from None


class _Collected:
    """The rows so far; a row seen twice (the list moved meanwhile) counts once."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self._seen: set[str] = set()

    def add(self, page: responses.Page) -> bool:
        """Adds the page's rows; whether any was new."""
        before = len(self.rows)
        for row in page.rows:
            key = _key(row)
            if key not in self._seen:
                self._seen.add(key)
                self.rows.append(row)
        return len(self.rows) > before

    def is_whole(self, page: responses.Page, number: int) -> bool:
        if page.pages is not None:
            return number >= page.pages
        return page.entries is not None and len(self.rows) >= page.entries

    def require_whole(self, page: responses.Page) -> None:
        """
        Raises:
            Unavailable: not as many rows as the answer itself announced.
        """
        if page.entries is not None and page.entries != len(self.rows):
            raise Unavailable(
                f"invoicexpress announced {page.entries} rows and gave {len(self.rows)}: the list moved"
            )


def _key(row: Any) -> str:
    try:
        return responses.id_of(row)
    except responses.NotADocument:
        return repr(row)
