"""Ring again for everything due, and do due work in this process when asked to."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from django.conf import settings

from invoicing import queue
from invoicing.models import SweepMark
from invoicing.queue import WorkSource, now
from invoicing.services import awaited_facts, probes
from invoicing.services.refresh import refresh_order
from invoicing.services.run import run_operation
from invoicing.services.sync_runs import SYNC_RUNS

logger = structlog.get_logger(__name__)
_AT_MOST = 200
# Due rows that another process is busy with must not make this one spin.
_BREATH = 0.01

queue.register(
    WorkSource("invoicing.refresh_order", queue.due_refreshes, refresh_order, queue.next_refresh_at)
)
queue.register(
    WorkSource("invoicing.run_operation", queue.due_operations, run_operation, queue.next_operation_at)
)
queue.register(SYNC_RUNS)
queue.register(probes.ACCOUNTS)
queue.register(probes.STORES)
queue.register(awaited_facts.ACCOUNTS)


def sweep() -> int:
    """Take lost work back and ring for what is due. Messages expire with the next sweep, so that a
    backlog is not rung for over and over. Returns how many rings."""
    queue.recover_lost()
    _remember_sweep()
    rings = 0
    for source in queue.sources():
        for pk in source.due(now(), _AT_MOST):
            queue.ring(source.task, pk, expires=max(settings.SWEEP_SECONDS, 1.0))
            rings += 1
    return rings


def _remember_sweep() -> None:
    SweepMark.objects.update_or_create(pk=1, defaults={"swept_at": now()})


def seconds_since_sweep() -> float | None:
    """How long ago the last sweep ran, on any machine; None: never."""
    mark = SweepMark.objects.filter(pk=1).first()
    return None if mark is None else (now() - mark.swept_at).total_seconds()


@dataclass
class RunReport:
    """What `run_due` did: pieces of work by task name, errors of ours, and whether all is done."""

    done: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    idle: bool = True


def run_due(*, until_idle: bool = False, timeout: float = 60.0) -> RunReport:
    """Do the due work here. `until_idle` also waits for work that becomes due within `timeout` seconds."""
    report = RunReport()
    end = time.monotonic() + timeout
    broken: set[tuple[str, int]] = set()
    while True:
        queue.recover_lost()
        if _run_once(report, end, broken):
            if time.monotonic() < end:
                time.sleep(_BREATH)
                continue
            report.idle = False
            return report
        wait = _seconds_to_next()
        if wait is None:
            return report
        if not until_idle or time.monotonic() + wait > end:
            report.idle = False
            return report
        time.sleep(min(max(wait, 0.02), 1.0))


def _run_once(report: RunReport, end: float, broken: set[tuple[str, int]]) -> int:
    performed = 0
    for source in queue.sources():
        for pk in source.due(now(), _AT_MOST):
            if time.monotonic() > end:
                return performed
            if (source.task, pk) in broken:
                continue  # once per run: the next run, or a worker, tries it again
            try:
                source.perform(pk)
            except Exception as error:
                logger.exception("run_due_failed", task=source.task, pk=pk)
                report.errors.append(f"{source.task} {pk}: {type(error).__name__}")
            report.done[source.task] = report.done.get(source.task, 0) + 1
            performed += 1
    return performed


def _seconds_to_next() -> float | None:
    moments = [moment for source in queue.sources() if (moment := source.next_due_at()) is not None]
    if not moments:
        return None
    return max((min(moments) - now()) / timedelta(seconds=1), 0.0)
