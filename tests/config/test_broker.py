"""Whether the broker can be reached, on the embedded default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.broker import broker_problem


@pytest.mark.parametrize("what", ["folder", "nothing", "file"])
def test_the_folder_must_be_one(settings: Any, tmp_path: Path, what: str) -> None:
    settings.REDIS_URL, settings.BROKER_DIR = "", tmp_path / "broker"
    if what == "folder":
        settings.BROKER_DIR.mkdir()
    elif what == "file":
        settings.BROKER_DIR.write_text("in the way", encoding="utf-8")

    assert bool(broker_problem()) == (what != "folder")
