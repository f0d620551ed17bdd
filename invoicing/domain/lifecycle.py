"""The two state axes: what is true at the provider, and how our work goes. Tables, not `if`s."""

from __future__ import annotations

from enum import StrEnum

from invoicing.domain.plan import DocumentStatus


class Verb(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    VERIFY = "verify"
    FINALIZE = "finalize"
    SETTLE = "settle"
    DELETE = "delete"
    CANCEL = "cancel"
    FETCH_PDF = "fetch_pdf"
    MAIL = "mail"
    ATTACH = "attach"


class OperationState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    HELD = "held"
    SUPERSEDED = "superseded"


class Wait(StrEnum):
    """What queued work waits for, beside its turn."""

    RETRY = "retry"  # the next try of the ladder
    QUARANTINE = "quarantine"  # until a search can tell what a write with a lost answer did
    ACCOUNT = "account"  # the invoicing account is stopped
    SHOP = "shop"  # the shop is stopped
    REVIEW = "review"  # the time that the settings give to people


OPEN_STATES = (OperationState.QUEUED, OperationState.RUNNING, OperationState.HELD)
# At most one of these runs on a document at a time.
FISCAL_VERBS = frozenset(
    {Verb.CREATE, Verb.UPDATE, Verb.VERIFY, Verb.FINALIZE, Verb.SETTLE, Verb.DELETE, Verb.CANCEL}
)

# In which status of its document a verb makes sense.
_FINAL = frozenset({DocumentStatus.FINAL, DocumentStatus.SETTLED})
_FROM: dict[Verb, frozenset[DocumentStatus]] = {
    Verb.CREATE: frozenset({DocumentStatus.PLANNED}),
    Verb.UPDATE: frozenset({DocumentStatus.DRAFT}),
    Verb.VERIFY: frozenset({DocumentStatus.DRAFT}) | _FINAL,
    Verb.FINALIZE: frozenset({DocumentStatus.DRAFT}),
    Verb.SETTLE: frozenset({DocumentStatus.FINAL}),
    Verb.DELETE: frozenset({DocumentStatus.PLANNED, DocumentStatus.DRAFT}),
    Verb.CANCEL: _FINAL,
    Verb.FETCH_PDF: _FINAL,
    Verb.MAIL: _FINAL,
    Verb.ATTACH: _FINAL,
}
MAX_TRIES = 8
MAX_LOSSES = 3
# With a first step of 2 s and a longest of 6 h: 2 s, 40 s, 13 min, 4 h, then 6 h; eight tries in 23 h.
_STEP_FACTOR = 20


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
