"""Mail against a real SMTP server: what left, who was refused, and what is only perhaps sent."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from django.core.mail import EmailMessage

from outbound.errors import OutcomeUnknown, Rejected, Unavailable
from outbound.mail import send


class Mailbox(MessageHandler):
    """Keeps what arrives; refuses the recipients and the data that it was told to."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []
        self.envelopes: list[list[str]] = []
        self.refused: dict[str, str] = {}
        self.data_answer = ""
        self.hang_up_on_data = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.hang_up_on_data:
            self.handle_message(self.prepare_message(session, envelope))
            server.transport.abort()
            return "421 gone"
        if self.data_answer:
            return self.data_answer
        self.envelopes.append(list(envelope.rcpt_tos))
        return str(await super().handle_DATA(server, session, envelope))

    def handle_message(self, message: Message) -> None:
        self.messages.append(message)


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    handler = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield handler
    controller.stop()


def a_message() -> EmailMessage:
    message = EmailMessage("Fatura", "Segue em anexo.", to=["ana@example.com"], bcc=["loja@example.com"])
    message.attach("fatura.pdf", b"%PDF-1.4 invented", "application/pdf")
    return message


def test_the_buyer_is_in_to_and_the_merchant_only_in_the_envelope(mailbox: Mailbox) -> None:
    begun: list[str] = []

    refused = send(a_message(), before_handing_over=lambda: begun.append("now"))

    (message,) = mailbox.messages
    assert refused == {}
    assert begun == ["now"]
    assert mailbox.envelopes == [["ana@example.com", "loja@example.com"]]
    assert message["To"] == "ana@example.com"
    assert message["Bcc"] is None
    assert "loja@example.com" not in message.as_string().split("X-RcptTo")[0]
    assert [part.get_filename() for part in message.walk() if part.get_filename()] == ["fatura.pdf"]


def test_a_refused_buyer_beside_an_accepted_bcc_is_noticed(mailbox: Mailbox) -> None:
    mailbox.refused = {"ana@example.com": "550 no such mailbox"}

    refused = send(a_message(), before_handing_over=lambda: None)

    assert refused == {"ana@example.com": "550 no such mailbox"}
    assert mailbox.envelopes == [["loja@example.com"]]


def test_all_refused_is_told_and_nothing_is_sent(mailbox: Mailbox) -> None:
    mailbox.refused = {"ana@example.com": "550 no", "loja@example.com": "550 no"}

    refused = send(a_message(), before_handing_over=lambda: None)

    assert refused == {"ana@example.com": "550 no", "loja@example.com": "550 no"}
    assert mailbox.messages == []


@pytest.mark.parametrize(
    ("answer", "error"), [("451 greylisted", Unavailable), ("554 looks like spam", Rejected)]
)
def test_a_refused_message_was_not_sent(mailbox: Mailbox, answer: str, error: type[Exception]) -> None:
    mailbox.data_answer = answer

    with pytest.raises(error):
        send(a_message(), before_handing_over=lambda: None)

    assert mailbox.messages == []


def test_a_connection_that_breaks_after_the_message_left_is_unknown(mailbox: Mailbox) -> None:
    mailbox.hang_up_on_data = True

    with pytest.raises(OutcomeUnknown):
        send(a_message(), before_handing_over=lambda: None)

    assert len(mailbox.messages) == 1  # it did arrive, which nobody here can know


def test_a_server_that_is_away_is_tried_later_and_nothing_was_begun(settings: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    begun: list[str] = []

    with pytest.raises(Unavailable):
        send(a_message(), before_handing_over=lambda: begun.append("now"))

    assert begun == []


@pytest.mark.parametrize("field", ["subject", "to", "from_email"])
def test_a_header_that_brings_its_own_lines_is_refused(mailbox: Mailbox, field: str) -> None:
    message = a_message()
    value = "ana@example.com\r\nBcc: outro@example.com"
    setattr(message, field, [value] if field == "to" else value)

    with pytest.raises(Rejected):
        send(message, before_handing_over=lambda: None)

    assert mailbox.messages == []
