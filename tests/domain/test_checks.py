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
