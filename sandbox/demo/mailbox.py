"""A mail server that keeps what it is given and delivers nothing."""

from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path


@dataclass(frozen=True)
class Mail:
    """`recipients` are the envelope's; `to` and `shown_bcc` are what the buyer can read."""

    recipients: tuple[str, ...]
    to: str
    subject: str
    attachment: str
    attachment_bytes: int
    shown_bcc: str = ""


class Mailbox:
    """Listens on any free port of this machine. `with Mailbox() as mailbox: ... mailbox.mails`.

    With a folder, each mail is also kept there as a file that a mail program opens.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.mails: list[Mail] = []
        self._folder = folder
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Conversation)
        self._server.mailbox = self
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, name="mailbox", daemon=True)

    def keep(self, recipients: list[str], data: bytes) -> None:
        with self._lock:
            self.mails.append(read_mail(recipients, data))
            if self._folder is not None:
                self._folder.mkdir(parents=True, exist_ok=True)
                (self._folder / f"{len(self.mails):02}.eml").write_bytes(data)

    def __enter__(self) -> Mailbox:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def read_mail(recipients: list[str], data: bytes) -> Mail:
    message = message_from_bytes(data, policy=policy.default)
    files = [(part.get_filename() or "", part.get_content()) for part in message.iter_attachments()]
    name, content = files[0] if files else ("", b"")
    return Mail(
        recipients=tuple(recipients),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        attachment=name,
        attachment_bytes=len(content),
        shown_bcc=str(message["Bcc"] or ""),
    )


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    mailbox: Mailbox


class _Conversation(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client without extensions asks for."""

    timeout = 60
    server: _Server

    def handle(self) -> None:
        recipients: list[str] = []
        self._say("220 demo mailbox")
        while line := self.rfile.readline(4096):
            word = line.strip().upper()
            if word.startswith((b"EHLO", b"HELO")):
                self._say("250 demo mailbox")
            elif word.startswith(b"RCPT TO:"):
                recipients.append(line[8:].split(b">")[0].strip(b" <\r\n").decode(errors="replace"))
                self._say("250 ok")
            elif word == b"DATA":
                self._say("354 go on")
                self.server.mailbox.keep(recipients, self._read_data())
                recipients = []
                self._say("250 kept")
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                if word.startswith((b"MAIL FROM:", b"RSET")):
                    recipients = []
                self._say("250 ok")

    def _read_data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) and line != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
