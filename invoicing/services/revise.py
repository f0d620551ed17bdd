"""The content of a draft changes with its order; what the provider has is known when it says so."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from invoicing.domain.checks import differences
from invoicing.domain.plan import StoredDocument
from invoicing.domain.plan_json import plan_from_json
from invoicing.models import Document, InvoicingProfile
from invoicing.queue import now
from invoicing.services.plan import content_of, paid_at_of, plan_value, write_lines
from stores.domain.order import OrderSnapshot
from stores.models import Order


def revise_draft(
    document: Document,
    order: Order,
    snapshot: OrderSnapshot,
    invoicing: InvoicingProfile,
    *,
    basis: dict[str, Any],
) -> bool:
    """Plan a draft anew because its order changed. What it was is kept until the new one is confirmed.

    Returns False, and writes nothing, if the order now calls for a document of another kind, series or
    account, which a draft cannot become.

    Raises:
        Hold: a person must decide; nothing was written.
    """
    assert invoicing.current is not None
    if invoicing.account != document.account:
        return False
    plan = plan_value(order, snapshot, invoicing, generation=document.generation)
    if (plan.kind, plan.series) != (document.kind, document.series):
        return False
    document.earlier = [*document.earlier, _kept(document)]
    document.revised_at = now()
    document.profile_version = invoicing.current
    document.sent_body = ""
    _replace(
        document,
        plan.issued_on,
        paid_at_of(order),
        content_of(plan, basis),
        ["earlier", "revised_at", "profile_version", "sent_body"],
    )
    return True


def settle_on(document: Document, stored: StoredDocument) -> None:
    """Somebody moved the document on while its revision was unconfirmed: the content that it has is true.

    If it has none of ours, the last one stays, and whoever compares sees the differences.
    """
    if not document.earlier or not differences(document.planned(), stored):
        return
    for kept in reversed(document.earlier):
        plan = plan_from_json(kept["plan"])
        if not differences(plan, stored):
            document.earlier = []
            document.profile_version_id = kept["profile_version"]
            paid_at = datetime.fromisoformat(kept["paid_at"]) if kept["paid_at"] else None
            issued_on = date.fromisoformat(kept["issued_on"])
            names = ["earlier", "profile_version"]
            _replace(document, issued_on, paid_at, content_of(plan, kept["basis"]), names)
            return


def _kept(document: Document) -> dict[str, Any]:
    return {
        "plan": document.plan,
        "basis": document.basis,
        "issued_on": document.issued_on.isoformat(),
        "paid_at": document.paid_at.isoformat() if document.paid_at else None,
        "profile_version": document.profile_version_id,
    }


def _replace(
    document: Document, issued_on: date, paid_at: datetime | None, content: dict[str, Any], also: list[str]
) -> None:
    changes = {"issued_on": issued_on, "paid_at": paid_at, **content}
    for name, value in changes.items():
        setattr(document, name, value)
    document.save(update_fields=[*changes, *also])
    document.lines.all().delete()
    write_lines(document, document.planned())
