"""The history checker: what was acknowledged, against what the provider, the shop and the buyers hold.

It lives outside the product: webhooks are recorded as they are answered, documents are read from the
provider's side, mails from the mail server, and the product is asked by its own export.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.faults.ledger import Trials
from tests.faults.real.installation import Installation, epoch

Row = Mapping[str, Any]
Span = tuple[float, float]
_ENDED = ("deleted", "canceled")
_FINAL = ("final", "settled")
CREDIT_NOTE = "CreditNote"


@dataclass(frozen=True)
class Attempt:
    """One webhook sent once. `status` is None when no answer came; `trouble` says why."""

    order_id: int
    event: str
    digest: str
    at: float
    seconds: float
    status: int | None
    trouble: str = ""

    @property
    def is_acknowledged(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass
class History:
    """Every webhook of a run, and how its order stood in the shop when it was last told."""

    attempts: list[Attempt] = field(default_factory=list)
    statuses: dict[int, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, attempt: Attempt) -> None:
        with self._lock:
            self.attempts.append(attempt)

    def acknowledged(self) -> list[Attempt]:
        with self._lock:
            return [attempt for attempt in self.attempts if attempt.is_acknowledged]

    def refused(self) -> list[Attempt]:
        with self._lock:
            return [attempt for attempt in self.attempts if not attempt.is_acknowledged]

    def known_since(self) -> dict[int, float]:
        """When the first webhook of each order was acknowledged."""
        moments: dict[int, float] = {}
        for attempt in self.acknowledged():
            moment = attempt.at + attempt.seconds
            moments[attempt.order_id] = min(moment, moments.get(attempt.order_id, moment))
        return moments


@dataclass(frozen=True)
class Seen:
    """All that the outside shows when the work is done."""

    rows: Mapping[int, Row]
    papers: Sequence[Row]
    entries: Sequence[Row]
    mailed: Counter[str]
    deliveries: Counter[tuple[str, str]]
    held_mails: frozenset[str]


@dataclass
class Findings:
    """`duplicates` and `lost` go into the book; each has its sentence in `words`, and so has what else is
    wrong. `held` counts the orders that wait for a person, by reason."""

    duplicates: int = 0
    lost: int = 0
    words: list[str] = field(default_factory=list)
    held: Counter[str] = field(default_factory=Counter)

    def duplicate(self, words: str) -> None:
        self.duplicates += 1
        self.words.append(f"duplicate: {words}")

    def loss(self, words: str) -> None:
        self.lost += 1
        self.words.append(f"lost: {words}")


def look(installation: Installation) -> Seen:
    shop, rows = installation.shop(), installation.database.rows
    held = rows(
        "SELECT d.reference FROM invoicing_documentoperation p JOIN invoicing_document d "
        "ON d.id = p.document_id WHERE p.verb = 'mail' AND p.state = 'held' "
        "AND p.hold_reason = 'mail_perhaps_sent'"
    )
    kept = rows("SELECT event, body_sha256 FROM jumpseller_sync_webhookdelivery")
    return Seen(
        installation.export(),
        installation.papers(),
        shop["documents"],
        Counter(mail.attachment.removesuffix(".pdf") for mail in installation.mailbox.mails),
        Counter((str(event), str(digest)) for event, digest in kept),
        frozenset(str(reference) for (reference,) in held),
    )


def compare(history: History, seen: Seen, *, may_be_held_for: Iterable[str] = ()) -> Findings:
    """Every acknowledged webhook against everything that came of it; holds beyond the named are losses."""
    findings = Findings()
    for event, digest in {(attempt.event, attempt.digest) for attempt in history.acknowledged()}:
        kept = seen.deliveries[event, digest]
        if kept == 0:
            findings.loss(f"an acknowledged {event} is not kept")
        elif kept > 1:
            findings.duplicate(f"{event} is kept {kept} times")
    for reference, count in Counter(paper["reference"] for paper in _live(seen.papers)).items():
        if count > 1:
            findings.duplicate(f"reference {reference} stands {count} times at the provider")
    for order_id in sorted(history.known_since()):
        row = seen.rows.get(order_id)
        if row is None:
            findings.loss(f"order {order_id} was acknowledged and is not known")
        else:
            _compare_order(
                order_id, history.statuses[order_id], row, seen, frozenset(may_be_held_for), findings
            )
    strays = {_order_of(paper["reference"]) for paper in _live(seen.papers)} - set(history.statuses)
    findings.words += [f"a document of no order: {order_id}" for order_id in sorted(strays)]
    return findings


def check(
    installation: Installation, history: History, trials: Trials, *, may_be_held_for: Iterable[str] = ()
) -> None:
    """Look, compare, and put it into the book.

    Raises:
        AssertionError: anything is not as it must be.
    """
    findings = compare(history, look(installation), may_be_held_for=may_be_held_for)
    trials.add(0, duplicates=findings.duplicates, lost=findings.lost)
    kept = len(history.acknowledged())
    trials.notes.append(
        f"{kept} webhooks acknowledged, {len(history.refused())} not, {len(history.statuses)} orders, "
        f"held: {dict(findings.held) or 'none'}"
    )
    shown = "\n".join(findings.words[:30])
    assert not findings.words, f"{len(findings.words)} findings:\n{shown}\n{installation.fleet.tails()}"


def delays(history: History, installation: Installation, faults: Iterable[Span]) -> dict[int, float]:
    """Seconds of each order to its final invoice: from its acknowledgement, or from the end of the last
    fault before the number was recorded if that was later. Faults are given by begin and end; an invoice
    that became final while one lasted is not late."""
    known, spans = history.known_since(), sorted(faults)
    found: dict[int, float] = {}
    for reference, moment in installation.database.rows(
        "SELECT reference, finalized_at FROM invoicing_document "
        "WHERE role = 'invoice' AND finalized_at IS NOT NULL"
    ):
        order_id, at = _order_of(str(reference)), epoch(moment)
        if order_id not in known or any(begin <= at < end for begin, end in spans):
            continue
        last = max((end for _begin, end in spans if end <= at), default=0.0)
        found[order_id] = max(at - max(known[order_id], last), 0.0)
    return found


def keep_delays(
    found: Mapping[int, float],
    faults: Iterable[Span],
    installation: Installation,
    trials: Trials,
    bound: float,
) -> None:
    """Write the delays into the book; what happened to each late order is printed for the report."""
    trials.delay(0.0, bound=bound)  # none at all if every invoice became final while faults still came
    for order_id, seconds in found.items():
        trials.delay(seconds, bound=bound)
        if seconds > bound:
            print(f"{seconds:.1f} s; faults: {list(faults)}\n{installation.story(order_id)}")


def _compare_order(
    order_id: int, status: str, row: Row, seen: Seen, may_be_held_for: frozenset[str], findings: Findings
) -> None:
    papers = [paper for paper in _live(seen.papers) if _order_of(paper["reference"]) == order_id]
    notes = [paper for paper in papers if paper["type"] == CREDIT_NOTE]
    invoices = [paper for paper in papers if paper["type"] != CREDIT_NOTE]
    if len(invoices) > 1 or len(notes) > 1:
        findings.duplicate(f"order {order_id} has {[paper['reference'] for paper in papers]}")
    _compare_status(order_id, row, seen.papers, findings)
    if row["outcome"] == "held":
        findings.held[str(row["hold_reason"])] += 1
        if row["hold_reason"] not in may_be_held_for:
            findings.loss(f"order {order_id} is held: {row['hold_reason']}")
        return
    wanted = ("issued",) if status == "paid" else ("credited", "deleted", "not_due")
    if row["outcome"] not in wanted:
        findings.loss(f"order {order_id} is {status} in the shop and {row['outcome']} here")
        return
    if status == "paid" and {paper["status"] for paper in invoices} != {"settled"}:
        findings.loss(f"order {order_id} has {[(p['reference'], p['status']) for p in papers]}")
        return
    if status != "paid" and len(invoices) != len(notes):
        findings.loss(f"cancelled order {order_id} has {[(p['reference'], p['status']) for p in papers]}")
    for paper in papers:
        if paper["status"] not in _FINAL or Decimal(str(paper["total"])) != Decimal(row["paid_total"]):
            findings.words.append(f"{paper['reference']}: {paper['status']}, {paper['total']}")
        _compare_delivery(paper, seen, findings)


def _compare_status(order_id: int, row: Row, papers: Iterable[Row], findings: Findings) -> None:
    """What the product says of its document is what the provider says of it."""
    theirs = {str(paper["id"]): paper["status"] for paper in papers}
    told = row["status"]
    if row["provider_id"] is not None and told not in (theirs.get(row["provider_id"]), "planned"):
        findings.words.append(
            f"order {order_id}: {row['reference']} is {told} here, {theirs.get(row['provider_id'])} there"
        )


def _compare_delivery(paper: Row, seen: Seen, findings: Findings) -> None:
    """One mail and one entry at the shop's order; a mail that was perhaps sent is left to people."""
    reference = paper["reference"]
    mails = seen.mailed[reference]
    if mails > 1:
        findings.duplicate(f"{reference} was mailed {mails} times")
    if reference in seen.held_mails:
        findings.held["mail_perhaps_sent (document is final)"] += 1
    elif mails == 0:
        findings.loss(f"{reference} was never mailed")
    entries = [entry for entry in seen.entries if str(entry["external_id"]) == str(paper["id"])]
    if len(entries) > 1:
        findings.duplicate(f"{reference} hangs on the order {len(entries)} times")
    if not entries:
        findings.loss(f"{reference} does not hang on the order")


def _live(papers: Iterable[Row]) -> list[Row]:
    return [paper for paper in papers if paper["status"] not in _ENDED]


def _order_of(reference: str) -> int:
    """References are `PREFIX-ORDER-FT1`."""
    return int(reference.rsplit("-", 2)[1])
