"""Amounts, days, reasons and grounds in the user's language; the catalogues are complete."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polib
import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from invoicing.admin import labels
from invoicing.admin.grounds import ground
from invoicing.admin.labels import reason_text
from invoicing.admin.setting_labels import SETTINGS
from invoicing.domain.decision import Outcome, RulingKind
from invoicing.domain.lifecycle import Verb
from invoicing.domain.profile import Profile
from invoicing.domain.reasons import ExclusionReason, HoldReason
from scripts import messages
from stores.admin.formats import day, last_four, moment, money, number
from stores.admin.requesters import requester


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_the_catalogues_are_complete_and_compiled(language: str) -> None:
    assert messages.problems(language) == []


@pytest.mark.parametrize(
    ("language", "amount", "expected"),
    [
        ("pt", "1234.56", "1\u00a0234,56\u00a0€"),
        ("es", "1234567.5", "1\u00a0234\u00a0567,50\u00a0€"),
        ("en", "1234.56", "1,234.56\u00a0€"),
        ("pt", "0.0123", "0,0123\u00a0€"),
        ("pt", "100", "100,00\u00a0€"),
    ],
)
def test_money(language: str, amount: str, expected: str) -> None:
    with override(language):
        assert money(Decimal(amount)) == expected


def test_other_currencies_and_nothing() -> None:
    with override("pt"):
        assert (money(Decimal("5"), "USD"), money(None), number(None)) == ("5,00\u00a0USD", "", "")
        assert number(Decimal("2.50")) == "2,5"


def test_days_and_moments_are_the_installations() -> None:
    at = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
    with override("pt"):
        assert (day(date(2026, 11, 20)), moment(at), moment(None)) == ("20/11/2026", "20/11/2026 13:05", "")
    with override("en"):
        assert moment(at) == "2026-11-20 13:05"


def test_a_secret_keeps_its_last_four_characters_only_if_it_is_long() -> None:
    assert (last_four("0123456789abcdef"), last_four("short"), last_four("")) == ("••••cdef", "••••", "")


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_reason_is_told_in_the_users_language(language: str) -> None:
    for reason in [*HoldReason, *ExclusionReason]:
        with override("en"):
            english = reason_text(reason.value)
        with override(language):
            assert reason_text(reason.value).sentence != english.sentence


def test_grounds_are_told_in_the_users_language() -> None:
    with override("pt"):
        assert ground("the shop charged 23 %") == "a loja cobrou 23 %"
        assert ground("prices include VAT, shipping plus VAT") == (
            "os preços incluem IVA, portes a que acresce o IVA"
        )
        assert ground("<b>unknown</b>, no name") == "<b>unknown</b>, sem nome"
        assert ground("") == ""
        assert ground("paid on 2026-11-20, which is printed") == "paga em 20/11/2026, o que vem impresso"
        assert ground("the tax id cannot be used: no name") == "o NIF não pode ser usado: sem nome"
        assert ground(
            "The order states no discount; only its total was checked.; 5.00 EUR were paid with a gift card."
        ) == (
            "A encomenda não indica desconto; só o total foi verificado.; "
            "5.00 EUR foram pagos com cartão-oferta."
        )


def test_who_asked_is_told_in_words() -> None:
    with override("pt"):
        assert (requester("order_paid"), requester("staff:ana")) == ("a loja: encomenda paga", "ana")
        assert requester("something_new") == "something_new"


def test_every_stored_value_has_its_words() -> None:
    assert set(labels.VERBS) >= set(Verb)
    assert set(labels.RULINGS) == set(RulingKind)
    assert set(labels.SHOWN_OUTCOMES) > set(Outcome)
    assert set(SETTINGS) == set(Profile().to_dict())


def test_the_browser_or_the_person_chooses_the_language(client: Client, db: None) -> None:
    login = reverse("admin:login")

    portuguese = client.get(login, headers={"Accept-Language": "pt-PT,pt;q=0.9"})
    client.post("/i18n/setlang/", {"language": "es", "next": login})
    spanish = client.get(login, headers={"Accept-Language": "pt-PT"})

    assert portuguese.headers["Content-Language"] == "pt"
    assert spanish.headers["Content-Language"] == "es"


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (polib.POEntry(msgid="Save", msgstr=""), "not translated"),
        (polib.POEntry(msgid="Save", msgstr="Guardar", flags=["fuzzy"]), "fuzzy"),
        (polib.POEntry(msgid="%(n)s rows", msgstr="%(m)s linhas"), "other placeholders"),
        (polib.POEntry(msgid="User", msgstr="Usuário"), "not European Portuguese"),
        (polib.POEntry(msgid="\nText\n", msgstr="Texto"), "begins with a line break, or not"),
    ],
)
def test_a_doubtful_translation_is_named(entry: polib.POEntry, problem: str) -> None:
    assert list(messages._entry_problems(entry, "pt")) == [problem]


def test_a_new_text_and_a_stale_file_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "django.po"
    monkeypatch.setattr(messages, "catalogue_path", lambda _language: path)
    monkeypatch.setattr(messages, "collect", lambda _language: {messages.Message("Order"): "a.py"})

    assert messages.update("pt") == ["Order"]
    assert messages.problems("pt") == ["pt: not translated: 'Order'"]

    catalogue = polib.pofile(str(path))
    catalogue[0].msgstr = "Encomenda"
    catalogue.save(str(path))
    assert messages.problems("pt") == ["pt: django.mo is not what django.po compiles to"]

    assert messages.update("pt") == []
    assert messages.problems("pt") == []
    monkeypatch.setattr(messages, "collect", lambda _language: {})
    assert messages.problems("pt") == ["pt: no longer used: 'Order'"]
