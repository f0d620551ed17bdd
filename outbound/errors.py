"""The one error family of everything that leaves the house.

Classified once, at the edge, by type; nobody above reads message text to decide what to do. Every
message is already redacted and safe to store and to show (escaped) to staff.
"""

from __future__ import annotations

from datetime import timedelta


class OutboundError(Exception):
    """Base. `status` is the HTTP status where one was received."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class Unavailable(OutboundError):
    """Nothing was done: refused before sending, throttled, or a read that failed. Try later.

    `retry_after` is the vendor's own wish, or our allowance's next slot; `counts` is False when the
    wait says nothing about the work itself (allowance, throttling) and must not use up its tries.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: timedelta | None = None,
        counts: bool = True,
    ) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after
        self.counts = counts


class OutcomeUnknown(OutboundError):
    """A write was sent and its answer is lost, late, broken or a server error: it may have acted."""


class AccountStopped(OutboundError):
    """The credentials are refused, or the plan does not allow more: the account waits, not the order."""


class Rejected(OutboundError):
    """The vendor understood and refused. `vendor_messages` are its own words, one per problem."""

    def __init__(
        self, message: str, *, status: int | None = None, vendor_messages: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, status=status)
        self.vendor_messages = vendor_messages


class NotFound(OutboundError):
    """The vendor says that it does not exist; an answer, not a failure."""


class Unexpected(OutboundError):
    """A well-formed read answered something that we cannot understand. A person must look."""
