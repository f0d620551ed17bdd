"""The note that takes back a whole document, and the one that takes back a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from invoicing.domain.exactness import predict
from invoicing.domain.plan import DocumentKind, DocumentPlan, PlanLine, Why
from invoicing.domain.texts import clean
from stores.domain.money import ZERO

_REASON_LIMIT = 120
_CORRECTION = "CIVA art. 29.º n.º 7 and 36.º n.º 6"
_PART = f"{_CORRECTION}; CIVA art. 78.º n.º 2"
_SAME_RATES = Why("rate", "as in the original", "a correction keeps them", "CIVA art. 18.º n.º 9")


def build_credit_note(
    original_plan: DocumentPlan,
    *,
    reference: str,
    issued_on: date,
    original_provider_id: str,
    original_number: str,
    reason: str,
    series: str = "",
) -> DocumentPlan:
    """A credit note over everything in `original_plan`: same lines, rates, exemption and buyer.

    The law wants the corrected document named, the reason, and the parties and rates of the original.
    `original_number` is the legal number; the provider ties the two by `original_provider_id`.

    Raises:
        ValueError: the original is itself a credit note, or is not known at the provider.
    """
    if original_plan.kind is DocumentKind.CREDIT_NOTE:
        raise ValueError("a credit note cannot be credited")
    if not original_provider_id or not original_number:
        raise ValueError("only a finalized document can be credited")
    because = clean(reason, _REASON_LIMIT) or "Anulação da encomenda"
    return DocumentPlan(
        kind=DocumentKind.CREDIT_NOTE,
        reference=reference,
        customer=original_plan.customer,
        lines=original_plan.lines,
        currency=original_plan.currency,
        issued_on=issued_on,
        due_on=issued_on,
        figures=predict(original_plan.lines),
        exemption_code=original_plan.exemption_code,
        observations=f"Anula o documento {clean(original_number, 60)}. Motivo: {because.rstrip('.')}.",
        series=series,
        supply=original_plan.supply,
        destination=original_plan.destination,
        original_provider_id=original_provider_id,
        deliver_to=original_plan.deliver_to,
        why=(Why("kind", DocumentKind.CREDIT_NOTE.value, because, _CORRECTION), _SAME_RATES),
    )


def build_partial_note(
    original_plan: DocumentPlan,
    *,
    lines: Sequence[PlanLine],
    reference: str,
    issued_on: date,
    original_provider_id: str,
    original_number: str,
    reason: str,
    goods_back: bool | None = None,
    series: str = "",
) -> DocumentPlan:
    """A credit note over a part of `original_plan`: the given lines, at its rates, for its buyer.

    `lines` come from `partial_credit`. `goods_back` says whether the goods return; None: it was not asked.

    Raises:
        ValueError: the original is itself a credit note, or is not known at the provider; no lines.
    """
    if not lines:
        raise ValueError("a credit note needs lines")
    whole = build_credit_note(
        original_plan,
        reference=reference,
        issued_on=issued_on,
        original_provider_id=original_provider_id,
        original_number=original_number,
        reason=reason,
        series=series,
    )
    kind, rates = whole.why
    is_exempt = any(line.tax.rate == ZERO for line in lines)
    return replace(
        whole,
        lines=tuple(lines),
        figures=predict(lines),
        # A reason beside taxed lines alone would say of them what is not so.
        exemption_code=original_plan.exemption_code if is_exempt else "",
        observations=whole.observations.replace("Anula o", "Retifica o", 1),
        why=(replace(kind, source=_PART), rates, *_goods(goods_back)),
    )


def _goods(goods_back: bool | None) -> tuple[Why, ...]:
    if goods_back is None:
        return ()
    choice = "the goods come back" if goods_back else "the goods stay with the buyer"
    return (Why("goods", choice, "as a person said"),)
