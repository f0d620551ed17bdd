"""`run_due`: the due work done in this process, for cron instead of workers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.management import CommandError

from invoicing import queue
from invoicing.queue import WorkSource
from outbound import clock as database_clock
from tests.commands.run import command
from tests.flow import Shop

NONE_DUE = {"done": {}, "errors": [], "idle": True}


@dataclass
class Pile:
    """Work of our own: when each piece is due, and what doing it does."""

    due_at: dict[int, datetime] = field(default_factory=dict)
    done: list[tuple[int, datetime]] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    stays: bool = False
    mails: bool = False

    def due(self, moment: datetime, limit: int) -> list[int]:
        return [pk for pk, at in sorted(self.due_at.items()) if at <= moment][:limit]

    def perform(self, pk: int) -> None:
        if not self.stays:
            self.due_at.pop(pk)
        self.done.append((pk, queue.now()))
        if self.mails:
            mail.send_mail("An invented invoice", "attached", None, ["beatriz@example.com"])
        if pk in self.broken:
            raise RuntimeError("canary-api-key-0123456789 must not come out")

    def next_due_at(self) -> datetime | None:
        return min(self.due_at.values(), default=None)


@pytest.fixture
def pile(db: None, monkeypatch: pytest.MonkeyPatch) -> Pile:
    """The only kind of work there is."""
    work = Pile()
    source = WorkSource("tests.pile", work.due, work.perform, work.next_due_at)
    monkeypatch.setattr(queue, "_sources", [source])
    return work


@pytest.fixture
def real_time(shop: Shop) -> Iterator[Shop]:
    """A shop on the database's own clock: `run_due` waits for real."""
    database_clock.inject(None)
    shop.sandbox.state.now = time.time
    yield shop
    database_clock.inject(shop.clock)


def test_nothing_due_is_done_at_once(pile: Pile) -> None:
    ended = command("run_due", "--until-idle", "--json")

    assert (ended.status, ended.json, ended.err) == (0, NONE_DUE, "")


def test_what_is_due_is_done(pile: Pile) -> None:
    pile.due_at = {1: queue.now(), 2: queue.now()}

    ended = command("run_due", "--json")

    assert ended.json == {"done": {"tests.pile": 2}, "errors": [], "idle": True}
    assert [pk for pk, _at in pile.done] == [1, 2]


def test_later_work_is_left_for_later(pile: Pile) -> None:
    pile.due_at = {1: queue.now() + timedelta(seconds=0.3)}

    ended = command("run_due", "--json")

    assert (ended.status, ended.json) == (0, {"done": {}, "errors": [], "idle": False})
    assert pile.done == []


def test_until_idle_waits_for_later_work(pile: Pile) -> None:
    moment = queue.now() + timedelta(seconds=0.3)
    pile.due_at = {1: queue.now(), 2: moment}

    ended = command("run_due", "--until-idle", "--json")

    assert ended.json == {"done": {"tests.pile": 2}, "errors": [], "idle": True}
    assert pile.done[1][1] >= moment


def test_until_idle_does_not_wait_beyond_its_timeout(pile: Pile) -> None:
    pile.due_at = {1: queue.now() + timedelta(hours=1)}
    begin = time.monotonic()

    ended = command("run_due", "--until-idle", "--timeout", "0.2", "--json")

    assert (ended.status, ended.json) == (0, {"done": {}, "errors": [], "idle": False})
    assert time.monotonic() - begin < 0.2


def test_work_that_never_ends_is_stopped_by_the_timeout(pile: Pile) -> None:
    pile.due_at, pile.stays = {1: queue.now()}, True
    begin = time.monotonic()

    ended = command("run_due", "--until-idle", "--timeout", "0.2", "--json")

    assert (ended.status, ended.json["idle"]) == (0, False)
    assert 0.2 <= time.monotonic() - begin < 2


def test_a_piece_that_raises_is_told_and_does_not_stop_the_others(pile: Pile) -> None:
    pile.due_at, pile.broken = {number: queue.now() for number in (1, 2, 3)}, {2}

    ended = command("run_due", "--json")

    assert ended.status == 1
    assert ended.json == {
        "done": {"tests.pile": 3},
        "errors": ["tests.pile 2: RuntimeError"],
        "idle": True,
    }
    assert [pk for pk, _at in pile.done] == [1, 2, 3]
    assert "canary" not in ended.out + ended.err


def test_without_json_the_errors_go_to_standard_error(pile: Pile) -> None:
    pile.due_at, pile.broken = {1: queue.now(), 2: queue.now()}, {2}

    ended = command("run_due")

    assert (ended.status, ended.out) == (1, "2 pieces of work done; idle.\n")
    assert ended.err == "tests.pile 2: RuntimeError\n"


@pytest.mark.parametrize("timeout", ["soon", "", "1s"])
def test_a_timeout_that_is_no_number_is_refused(pile: Pile, timeout: str) -> None:
    pile.due_at = {1: queue.now()}

    with pytest.raises(CommandError):
        command("run_due", "--timeout", timeout)

    assert pile.done == []


def test_a_paid_order_is_final_when_it_returns(real_time: Shop) -> None:
    shop = real_time
    shop.sandbox.state.invoicexpress.switches.update({"pdf_pending_answers": 0})
    shop.put(1001, paid_at=datetime.now(UTC))
    shop.ring(1001)

    ended = command("run_due", "--until-idle", "--timeout", "30", "--json")

    assert (ended.status, ended.json["idle"], ended.json["errors"]) == (0, True, [])
    assert ended.json["done"]["jumpseller_sync.process_delivery"] == 1
    assert shop.row(1001)["outcome"] == "issued"
    assert shop.row(1001)["operation_state"] == "done"
    assert len(mail.outbox) == 1
    again = command("run_due", "--until-idle", "--json")
    assert again.json == NONE_DUE
    assert len(shop.stored()) == 1


def test_mails_to_the_console_do_not_spoil_the_json(pile: Pile, settings, capsys) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    pile.due_at, pile.mails = {1: queue.now()}, True

    ended = command("run_due", "--json")

    printed = capsys.readouterr()
    assert ended.json["done"] == {"tests.pile": 1}
    assert printed.out == ""
    assert "Subject: An invented invoice" in printed.err


def test_a_broken_lane_is_an_error_of_ours_and_the_order_waits(
    real_time: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_args: object, **_kwargs: object) -> None:
        raise ZeroDivisionError

    shop = real_time
    monkeypatch.setattr("invoicing.services.refresh.decide_order", explode)
    shop.put(1001)
    shop.ring(1001)

    ended = command("run_due", "--json")

    assert ended.json["idle"] is False
    assert shop.row(1001)["outcome"] == "held"
    assert shop.row(1001)["hold_reason"] == "internal"
    assert shop.row(1001)["operation_state"] == "queued"
    assert shop.stored() == []


def test_json_is_the_only_thing_on_standard_output(pile: Pile, capfd) -> None:
    pile.due_at, pile.broken = {1: queue.now()}, {1}

    command("run_due", "--json")

    assert capfd.readouterr().out == ""
