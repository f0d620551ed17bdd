"""Fiscal settings from JSON values: what is kept, and what is refused by name."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from invoicing.domain.plan import DocumentKind
from invoicing.domain.profile import (
    IssueOn,
    Profile,
    ShippingVat,
    UntaxedShipping,
    parse_profile,
    stored_profile,
)
from invoicing.domain.setting_values import ProfileError

CHOSEN: dict[str, Any] = {
    "document_type": "simplified_invoice",
    "unpaid_document_type": "invoice",
    "issue_on": "paid_or_shipped",
    "issue_delay_minutes": 7200,
    "finalize": True,
    "email_customer": False,
    "bcc": " loja@example.com ",
    "on_cancel": "credit_note",
    "prices_include_vat": True,
    "seller_tax_id": "PT 123 456 789",
    "vat_region": "PT-MA",
    "exemption_code": "M07",
    "exemption_by_sku": {"LIV-*": "M07", "A": "M13"},
    "export_exemption_code": "M05",
    "intra_eu_exemption_code": "M16",
    "oss": True,
    "oss_from": "2026-07-01",
    "shipping_vat": "as_goods",
    "untaxed_shipping": "exempt",
    "shipping_exemption_code": "M99",
    "invalid_tax_id": "hold",
    "series": "2026",
    "observations": "Trocas em 14 dias.",
    "print_fields": ["Obra", " ", "Curso"],
    "go_live_on": "2026-01-01",
    "gift_card_sale": "exclude",
    "zero_total": "exclude",
    "foreign_currency": "exclude",
}


def refused(values: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ProfileError) as caught:
        parse_profile(values)
    assert str(caught.value) == caught.value.message
    assert caught.value.message.startswith(f"{caught.value.key}: ")
    return caught.value.key, caught.value.message


def test_everything_that_can_be_chosen_is_kept() -> None:
    profile = parse_profile(CHOSEN)

    assert set(CHOSEN) == set(Profile().to_dict())
    assert (profile.document_type, profile.issue_on) == (
        DocumentKind.SIMPLIFIED_INVOICE,
        IssueOn.PAID_OR_SHIPPED,
    )
    assert (profile.issue_delay_minutes, profile.finalize, profile.email_customer) == (7200, True, False)
    assert (profile.bcc, profile.seller_tax_id, profile.vat_region) == (
        "loja@example.com",
        "123456789",
        "PT-MA",
    )
    assert profile.exemption_by_sku == (("A", "M13"), ("LIV-*", "M07"))
    assert (profile.oss, profile.oss_from) == (True, date(2026, 7, 1))
    assert (profile.shipping_vat, profile.untaxed_shipping) == (
        ShippingVat.AS_GOODS,
        UntaxedShipping.EXEMPT,
    )
    assert profile.print_fields == ("Obra", "Curso")
    assert parse_profile(profile.to_dict()) == profile


def test_nothing_chosen_is_the_careful_choice() -> None:
    assert parse_profile({}) == Profile()
    assert parse_profile(Profile().to_dict()) == Profile()
    assert parse_profile(dict.fromkeys(("oss", "issue_delay_minutes", "unpaid_document_type"))) == Profile()


@pytest.mark.parametrize(
    "key",
    ["bcc", "seller_tax_id", "exemption_code", "exemption_by_sku", "series", "print_fields", "go_live_on"],
)
def test_null_is_none_where_nothing_can_be_chosen(key: str) -> None:
    assert parse_profile({key: None}) == Profile()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("finalise", True, "unknown setting"),
        ("sync_items", True, "not supported yet; leave it out"),
        ("sync_stock", 0, "not supported yet; leave it out"),
        ("finalize", "yes", "must be true or false"),
        ("prices_include_vat", 1, "must be true or false"),
        ("series", 7, "must be a short text on one line"),
        ("series", "x" * 256, "must be a short text on one line"),
        ("series", "a\nb", "must be a short text on one line"),
        ("print_fields", "Obra", "must be a list of short texts"),
        ("print_fields", ["x"] * 501, "must be a list of short texts"),
        ("print_fields", [7], "must be a short text on one line"),
        ("bcc", "loja", "must be one e-mail address"),
        ("exemption_code", "M1", "must be a code such as M10"),
        ("exemption_code", "M77", "M77 is no code of the tax authority's table"),
        ("exemption_by_sku", [], 'must give SKUs their codes, such as {"LIVRO-*": "M07"}'),
        ("exemption_by_sku", {"**": "M07"}, "an SKU or a code is empty"),
        ("exemption_by_sku", {"A": ""}, "an SKU or a code is empty"),
        ("seller_tax_id", "123456780", "must be a valid NIF"),
        ("seller_tax_id", "999999990", "must be a valid NIF"),
        ("oss_from", "01/07/2026", "must be a date such as 2026-01-31"),
        ("oss_from", 20260701, "must be a date such as 2026-01-31"),
        ("go_live_on", "2026-02-30", "must be a date such as 2026-01-31"),
        ("vat_region", "PT-20", "must be one of PT, PT-AC, PT-MA"),
        ("issue_on", "shipped", "must be one of manual, paid, paid_or_shipped"),
        ("unpaid_document_type", "invoice_receipt", "must be one of invoice"),
        ("issue_delay_minutes", 7201, "must be a number of minutes from 0 to 7200"),
        ("issue_delay_minutes", -1, "must be a number of minutes from 0 to 7200"),
        ("issue_delay_minutes", True, "must be a number of minutes from 0 to 7200"),
        ("issue_delay_minutes", 1.0, "must be a number of minutes from 0 to 7200"),
    ],
)
def test_a_wrong_value_is_refused_by_name(key: str, value: Any, message: str) -> None:
    assert refused({key: value}) == (key, f"{key}: {message}")


def test_exempt_delivery_needs_its_reason() -> None:
    key, message = refused({"untaxed_shipping": "exempt"})

    assert key == "shipping_exemption_code"
    assert message == "shipping_exemption_code: needed when untaxed_shipping is exempt"


def test_what_changes_nothing_of_a_setting_not_obeyed_yet_is_taken() -> None:
    assert parse_profile({"sync_items": False, "sync_stock": None}) == Profile()


def test_a_stored_version_outlives_its_settings() -> None:
    assert stored_profile({"finalize": True, "retired_setting": 7}) == Profile(finalize=True)


def test_sales_abroad_are_decided_by_three_settings() -> None:
    assert not Profile().sells_abroad
    assert Profile(export_exemption_code="M05").sells_abroad
    assert Profile(intra_eu_exemption_code="M16").sells_abroad
    assert Profile(oss=True).sells_abroad


def test_oss_applies_from_its_day() -> None:
    day = date(2026, 7, 1)

    assert not Profile(oss_from=day).oss_applies(day)
    assert Profile(oss=True).oss_applies(day)
    assert Profile(oss=True, oss_from=day).oss_applies(day)
    assert not Profile(oss=True, oss_from=date(2026, 7, 2)).oss_applies(day)
