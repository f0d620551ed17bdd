"""Order, plan and stored document side by side."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from invoicing.domain.exactness import predict
from invoicing.domain.plan import (
    Customer,
    DocumentKind,
    DocumentPlan,
    DocumentStatus,
    PlanLine,
    StoredDocument,
    StoredLine,
    Tax,
)
from invoicing.domain.review import Fact, ReviewRow, review_rows
from invoicing.domain.stored_json import stored_from_json, stored_to_json
from stores.domain.order import Address, Buyer, OrderLine, OrderSnapshot, OrderStatus, Shipping

D = Decimal
IVA23 = Tax("IVA23", D(23), "PT")
LINES = (
    PlanLine("CAN-01", "Caneca", D(2), D("10.0000"), IVA23, D("10.0000")),
    PlanLine("PORTES", "Portes", D(1), D("4.0000"), IVA23, is_shipping=True),
)
PLAN = DocumentPlan(
    kind=DocumentKind.INVOICE_RECEIPT,
    reference="LOJA-1001-FT1",
    customer=Customer("Inês Exemplo", "LOJA-N123456789", "123456789"),
    lines=LINES,
    currency="EUR",
    issued_on=date(2026, 7, 1),
    due_on=date(2026, 7, 1),
    figures=predict(LINES),
)
STORED = StoredDocument(
    provider_id="5001",
    kind=DocumentKind.INVOICE_RECEIPT,
    status=DocumentStatus.DRAFT,
    reference=PLAN.reference,
    issued_on=PLAN.issued_on,
    due_on=None,
    figures=PLAN.figures,
    lines=tuple(
        StoredLine(x.sku, x.description, x.quantity, x.unit_price, "IVA23", D(23), x.discount_percent)
        for x in LINES
    ),
    customer_name="Inês Exemplo",
    fiscal_id="123456789",
    customer_code="LOJA-N123456789",
)
ORDER = OrderSnapshot(
    shop_order_id="1001",
    status=OrderStatus.PAID,
    currency="EUR",
    lines=(OrderLine("CAN-01", "Caneca", D(2), D("12.30"), True, D("2.46"), D(23)),),
    shipping=Shipping(D("4.92"), True, D(0), D(23), "CTT"),
    total=D("27.06"),
    paid_gross=D("27.06"),
    tax_total=D("5.06"),
    buyer=Buyer(full_name="Inês Exemplo", tax_id="123456789"),
    billing=Address(name="Inês", surname="Exemplo", country_code="PT"),
)


def of(rows: tuple[ReviewRow, ...], line: int, fact: Fact) -> ReviewRow:
    (row,) = [row for row in rows if (row.line, row.fact) == (line, fact)]
    return row


def test_what_agrees_is_not_marked() -> None:
    rows = review_rows(ORDER, PLAN, STORED)

    assert [row for row in rows if row.differs] == []
    assert of(rows, 1, Fact.NAME) == ReviewRow(1, Fact.NAME, "Caneca", "Caneca", "Caneca")
    assert of(rows, 1, Fact.DISCOUNT).planned == D("10.0000")
    assert of(rows, 1, Fact.GROSS) == ReviewRow(1, Fact.GROSS, D("22.14"), D("22.14"), D("22.14"))
    assert of(rows, 2, Fact.NAME).shop == "CTT"
    assert of(rows, 0, Fact.GROSS_TOTAL) == ReviewRow(0, Fact.GROSS_TOTAL, D("27.06"), D("27.06"), D("27.06"))


@pytest.mark.parametrize(
    ("change", "line", "fact"),
    [
        ({"quantity": D(3)}, 1, Fact.QUANTITY),
        ({"unit_price": D("11.0000")}, 1, Fact.UNIT_NET),
        ({"tax_rate": D(6)}, 1, Fact.RATE),
        ({"discount_percent": D(0)}, 1, Fact.DISCOUNT),
        ({"name": "OUTRA"}, 1, Fact.NAME),
    ],
)
def test_what_somebody_changed_there_is_marked(change: dict[str, object], line: int, fact: Fact) -> None:
    changed = replace(STORED, lines=(replace(STORED.lines[0], **change), STORED.lines[1]))  # type: ignore[arg-type]

    marked = {(row.line, row.fact) for row in review_rows(ORDER, PLAN, changed) if row.differs}

    assert marked == {(line, fact)}


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"fiscal_id": "501964843"}, Fact.TAX_ID),
        ({"issued_on": date(2026, 7, 2)}, Fact.DATE),
        ({"figures": replace(PLAN.figures, total=D("27.07"))}, Fact.GROSS_TOTAL),
    ],
)
def test_a_changed_head_is_marked(change: dict[str, object], fact: Fact) -> None:
    marked = [row.fact for row in review_rows(ORDER, PLAN, replace(STORED, **change)) if row.differs]  # type: ignore[arg-type]

    assert fact in marked


def test_a_line_that_only_one_of_them_has_is_marked_whole() -> None:
    rows = review_rows(ORDER, PLAN, replace(STORED, lines=STORED.lines[:1]))

    assert {row.differs for row in rows if row.line == 2} == {True}
    assert {row.differs for row in rows if row.line == 1} == {False}
    assert of(rows, 2, Fact.NAME).stored is None


def test_before_it_was_read_nothing_is_marked() -> None:
    rows = review_rows(ORDER, PLAN, None)

    assert [row for row in rows if row.differs] == []
    assert {row.stored for row in rows} == {None}


def test_a_total_that_is_not_what_was_paid_is_marked() -> None:
    rows = review_rows(replace(ORDER, paid_gross=D("27.00")), PLAN, None)

    assert [row.fact for row in rows if row.differs] == [Fact.GROSS_TOTAL]


def test_a_note_and_lines_that_do_not_match_have_no_order_beside_them() -> None:
    extra = replace(ORDER, lines=ORDER.lines * 2)

    for rows in (review_rows(None, PLAN, STORED), review_rows(extra, PLAN, STORED)):
        assert {row.shop for row in rows if row.line} == {None}


def test_an_exemption_is_shown_where_there_is_one() -> None:
    rows = review_rows(None, replace(PLAN, exemption_code="M07"), replace(STORED, exemption_code="M07"))

    assert of(rows, 0, Fact.EXEMPTION) == ReviewRow(0, Fact.EXEMPTION, None, "M07", "M07")


@pytest.mark.parametrize("stored", [STORED, replace(STORED, kind=None, issued_on=None, number="1/2026")])
def test_what_was_stored_survives_json(stored: StoredDocument) -> None:
    assert stored_from_json(stored_to_json(stored)) == stored


@pytest.mark.parametrize("values", [None, {}, {"format": 0}])
def test_nothing_stored_and_another_format_are_nothing(values: dict[str, object] | None) -> None:
    assert stored_from_json(values) is None
