"""What follows at once, and later, from a change of the settings: counted, and told before it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from invoicing.admin.setting_labels import SETTINGS, value_in_words
from invoicing.admin.setting_texts import TEXTS
from invoicing.domain.decision import Outcome, RulingKind
from invoicing.domain.lifecycle import OperationState, Verb
from invoicing.domain.plan import DocumentStatus
from invoicing.domain.profile import IssueOn, OnCancel, Profile
from invoicing.domain.reasons import HoldReason
from invoicing.domain.setting_changes import SettingChange, reasons_lifted_by
from invoicing.models import Document
from invoicing.services.decide_again import held_because
from stores.domain.order import OrderStatus
from stores.models import Order, Store

Item = tuple[str, list[str]]


def change_items(changes: Sequence[SettingChange]) -> list[Item]:
    """Old and new of each setting, and what follows from it."""
    return [
        (
            str(SETTINGS[change.key]),
            [
                _("Until now: %(value)s") % {"value": value_in_words(change.key, change.before)},
                _("From now on: %(value)s") % {"value": value_in_words(change.key, change.after)},
                str(TEXTS[change.key].consequence),
            ],
        )
        for change in changes
    ]


def what_follows(
    store: Store, before: Profile, after: Profile, changes: Sequence[SettingChange]
) -> list[str]:
    """For the orders and drafts that there are, in full sentences."""
    keys = {change.key for change in changes}
    told = _held(store, after, changes)
    if "finalize" in keys:
        told.append(_numbers(store, after))
    if "on_cancel" in keys and after.on_cancel is OnCancel.CREDIT_NOTE:
        told.append(_credits(store, after))
    if before.issue_on is IssueOn.MANUAL and after.issue_on is not IssueOn.MANUAL:
        told.append(_due_ones(store))
    if "series" in keys:
        told.append(_drafts_of_other_series(store, after))
    return told


def _held(store: Store, after: Profile, changes: Sequence[SettingChange]) -> list[str]:
    reasons = reasons_lifted_by(changes) - {HoldReason.CREDIT_NEEDS_APPROVAL}
    count = held_because(store, reasons).count() if reasons else 0
    if not count:
        return [_("No order that is held waits for this.")]
    told = [
        _("Held orders that are read from the shop and decided again at once: %(count)d.") % {"count": count}
    ]
    if after.finalize and after.issue_on is not IssueOn.MANUAL:
        told.append(_("A document that is made for one of them gets its legal number by itself."))
    return told


def _numbers(store: Store, after: Profile) -> str:
    drafts = Document.objects.filter(order__store=store, status=DocumentStatus.DRAFT)
    if not after.finalize:
        queued = drafts.filter(operations__verb=Verb.FINALIZE, operations__state=OperationState.QUEUED)
        asked = _with_word(drafts, RulingKind.FINALIZE)
        count = queued.exclude(pk__in=asked).count()
        return _(
            "Drafts that were to get their number by themselves and wait for a person from now on: %(count)d."
        ) % {"count": count}
    count = drafts.exclude(pk__in=_with_word(drafts, RulingKind.KEEP_DRAFT)).count()
    return _(
        "Drafts that wait for a person now: %(count)d. None of them gets its number at this moment; each "
        "gets it when its order is next read, as when the shop tells of it or somebody reprocesses it."
    ) % {"count": count}


def _with_word(drafts: QuerySet[Document], kind: RulingKind) -> QuerySet[Any]:
    said = drafts.filter(rulings__kind=kind, rulings__revoked_at__isnull=True)
    return said.values("pk")


def _credits(store: Store, after: Profile) -> str:
    count = {"count": held_because(store, [HoldReason.CREDIT_NEEDS_APPROVAL]).count()}
    if after.finalize:
        return (
            _("Cancelled orders whose credit note is made, and gets its legal number, at once: %(count)d.")
            % count
        )
    return _("Cancelled orders whose credit note is made as a draft at once: %(count)d.") % count


def _due_ones(store: Store) -> str:
    waiting = Order.objects.filter(
        store=store, status=OrderStatus.PAID, decision__outcome=Outcome.PENDING, documents__isnull=True
    )
    return _(
        "Paid orders that wait until somebody asks for their document: %(count)d. Each gets it when it is "
        "next read, as when the shop tells of it or somebody reprocesses it."
    ) % {"count": waiting.count()}


def _drafts_of_other_series(store: Store, after: Profile) -> str:
    drafts = Document.objects.filter(order__store=store, status=DocumentStatus.DRAFT)
    return _(
        "Drafts of another series: %(count)d. Each is deleted and made anew in this series when it would get "
        "its number."
    ) % {"count": drafts.exclude(series=after.series).count()}
