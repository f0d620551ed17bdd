"""Stored against planned: what must be equal, and what a provider may change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from invoicing.domain.checks import differences, fingerprint, fingerprint_stored
from invoicing.domain.exactness import all_predictions
from invoicing.domain.plan import DocumentKind, DocumentPlan, PlanLine, Tax
from invoicing.domain.profile import Profile
from stores.domain.order import Buyer

from .orders import BUYER, HOME, build, order_line, snapshot, stored_copy

D = Decimal


def plan_of_two() -> DocumentPlan:
    buyer = replace(BUYER, tax_id="123456789")
    return build(snapshot(order_line(quantity=D(3)), order_line(sku="LIV", tax_rate=D(6)), buyer=buyer))


def test_a_faithful_copy_has_the_same_fingerprint() -> None:
    plan = plan_of_two()

    assert fingerprint_stored(stored_copy(plan)) == fingerprint(plan)
    assert differences(plan, stored_copy(plan)) == []


@pytest.mark.parametrize(
    "lawful",
    [
        {"observations": "Isento artigo 53.º do CIVA"},
        {"customer_code": "another"},
        {"customer_name": "  MARIA   exemplo "},
        {"fiscal_id": "PT123456789"},
        {"number": "FR 2026/1", "atcud": "ABC-1", "series_id": "7"},
        {"exemption_code": "M00"},
        {"exemption_code": "M99"},
        {"due_on": None},
    ],
)
def test_what_a_provider_may_change_changes_nothing(lawful: dict[str, Any]) -> None:
    plan = plan_of_two()
    stored = stored_copy(plan, **lawful)

    assert fingerprint_stored(stored) == fingerprint(plan)
    assert differences(plan, stored) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": DocumentKind.INVOICE}, "kind"),
        ({"kind": None}, "kind"),
        ({"reference": "LOJA-1001-FT2"}, "reference"),
        ({"issued_on": date(2026, 7, 2)}, "date"),
        ({"issued_on": None}, "date"),
        ({"fiscal_id": ""}, "tax id"),
        ({"fiscal_id": "512345678"}, "tax id"),
    ],
)
def test_what_must_be_equal_is_told(change: dict[str, Any], field: str) -> None:
    plan = plan_of_two()
    stored = stored_copy(plan, **change)

    assert fingerprint_stored(stored) != fingerprint(plan)
    assert [difference.field for difference in differences(plan, stored)] == [field]


@pytest.mark.parametrize(
    ("buyer", "change", "fields"),
    [
        (Buyer(tax_id="123456789"), {}, []),  # the same tax id is the same client
        (Buyer(shop_customer_id="7"), {}, []),  # and so is our own code
        (Buyer(shop_customer_id="7"), {"customer_code": "another"}, ["customer"]),
        (Buyer(), {"customer_code": "another"}, ["customer"]),
    ],
)
def test_a_known_client_keeps_the_name_that_it_has_there(
    buyer: Buyer, change: dict[str, Any], fields: list[str]
) -> None:
    plan = build(snapshot(order_line(), buyer=buyer, billing=HOME))
    stored = stored_copy(plan, customer_name="Rita de Outrora", **change)

    assert [difference.field for difference in differences(plan, stored)] == fields


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "OTHER"}, "line 1 key"),
        ({"quantity": D(4)}, "line 1 quantity"),
        ({"unit_price": D("20.01")}, "line 1 unit price"),
        ({"discount_percent": D("0.0001")}, "line 1 discount %"),
        ({"tax_rate": D(13)}, "line 1 VAT %"),
    ],
)
def test_a_changed_line_is_told_by_position(change: dict[str, Any], field: str) -> None:
    plan = plan_of_two()
    stored = stored_copy(plan)
    stored = replace(stored, lines=(replace(stored.lines[0], **change), *stored.lines[1:]))

    assert fingerprint_stored(stored) != fingerprint(plan)
    assert field in [difference.field for difference in differences(plan, stored)]


def test_a_lost_line_is_told() -> None:
    plan = plan_of_two()
    stored = stored_copy(plan)
    stored = replace(stored, lines=stored.lines[:1])

    fields = [difference.field for difference in differences(plan, stored)]
    assert fields[0] == "lines"
    assert "line 2 key" in fields


@pytest.mark.parametrize("figure", ["sum", "discount", "before_taxes", "taxes", "total"])
def test_a_figure_that_no_reading_explains_is_told(figure: str) -> None:
    plan = plan_of_two()
    off = replace(plan.figures, **{figure: getattr(plan.figures, figure) + D("0.01")})
    stored = stored_copy(plan, figures=off)

    assert fingerprint_stored(stored) != fingerprint(plan)
    assert [difference.field for difference in differences(plan, stored)] == [figure.replace("_", " ")]


def test_a_tie_rounded_the_other_way_counts_as_equal() -> None:
    tax = Tax("Isento", D(0), "PT")
    lines = (
        PlanLine("A", "A", D(1), D("10.0050"), Tax("IVA23", D(23), "PT")),
        PlanLine("B", "B", D(1), D("5.0000"), tax),
    )
    plan = replace(plan_of_two(), lines=lines, figures=all_predictions(lines)[0])
    other = next(
        figures for figures in all_predictions(lines) if figures.before_taxes != plan.figures.before_taxes
    )
    stored = stored_copy(plan, figures=replace(other, total=plan.figures.total))

    assert stored.figures != plan.figures
    assert fingerprint_stored(stored) == fingerprint(plan)


def test_numbers_may_be_written_otherwise() -> None:
    plan = plan_of_two()
    stored = stored_copy(plan)
    rewritten = tuple(
        replace(line, quantity=D(f"{line.quantity}.000"), tax_rate=D(f"{line.tax_rate}.0"))
        for line in stored.lines
    )

    assert fingerprint_stored(replace(stored, lines=rewritten)) == fingerprint(plan)


def test_the_placeholder_of_the_final_consumer_is_no_tax_id() -> None:
    plan = build(snapshot(buyer=Buyer(), billing=replace(HOME, name="", surname="")))

    assert plan.customer.is_final_consumer
    assert differences(plan, stored_copy(plan, fiscal_id="999999990", customer_name="Consumidor Final")) == []


def test_a_stamped_exemption_is_told() -> None:
    plan = build(snapshot(order_line(tax_rate=None)), Profile(exemption_code="M10"))

    assert differences(plan, stored_copy(plan)) == []
    (difference,) = differences(plan, stored_copy(plan, exemption_code="M99"))
    assert (difference.field, difference.sent, difference.stored) == ("exemption", "M10", "M99")


def test_a_withholding_that_nobody_planned_is_a_difference() -> None:
    plan = build()

    found = differences(plan, stored_copy(plan, withholding=Decimal("25")))

    assert [(each.field, each.sent, each.stored) for each in found] == [("withholding %", "", "25")]
    assert fingerprint(plan) != fingerprint_stored(stored_copy(plan, withholding=Decimal("25")))


def test_every_difference_shows_both_sides_as_they_are() -> None:
    plan = plan_of_two()
    figures = replace(plan.figures, total=D("84.405"), sum=D("70"))
    stored = stored_copy(plan, kind=None, issued_on=None, fiscal_id="X1", figures=figures)

    found = {each.field: (each.sent, each.stored) for each in differences(plan, stored)}

    assert found["kind"] == ("invoice_receipt", "another")
    assert found["date"] == ("2026-07-01", "")
    assert found["tax id"] == ("123456789", "X1")
    assert found["total"] == (f"{plan.figures.total:.2f}", "84.405")
    assert found["sum"] == (f"{plan.figures.sum:.2f}", "70.00")


def test_numbers_are_shown_plainly() -> None:
    plan = plan_of_two()
    line = replace(stored_copy(plan).lines[0], quantity=D("1E+1"), unit_price=D("20.5000"), tax_rate=D(0))
    stored = stored_copy(plan, lines=(line, *stored_copy(plan).lines[1:]))

    found = {each.field: (each.sent, each.stored) for each in differences(plan, stored)}

    assert found["line 1 quantity"] == ("3", "10")
    assert found["line 1 unit price"] == ("20", "20.5")
    assert found["line 1 VAT %"] == ("23", "0")
    assert "line 1 discount %" not in found
    assert "exemption" not in found


def test_an_exemption_counts_where_a_line_is_exempt() -> None:
    plan = build(snapshot(order_line(tax_rate=D(0))), Profile(exemption_code="M10"))

    changed = differences(plan, stored_copy(plan, exemption_code="M99"))
    missing = differences(plan, stored_copy(plan, exemption_code="M00"))

    assert [(each.field, each.sent, each.stored) for each in changed] == [("exemption", "M10", "M99")]
    assert [(each.field, each.sent, each.stored) for each in missing] == [("exemption", "M10", "")]


def test_lines_that_were_added_or_left_out_are_told_one_by_one() -> None:
    plan = plan_of_two()
    first, second = stored_copy(plan).lines

    fewer = {
        each.field: (each.sent, each.stored) for each in differences(plan, stored_copy(plan, lines=(first,)))
    }
    more = {
        each.field: (each.sent, each.stored)
        for each in differences(plan, stored_copy(plan, lines=(first, second, second)))
    }

    assert fewer["lines"] == ("2", "1")
    assert fewer["line 2 key"] == ("liv", "")
    assert more["lines"] == ("2", "3")
    assert more["line 3 key"] == ("", "liv")


def test_a_final_consumer_is_never_another_client() -> None:
    plan = build(snapshot(buyer=Buyer(), billing=replace(HOME, name="", surname="")))
    assert plan.customer.is_final_consumer

    renamed = differences(plan, stored_copy(plan, customer_name="Rita", customer_code=plan.customer.code))
    placeholder = differences(plan, stored_copy(plan, fiscal_id="999999990"))

    assert [each.field for each in renamed] == ["customer"]
    assert placeholder == []


def test_a_discount_is_part_of_the_arithmetic() -> None:
    plan = build(snapshot(order_line(quantity=D(2), discount=D("4.92"))))
    other = replace(stored_copy(plan).lines[0], discount_percent=D(5))

    found = [each.field for each in differences(plan, stored_copy(plan, lines=(other,)))]

    assert found[0] == "line 1 discount %"
    assert differences(plan, stored_copy(plan)) == []
