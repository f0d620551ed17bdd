"""`python -m sandbox.demo [--once]`: a day of orders, told as it happens, and a closing table."""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NoReturn

from sandbox.demo import table, verdict
from sandbox.demo.backoffice import BackOffice
from sandbox.demo.day import Day
from sandbox.demo.home import DemoFailed, Home, environment, open_home
from sandbox.demo.installation import (
    ADMIN,
    Product,
    Say,
    folder_name,
    start_sandbox,
    stylesheet_problem,
)
from sandbox.demo.mailbox import Mailbox
from sandbox.demo.processes import Processes, free_port
from sandbox.demo.scenarios import Scenario, a_day

STOPPED = 130


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the table")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, _stop)
    try:
        return run(once=options.once)
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
        return STOPPED


def _stop(*_signal: object) -> NoReturn:
    raise KeyboardInterrupt


def run(*, once: bool) -> int:
    say = _clock()
    try:
        home = open_home()
    except DemoFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    with home.lock, Mailbox(home.folder / "mail") as mailbox, Processes(home) as processes:
        try:
            print("A day of one shop, against stand-ins of Jumpseller and InvoiceXpress on this machine.")
            print(
                f"Made anew in {folder_name(home.folder)}, where the logs and the mails are, too.\n",
                flush=True,
            )
            is_well = _whole_day(home, mailbox, processes, say, once=once)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the logs are shown and all is stopped
            if not isinstance(failure, DemoFailed):
                traceback.print_exc()
            print(f"\nFAILED: {failure}", flush=True)
            is_well = False
        if not is_well:
            print(f"\nThe ends of the logs:\n{processes.tails()}", flush=True)
        print("\nStopping web, worker, beat and sandbox ...", flush=True)
    say("stopped")
    return 0 if is_well else 1


def _whole_day(home: Home, mailbox: Mailbox, processes: Processes, say: Say, *, once: bool) -> bool:
    port = free_port()
    # The sandbox tells its own address, so it is started before the product's environment is known.
    control = start_sandbox(
        home, processes, environment(home, port=port, smtp_port=mailbox.port, sandbox_url="")
    )
    say(f"sandbox listens on {control.base_url}")
    settings = environment(home, port=port, smtp_port=mailbox.port, sandbox_url=control.base_url)
    product = Product(home, processes, settings, say)
    product.start()
    day = Day(control, mailbox, say=say, require_alive=processes.require_alive)
    failure = ""
    scenarios = a_day(datetime.now(UTC))
    try:
        day.play(scenarios)
    except DemoFailed as problem:
        failure = str(problem)  # the table still shows how far it came
    is_well = _close(day, mailbox, product, scenarios, say=say, failure=failure)
    if not once and is_well:
        _stay(home, control.base_url, product, processes)
    return is_well


def _close(
    day: Day,
    mailbox: Mailbox,
    product: Product,
    scenarios: Sequence[Scenario],
    *,
    say: Say,
    failure: str,
) -> bool:
    """The table: the product's own account against what the vendors and the mailbox hold."""
    rows = product.settled_export(len(scenarios))
    day.look()
    seen = {scenario.order_id: day.seen(scenario, rows.get(scenario.order_id)) for scenario in scenarios}
    wrong = {
        str(scenario.order_id): verdict.complaints(
            scenario.expected, seen[scenario.order_id], public_url=product.public_url
        )
        for scenario in scenarios
    }
    office = product.back_office()
    unexplained = [*_tell_held(office, rows, say), *_tell_grounds(office, scenarios, say)]
    lines = [line for s in scenarios for line in table.rows(s, seen[s.order_id], wrong[str(s.order_id)])]
    print(f"\n{table.render(lines)}\n\n{table.timings(day.figures.webhooks, day.figures.finals)}")
    wrong["day"] = [
        *([failure] if failure else []),
        *verdict.strays(day.papers, mailbox.mails, seen),
        *verdict.unknown_orders(rows, seen),
    ]
    sheet = stylesheet_problem(product.public_url)
    wrong["admin"] = [*([sheet] if sheet else []), *unexplained]
    told = table.report(wrong)
    print(told or "Every order ended as its scenario says.", flush=True)
    return not told


def _tell_held(office: BackOffice, rows: Mapping[int, verdict.Row], say: Say) -> list[str]:
    """What the admin shows of each held order. Returns a complaint for each that it does not explain."""
    unexplained = []
    for order_id, row in rows.items():
        if row["outcome"] != "held":
            continue
        why = office.why_held(order_id)
        say("\n          ".join([f"{order_id:>4}  held: {row['hold_reason']}; the admin shows why:", *why]))
        if not why:
            unexplained.append(f"order {order_id} is held and its page says nothing of why")
    return unexplained


def _tell_grounds(office: BackOffice, scenarios: Sequence[Scenario], say: Say) -> list[str]:
    """Why documents are as they are, in Portuguese and English. Returns a complaint for each without."""
    missing = []
    for scenario in scenarios:
        if not scenario.is_explained:
            continue
        for language in ("pt", "en"):
            why = office.why_issued(scenario.order_id, language)
            heading = f"{scenario.order_id:>4}  {scenario.title}, why ({language}):"
            say("\n          ".join([heading, *why]))
            if not why:
                missing.append(f"the document of order {scenario.order_id} gives no grounds ({language})")
    return missing


def _stay(home: Home, sandbox_url: str, product: Product, processes: Processes) -> None:
    """Up until Ctrl-C; a process that dies is told."""
    print(f"\nAdmin    {product.public_url}/admin/   user {ADMIN}   password {home.secrets.admin_password}")
    print(f"Sandbox  {sandbox_url}/_sandbox/state   (docs/sandbox.md says what else it can do)")
    print("Ctrl-C stops everything.", flush=True)
    while True:
        processes.require_alive()
        time.sleep(0.5)


def _clock() -> Callable[[str], None]:
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)

    return say


if __name__ == "__main__":
    raise SystemExit(main())
