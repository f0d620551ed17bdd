"""The two state axes: what is true at the provider, and how our work goes. Tables, not `if`s."""

from __future__ import annotations

from enum import StrEnum

from invoicing.domain.plan import DocumentStatus


class Verb(StrEnum):
    CREATE = "create"
    FINALIZE = "finalize"
    DELETE = "delete"
    FETCH_PDF = "fetch_pdf"
    MAIL = "mail"
    ATTACH = "attach"


class OperationState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    HELD = "held"
    SUPERSEDED = "superseded"


OPEN_STATES = (OperationState.QUEUED, OperationState.RUNNING, OperationState.HELD)
FISCAL_VERBS = frozenset({Verb.CREATE, Verb.FINALIZE, Verb.DELETE})

# In which status of its document a verb makes sense.
_FINAL = frozenset({DocumentStatus.FINAL, DocumentStatus.SETTLED})
_FROM: dict[Verb, frozenset[DocumentStatus]] = {
    Verb.CREATE: frozenset({DocumentStatus.PLANNED}),
    Verb.FINALIZE: frozenset({DocumentStatus.DRAFT}),
    Verb.DELETE: frozenset({DocumentStatus.PLANNED, DocumentStatus.DRAFT}),
    Verb.FETCH_PDF: _FINAL,
    Verb.MAIL: _FINAL,
    Verb.ATTACH: _FINAL,
}
MAX_TRIES = 8
MAX_LOSSES = 3
_STEP_FACTOR = 6


def may_start(verb: Verb, status: DocumentStatus) -> bool:
    """Whether the verb makes sense for a document in this status."""
    return status in _FROM[verb]


def retry_delay(tries: int, *, first: float, longest: float, jitter: float) -> float:
    """Seconds until the next try after `tries` tries that counted.

    `jitter` in [0, 1) spreads the wait over 80 to 120 % of the step, so that what failed together
    does not return together.
    """
    step: float = min(first * _STEP_FACTOR ** max(tries - 1, 0), longest)
    return step * (0.8 + 0.4 * jitter)
