"""By when the law wants a document. A draft does not stop the clock: it has no number."""

from __future__ import annotations

from datetime import date

from invoicing.domain.working_days import fifth_working_day


def due_on(*, paid_on: date | None, dispatched_on: date | None) -> date | None:
    """The last day for the number; None: nothing is due yet.

    What is paid before it is delivered, as in a shop, is due on the day of the payment (CIVA art. 36.º
    n.º 1 c)); what leaves unpaid, on the fifth working day after (a)).
    """
    if paid_on is not None:
        return paid_on
    return fifth_working_day(dispatched_on) if dispatched_on is not None else None
