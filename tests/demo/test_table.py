"""The demo's closing table."""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.demo import table
from sandbox.demo.scenarios import CREDIT_NOTE, a_day
from sandbox.demo.verdict import Seen
from tests.demo.test_verdict import mail, paper, row

DAY = a_day(datetime(2026, 7, 2, 10, 0, tzinfo=UTC))


def test_a_document_is_one_row() -> None:
    rows = table.rows(DAY[0], Seen(row(), [paper()], [], [mail()], {"5001": 2048}), [])

    assert rows == [
        ("2001", "plain", "17.22", "FR 1/2026", "17.22", "issued", "2.0 KB", "sent", "OK"),
    ]


def test_a_credit_note_has_a_row_of_its_own() -> None:
    papers = [paper(), paper(5002, CREDIT_NOTE, "NC1", status="final")]
    rows = table.rows(DAY[0], Seen(row(outcome="credited"), papers), [])

    assert [one[:4] for one in rows] == [
        ("2001", "plain", "17.22", "FR 1/2026"),
        ("", "", "", "NC 1/2026"),
    ]
    assert [one[5] for one in rows] == ["credited", "final"]


def test_an_order_without_documents_and_one_unknown() -> None:
    held = row(outcome="held", hold_reason="missing_exemption")

    assert table.rows(DAY[6], Seen(held), [])[0][3:] == (
        "-",
        "-",
        "held: missing_exemption",
        "-",
        "-",
        "OK",
    )
    assert table.rows(DAY[0], Seen(None), ["x"])[0][2:] == ("-", "-", "-", "unknown", "-", "-", "DIFFERS")


def test_amounts_stand_to_the_right() -> None:
    lines = [("1", "a", "5.00", "-", "-", "held", "-", "-", "OK")]

    assert table.render(lines).splitlines() == [
        "order  scenario  paid  document  total  state  PDF  mail  expected",
        "-----  --------  ----  --------  -----  -----  ---  ----  --------",
        "1      a         5.00  -             -  held     -  -     OK",
    ]


def test_the_report_names_who_and_what() -> None:
    assert table.report({"2001": ["a", "b"], "2002": []}) == "2001: a\n2001: b"
    assert table.report({"2001": []}) == ""


def test_medians_and_their_absence() -> None:
    told = table.timings([0.010, 0.020, 0.300], [1.0, 2.0])

    assert told == "Median: webhook answered in 20 ms, document final 1.5 s after the webhook."
    assert table.timings([], []) == "Median: nothing was measured."


def test_the_day_has_fourteen_orders_of_which_two_are_held() -> None:
    assert [scenario.order_id for scenario in DAY] == list(range(2001, 2015))
    assert [scenario.order_id for scenario in DAY if scenario.expected.outcome == "held"] == [2007, 2009]
    others = [scenario for scenario in DAY if scenario.order_id != 2013]
    assert all(scenario.order["total"] == float(scenario.expected.total) for scenario in others)
    (card,) = [scenario for scenario in DAY if scenario.order_id == 2013]
    assert (card.order["total"], str(card.expected.total)) == (7.3, "12.30")
    assert [scenario.order_id for scenario in DAY if scenario.is_explained] == list(range(2010, 2015))
