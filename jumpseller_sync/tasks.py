"""Messages say "look"; the work is in the services."""

from celery import shared_task

from jumpseller_sync.services import deliveries


@shared_task(name=deliveries.TASK)
def process_delivery(delivery_id: int) -> None:
    deliveries.process_delivery(delivery_id)
