"""What the shop's words for a payment mean."""

from __future__ import annotations

import pytest

from invoicing.domain.mechanisms import Mechanism, mechanism_of


def test_the_codes_are_the_providers() -> None:
    codes = "TB MB CC CD CH CO CS DE LC NU PR TR CI OU"

    assert [str(mechanism) for mechanism in Mechanism] == codes.split()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Multibanco", "MB"),
        ("Referência MB", "MB"),
        ("Pagamento por Multibanco (entidade e referência)", "MB"),
        ("Transferência bancária", "TB"),
        ("TRANSFERENCIA", "TB"),
        ("transferencia bancaria", "TB"),
        ("Bank transfer", "TB"),
        ("PayPal", "DE"),
        ("Dinheiro eletrónico", "DE"),
        ("Cartão de crédito", "CC"),
        ("Tarjeta de crédito", "CC"),
        ("credit card", "CC"),
        ("Visa/Mastercard", "CC"),
        ("Cartão de débito", "CD"),
        ("Visa Electron", "CD"),
        ("À cobrança", "NU"),
        ("cash on delivery", "NU"),
        ("Contra-reembolso", "NU"),
        ("Contrarreembolso", "NU"),
        ("Dinheiro", "NU"),
        ("Numerário", "NU"),
        ("Cheque", "CH"),
        ("Cheque-prenda", "CO"),
        ("Gift card", "CO"),
        ("Cartão refeição", "TR"),
        ("MB WAY", "OU"),
        ("mbway", "OU"),
        ("MB-Way", "OU"),
    ],
)
def test_a_name_tells_the_mechanism(name: str, code: str) -> None:
    assert mechanism_of(name, "manual") == code


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("Pagamento online", "ifthenpay", "MB"),
        ("Pagamento online", "stripe", "CC"),
        ("Stripe", "external_payment_gateway", "CC"),
        ("Pagamento online", "paypal", "DE"),
        ("", "cash_on_delivery", "NU"),
        ("Easypay", "easypaycc", "CC"),
        ("Easypay", "easypay", "OU"),
    ],
)
def test_a_name_that_tells_nothing_leaves_it_to_the_type(name: str, kind: str, code: str) -> None:
    assert mechanism_of(name, kind) == code


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("MB WAY", "ifthenpay", "OU"),
        ("MB WAY", "multibanco", "OU"),
        ("Cartão de crédito (ifthenpay)", "ifthenpay", "CC"),
        ("Multibanco", "stripe", "MB"),
        ("Stripe", "multibanco", "MB"),
        ("Transferência", "paypal", "TB"),
    ],
)
def test_the_name_beats_the_type_and_a_kind_of_payment_beats_a_company(
    name: str, kind: str, code: str
) -> None:
    assert mechanism_of(name, kind) == code


@pytest.mark.parametrize(
    "name",
    [
        "Multibanco ou MB WAY",
        "Cartão de crédito ou débito",
        "credit or debit card",
        "PayPal / Visa",
        "Transferência ou cheque",
    ],
)
def test_words_for_several_mechanisms_are_other(name: str) -> None:
    assert mechanism_of(name, "stripe") is Mechanism.OTHER


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Pagamento na loja",
        "Multibancos",
        "Provisão",
        "Visados",
        "Cashew",
        "Chequered",
        "Crédito",
        "MB",
        "Transferwise",
        "webpay_cl",
    ],
)
def test_a_part_of_a_longer_word_or_an_unknown_one_is_other(name: str) -> None:
    assert mechanism_of(name, "manual") is Mechanism.OTHER
