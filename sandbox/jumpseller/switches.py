"""What can be turned about Jumpseller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sandbox.switches import Switches


@dataclass
class JumpsellerSwitches(Switches):
    """`docs/sandbox.md` has a line for each, with what is known about the vendor."""

    store_info: str = "wrapped"
    document_type: str = "integer"
    slash_in_public_id: str = "404"
    create_status: int = 200
    requests_per_minute: int = 0
    requests_per_second: int = 0
    rate_limit_status: int = 429
    drop_webhooks: float = 0.0
    webhook_timeout_seconds: float = 15.0
    accompanying_order_updated: bool = True
    refresh_tokens: str = "rotating"
    access_token_seconds: int = 3600

    choices: ClassVar[dict[str, tuple[Any, ...]]] = {
        "store_info": ("wrapped", "bare"),
        "document_type": ("integer", "string"),
        "slash_in_public_id": ("404", "accept"),
        "create_status": (200, 201),
        "rate_limit_status": (429, 403),
        "refresh_tokens": ("rotating", "grace", "kept"),
    }
