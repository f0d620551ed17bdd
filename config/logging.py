"""Logs: JSON or console lines by structlog, every one redacted, request ids carried along."""

from __future__ import annotations

import logging.config
import re
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    structlog.processors.UnicodeDecoder(),
]
# Whoever holds the buyer's link reads the document; whoever holds a new member's sets the password.
_SECRET_LINKS = re.compile(r"(/d/|/admin/password/[^/\s\"'\\?]+/)[^/\s\"'\\?]+")


def _redact(_logger: Any, _name: str, event: Any) -> Any:
    """The last step before a line is written: nothing below it can bring a secret back."""
    from outbound.redaction import redact

    return _SECRET_LINKS.sub(r"\1***", redact(event))


def logging_config(level: str, style: str) -> dict[str, Any]:
    """A `dictConfig` for the level (e.g. "INFO") and the style ("json" or "console")."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    renderer,
                    _redact,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"level": "WARNING"},
            "urllib3": {"level": "INFO"},
            # Every sweep would leave three lines; warnings still come through.
            "celery": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            # At DEBUG it writes down whole pages' contents for every variable that is not there.
            "django.template": {"level": "INFO"},
        },
    }


def configure(config: dict[str, Any]) -> None:
    """Called by Django with `LOGGING`."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(config)
