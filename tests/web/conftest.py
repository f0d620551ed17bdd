from __future__ import annotations

import pytest

from jumpseller_sync.services import deliveries
from tests.web.hook import Hook, connect


@pytest.fixture
def hook(db: None, monkeypatch: pytest.MonkeyPatch) -> Hook:
    """One connected shop; what the webhook rings for is recorded as it is asked."""
    rings: list[tuple[str, int]] = []
    monkeypatch.setattr(deliveries, "ring", lambda task, pk, **_options: rings.append((task, pk)))
    return Hook(connect(), rings)
