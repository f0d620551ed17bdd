"""Printed documents: the PDF and the QR code that are made while one waits, and the mail."""

from __future__ import annotations

import hashlib

from sandbox.invoicexpress import answers, client_rules, rendering
from sandbox.invoicexpress.codes import format_date
from sandbox.invoicexpress.desk import Desk, FileLink, body_root
from sandbox.invoicexpress.records import Document
from sandbox.messages import Request, Response, raw_response

FILES_PREFIX = "/invoicexpress-files/"


def pdf(desk: Desk, document: Document) -> Response:
    """202 while the paper is being made, then a link that expires."""
    if not document.is_fiscal:
        raise desk.refuse(answers.INVALID_STATE)
    if not _is_ready(desk, document):
        return raw_response(202)
    desk.account.count("pdf_links")
    return answers.ok({"output": {"pdfUrl": _link(desk, document, "pdf")}})


def qr_code(desk: Desk, document: Document) -> Response:
    if not document.is_fiscal:
        raise desk.refuse(answers.INVALID_STATE)
    if not _is_ready(desk, document):
        return raw_response(202)
    return answers.ok({"qr_code": {"url": _link(desk, document, "png")}})


def email(desk: Desk, document: Document, request: Request) -> Response:
    message = body_root(request, "message")
    if desk.switches.email == "trial":
        raise answers.Refused(
            answers.errors(401, "O envio de email não está disponível durante o período gratuito")
        )
    client = message.get("client")
    if not isinstance(client, dict):
        raise desk.refuse("No content type or wrongly specified")
    problems = []
    for label, text in (
        ("Email", client.get("email")),
        ("Cc", message.get("cc")),
        ("Bcc", message.get("bcc")),
    ):
        addresses = [piece.strip() for piece in str(text or "").split(",") if piece.strip()]
        if any(not client_rules.is_email(address) for address in addresses) or (
            label == "Email" and not addresses
        ):
            problems.append(f"{label}: is an invalid email")
    if problems:
        raise desk.refuse(*problems)
    if str(client.get("save")) == "1":
        document.client.fields["email"] = client["email"]
    document.emails.append(message)
    desk.account.count("emails")
    return answers.done()


def pdf_file(desk: Desk, document: Document) -> bytes:
    """One page that names the number and the total."""
    total = rendering.figures_of(desk, document).total
    return pdf_bytes(
        [
            f"{document.kind.name} {document.number_text}",
            f"ATCUD: {document.atcud}",
            f"Date: {format_date(document.day)}",
            f"Reference: {document.reference or '-'}",
            f"Client: {(document.client_copy or {}).get('name', '-')}",
            f"Total: {total} EUR",
            "Sandbox document, no fiscal value",
        ]
    )


def pdf_bytes(lines: list[str]) -> bytes:
    """A valid PDF of one A4 page with these lines of text."""
    shown = [line.encode("cp1252", "replace") for line in lines]
    escaped = [line.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") for line in shown]
    text = b"BT /F1 14 Tf 20 TL 60 780 Td " + b" ".join(b"(" + line + b") Tj T*" for line in escaped) + b" ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _is_ready(desk: Desk, document: Document) -> bool:
    if desk.switches.pdf == "always_pending":
        return False
    document.pdf_polls += 1
    return document.pdf_polls > desk.switches.pdf_pending_answers


def _link(desk: Desk, document: Document, ending: str) -> str:
    seed = f"{desk.account.name}/{document.id}/{document.pdf_polls}/{ending}"
    token = hashlib.sha256(seed.encode()).hexdigest()[:40]
    desk.files[token] = FileLink(desk.account.name, document.id, desk.now + desk.switches.pdf_link_seconds)
    return f"{desk.base_url}{FILES_PREFIX}{token}.{ending}"
