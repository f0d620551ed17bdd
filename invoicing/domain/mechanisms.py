"""How an order was paid, in the invoicing provider's words."""

from __future__ import annotations

from enum import StrEnum

from invoicing.domain.texts import bare_words


class Mechanism(StrEnum):
    """The provider's codes, which are those of the tax authority's file (SAF-T, PaymentMechanism)."""

    TRANSFER = "TB"
    MULTIBANCO = "MB"
    CREDIT_CARD = "CC"
    DEBIT_CARD = "CD"
    CHEQUE = "CH"
    GIFT_CARD = "CO"
    COMPENSATION = "CS"
    ELECTRONIC_MONEY = "DE"
    BILL = "LC"
    CASH = "NU"
    BARTER = "PR"
    MEAL_VOUCHER = "TR"
    DOCUMENTARY_CREDIT = "CI"
    OTHER = "OU"


# Words, in any order, that together mean a mechanism; a rule with more words beats one that it contains.
_RULES: dict[str, Mechanism] = {
    "transferencia": Mechanism.TRANSFER,
    "transferencias": Mechanism.TRANSFER,
    "transfer": Mechanism.TRANSFER,
    "iban": Mechanism.TRANSFER,
    "multibanco": Mechanism.MULTIBANCO,
    "referencia mb": Mechanism.MULTIBANCO,
    # A debit card, a credit card or an account stands behind a phone number, and the shop is not told
    # which; it is no Multibanco reference either. "Other" is true in every case.
    "mb way": Mechanism.OTHER,
    "mbway": Mechanism.OTHER,
    "cartao credito": Mechanism.CREDIT_CARD,
    "tarjeta credito": Mechanism.CREDIT_CARD,
    "credit card": Mechanism.CREDIT_CARD,
    "visa": Mechanism.CREDIT_CARD,
    "mastercard": Mechanism.CREDIT_CARD,
    "american express": Mechanism.CREDIT_CARD,
    "easypaycc": Mechanism.CREDIT_CARD,
    "cartao debito": Mechanism.DEBIT_CARD,
    "tarjeta debito": Mechanism.DEBIT_CARD,
    "debit card": Mechanism.DEBIT_CARD,
    "visa electron": Mechanism.DEBIT_CARD,
    "maestro": Mechanism.DEBIT_CARD,
    "paypal": Mechanism.ELECTRONIC_MONEY,
    "dinheiro eletronico": Mechanism.ELECTRONIC_MONEY,
    "dinero electronico": Mechanism.ELECTRONIC_MONEY,
    "dinheiro": Mechanism.CASH,
    "numerario": Mechanism.CASH,
    "efectivo": Mechanism.CASH,
    "cash": Mechanism.CASH,
    "cobranca": Mechanism.CASH,
    "contra reembolso": Mechanism.CASH,
    "contrareembolso": Mechanism.CASH,
    "contrarreembolso": Mechanism.CASH,
    "cheque": Mechanism.CHEQUE,
    "cheque oferta": Mechanism.GIFT_CARD,
    "cheque prenda": Mechanism.GIFT_CARD,
    "cheque regalo": Mechanism.GIFT_CARD,
    "cartao oferta": Mechanism.GIFT_CARD,
    "cartao presente": Mechanism.GIFT_CARD,
    "tarjeta regalo": Mechanism.GIFT_CARD,
    "gift card": Mechanism.GIFT_CARD,
    "cartao refeicao": Mechanism.MEAL_VOUCHER,
    "meal voucher": Mechanism.MEAL_VOUCHER,
}
# Companies that take payments of several kinds, and the kind that is theirs when nothing else is said.
_GATEWAYS: dict[str, Mechanism] = {
    "ifthenpay": Mechanism.MULTIBANCO,
    "stripe": Mechanism.CREDIT_CARD,
}


def mechanism_of(payment_method: str, payment_type: str) -> Mechanism:
    """The mechanism that the shop's words for a payment mean: the method's name, else its type.

    Whole words count, in Portuguese, Spanish or English. Words for several mechanisms, or for none, are
    OTHER.
    """
    for rules in (_RULES, _GATEWAYS):
        for text in (payment_method, payment_type):
            meant = _meant(_words(text), rules)
            if meant:
                return meant.pop() if len(meant) == 1 else Mechanism.OTHER
    return Mechanism.OTHER


def _meant(words: frozenset[str], rules: dict[str, Mechanism]) -> set[Mechanism]:
    fitting = {needed: rules[rule] for rule in rules if (needed := frozenset(rule.split())) <= words}
    return {meant for needed, meant in fitting.items() if not any(needed < other for other in fitting)}


def _words(text: str) -> frozenset[str]:
    return frozenset(bare_words(text))
