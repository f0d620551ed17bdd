"""Hand a message to the mail server, and notice whom it refused."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.message import sanitize_address

from outbound.errors import OutcomeUnknown, Rejected, Unavailable


def send(message: EmailMessage, *, before_handing_over: Callable[[], None]) -> dict[str, str]:
    """Send one message; `before_handing_over` runs when the server is ready and nothing was sent yet.

    Returns:
        The refused recipients with the server's words; Django's own backend would report success as
        long as one recipient, the BCC for instance, was accepted.

    Raises:
        Unavailable: nothing was sent. Rejected: the server refused the message or all recipients.
        OutcomeUnknown: the connection broke after the message began to leave.
    """
    sender, recipients, content = _rendered(message)
    backend: Any = get_connection()
    message.connection = backend
    try:
        backend.open()
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable(f"mail server: {type(error).__name__}") from None
    try:
        before_handing_over()
        smtp: smtplib.SMTP | None = getattr(backend, "connection", None)
        if smtp is None:
            message.send()  # console, memory: backends without a conversation
            return {}
        return _converse(smtp, sender, recipients, content)
    finally:
        backend.close()


def _rendered(message: EmailMessage) -> tuple[str, list[str], bytes]:
    """Sender, envelope and bytes, before anybody is called: a header with lines of its own stops here."""
    try:
        sender = sanitize_address(message.from_email or settings.DEFAULT_FROM_EMAIL, "utf-8")
        recipients = [sanitize_address(address, "utf-8") for address in message.recipients()]
        return sender, recipients, message.message().as_bytes(linesep="\r\n")
    except ValueError as error:  # also Django's BadHeaderError
        text = " ".join(str(error).split())[:300]
        raise Rejected(f"the message cannot be written: {text}", vendor_messages=(text,)) from None


def _converse(smtp: smtplib.SMTP, sender: str, recipients: list[str], content: bytes) -> dict[str, str]:
    try:
        refused = smtp.sendmail(sender, recipients, content)
    except smtplib.SMTPRecipientsRefused as error:
        return {address: _words(answer) for address, answer in error.recipients.items()}
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        text = _words((error.smtp_code, error.smtp_error))
        if 400 <= error.smtp_code < 500:
            raise Unavailable(f"mail server: {text}") from None
        raise Rejected(f"mail server: {text}", vendor_messages=(text,)) from None
    except (OSError, smtplib.SMTPException) as error:
        raise OutcomeUnknown(f"mail server: {type(error).__name__}") from None
    return {address: _words(answer) for address, answer in refused.items()}


def _words(answer: tuple[int, bytes | str]) -> str:
    code, text = answer
    return f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}".strip()
