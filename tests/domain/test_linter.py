"""The last look at a document: each check alone, and none on a document without reproach."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from invoicing.domain.linter import Circumstances, Finding, Severity, lint, worst
from invoicing.domain.plan import Customer, DocumentKind, DocumentPlan, Tax
from invoicing.domain.profile import Profile
from stores.domain.order import Shipping

from .orders import DAY, build, order_line, snapshot

D = Decimal
KNOWN = Circumstances(
    today=DAY, paid_on=DAY, charged_rates=frozenset({D(23), D(0)}), series_is_registered=True
)
EXEMPT = Tax("Isento", D(0), "PT")


def plan(**changes: Any) -> DocumentPlan:
    return replace(build(), **changes)


def exempt(code: str, **changes: Any) -> DocumentPlan:
    document = build(snapshot(order_line(tax_rate=D(0))), Profile(exemption_code="M10"))
    return replace(document, exemption_code=code, **changes)


def found(document: DocumentPlan, **changes: Any) -> list[tuple[str, Severity]]:
    findings = lint(document, replace(KNOWN, **changes))
    assert all(one.detail for one in findings)
    return [(one.check, one.severity) for one in findings]


def test_a_document_without_reproach() -> None:
    assert found(build()) == []
    assert found(exempt("M10")) == []
    assert worst([]) is None


@pytest.mark.parametrize(
    ("document", "check", "severity"),
    [
        (plan(exemption_code="M07"), "code_without_zero_rate", Severity.BLOCK),
        (exempt(""), "zero_rate_without_code", Severity.BLOCK),
        (exempt("M03"), "code_not_in_force", Severity.BLOCK),
        (exempt("M05"), "domestic_sale_as_abroad", Severity.BLOCK),
        (exempt("M16"), "domestic_sale_as_abroad", Severity.BLOCK),
        (exempt("M07"), "domestic_sale_without_vat", Severity.INFO),
        (plan(customer=Customer("A", "C", fiscal_id="123456780")), "tax_id_is_no_nif", Severity.BLOCK),
        (
            plan(customer=Customer("Consumidor final", "CF", fiscal_id="123456789", is_final_consumer=True)),
            "final_consumer_with_number",
            Severity.BLOCK,
        ),
        (
            plan(customer=Customer("Maria Exemplo", "C", fiscal_id="501234560")),
            "company_number_with_private_name",
            Severity.INFO,
        ),
        (plan(issued_on=date(2026, 7, 2)), "date_in_the_future", Severity.BLOCK),
    ],
)
def test_each_check_finds_its_own(document: DocumentPlan, check: str, severity: Severity) -> None:
    assert found(document) == [(check, severity)]


def test_abroad_the_codes_for_abroad_are_right() -> None:
    customer = Customer("Ana", "C", country_code="CH")

    assert found(exempt("M05", supply="export", customer=customer)) == []


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("ES", ""),
        ("ES", "PT123456789"),
        ("DE", "259123382"),
        ("PT", "ESB58378431"),
        ("", "ESB58378431"),
    ],
)
def test_a_business_in_the_eu_has_the_number_of_another_state(country: str, number: str) -> None:
    customer = Customer("Ejemplo SL", "C", fiscal_id=number, country_code=country)

    checks = [check for check, _severity in found(exempt("M16", supply="intra_eu", customer=customer))]

    assert "business_abroad_without_number" in checks


def test_a_business_with_its_number_is_right() -> None:
    customer = Customer("Ejemplo SL", "C", fiscal_id="ESB58378431", country_code="ES")

    assert found(exempt("M16", supply="intra_eu", customer=customer)) == []


def test_a_small_business_that_charges_vat_is_told() -> None:
    taxed, free = build().lines[0], exempt("M10").lines[0]

    assert found(exempt("M10", lines=(taxed, free))) == [("small_business_with_vat", Severity.INFO)]


def test_untaxed_delivery_is_told() -> None:
    document = build(snapshot(shipping=Shipping(price=D("4.92"), tax_rate=D(23))))
    goods, delivery = document.lines
    untaxed = replace(document, lines=(goods, replace(delivery, tax=EXEMPT)), exemption_code="M99")

    assert ("shipping_without_vat", Severity.INFO) in found(untaxed)
    assert found(document) == []


def test_a_rate_that_nobody_charged_is_stopped() -> None:
    assert found(build(), charged_rates=frozenset({D(13)})) == [("rate_not_charged", Severity.BLOCK)]
    assert found(build(), charged_rates=None) == []
    delivery = snapshot(shipping=Shipping(price=D("4.92"), tax_rate=D(6)))
    assert found(build(delivery)) == []


@pytest.mark.parametrize(
    ("number", "total", "is_stopped"),
    [
        ("", "1000.00", False),
        ("", "1000.01", True),
        ("512345678", "100.00", False),
        ("512345678", "100.01", True),
        ("123456789", "1000.00", False),
    ],
)
def test_a_simplified_invoice_has_its_limits(number: str, total: str, is_stopped: bool) -> None:
    document = plan(
        kind=DocumentKind.SIMPLIFIED_INVOICE,
        customer=Customer("A", "C", fiscal_id=number),
        figures=replace(build().figures, total=D(total)),
    )

    assert (("above_simplified_limit", Severity.BLOCK) in found(document)) is is_stopped


def test_a_simplified_invoice_is_for_sales_at_home() -> None:
    document = plan(
        kind=DocumentKind.SIMPLIFIED_INVOICE,
        supply="eu_consumer",
        customer=Customer("A", "C", country_code="FR"),
    )

    assert found(document) == [("simplified_for_abroad", Severity.BLOCK)]


def test_a_date_far_from_the_payment_is_told() -> None:
    assert found(build(), paid_on=date(2026, 5, 31)) == []
    assert found(build(), paid_on=date(2026, 5, 30), today=DAY) == [("date_far_from_payment", Severity.INFO)]
    assert found(build(), paid_on=None) == []


def test_a_series_that_is_not_registered_is_stopped_and_an_unknown_one_is_not() -> None:
    assert found(build(), series_is_registered=False) == [("series_not_registered", Severity.BLOCK)]
    assert found(build(), series_is_registered=None) == []


def test_a_credit_note_keeps_its_originals_code_and_rates() -> None:
    note = exempt("M26", kind=DocumentKind.CREDIT_NOTE)

    checks = [check for check, _severity in found(note, charged_rates=frozenset())]

    assert "code_not_in_force" not in checks
    assert "rate_not_charged" not in checks


def test_the_gravest_comes_first() -> None:
    document = exempt("M07", issued_on=date(2026, 7, 2))

    findings = lint(document, KNOWN)

    assert [one.severity for one in findings] == [Severity.BLOCK, Severity.INFO]
    assert worst(findings) is Severity.BLOCK
    assert worst([Finding("x", Severity.HOLD, ""), Finding("y", Severity.INFO, "")]) is Severity.HOLD


def test_sales_to_consumers_in_the_eu_have_a_limit_for_the_portuguese_rate() -> None:
    document = plan(supply="eu_consumer", customer=Customer("Ana", "C", country_code="FR"))

    assert found(document, eu_consumer_net=D("10000.00")) == []
    assert found(document, eu_consumer_net=D("10000.01")) == [("above_eu_limit", Severity.HOLD)]
    assert found(document, eu_consumer_net=None) == []
    assert found(build(), eu_consumer_net=D(20000)) == []


@pytest.mark.parametrize(("code", "supply"), [("M05", "intra_eu"), ("M05", "oss"), ("M16", "eu_consumer")])
def test_a_code_of_another_kind_of_sale_is_stopped(code: str, supply: str) -> None:
    customer = Customer("Ana", "C", fiscal_id="ESB58378431", country_code="ES")

    checks = found(exempt(code, supply=supply, customer=customer))

    assert ("code_of_another_supply", Severity.BLOCK) in checks


def test_nobody_abroad_is_the_final_consumer() -> None:
    customer = Customer("Consumidor final", "CF", is_final_consumer=True)

    assert found(exempt("M05", supply="export", customer=customer)) == [
        ("final_consumer_abroad", Severity.BLOCK)
    ]


def test_a_code_is_judged_on_the_day_of_the_payment_as_when_it_was_chosen() -> None:
    """Paid on the last day of a code, and dated later because the series had moved on."""
    document = exempt("M08", issued_on=date(2023, 1, 2), supply="eu_consumer", customer=Customer("A", "C"))

    paid_in_time = found(document, paid_on=date(2022, 12, 31))
    paid_later = found(document, paid_on=date(2023, 1, 1))
    unpaid = found(document, paid_on=None)

    blocked = ("code_not_in_force", Severity.BLOCK)
    assert [blocked in checks for checks in (paid_in_time, paid_later, unpaid)] == [False, True, True]


def test_goods_that_left_unpaid_have_five_working_days_for_their_number() -> None:
    # Wednesday; the fifth working day after it is Wednesday the week after.
    left = {"paid_on": None, "dispatched_on": date(2026, 7, 1)}

    assert found(build(), **left, today=date(2026, 7, 8)) == []
    assert found(build(), **left, today=date(2026, 7, 9)) == [("number_is_late", Severity.INFO)]
    assert found(build(), dispatched_on=None, paid_on=None, today=date(2026, 7, 30)) == []
    (late,) = lint(build(), replace(KNOWN, **left, today=date(2026, 7, 9)))
    assert (late.detail, late.source) == ("due by 2026-07-08", "CIVA 36 (1)(a)")
