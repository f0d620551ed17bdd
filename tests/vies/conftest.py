from __future__ import annotations

from typing import Any

import pytest

from invoicing.domain.vat_numbers import VatNumber
from sandbox.server import SandboxServer

NUMBER = VatNumber("ES", "B90100777")
SELLER = "577049313"
OUTAGES = ("user_error_200", "error_wrappers", "http_500", "timeout")


@pytest.fixture
def vies(sandbox: SandboxServer) -> SandboxServer:
    """The sandbox, where one number is registered."""
    sandbox.state.vies.register(NUMBER.country, NUMBER.number)
    return sandbox


def be_out(vies: SandboxServer, outage: str, settings: Any) -> None:
    switches = vies.state.vies.switches
    switches.outage, switches.timeout_seconds = outage, 2.0
    if outage == "timeout":
        settings.HTTP_TIMEOUT_SECONDS = 0.3


def requests_seen(vies: SandboxServer) -> int:
    return sum(1 for seen in vies.state.requests if seen.vendor == "vies")
