"""The webhook route's refusals: each stores nothing, rings nothing and says nothing of the inside."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError
from django.test import Client, RequestFactory

from jumpseller_sync import views
from jumpseller_sync.models import JumpsellerConnection, WebhookDelivery
from jumpseller_sync.signature import is_genuine, sign
from jumpseller_sync.throttle import Throttle
from stores.fields import UndecryptableSecret
from tests.web.hook import BODY, NOTHING, TOKEN, Hook, connect, kept, said

LIMIT = 1024 * 1024


def assert_nothing_happened(hook: Hook) -> None:
    assert kept() == NOTHING
    assert hook.rings == []


def hex_signature(body: bytes) -> str:
    return hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest()


SIGNATURES: dict[str, str | None] = {
    "missing": None,
    "empty": "",
    "blank": "   ",
    "of another body": sign(b"{}", TOKEN),
    "of an empty body": sign(b"", TOKEN),
    "of another shop": sign(BODY, "the-hooks-token-of-another-shop"),
    "hex": hex_signature(BODY),
    "base64 of hex": base64.b64encode(hex_signature(BODY).encode()).decode(),
    "url-safe": base64.urlsafe_b64encode(b"\xff" * 32).decode(),
    "without padding": sign(BODY, TOKEN).rstrip("="),
    "twice": f"{sign(BODY, TOKEN)},{sign(BODY, TOKEN)}",
    "with its algorithm": f"sha256={sign(BODY, TOKEN)}",
    "line end": sign(BODY, TOKEN) + "\n",
    "leading blank": " " + sign(BODY, TOKEN),
    "non-ASCII": "\u00e9" * 44,
    "non-ASCII digit": sign(BODY, TOKEN)[:-2] + "\u00b2=",
    "NUL": sign(BODY, TOKEN)[:-1] + "\x00",
    "long": "A" * 100_000,
    "of SHA-1": base64.b64encode(hmac.new(TOKEN.encode(), BODY, hashlib.sha1).digest()).decode(),
    "of no HMAC": base64.b64encode(hashlib.sha256(BODY).digest()).decode(),
    "of an empty token": base64.b64encode(hmac.new(b"", BODY, hashlib.sha256).digest()).decode(),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_signature_that_is_not_the_shops_is_refused(hook: Hook, name: str) -> None:
    response = hook.post(signature=SIGNATURES[name])

    assert (response.status_code, said(response)) == (401, {"message": "bad signature"})
    assert_nothing_happened(hook)


def test_another_stores_token_opens_no_door(hook: Hook) -> None:
    other = connect("outra-loja", token="the-hooks-token-of-another-shop", prefix="OUTRA")

    mine = hook.post(signature=sign(BODY, other.hooks_token))
    theirs = hook.post(path=f"/webhooks/jumpseller/{other.hook_key}/", store_code="loja-exemplo")

    assert (mine.status_code, theirs.status_code) == (401, 401)
    assert_nothing_happened(hook)


def test_the_header_twice_is_refused_even_if_one_is_right(hook: Hook) -> None:
    for value in (f"{sign(BODY, TOKEN)},x", f"x,{sign(BODY, TOKEN)}", f"{sign(BODY, TOKEN)}, "):
        assert hook.post(signature=value).status_code == 401

    assert_nothing_happened(hook)


def test_any_changed_byte_of_the_body_is_refused(hook: Hook) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    headers = {"Jumpseller-Hmac-Sha256": sign(BODY, TOKEN), "Jumpseller-Event": "order_paid"}

    for _ in range(1000):
        body = bytearray(BODY)
        body[chance.randrange(len(body))] ^= chance.randrange(1, 256)
        request = RequestFactory().generic(
            "POST", hook.path, bytes(body), "application/json", headers=headers
        )
        assert views.receive_webhook(request, hook.connection.hook_key).status_code == 401

    assert_nothing_happened(hook)


def test_any_changed_byte_of_the_signature_is_refused(hook: Hook) -> None:
    right = sign(BODY, TOKEN)
    for place in range(len(right)):
        wrong = "A" if right[place] != "A" else "B"
        assert hook.post(signature=right[:place] + wrong + right[place + 1 :]).status_code == 401

    assert_nothing_happened(hook)


def test_any_length_of_the_body_but_its_own_is_refused(hook: Hook) -> None:
    for body in (*(BODY[:length] for length in range(len(BODY))), BODY + b" ", BODY + BODY):
        assert hook.post(body, signature=sign(BODY, TOKEN)).status_code == 401

    assert_nothing_happened(hook)


def test_a_shop_without_a_hooks_token_verifies_nothing(hook: Hook) -> None:
    JumpsellerConnection.objects.update(hooks_token="")
    empty = base64.b64encode(hmac.new(b"", BODY, hashlib.sha256).digest()).decode()

    for signature in (empty, "", None, sign(BODY, TOKEN)):
        assert hook.post(signature=signature).status_code == 401

    assert not is_genuine(BODY, empty, "")
    with pytest.raises(ValueError, match="an empty token signs nothing"):
        sign(BODY, "")
    assert_nothing_happened(hook)


@pytest.mark.parametrize(
    "key", ["unknown", "x" * 5000, "%00", "a%00b", "%F0%9F%92%A9", "..%2f", "'--", "%ff"]
)
def test_an_unknown_hook_is_not_found(hook: Hook, key: str) -> None:
    response = hook.post(path=f"/webhooks/jumpseller/{key}/")

    assert response.status_code == 404
    assert_nothing_happened(hook)


@pytest.mark.django_db(transaction=True)
def test_the_key_of_a_removed_connection_is_not_believed_from_memory(hook: Hook) -> None:
    assert hook.post(signature=None).status_code == 401  # it is in memory now
    JumpsellerConnection.objects.all().delete()

    assert hook.post().status_code == 503
    views._hooks.clear()
    assert hook.post().status_code == 404
    assert kept() == NOTHING


BODIES: dict[str, bytes] = {
    "empty": b"",
    "blank": b"  \n",
    "no JSON": b"order=1001",
    "list": b'[{"order":{"id":1001}}]',
    "string": b'"order"',
    "number": b"1001",
    "null": b"null",
    "true": b"true",
    "NaN": b'{"order":{"id":1001,"total":NaN}}',
    "infinite": b'{"order":{"id":1001,"total":-Infinity}}',
    "NaN alone": b"NaN",
    "truncated": BODY[:-1],
    "more after the end": BODY + b"{}",
    "nested 100 000 lists": b'{"order":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested 100 000 objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "nested and unclosed": b"[" * 500_000,
    "nested just past reason": b'{"a":' * 33 + b"1" + b"}" * 33,
    "nested beside the order": b'{"order":{"id":1001},"x":' + b"[" * 40 + b"]" * 40 + b"}",
    "5 000 digits": b'{"order":{"id":' + b"9" * 5000 + b"}}",
    "5 000 digits, negative": b'{"order":{"id":1001,"total":-' + b"9" * 5000 + b"}}",
    "5 000 digits with a point": b'{"order":{"id":1001,"total":1.' + b"9" * 5000 + b"}}",
    "5 000 digits and an exponent": b'{"order":{"id":1001,"total":' + b"9" * 5000 + b"e5}}",
    "invalid UTF-8": b'{"order":{"id":1001,"name":"\xff\xfe"}}',
    "truncated UTF-8": b'{"order":{"id":1001,"name":"\xe2\x82"}}',
    "surrogate in UTF-8": b'{"order":{"id":1001,"name":"\xed\xa0\x80"}}',
    "overlong UTF-8": b'{"order":{"id":1001,"name":"\xc0\xaf"}}',
    "UTF-16": BODY.decode().encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + BODY,
    "Latin-1": '{"order":{"id":1001,"name":"João"}}'.encode("latin-1"),
    "NUL in a text": b'{"order":{"id":1001,"name":"\x00"}}',
    "NUL at the end": BODY + b"\x00",
    "NUL alone": b"\x00",
    "gzip": b"\x1f\x8b\x08\x00" + b"\x00" * 40,
    "single quotes": b"{'order':{'id':1001}}",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_genuine_body_that_is_no_json_object_is_refused(hook: Hook, name: str) -> None:
    response = hook.post(BODIES[name])

    assert (response.status_code, said(response)) == (400, {"message": "not a JSON object"})
    assert_nothing_happened(hook)


def test_a_body_over_the_limit_is_refused(hook: Hook) -> None:
    body = b'{"order":{"id":1001},"pad":"' + b"x" * (LIMIT - 29) + b'"}'
    assert len(body) == LIMIT + 1

    response = hook.post(body)

    assert (response.status_code, said(response)) == (413, {"message": "too large"})
    assert_nothing_happened(hook)


class Unreadable:
    """A body that nobody may touch."""

    def read(self, *_args: Any) -> bytes:
        raise AssertionError("the body was read")

    readline = read


@pytest.mark.parametrize("length", [str(LIMIT + 1), "99999999999999999999", "1_048_577"])
def test_a_body_that_is_announced_too_large_is_not_read(hook: Hook, length: str) -> None:
    request = RequestFactory().generic(
        "POST", hook.path, b"{}", content_type="application/json", CONTENT_LENGTH=length
    )
    request._stream = Unreadable()  # type: ignore[assignment]

    response = views.receive_webhook(request, hook.connection.hook_key)

    assert response.status_code == 413
    assert_nothing_happened(hook)


@pytest.mark.parametrize("length", ["", "-1", "0", "abc", "5", "9" * 5000])
def test_a_body_is_never_more_than_what_was_announced(hook: Hook, length: str) -> None:
    response = Client().generic(
        "POST",
        hook.path,
        BODY,
        content_type="application/json",
        CONTENT_LENGTH=length,
        headers={"Jumpseller-Hmac-Sha256": sign(BODY, TOKEN), "Jumpseller-Event": "order_paid"},
    )

    assert response.status_code == 401
    assert_nothing_happened(hook)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json/x",
        "application/vnd.api+json",
        "text/html, application/json",
        " ",
        "",
        "\u00e9",
    ],
)
def test_another_content_type_is_refused_before_the_body_is_read(hook: Hook, content_type: str) -> None:
    signature = sign(BODY, TOKEN)
    request = RequestFactory().generic(
        "POST",
        hook.path,
        BODY,
        content_type=content_type,
        headers={"Jumpseller-Hmac-Sha256": signature, "Jumpseller-Event": "order_paid"},
    )
    request._stream = Unreadable()  # type: ignore[assignment]

    response = views.receive_webhook(request, hook.connection.hook_key)

    assert response.status_code == 415
    assert_nothing_happened(hook)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_refused(hook: Hook, method: str) -> None:
    response = Client().generic(
        method,
        hook.path,
        BODY,
        content_type="application/json",
        headers={"Jumpseller-Hmac-Sha256": sign(BODY, TOKEN), "Jumpseller-Event": "order_paid"},
    )

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert_nothing_happened(hook)


def test_a_flood_is_refused_before_the_body_is_read(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_throttle", Throttle(rate=0.0, burst=3.0))
    other = connect("outra-loja", prefix="OUTRA")
    statuses = [hook.post(signature=None).status_code for _ in range(3)]

    response = hook.post()

    assert statuses == [401, 401, 401]
    assert (response.status_code, said(response)) == (429, {"message": "too many requests"})
    assert response.headers["Retry-After"] == "1"
    assert_nothing_happened(hook)
    assert hook.post(path=f"/webhooks/jumpseller/{other.hook_key}/").status_code == 200


def test_a_burst_of_a_thousand_passes(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_throttle", Throttle())
    request = RequestFactory().generic("POST", hook.path, BODY, "text/plain")

    statuses = {views.receive_webhook(request, hook.connection.hook_key).status_code for _ in range(1000)}

    assert statuses == {415}
    assert_nothing_happened(hook)


@pytest.mark.parametrize("error", [OperationalError, IntegrityError, InterfaceError, DatabaseError])
def test_what_cannot_be_made_durable_is_to_be_sent_again(
    hook: Hook, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_fields: Any) -> None:
        raise error("disk I/O error: /var/lib/secret-place")

    monkeypatch.setattr(WebhookDelivery.objects, "create", refuse)

    response = hook.post()

    assert (response.status_code, said(response)) == (503, {"message": "try again"})
    assert response.headers["Retry-After"] == "60"
    assert_nothing_happened(hook)
    monkeypatch.undo()
    assert hook.post().status_code == 200


@pytest.mark.parametrize("error", [OperationalError, InterfaceError, UndecryptableSecret])
def test_a_database_that_cannot_tell_whose_hook_it_is_says_so(
    hook: Hook, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise error("gone")

    monkeypatch.setattr(JumpsellerConnection.objects, "select_related", refuse)

    response = hook.post()

    assert (response.status_code, said(response)) == (503, {"message": "try again"})
    assert_nothing_happened(hook)


def test_a_failure_that_nobody_foresaw_shows_nothing_of_the_inside(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("the inside: /srv/app/jumpseller_sync/views.py")

    monkeypatch.setattr(views, "keep_delivery", explode)

    response = hook.post()

    assert response.status_code == 500
    for word in (b"Traceback", b"RuntimeError", b"inside", b"views.py", TOKEN.encode()):
        assert word not in response.content
    assert_nothing_happened(hook)


def test_every_refusal_is_short_json_that_names_nobody(hook: Hook) -> None:
    answers = [
        hook.post(signature=None),
        hook.post(path="/webhooks/jumpseller/unknown/"),
        hook.post(b"[]"),
        hook.post(content_type="text/plain"),
        hook.post(b"x" * (LIMIT + 1)),
    ]

    assert [answer.status_code for answer in answers] == [401, 404, 400, 415, 413]
    for answer in answers:
        assert list(said(answer)) == ["message"]
        assert len(answer.content) < 100
        assert b"loja-exemplo" not in answer.content
    assert_nothing_happened(hook)
