"""`GET /d/<signed token>/`: the PDF for whoever holds the link, and nothing for anyone else."""

from __future__ import annotations

import hashlib
import logging
import logging.config
import random
from typing import Any

import pytest
from django.core import signing
from django.core.files.base import ContentFile
from django.http import HttpResponseBase
from django.test import Client

from config.logging import logging_config
from invoicing.models import Document, InvoicingAccount
from invoicing.services.links import _signer, document_link, document_token
from stores.models import Store
from tests.models import rows

PDF = b"%PDF-1.7 invented \x00\xff\n%%EOF"


def final_document(number: int = 1001, *, pdf: bytes | None = PDF, **fields: Any) -> Document:
    store = Store.objects.filter(code="loja-exemplo").first() or rows.store()
    account = InvoicingAccount.objects.first() or rows.account()
    values = {"status": "settled", "provider_id": str(number), "number": f"{number}/2026", **fields}
    document = rows.document(rows.order(store, number), account, **values)
    if pdf is not None:
        document.pdf.save(f"documents/2026/07/{document.reference}.pdf", ContentFile(pdf))
    return document


def get(token: str, method: str = "get") -> HttpResponseBase:
    answer: HttpResponseBase = getattr(Client(raise_request_exception=False), method)(f"/d/{token}/")
    return answer


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]


def assert_private(response: HttpResponseBase) -> None:
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Set-Cookie" not in response.headers


def assert_not_found(response: HttpResponseBase) -> None:
    assert response.status_code == 404
    assert PDF not in body(response)
    assert_private(response)


def test_a_genuine_link_gives_the_bytes_of_the_pdf(db: None) -> None:
    document = final_document()

    response = get(document_token(document))

    assert (response.status_code, body(response)) == (200, PDF)
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == f'inline; filename="{document.reference}.pdf"'
    assert response.headers["Content-Length"] == str(len(PDF))
    assert_private(response)


def test_the_link_that_is_given_out_is_the_route(db: None, settings) -> None:
    document = final_document()

    link = document_link(document)

    assert link == f"{settings.PUBLIC_URL}/d/{document_token(document)}/"
    assert body(Client().get(link.removeprefix(settings.PUBLIC_URL))) == PDF
    for told in ("loja", "1001/2026", document.reference, "invoicexpress"):
        assert told not in link


def test_a_head_request_says_the_same_without_the_bytes(db: None) -> None:
    response = get(document_token(final_document()), "head")

    assert (response.status_code, body(response)) == (200, b"")
    assert_private(response)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_other_methods_are_refused(db: None, method: str) -> None:
    response = get(document_token(final_document()), method)

    assert response.status_code == 405
    assert PDF not in body(response)


def test_every_changed_or_missing_character_is_not_found(db: None) -> None:
    token = document_token(final_document())

    for place, character in enumerate(token):
        wrong = "A" if character != "A" else "B"
        assert_not_found(get(token[:place] + wrong + token[place + 1 :]))
        assert_not_found(get(token[:place] + token[place + 1 :]))
    for length in range(1, len(token)):
        assert get(token[:length]).status_code == 404
        assert get(token[-length:]).status_code == 404


def test_random_changes_are_not_found(db: None) -> None:
    token = document_token(final_document())
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    letters = "abcXYZ019-_.:~@!$&'()*+,;=% é€"

    for _ in range(100):
        changed = list(token)
        for _ in range(chance.randrange(1, 4)):
            changed[chance.randrange(len(changed))] = chance.choice(letters)
        if "".join(changed) != token:
            assert get("".join(changed)).status_code in (404, 400)


def test_a_token_moved_to_another_document_is_not_found(db: None) -> None:
    mine, theirs = final_document(1001), final_document(1002)
    value, signature = document_token(mine).rsplit(".", 1)
    key = value.partition("-")[2]

    assert_not_found(get(f"{theirs.pk}-{key}.{signature}"))
    assert_not_found(get(_signer.sign(f"{theirs.pk}-{mine.access_key}")))
    assert_not_found(get(f"{value}.{document_token(theirs).rsplit('.', 1)[1]}"))


@pytest.mark.parametrize("salt", ["", "django.core.signing.Signer", "invoicing.buyer-link ", "other"])
def test_what_we_signed_for_something_else_opens_no_document(db: None, salt: str) -> None:
    document = final_document()
    other = signing.Signer(salt=salt or None, sep=".")

    assert_not_found(get(other.sign(f"{document.pk}-{document.access_key}")))


def test_a_link_that_was_taken_back_is_not_found(db: None) -> None:
    document = final_document()
    token = document_token(document)
    Document.objects.filter(pk=document.pk).update(access_key="another-key")

    assert_not_found(get(token))
    document.refresh_from_db()
    assert body(get(document_token(document))) == PDF


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "planned", "provider_id": ""},
        {"status": "draft"},
        {"status": "deleted"},
        {"status": "canceled"},
    ],
)
def test_a_document_that_is_not_final_is_not_found(db: None, fields: dict[str, Any]) -> None:
    assert_not_found(get(document_token(final_document(**fields))))


def test_a_removed_document_is_not_found(db: None) -> None:
    token = document_token(final_document())
    Document.objects.all().delete()

    assert_not_found(get(token))


@pytest.mark.parametrize(
    "token",
    [
        "1-x.y",
        "9" * 400 + "-x.y",
        "-1-x.y",
        "abc-x.y",
        ".",
        "..",
        "-",
        "%00",
        "1-%00.x",
        "\u0661-x.y",
        "é" * 50,
        "x" * 5000,
        "1 OR 1=1-x.y",
        "{{7*7}}",
        "<script>",
    ],
)
def test_what_was_never_signed_is_not_found(db: None, token: str) -> None:
    final_document()

    assert get(token).status_code == 404


@pytest.mark.parametrize("value", ["9" * 400 + "-key", "0-key", "1", "1-", "\u0661-"])
def test_a_value_that_we_signed_but_that_names_no_document_is_not_found(db: None, value: str) -> None:
    final_document()

    assert_not_found(get(_signer.sign(value)))


def test_a_pdf_that_is_not_ready_is_to_be_asked_for_again(db: None) -> None:
    response = get(document_token(final_document(pdf=None)))

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "60"
    assert_private(response)


def test_a_pdf_that_the_storage_lost_is_to_be_asked_for_again_and_is_reported(db: None, caplog) -> None:
    document = final_document()
    document.pdf.storage.delete(document.pdf.name)

    with caplog.at_level(logging.ERROR):
        response = get(document_token(document))

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "60"
    assert_private(response)
    assert "pdf_unreadable" in caplog.text


def test_the_token_is_not_in_the_logs(db: None, caplog, capfd) -> None:
    token = document_token(final_document())
    config = logging_config("INFO", "json")
    made = logging.config.DictConfigurator(config)
    caplog.handler.setFormatter(made.configure_formatter(config["formatters"]["structured"]))

    with caplog.at_level(logging.INFO):
        get(token)
        get(token + "x")

    written = caplog.text + capfd.readouterr().err
    assert "/d/***/" in written
    assert token not in written
    assert hashlib.sha256(token.encode()).hexdigest() not in written
