"""The broker in a folder: oldest first, each message once, and no folder is no end of the worker."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from config.spool import Channel, Transport


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "broker"


@pytest.fixture
def channel(folder: Path) -> Iterator[Channel]:
    folder.mkdir()
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
    }
    with Connection(transport=Transport, transport_options=options) as connection:
        yield connection.channel()


def test_messages_come_once_and_oldest_first(channel: Channel, folder: Path) -> None:
    for name in ("1_a", "3_c", "2_b"):
        (folder / f"{name}.celery.msg").write_text(f'"{name}"', encoding="utf-8")

    assert channel._size("celery") == 3
    assert [channel._get("celery") for _ in range(3)] == ["1_a", "2_b", "3_c"]
    with pytest.raises(Empty):
        channel._get("celery")


def test_a_broken_message_is_passed_over(channel: Channel, folder: Path) -> None:
    (folder / "1_a.celery.msg").write_text("{", encoding="utf-8")
    channel._put("celery", {"whole": True})

    assert channel._get("celery") == {"whole": True}


def test_a_folder_that_is_gone_is_empty_and_works_again_when_it_is_back(
    channel: Channel, folder: Path
) -> None:
    shutil.rmtree(folder)

    with pytest.raises(Empty):
        channel._get("celery")
    assert channel._size("celery") == 0

    folder.mkdir()
    channel._put("celery", "back")
    assert channel._get("celery") == "back"
