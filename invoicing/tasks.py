"""Messages say "look"; the work is in the services."""

from celery import shared_task

from invoicing.services import awaited_facts, probes
from invoicing.services.refresh import refresh_order as refresh
from invoicing.services.run import run_operation as run
from invoicing.services.sweep import sweep as sweep_due
from invoicing.services.sync_runs import advance_run


@shared_task(name="invoicing.refresh_order")
def refresh_order(refresh_id: int) -> None:
    refresh(refresh_id)


@shared_task(name="invoicing.run_operation")
def run_operation(operation_id: int) -> None:
    run(operation_id)


@shared_task(name="invoicing.advance_sync_run")
def advance_sync_run(run_id: int) -> None:
    advance_run(run_id)


@shared_task(name="invoicing.probe_account")
def probe_account(account_id: int) -> None:
    probes.probe_account(account_id)


@shared_task(name="invoicing.probe_store")
def probe_store(store_id: int) -> None:
    probes.probe_store(store_id)


@shared_task(name="invoicing.read_awaited")
def read_awaited(account_id: int) -> None:
    awaited_facts.read_awaited(account_id)


@shared_task(name="invoicing.sweep")
def sweep() -> None:
    sweep_due()
