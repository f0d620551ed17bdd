"""The demo's mailbox, folder and processes."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import stat
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from sandbox.demo import home, processes, reaper
from sandbox.demo.mailbox import Mailbox


def test_the_mailbox_keeps_envelope_and_attachment() -> None:
    message = EmailMessage()
    message["From"], message["To"] = "faturas@plataforma.example", "Óscar <oscar@example.com>"
    message["Subject"] = "Fatura 1/2026"
    message.set_content(".a line that begins with a dot\n")
    message.add_attachment(b"%PDF-1.4\n.\n", maintype="application", subtype="pdf", filename="A-1.pdf")

    with Mailbox() as mailbox, smtplib.SMTP("127.0.0.1", mailbox.port) as client:
        client.send_message(message, to_addrs=["oscar@example.com", "loja@example.com"])
        client.send_message(message, to_addrs=["oscar@example.com"])

    first, second = mailbox.mails
    assert first.recipients == ("oscar@example.com", "loja@example.com")
    assert second.recipients == ("oscar@example.com",)
    assert (first.attachment, first.attachment_bytes) == ("A-1.pdf", 11)
    assert "oscar@example.com" in first.to
    assert first.shown_bcc == ""


def test_a_second_run_keeps_the_secrets_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    first = home.open_home(folder)
    (folder / "db.sqlite3").write_text("old")
    (folder / "broker").mkdir()
    (folder / "broker" / "message").write_text("old")
    first.lock.close()

    second = home.open_home(folder)

    assert second.secrets == first.secrets
    assert sorted(path.name for path in folder.iterdir()) == ["lock", "secrets.json"]
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    second.lock.close()


def test_two_runs_of_one_checkout_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "PATIENCE_SECONDS", 0.1)
    running = home.open_home(tmp_path)

    with pytest.raises(home.DemoFailed, match="Another demo"):
        home.open_home(tmp_path)
    running.lock.close()


def test_settings_of_another_installation_are_kept_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/live")
    monkeypatch.setenv("JUMPSELLER_CLIENT_SECRET", "another's")
    opened = home.open_home(tmp_path)

    made = home.environment(opened, port=20001, smtp_port=2525, sandbox_url="http://127.0.0.1:1")

    assert made["DATABASE_URL"] == f"sqlite:///{tmp_path}/db.sqlite3"
    assert "JUMPSELLER_CLIENT_SECRET" not in made
    assert float(made["LEASE_SECONDS"]) > 2 * float(made["HTTP_TIMEOUT_SECONDS"])
    opened.lock.close()


def test_the_procfile_has_the_lines_that_the_demo_starts() -> None:
    assert {"release", "web", "worker", "beat"} <= set(processes.procfile_lines())


def test_a_group_that_ignores_sigterm_is_killed() -> None:
    stubborn = "trap '' TERM; echo ready; while :; do sleep 1; done"
    child = subprocess.Popen(["sh", "-c", stubborn], start_new_session=True, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()

    reaper.stop_groups([child.pid], bury=child.poll, grace_seconds=0.3)

    assert child.wait(timeout=5) == -signal.SIGKILL
    child.stdout.close()


def test_when_the_demo_dies_the_reaper_stops_its_processes() -> None:
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    command = [sys.executable, "-m", "sandbox.demo.reaper"]
    watcher = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=home.CHECKOUT)

    watcher.communicate(f"{child.pid}\n".encode(), timeout=20)

    assert child.wait(timeout=5) == -signal.SIGTERM


def test_when_the_demo_ends_well_the_reaper_stops_nothing() -> None:
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    command = [sys.executable, "-m", "sandbox.demo.reaper"]
    watcher = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=home.CHECKOUT)

    watcher.communicate(f"{child.pid}\ndone\n".encode(), timeout=20)

    assert child.poll() is None
    child.kill()
    child.wait()


def test_a_process_that_ends_by_itself_is_noticed(tmp_path: Path) -> None:
    opened = home.open_home(tmp_path)
    with opened.lock, processes.Processes(opened) as running:
        running.start("short", ["sh", "-c", "echo last words; exit 3"], dict(os.environ))
        end = time.monotonic() + 10
        with pytest.raises(home.DemoFailed, match=r"short ended by itself \(3\)"):
            while time.monotonic() < end:
                running.require_alive()
                time.sleep(0.02)
        assert "last words" in opened.log("short").read_text()
    assert json.loads((tmp_path / "secrets.json").read_text())["admin_password"]
