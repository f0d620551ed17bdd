"""Numbered points of a flow: every provider call and every commit, before and after.

A `Visitor` is told of each; it may die there, or let another worker in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from outbound.session import OutboundSession

Visitor = Callable[[int, str], None]
_WRITES = ("INSERT", "UPDATE", "DELETE")


class Killed(BaseException):
    """The process dies here: nothing catches it, and no `finally` of ours may count on running."""


@contextmanager
def visited(visit: Visitor) -> Iterator[Callable[[], int]]:
    """Tell `visit(number, name)` of every point inside. Yields a function that gives the count so far."""
    count = 0
    inside = False

    def reach(name: str) -> None:
        nonlocal count, inside
        if inside:
            return  # another worker, let in by the visitor, has no points of its own
        count += 1
        inside = True
        try:
            visit(count, name)
        finally:
            inside = False

    def exchange(session: OutboundSession, request: Any, *args: Any) -> Any:
        name = f"{request.method} {request.path_url.split('?')[0]}"
        reach(f"before {name}")
        answer = real_exchange(session, request, *args)
        reach(f"after {name}")
        return answer

    def commit(wrapper: BaseDatabaseWrapper) -> None:
        try:
            reach("before commit")
        except Killed:
            wrapper.close()  # a dead process commits nothing and tidies nothing up
            raise
        real_commit(wrapper)
        reach("after commit")

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        is_commit_of_its_own = not connection.in_atomic_block and sql.lstrip().upper().startswith(_WRITES)
        if not is_commit_of_its_own:
            return run(sql, params, many, context)
        reach(f"before {sql[:60]}")
        result = run(sql, params, many, context)
        reach(f"after {sql[:60]}")
        return result

    real_exchange, real_commit = OutboundSession._exchange, BaseDatabaseWrapper.commit
    with pytest.MonkeyPatch.context() as patch, connection.execute_wrapper(execute):
        patch.setattr(OutboundSession, "_exchange", exchange)
        patch.setattr(BaseDatabaseWrapper, "commit", commit)
        yield lambda: count


def restart() -> None:
    """What a dead process leaves behind: no open transaction, no connection."""
    connection.close()
