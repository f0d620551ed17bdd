"""The JSON of `connect_store`, key by key: what is refused is named, and nothing is saved or called."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from invoicing.models import InvoicingProfileVersion
from sandbox.server import SandboxServer
from tests.commands.run import command
from tests.commands.stores import EXAMPLE, LEFT_OUT, NOTHING, connect, example, open_shops, refused, saved
from tests.flow import API_KEY


@pytest.fixture
def shops(sandbox: SandboxServer) -> SandboxServer:
    open_shops(sandbox)
    return sandbox


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every place that a socket is connected to, and every name that is looked up."""
    places: list[Any] = []
    real_connect, real_look_up = socket.socket.connect, socket.getaddrinfo

    def connect_to(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            places.append(address[:2])
        return real_connect(self, address)

    def look_up(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        places.append((host, port))
        return real_look_up(host, port, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", connect_to)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return places


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sync_items", True),
        ("sync_stock", True),
    ],
)
def test_a_key_that_is_not_obeyed_yet_is_refused_by_name(
    shops: SandboxServer, monkeypatch, sockets: list[Any], key: str, value: Any
) -> None:
    ended = connect(example(**{f"profile__{key}": value}), monkeypatch)

    refused(ended, f"profile.{key}: not supported yet; leave it out")
    assert sockets == []


def test_a_setting_without_its_partner_is_refused_by_name(
    shops: SandboxServer, monkeypatch, sockets: list[Any]
) -> None:
    ended = connect(example(profile__untaxed_shipping="exempt"), monkeypatch)

    refused(ended, "profile.shipping_exemption_code: needed when untaxed_shipping is exempt")
    assert sockets == []


@pytest.mark.parametrize(
    ("key", "given", "kept"),
    [
        ("vat_region", "PT-AC", "PT-AC"),
        ("export_exemption_code", "M05", "M05"),
        ("intra_eu_exemption_code", None, ""),
        ("oss", True, True),
        ("oss", None, False),
        ("oss_from", "2026-07-01", "2026-07-01"),
        ("seller_tax_id", "PT 123 456 789", "123456789"),
        ("exemption_by_sku", {"LIV-*": "M07", "A": "M13"}, {"A": "M13", "LIV-*": "M07"}),
        ("print_fields", ["Obra", " "], ["Obra"]),
        ("shipping_vat", "as_goods", "as_goods"),
    ],
)
def test_a_fiscal_setting_is_kept_as_it_is_obeyed(
    shops: SandboxServer, monkeypatch, key: str, given: Any, kept: Any
) -> None:
    assert connect(example(**{f"profile__{key}": given}), monkeypatch).status == 0

    version = InvoicingProfileVersion.objects.get()
    assert version.settings[key] == kept
    assert version.value().to_dict() == version.settings


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("secret", "secret: unknown key"),
        ("webhook_url", "webhook_url: unknown key"),
        ("reference_prefix", "reference_prefix: unknown key"),
        ("stopped_at", "stopped_at: unknown key"),
        ("jumpseller__hooks_token", "jumpseller.hooks_token: unknown key"),
        ("jumpseller__hook_key", "jumpseller.hook_key: unknown key"),
        ("invoicing__url", "invoicing.url: unknown key"),
        ("invoicing__requests_per_minute", "invoicing.requests_per_minute: unknown key"),
        ("profile__finalise", "profile.finalise: unknown setting"),
        ("profile__number", "profile.number: unknown setting"),
    ],
)
def test_an_unknown_key_is_refused_by_name(
    shops: SandboxServer, monkeypatch, sockets: list[Any], key: str, problem: str
) -> None:
    refused(connect(example(**{key: API_KEY}), monkeypatch), problem)
    assert sockets == []


ANY_TYPE: list[Any] = [0, 1, 1.5, True, False, [], ["x"], {}, {"x": 1}, float("nan"), 10**400]
TEXTS = {
    "code": "code",
    "name": "name",
    "country": "country",
    "currency": "currency",
    "timezone": "timezone",
    "jumpseller__login": "jumpseller.login",
    "jumpseller__auth_token": "jumpseller.auth_token",
    "invoicing__provider": "invoicing.provider",
    "invoicing__account": "invoicing.account",
    "invoicing__api_key": "invoicing.api_key",
}


@pytest.mark.parametrize("key", TEXTS)
def test_a_text_is_nothing_but_a_text(
    shops: SandboxServer, monkeypatch, sockets: list[Any], key: str
) -> None:
    for value in (*ANY_TYPE, "x" * 300, "a\x00b", "\ud800"):
        ended = connect(example(**{key: value}), monkeypatch)

        assert (ended.status, ended.json["status"]) == (1, "refused"), value
        assert any(problem.startswith(f"{TEXTS[key]}:") for problem in ended.json["problems"]), value
        assert saved() == NOTHING
    assert sockets == []


@pytest.mark.parametrize("section", ["jumpseller", "invoicing", "profile"])
def test_a_section_is_nothing_but_an_object(
    shops: SandboxServer, monkeypatch, sockets: list[Any], section: str
) -> None:
    wrong: list[Any] = [0, 1, True, False, "", "x", [], [{}], 1.5]
    for value in wrong:
        ended = connect(example(**{section: value}), monkeypatch)

        assert (ended.status, ended.json["status"]) == (1, "refused"), value
        assert f"{section}: must be an object" in ended.json["problems"], value
        assert saved() == NOTHING
    assert sockets == []


PROFILE_TYPES: dict[str, list[Any]] = {
    "document_type": [*ANY_TYPE, "", "receipt", "credit_note", "INVOICE", None],
    "issue_on": [*ANY_TYPE, "", "shipped", None],
    "finalize": [0, 1, "true", "yes", "", [], {}, None, 1.0],
    "email_customer": [0, 1, "false", "", [], {}, None],
    "bcc": [
        0,
        True,
        [],
        {},
        "loja",
        "a@b",
        "a@b.c,d@e.f",
        "a@b.c\r\nBcc: x@y.z",
        "a b@c.d",
        "x" * 300 + "@a.b",
    ],
    "on_cancel": [*ANY_TYPE, "", "delete", None],
    "prices_include_vat": [0, 1, "true", "", [], {}],
    "vat_region": [*ANY_TYPE, "", "ES", "pt", None],
    "exemption_code": [0, True, [], {}, "M1", "m10", "M100", "Isento", "M77"],
    "exemption_by_sku": [
        0,
        True,
        "M07",
        [],
        {"": "M07"},
        {"*": "M07"},
        {"A": ""},
        {"A": "M77"},
        {"A": 7},
        {str(number): "M07" for number in range(501)},
    ],
    "seller_tax_id": [0, True, [], {}, "123456780", "999999990", "ES12345678Z"],
    "oss_from": [1, True, [], {}, "01/01/2026"],
    "shipping_vat": [*ANY_TYPE, "", None, "split"],
    "untaxed_shipping": [*ANY_TYPE, "", None, "exclude"],
    "shipping_exemption_code": [0, True, [], {}, "M1", "M77"],
    "observations": [0, True, [], {}, "x" * 256, "a\nb"],
    "print_fields": [0, True, {}, "Obra", [1], ["x" * 256], ["x"] * 501],
    "invalid_tax_id": [*ANY_TYPE, "", "ignore", None],
    "series": [0, True, [], {}, "x" * 256, "a\x00b", "\ud800"],
    "go_live_on": [
        1,
        True,
        [],
        {},
        "01/01/2026",
        "2026-13-01",
        "2026-02-30",
        "yesterday",
        "2026-01-01T00:00:00",
    ],
    "gift_card_sale": [*ANY_TYPE, "", "issue", None],
    "zero_total": [*ANY_TYPE, "", "issue", None],
    "foreign_currency": [*ANY_TYPE, "", "issue", None],
    "unpaid_document_type": [True, [], {}, 1, "receipt", "invoice_receipt", "simplified_invoice"],
    "issue_delay_minutes": [0.5, -1, 7201, "0", [], {}, True],
    "export_exemption_code": [True, [], {}, 1, "M5"],
    "intra_eu_exemption_code": [True, [], {}, 1, "M5"],
    "oss": ["false", [], {}, 1],
    "sync_items": ["false", [], {}, 1],
    "sync_stock": ["false", [], {}, 1],
}


@pytest.mark.parametrize("key", PROFILE_TYPES)
def test_a_setting_of_the_wrong_type_or_value_is_refused_by_name(
    shops: SandboxServer, monkeypatch, sockets: list[Any], key: str
) -> None:
    for value in PROFILE_TYPES[key]:
        ended = connect(example(**{f"profile__{key}": value}), monkeypatch)

        assert (ended.status, ended.json["status"]) == (1, "refused"), value
        assert [problem.split(":")[0] for problem in ended.json["problems"]] == [f"profile.{key}"], value
        assert saved() == NOTHING
    assert sockets == []


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("code", LEFT_OUT, "code: missing"),
        ("code", "", "code: missing"),
        ("code", "   ", "code: missing"),
        ("code", None, "code: missing"),
        ("jumpseller__login", LEFT_OUT, "jumpseller.login: missing"),
        ("jumpseller__auth_token", "", "jumpseller.auth_token: missing"),
        ("jumpseller__auth_token", " \t\n", "jumpseller.auth_token: missing"),
        ("invoicing__account", LEFT_OUT, "invoicing.account: missing"),
        ("invoicing__api_key", "", "invoicing.api_key: missing"),
        ("invoicing__api_key", " ", "invoicing.api_key: missing"),
        ("timezone", "Lisbon", "timezone: no such time zone"),
        ("timezone", "../../etc/passwd", "timezone: no such time zone"),
        ("invoicing__provider", "moloni", "invoicing.provider: must be one of invoicexpress"),
        ("country", "P", "country: must be a code of two letters, such as PT"),
        ("country", "ßß", "country: must be a code of two letters, such as PT"),
        ("currency", "EU", "currency: must be a code of three letters, such as EUR"),
        ("currency", "€€€", "currency: must be a code of three letters, such as EUR"),
        ("jumpseller__login", "lo\ngin", "jumpseller.login: must be printable ASCII"),
        ("jumpseller__login", "łogin", "jumpseller.login: must be printable ASCII"),
        ("jumpseller__auth_token", "tok\u200ben", "jumpseller.auth_token: must be printable ASCII"),
        ("invoicing__api_key", "chave-€", "invoicing.api_key: must be printable ASCII"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(
    shops: SandboxServer, monkeypatch, sockets: list[Any], key: str, value: Any, problem: str
) -> None:
    refused(connect(example(**{key: value}), monkeypatch), problem)
    assert sockets == []


def test_every_problem_is_named_at_once(shops: SandboxServer, monkeypatch) -> None:
    values = example(code=7, currency="EURO", invoicing__account="no account", profile__finalize="yes", x=1)

    ended = connect(values, monkeypatch)

    assert [problem.split(":")[0] for problem in ended.json["problems"]] == [
        "x",
        "profile.finalize",
        "code",
        "currency",
        "invoicing.account",
    ]
    assert saved() == NOTHING


ACCOUNT_NAMES = [
    "a.evil.com/",
    "a.evil.com",
    "evil.com#",
    "x@127.0.0.1",
    "x:y@127.0.0.1",
    "127.0.0.1:1/",
    "[::1]",
    "x#",
    "x?",
    "x/",
    "x\\",
    "x%2f",
    "x%00",
    "../x",
    "loja\nevil",
    "loja\r\nHost: evil",
    "loja\t",
    "loja exemplo",
    "loja\u3002evil",
    "loja\uff0eevil",
    "loja\uff61evil",
    "ｌoja",
    "lojä",
    "LOJA",
    "-loja",
    "_loja",
    "{account}",
    "x" * 64,
    "http://127.0.0.1",
    "٣",
]


@pytest.mark.parametrize("name", ACCOUNT_NAMES)
def test_an_account_name_that_is_none_opens_no_socket(
    shops: SandboxServer, monkeypatch, sockets: list[Any], name: str
) -> None:
    ended = connect(example(invoicing__account=name), monkeypatch)

    if name.strip() == "loja":  # blanks around a name are not part of it
        assert ended.status == 1
        return
    refused(ended, "invoicing.account: only the account's own name, such as lojaexemplo")
    assert sockets == []


@pytest.mark.parametrize("name", ["xn--e1afmkfd", "localhost", "127", "a", "x" * 63])
def test_a_name_of_the_right_form_leads_to_the_provider_and_nowhere_else(
    shops: SandboxServer, monkeypatch, sockets: list[Any], name: str
) -> None:
    ended = connect(example(invoicing__account=name), monkeypatch)

    port = int(shops.url.rsplit(":", 1)[1])
    assert ended.status == 1
    assert ended.json["problems"][0].startswith("invoicing: ")
    assert {(host, int(number)) for host, number in sockets} == {("127.0.0.1", port)}


def test_a_redirect_is_not_followed(shops: SandboxServer, monkeypatch, sockets: list[Any]) -> None:
    shops.state.faults.add(kind="redirect", times=None, location="http://169.254.169.254/latest/meta-data")

    ended = connect(EXAMPLE, monkeypatch)

    port = int(shops.url.rsplit(":", 1)[1])
    assert (ended.status, ended.json["hooks"]) == (1, [])
    assert len(ended.json["problems"]) == 2
    assert {(host, int(number)) for host, number in sockets} == {("127.0.0.1", port)}


def test_no_proxy_of_the_environment_is_used(shops: SandboxServer, monkeypatch, sockets: list[Any]) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    assert connect(EXAMPLE, monkeypatch).status == 0
    assert ("127.0.0.1", 1) not in sockets


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "1",
        "NaN",
        '{"code": "loja"} trailing',
        "{'code': 'loja'}",
        "\ufeff{}",
        "[" * 200_000,
        '{"a":' * 200_000,
        "9" * 5000,
    ],
)
def test_broken_json_is_refused_without_being_repeated(shops: SandboxServer, monkeypatch, text: str) -> None:
    ended = connect(text, monkeypatch)

    assert (ended.status, ended.json["status"], len(ended.json["problems"])) == (1, "refused", 1)
    assert len(ended.json["problems"][0]) < 200
    assert saved() == NOTHING


def test_a_secret_in_broken_json_is_not_repeated(shops: SandboxServer, monkeypatch) -> None:
    text = json.dumps(EXAMPLE)

    for end in range(0, len(text), 7):
        ended = connect(text[:end], monkeypatch)  # looks for the secrets itself
        assert ended.status == 1
    assert saved() == NOTHING


@pytest.mark.parametrize("content", [b"\xff\xfe{}", b"\x00", b'{"code": "\xe9"}'])
def test_a_file_that_is_no_text_is_refused(db: None, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "loja.json"
    file.write_bytes(content)

    refused(command("connect_store", "--from", str(file), "--json"), *_problems_of(file))


def _problems_of(file: Path) -> list[str]:
    ended = command("connect_store", "--from", str(file), "--json")
    assert ended.json["problems"][0].startswith(f"{file}: ")
    return list(ended.json["problems"])


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_told(db: None, tmp_path: Path, name: str) -> None:
    ended = command("connect_store", "--from", str(tmp_path / name), "--json")

    assert (ended.status, ended.json["status"]) == (1, "refused")
    assert ended.json["problems"][0].startswith(str(tmp_path / name))
    assert saved() == NOTHING
