"""Error reports to Sentry: off without a DSN, without personal data, redacted."""

from __future__ import annotations

import json
from typing import Any

from outbound.redaction import redact


def _scrub(event: Any, _hint: Any) -> Any:
    return json.loads(redact(json.dumps(event, default=str)))


def start_error_reports(dsn: str) -> None:
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=_scrub,
    )
