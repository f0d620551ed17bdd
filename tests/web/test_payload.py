"""A webhook's bytes, read without trust."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jumpseller_sync.payload import BadBody, Notice, read_notice, read_object, read_triggered_at

few = settings(max_examples=30, deadline=None)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@few
@given(st.binary(max_size=300))
def test_any_bytes_are_an_object_or_refused(body: bytes) -> None:
    try:
        assert isinstance(read_object(body), dict)
    except BadBody as error:
        assert str(error) == ""  # nothing of the body can come out


@few
@given(st.dictionaries(st.text(), JSON), st.text(max_size=80))
def test_any_object_under_any_event_is_understood_or_ignored(value: dict[str, object], event: str) -> None:
    notice = read_notice(value, event)

    assert bool(notice.shop_order_id) != bool(notice.ignored_because)
    assert len(notice.event) <= 64
    assert "\x00" not in notice.event


@few
@given(JSON)
def test_an_id_is_plain_digits_or_nothing(value: object) -> None:
    notice = read_notice({"order": {"id": value}}, "order_paid")

    if notice.shop_order_id:
        assert notice.shop_order_id.isascii()
        assert notice.shop_order_id.isdigit()
        assert 1 <= int(notice.shop_order_id) < 10**19


@pytest.mark.parametrize("depth", [1, 31, 32])
def test_depth_up_to_the_limit_is_taken(depth: int) -> None:
    assert read_object(b'{"a":' * depth + b"1" + b"}" * depth)


@pytest.mark.parametrize("depth", [33, 34, 1000, 100_000])
def test_depth_beyond_the_limit_is_refused(depth: int) -> None:
    with pytest.raises(BadBody):
        read_object(b'{"a":' * depth + b"1" + b"}" * depth)


def test_the_worst_body_of_a_mebibyte_is_read_in_reasonable_time() -> None:
    worst = [
        b'{"a":[' + b"{}," * 340_000 + b"{}]}",
        b'{"a":[' + b"1e9," * 260_000 + b"1]}",
        b'{"a":"' + b"\\u0000" * 170_000 + b'"}',
        b'{"a":' + b"[" * 29 + b"[]," * 340_000 + b"[]" + b"]" * 29 + b"}",
        b'{"a":[' + b"9" * 4200 + b"," + b",".join([b"9" * 4200] * 240) + b"]}",
    ]
    begin = time.process_time()

    for body in worst:
        assert len(body) <= 1024 * 1024 + 100
        read_object(body)

    assert time.process_time() - begin < 5


def test_of_two_equal_keys_the_last_counts_as_it_does_for_the_shop_reading() -> None:
    value = read_object(b'{"order":{"id":1,"id":2}}')

    assert read_notice(value, "order_paid") == Notice("order_paid", "2")


def test_numbers_stay_as_they_were_written() -> None:
    assert read_object(b'{"total":12.300,"big":1e400}') == {"total": "12.300", "big": "1e400"}


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-01-01 10:18:51.829 UTC", datetime(2026, 1, 1, 10, 18, 51, 829_000, UTC)),
        ("2026-01-01 10:18:51 UTC", datetime(2026, 1, 1, 10, 18, 51, 0, UTC)),
        (" 2026-01-01T10:18:51Z ", datetime(2026, 1, 1, 10, 18, 51, 0, UTC)),
        ("2026-01-01 10:18:51.8293 UTC", datetime(2026, 1, 1, 10, 18, 51, 829_300, UTC)),
        ("2026-02-30 10:18:51 UTC", None),
        ("2026-01-01 24:00:01 UTC", None),
        ("2026-01-01 10:18:51 CET", None),
        ("2026-01-01 10:18:51", None),
        ("1767262731", None),
        ("", None),
    ],
)
def test_the_trigger_time(written: str, moment: datetime | None) -> None:
    assert read_triggered_at(written) == moment


@few
@given(st.text(max_size=60))
def test_any_trigger_header_is_a_time_or_none(written: str) -> None:
    found = read_triggered_at(written)

    assert found is None or found.tzinfo is UTC


def test_json_of_the_shop_survives_the_reading() -> None:
    order = {"order": {"id": 1001, "name": "João €", "lines": [{"qty": 1}], "note": None}}

    assert read_object(json.dumps(order, ensure_ascii=False).encode()) == order
