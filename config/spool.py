"""Celery's broker in a folder: kombu's own, made safe for several readers and writers.

kombu's writes a message under its final name, so that a reader can take it while it is still empty; the
worker then ends with a JSON error. The same happens to the table of queues. Here files appear whole.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """One connection's view of the folder."""

    def get_table(self, exchange: str) -> list[Any]:
        """The queues of an exchange; one that cannot be read counts as new."""
        try:
            rows = loads(self._exchange_file(exchange).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return [filesystem.exchange_queue_t(*row) for row in rows]

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        file = self._exchange_file(exchange)
        self.control_folder.mkdir(parents=True, exist_ok=True)
        row = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with (self.control_folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            table = self.get_table(exchange)
            if row not in table:
                _write_whole(file, dumps([row, *table]))

    def _put(self, queue: str, message: Any, **_kwargs: Any) -> None:
        name = f"{round(time.time() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out) / name, dumps(message))

    def _get(self, queue: str) -> Any:
        """The oldest message; one that another reader takes meanwhile, or that is broken, is passed over."""
        folder = Path(self.data_folder_in)
        for name in self._names():
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            mine = folder / f".{name}.taken"
            with contextlib.suppress(OSError, ValueError):
                (folder / name).rename(mine)
                text = mine.read_text(encoding="utf-8")
                mine.unlink()
                return loads(text)
        raise Empty

    def _size(self, queue: str) -> int:
        return sum(name.partition(".")[2] == f"{queue}.msg" for name in self._names())

    def _names(self) -> list[str]:
        """The messages by age. A folder that is gone for a while has none; it must not end the worker."""
        try:
            return sorted(os.listdir(self.data_folder_in))
        except OSError:
            return []


class Transport(filesystem.Transport):
    Channel = Channel


def _write_whole(file: Path, text: str) -> None:
    """A reader finds the whole text or no file. Nothing is synced: a lost message costs one sweep."""
    part = file.with_name(f".{uuid.uuid4()}.part")
    part.write_text(text, encoding="utf-8")
    part.rename(file)
