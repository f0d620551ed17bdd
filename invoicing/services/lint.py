"""The linter's findings on a document, with what the account and the order add."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from invoicing.domain.decision import RulingKind
from invoicing.domain.linter import SERIES_CHECK, Circumstances, Finding, Severity, lint, worst
from invoicing.domain.plan import DocumentRole
from invoicing.domain.reasons import Hold, HoldReason
from invoicing.models import Document, Ruling
from invoicing.queue import now
from invoicing.services.accounts import refresh_account
from invoicing.services.decide_order import parse_saved
from invoicing.services.eu_sales import net_with
from invoicing.services.series import series_is_registered
from stores.domain.money import ZERO
from stores.services import in_zone

# How old the account's series may be before they are read again for a document that waits for them.
_SERIES_AGAIN = timedelta(seconds=30)


def findings_of(document: Document) -> tuple[Finding, ...]:
    """What the checks say of the document as planned, on the day of its number or today."""
    store = document.order.store
    is_unpaid_sale = document.role == DocumentRole.INVOICE and document.paid_at is None
    circumstances = Circumstances(
        # What is final is judged by the day on which it became so.
        today=in_zone(store, document.finalized_at or now()).date(),
        dispatched_on=in_zone(store, document.created_at).date() if is_unpaid_sale else None,
        paid_on=in_zone(store, document.paid_at).date() if document.paid_at else None,
        charged_rates=_charged_rates(document),
        series_is_registered=series_is_registered(document),
        eu_consumer_net=net_with(document),
    )
    return lint(document.planned(), circumstances)


def require_lawful(document: Document) -> None:
    """The last check before a number is asked for; it may read the account's series again.

    Raises:
        Hold: SERIES_NOT_REGISTERED, or UNLAWFUL_DOCUMENT with the names of what was found.
    """
    if series_is_registered(document) is False:
        read_at = document.account.facts_read_at
        if read_at is None or now() - read_at > _SERIES_AGAIN:
            refresh_account(document.account)
        if series_is_registered(document) is False:
            raise Hold(HoldReason.SERIES_NOT_REGISTERED, document.series or "-", subject=document.series)
    require_unobjectionable(document)


def require_unobjectionable(document: Document) -> None:
    """
    Raises:
        Hold: UNLAWFUL_DOCUMENT.
    """
    findings = findings_of(document)
    gravest = worst(findings)
    if gravest is Severity.BLOCK or (gravest is Severity.HOLD and not _is_insisted_on(document)):
        raise Hold(HoldReason.UNLAWFUL_DOCUMENT, _in_words(findings, Severity.BLOCK, Severity.HOLD))


def against_the_law(document: Document) -> str:
    """What forbids a draft to get its number, whoever asks; empty if nothing does. A series may yet be
    registered, so that is judged only when the number is asked for."""
    blocking = [one for one in findings_of(document) if one.check != SERIES_CHECK]
    return _in_words(blocking, Severity.BLOCK)


def _in_words(findings: Iterable[Finding], *severities: Severity) -> str:
    return "; ".join(f"{one.check}: {one.detail}" for one in findings if one.severity in severities)


def _charged_rates(document: Document) -> frozenset[Decimal] | None:
    if document.role != DocumentRole.INVOICE:
        return None
    snapshot = parse_saved(document.order, document.profile_version.value()).snapshot
    if snapshot is None:
        return None
    return frozenset((line.tax_rate or ZERO) for line in snapshot.lines)


def _is_insisted_on(document: Document) -> bool:
    """A word given before the draft was last changed says nothing of what it holds now."""
    words = Ruling.objects.filter(kind=RulingKind.FINALIZE, document=document, revoked_at=None)
    return bool(words.filter(created_at__gte=document.revised_at or document.created_at).exists())
