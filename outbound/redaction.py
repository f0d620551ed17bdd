"""Takes credentials out of anything that may be stored, logged or shown.

InvoiceXpress wants its key in the query string, so a URL is a secret until it has passed here. Two nets:
the literal secrets that the caller knows, and the shapes in which credentials usually appear.
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "***"
# A shorter "secret" would blank out ordinary words.
_SHORTEST_SECRET = 4
# Names that mean a credential wherever they stand.
_STRONG = (
    r"api[_-]?key|auth[_-]?token|authtoken|access[_-]?token|refresh[_-]?token|client[_-]?secret|"
    r"hooks?[_-]?token|x-invoicexpress-api-key|x-amz-[a-z-]+|password|passwd"
)
# Names that mean a credential only inside a query string.
_WEAK = r"login|token|key|code|sig|signature|secret|awsaccesskeyid"
_VALUE = r"[^\s&;,\"'<>#\\)}\]]+"
_QUOTE = r"\\*[\"']"  # logs are JSON in JSON: the quotes of the inner one are escaped
_PATTERNS = (
    re.compile(rf"(?i)\b((?:{_STRONG})(?:=|%3d))({_VALUE})"),
    re.compile(rf"(?i)([?&](?:{_WEAK})(?:=|%3d))({_VALUE})"),
    re.compile(rf"(?i)({_QUOTE}(?:{_STRONG}|login|authorization){_QUOTE}\s*[:,]\s*b?{_QUOTE})([^\"'\\]+)"),
    re.compile(rf"(?i)(\bauthorization\s*[:=]\s*)((?:basic|bearer)\s+{_VALUE}|{_VALUE})"),
    re.compile(r"(?i)\b((?:basic|bearer)\s+)([A-Za-z0-9+/_\-.~]{12,}={0,2})"),
    re.compile(rf"(?i)\b((?:{_STRONG})\s*:\s*)({_VALUE})"),
    re.compile(r"(://)([^/\s@\"'<>\\]+)(?=@)"),
)


def spellings(secret: str) -> tuple[str, ...]:
    """The forms in which a secret travels: plain, percent-encoded (both ways) and in Base64."""
    if len(secret) < _SHORTEST_SECRET:
        return ()
    raw = secret.encode("utf-8", "replace")
    encoded = base64.b64encode(raw).decode("ascii")
    return tuple(dict.fromkeys((secret, quote(secret, safe=""), quote_plus(secret), encoded)))


def basic_pair(login: str, password: str) -> tuple[str, ...]:
    """The literal secrets behind HTTP Basic: both halves and the header's own form."""
    return (f"{login}:{password}", password, login)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without the given secrets and without anything that looks like a credential."""
    literal = {form for secret in secrets for form in spellings(secret)}
    for form in sorted(literal, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<1>{HIDDEN}", text)
    return text


class RedactingFilter(logging.Filter):
    """Cleans a record's message, its arguments and its traceback text; never drops a record.

    Hang it on handlers, and on the loggers of HTTP libraries, whose debug lines carry whole URLs.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = f"{record.msg} {record.args}"
        clean = redact(message, self._secrets)
        if clean != message:
            record.msg, record.args = clean, ()
        self._clean_traceback(record)
        return True

    def _clean_traceback(self, record: logging.LogRecord) -> None:
        if record.exc_text is None and record.exc_info:
            record_text = logging.Formatter().formatException(record.exc_info)
        else:
            record_text = record.exc_text or ""
        clean = redact(record_text, self._secrets)
        if clean != record_text:
            # The live exception would be formatted again further on, key and all.
            record.exc_text, record.exc_info = clean, None
