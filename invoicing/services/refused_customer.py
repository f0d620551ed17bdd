"""A provider that refuses the customer, not the sale: once with a name of its own, once as a new client."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction

from invoicing.domain.checks import fingerprint
from invoicing.domain.customer import with_clean_code, with_distinct_name
from invoicing.domain.plan import DocumentPlan, DocumentRole
from invoicing.domain.plan_json import plan_to_json
from invoicing.providers.base import CustomerNameTaken, CustomerRefused
from invoicing.queue import renew
from invoicing.services.work import Work

T = TypeVar("T")


def until_accepted(work: Work, send: Callable[[], T]) -> T:
    """Send, and send again with another customer's name or code where that is what was refused.

    A namesake of the customer may be known there, or an old client of the same code may be broken. Nothing
    was made yet, so the plan may still change; each change is tried once.

    Raises:
        Rejected: refused for another reason, or again for the same.
    """
    while True:
        try:
            return send()
        except CustomerNameTaken:
            if not _change(work, with_distinct_name):
                raise
        except CustomerRefused:
            if not _change(work, with_clean_code):
                raise


def _change(work: Work, change: Callable[[DocumentPlan], DocumentPlan]) -> bool:
    """Whether the plan was changed. False: it was so already."""
    document = work.document
    if document.role == DocumentRole.CREDIT_NOTE:
        return False  # its customer is the original's
    before = document.planned()
    plan = change(before)
    if plan.customer == before.customer:
        return False
    with transaction.atomic():
        renew(work.operation)
        document.plan, document.sent_hash, document.sent_body = plan_to_json(plan), fingerprint(plan), ""
        document.customer_name = plan.customer.name
        document.save(update_fields=["plan", "sent_hash", "sent_body", "customer_name"])
    return True
