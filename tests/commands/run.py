"""Run a management command as a shell would, and look at what it printed."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

from django.core.management import call_command


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What was printed, which must be one JSON document and nothing beside it."""
        return json.loads(self.out)


def command(name: str, *arguments: str) -> Ended:
    """Exit status, standard output and standard error.

    Raises:
        CommandError: as the shell's line on standard error with status 1.
    """
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command(name, *arguments, stdout=out, stderr=err)
    except SystemExit as ending:
        status = int(ending.code or 0)
    return Ended(status, out.getvalue(), err.getvalue())
