"""Numbers as money: what is one, and shares that come to the whole."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores.domain.money import (
    NotANumber,
    cent,
    minor_units,
    round_half_even,
    round_half_up,
    spread,
    to_decimal,
)

D = Decimal
CENT = D("0.01")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, "1"),
        ("12.30", "12.30"),
        (" 7 ", "7"),
        (0.1, "0.1"),
        (1596.638655462185, "1596.638655462185"),
        (D("-3.5"), "-3.5"),
        ("1" * 40, "1" * 40),
        (" " + "1" * 40 + " ", "1" * 40),
        ("1e40", "1e40"),
        ("1e-40", "1e-40"),
        (-0.5, "-0.5"),
    ],
)
def test_a_number(value: Any, expected: str) -> None:
    assert to_decimal(value) == D(expected)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        "",
        "x",
        "NaN",
        "Infinity",
        "-inf",
        "1,5",
        "1" * 41,
        "1e41",
        "1e-41",
        [],
        {},
        object(),
    ],
)
def test_no_number(value: Any) -> None:
    with pytest.raises(NotANumber):
        to_decimal(value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "None"),
        (True, "True"),
        (" x ", "'x'"),
        ([1], "[1]"),
        (float("nan"), "'nan'"),
        ("1e41", "'1e41'"),
        ("12" * 21, "12" * 20 + "..."),
    ],
)
def test_what_is_no_number_is_shown_as_it_came(value: Any, shown: str) -> None:
    with pytest.raises(NotANumber) as refused:
        to_decimal(value)

    assert str(refused.value) == shown


def test_minor_units() -> None:
    assert (minor_units("eur"), minor_units("CLP"), cent("EUR"), cent("CLP")) == (2, 0, D("0.01"), D(1))


def test_ties_are_rounded_both_ways() -> None:
    assert (round_half_up(D("0.125"), 2), round_half_even(D("0.125"), 2)) == (D("0.13"), D("0.12"))
    assert (round_half_up(D("-0.125"), 2), round_half_even(D("0.135"), 2)) == (D("-0.13"), D("0.14"))
    assert str(round_half_up(D(3), 4)) == "3.0000"
    assert str(round_half_even(D("2.5"), 0)) == "2"


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        ("5.00", ["10", "20", "9.99"], ["1.25", "2.50", "1.25"]),
        ("0.01", ["1", "1", "1"], ["0.01", "0.00", "0.00"]),
        ("0.02", ["1", "2", "3"], ["0.00", "0.01", "0.01"]),
        ("10.00", ["0", "1"], ["0.00", "10.00"]),
        ("1.00", ["1", "1", "1"], ["0.34", "0.33", "0.33"]),
    ],
)
def test_shares_by_the_largest_remainder(amount: str, weights: list[str], shares: list[str]) -> None:
    assert spread(D(amount), [D(each) for each in weights], CENT) == [D(each) for each in shares]


@given(
    st.integers(0, 10_000_000),
    st.lists(st.integers(0, 1_000_000), min_size=1, max_size=40).filter(any),
)
def test_shares_come_to_the_whole_and_are_each_within_a_unit(cents: int, weights: list[int]) -> None:
    amount, parts = D(cents) / 100, [D(weight) for weight in weights]

    shares = spread(amount, parts, CENT)

    assert sum(shares) == amount
    for share, weight in zip(shares, parts, strict=True):
        assert abs(share - amount * weight / sum(parts)) < CENT
