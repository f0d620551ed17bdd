"""The reasons that a credit note may state: the law wants one on each, and software that knows them."""

from __future__ import annotations

from enum import StrEnum


class CreditReason(StrEnum):
    ORDER_CANCELED = "order_canceled"
    CANCELED_BEFORE_DISPATCH = "canceled_before_dispatch"
    WITHDRAWAL = "withdrawal"  # DL 24/2014 art. 10.º: fourteen days after a sale at a distance
    PARTIAL_RETURN = "partial_return"
    MISSING_ARTICLE = "missing_article"
    PRICE_ERROR = "price_error"


# Printed on the note, so it is Portuguese whatever the interface's language.
PRINTED: dict[CreditReason, str] = {
    CreditReason.ORDER_CANCELED: "Encomenda cancelada",
    CreditReason.CANCELED_BEFORE_DISPATCH: "Encomenda cancelada antes da expedição",
    CreditReason.WITHDRAWAL: "Direito de livre resolução",
    CreditReason.PARTIAL_RETURN: "Devolução parcial",
    CreditReason.MISSING_ARTICLE: "Artigo em falta",
    CreditReason.PRICE_ERROR: "Erro no preço",
}


def reason_of_cancellation(*, shipped: bool) -> str:
    """What is printed where the shop alone cancelled: it does not say why."""
    reason = CreditReason.ORDER_CANCELED if shipped else CreditReason.CANCELED_BEFORE_DISPATCH
    return PRINTED[reason]
