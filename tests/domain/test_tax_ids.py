"""What counts as a Portuguese tax number. The numbers are made by the rule and belong to nobody known."""

from __future__ import annotations

import pytest

from invoicing.domain.tax_ids import TaxIdState, read_tax_id

VALID = {
    "112345670": "112345670",
    "512345678": "512345678",
    "451234561": "451234561",
    "520000080": "520000080",
    "520000030": "520000030",
    "PT512345678": "512345678",
    "pt 512 345 678": "512345678",
    "512.345.678": "512345678",
    "512-345-678": "512345678",
    "\u00a0512345678\t": "512345678",
    "731234561": "731234561",
    "123456789": "123456789",
}
MISSING = ["", "   ", "consumidor final", "-", "999999990", "PT 999 999 990", "\u200b"]
INVALID = {
    "512345679": "its check digit is wrong",
    "111111111": "its check digit is wrong",
    "51234567": "it is not nine digits",
    "5123456780": "it is not nine digits",
    "051234567": "its check digit is wrong",
    "5123O5678": "it is not nine digits",
    "411234560": "no tax number begins like that",
    "ES512345678": "it is not nine digits",
    "PTPT512345678": "it is not nine digits",
    "999999999": "its check digit is wrong",
    "+351 961 234 567": "it looks like a phone number",
    "912345679": "it looks like a phone number",
    "11111111-1": "its check digit is wrong",
}


@pytest.mark.parametrize("typed", VALID)
def test_a_number_with_the_right_check_digit_is_valid(typed: str) -> None:
    read = read_tax_id(typed)

    assert (read.state, read.number) == (TaxIdState.VALID, VALID[typed])


@pytest.mark.parametrize("typed", MISSING)
def test_nothing_a_placeholder_or_words_are_no_number(typed: str) -> None:
    read = read_tax_id(typed)

    assert (read.state, read.number) == (TaxIdState.MISSING, "")


@pytest.mark.parametrize("typed", INVALID)
def test_anything_else_is_invalid_and_says_why(typed: str) -> None:
    read = read_tax_id(typed)

    assert (read.state, read.number, read.remark) == (TaxIdState.INVALID, "", INVALID[typed])


def test_a_remark_never_repeats_what_was_typed() -> None:
    assert not any(typed in read_tax_id(typed).remark for typed in INVALID)


def test_the_buyers_own_phone_is_no_tax_number_even_with_a_right_check_digit() -> None:
    assert read_tax_id("911234560").state is TaxIdState.VALID

    read = read_tax_id("911234560", phone="+351 911 234 560")

    assert (read.state, read.remark) == (TaxIdState.INVALID, "it is the buyer's phone number")


def test_an_unknown_range_is_only_remarked() -> None:
    assert "73" in read_tax_id("731234561").remark
    assert read_tax_id("741234564").remark == "valid check digit"


@pytest.mark.parametrize(("number", "business"), [("512345678", True), ("112345670", False), ("", False)])
def test_the_first_digit_tells_a_buyer_in_business(number: str, business: bool) -> None:
    assert read_tax_id(number).is_taxable_person is business
