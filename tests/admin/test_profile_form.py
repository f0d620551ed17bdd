"""The fiscal settings as a form: every key, checked by the validator, asked about before it is saved."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db.models import Model
from django.test import Client
from django.utils.translation import override

from invoicing.admin.profile_form import ProfileForm, code_choices, series_choices
from invoicing.admin.setting_errors import in_words
from invoicing.admin.setting_labels import SETTINGS
from invoicing.admin.setting_texts import GROUPS, TEXTS
from invoicing.domain.profile import Profile, parse_profile
from invoicing.domain.setting_values import ProfileError
from invoicing.models import (
    AccountSeries,
    Document,
    InvoicingAccount,
    InvoicingProfile,
    InvoicingProfileVersion,
)
from invoicing.services.profiles import save_profile
from sandbox.orders import Line
from sandbox.server import SandboxServer
from stores.admin.pages import address
from tests.admin.conftest import IMAGE, SCRIPT
from tests.admin.people import EN, person, queries, told
from tests.flow import FakeClock, Shop, connect_shop, drain

DAY = date(2026, 7, 1)


def row() -> InvoicingProfile:
    return InvoicingProfile.objects.select_related("current", "store", "account").get()


def page() -> str:
    return address(row(), "change_settings")


def entered(**changes: Any) -> dict[str, Any]:
    """What a browser sends from the form as it was shown, with some fields changed; None: not ticked."""
    form = ProfileForm(row=row(), today=DAY)
    values = {name: form[name].value() for name in form.fields} | changes
    return {
        name: "on" if value is True else value for name, value in values.items() if value not in (None, False)
    }


def versions() -> list[int]:
    return list(InvoicingProfileVersion.objects.order_by("number").values_list("number", flat=True))


def change(client: Client, *, confirmed: bool = True, **changes: Any) -> Any:
    data = entered(**changes) | ({"confirmed": "yes"} if confirmed else {})
    return client.post(page(), data, headers=EN)


def current() -> Profile:
    found = row().current
    assert found is not None
    return found.value()


def test_every_setting_has_a_field_a_group_and_words() -> None:
    keys = set(Profile().to_dict())

    assert set(SETTINGS) == set(TEXTS) == keys
    grouped = [key for group in GROUPS for key in group.keys]
    assert sorted(grouped) == sorted(keys)


@pytest.mark.parametrize("language", [code for code, _name in django_settings.LANGUAGES])
def test_the_page_shows_each_setting_with_its_help_and_consequence(
    shop: Shop, staff: Client, language: str
) -> None:
    with override(language):
        words = [str(text) for texts in TEXTS.values() for text in texts]

    content = staff.get(page(), headers={"Accept-Language": language}).content.decode()

    for key in SETTINGS:
        assert f'name="{key}"' in content
    from django.utils.html import escape

    assert [text for text in words if escape(text) not in content] == []


def test_the_form_as_shown_changes_nothing(shop: Shop, staff: Client) -> None:
    response = change(staff)

    assert response.status_code == 302
    assert "nothing was changed" in told(response)
    assert versions() == [1]


def test_a_change_is_asked_about_first(shop: Shop, staff: Client) -> None:
    response = change(staff, confirmed=False, exemption_code="M10", finalize=None)

    assert response.status_code == 200
    assert versions() == [1]
    content = response.content.decode()
    assert "Until now: -" in content
    assert "From now on: M10" in content
    assert "Until now: yes" in content
    hidden = dict(response.context["hidden"])
    assert (hidden["exemption_code"], hidden["version"], "finalize" in hidden) == ("M10", "1", False)


def test_the_answer_makes_one_version_however_often_it_is_sent(shop: Shop, staff: Client, ana: Any) -> None:
    asked = change(staff, confirmed=False, exemption_code="M10", observations="Obrigado")
    data = {"confirmed": "yes", **dict(asked.context["hidden"])}

    first = staff.post(page(), data, headers=EN)
    second = staff.post(page(), data, headers=EN)

    assert first.status_code == 302
    assert "Version 2" in told(first)
    assert second.status_code == 200
    assert "after you opened this form" in second.content.decode()
    assert versions() == [1, 2]
    version = InvoicingProfileVersion.objects.get(number=2)
    assert (version.created_by, version.value().exemption_code, version.value().observations) == (
        ana,
        "M10",
        "Obrigado",
    )
    assert (current().finalize, current().bcc) == (True, "loja@example.com")


def test_every_kind_of_value_is_kept_as_the_validator_keeps_it(shop: Shop, staff: Client) -> None:
    response = change(
        staff,
        document_type="simplified_invoice",
        issue_on="paid_or_shipped",
        issue_delay_minutes="90",
        go_live_on="2026-08-01",
        prices_include_vat="no",
        vat_region="PT-MA",
        seller_tax_id="PT 123 456 789",
        exemption_by_sku="LIVRO-* = m07\r\nA=B = M10\r\n\r\n",
        oss="on",
        oss_from="2026-09-01",
        print_fields="N.º de obra\r\n\r\nReferência",
        email_customer=None,
        bcc="",
        gift_card_sale="exclude",
        series="",
    )

    assert response.status_code == 302
    assert current() == parse_profile(
        {
            "finalize": True,
            "document_type": "simplified_invoice",
            "issue_on": "paid_or_shipped",
            "issue_delay_minutes": 90,
            "go_live_on": "2026-08-01",
            "prices_include_vat": False,
            "vat_region": "PT-MA",
            "seller_tax_id": "123456789",
            "exemption_by_sku": {"LIVRO-*": "M07", "A=B": "M10"},
            "oss": True,
            "oss_from": "2026-09-01",
            "print_fields": ["N.º de obra", "Referência"],
            "email_customer": False,
            "gift_card_sale": "exclude",
        }
    )


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"bcc": "nobody"}, "bcc", "Write one e-mail address."),
        ({"bcc": "a@example.com, b@example.com"}, "bcc", "Write one e-mail address."),
        ({"seller_tax_id": "123456780"}, "seller_tax_id", "Write a valid NIF"),
        ({"issue_delay_minutes": "8000"}, "issue_delay_minutes", "Write a number of minutes from 0 to 7200."),
        ({"issue_delay_minutes": "-1"}, "issue_delay_minutes", "Write a number of minutes from 0 to 7200."),
        ({"issue_delay_minutes": "soon"}, "issue_delay_minutes", "Write a number of minutes from 0 to 7200."),
        ({"issue_delay_minutes": "1" * 500}, "issue_delay_minutes", "Write a number of minutes"),
        ({"go_live_on": "2026-02-30"}, "go_live_on", "Write a date such as 2026-01-31."),
        ({"go_live_on": "tomorrow"}, "go_live_on", "Write a date such as 2026-01-31."),
        ({"observations": "x" * 256}, "observations", "Write at most 255 characters"),
        ({"observations": "a\tb"}, "observations", "Write at most 255 characters"),
        ({"exemption_by_sku": "LIVRO"}, "exemption_by_sku", "No sign of equality in: LIVRO"),
        ({"exemption_by_sku": "A = M07\nA = M10"}, "exemption_by_sku", "Twice here: A"),
        ({"exemption_by_sku": "A = M77"}, "exemption_by_sku", "The tax authority has no code M77."),
        ({"exemption_by_sku": "A = none"}, "exemption_by_sku", "Write codes such as M10."),
        ({"exemption_by_sku": " = M07"}, "exemption_by_sku", "neither side may be empty"),
        ({"print_fields": "x" * 300}, "print_fields", "Write at most 255 characters"),
        ({"untaxed_shipping": "exempt"}, "shipping_exemption_code", "Choose the reason"),
        ({"exemption_code": "M77"}, "exemption_code", "Select a valid choice"),
        ({"series": "1999"}, "series", "Select a valid choice"),
        ({"issue_on": ""}, "issue_on", "Choose one of the values offered."),
        ({"vat_region": "ES"}, "vat_region", "Select a valid choice"),
        ({"observations": "a\x00b"}, "observations", "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    shop: Shop, staff: Client, changes: dict[str, str], field: str, words: str
) -> None:
    response = change(staff, **changes)

    assert response.status_code == 200
    errors = response.context["form"].errors
    assert list(errors) == [field]
    assert words in errors[field][0]
    assert versions() == [1]


def test_all_mistakes_are_told_at_once(shop: Shop, staff: Client) -> None:
    response = change(staff, bcc="x", seller_tax_id="1", go_live_on="x", exemption_by_sku="A")

    assert set(response.context["form"].errors) == {"bcc", "seller_tax_id", "go_live_on", "exemption_by_sku"}
    assert versions() == [1]


@pytest.mark.parametrize("language", ["pt", "es"])
def test_mistakes_are_told_in_the_users_language(language: str) -> None:
    said = [
        "must be one e-mail address",
        "must be a valid NIF",
        "must be a number of minutes from 0 to 7200",
        "M77 is no code of the tax authority's table",
        "must be one of a, b",
    ]

    for message in said:
        error = ProfileError("bcc", f"bcc: {message}")
        with override("en"):
            english = in_words(error)
        with override(language):
            assert in_words(error) not in (english, message)


def test_what_the_validator_may_say_is_known() -> None:
    """Every message of the validator has its words; one that is new fails here."""
    wrong: dict[str, list[Any]] = {
        "finalize": [1],
        "prices_include_vat": ["yes"],
        "bcc": ["x", 1],
        "observations": ["a\nb"],
        "print_fields": ["x", ["a\nb"]],
        "exemption_code": ["X", "M77"],
        "exemption_by_sku": ["x", {"*": "M07"}, {"A": ""}],
        "seller_tax_id": ["1"],
        "go_live_on": ["x"],
        "issue_on": ["x"],
        "issue_delay_minutes": [-1],
    }
    for key, values in wrong.items():
        for value in values:
            with pytest.raises(ProfileError) as refused:
                parse_profile({key: value})
            assert in_words(refused.value) != refused.value.message.removeprefix(f"{key}: ")


HOSTILE = [SCRIPT, IMAGE, "{{ 7*7 }}", "%(name)s %s", "'; DROP TABLE x; --"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_come_back_as_texts(shop: Shop, staff: Client, text: str) -> None:
    changes = {"observations": text, "print_fields": text, "bcc": text, "exemption_by_sku": f"{text} = M07"}

    refused = change(staff, **changes).content.decode()
    asked = change(staff, confirmed=False, **changes | {"bcc": ""}).content.decode()
    saved = change(staff, **changes | {"bcc": ""})
    shown = staff.get(page()).content.decode() + staff.get(address(row(), "change")).content.decode()

    assert saved.status_code == 302
    assert current().observations == text
    for content in (refused, asked, shown):
        assert "<script>alert" not in content
        assert "<img src=x" not in content


# --- two people at once


def test_a_form_that_is_out_of_date_is_refused(shop: Shop, staff: Client) -> None:
    data = entered(observations="the late one")
    save_profile(shop.store, row().account, parse_profile({"observations": "the early one"}))

    for confirmed in ({}, {"confirmed": "yes"}):
        response = staff.post(page(), {**data, **confirmed}, headers=EN)

        assert response.status_code == 200
        assert "Somebody at the command line put version 2 in force" in response.content.decode()
        assert "the late one" in response.content.decode()
    assert versions() == [1, 2]
    assert current().observations == "the early one"


# --- who may


@pytest.mark.parametrize(
    ("role", "status"), [("viewer", 403), ("operator", 403), ("accountant", 302), ("manager", 302)]
)
def test_only_who_may_change_settings_does(shop: Shop, role: str, status: int) -> None:
    client = person(shop.store, role)

    response = change(client, observations="Obrigado")

    assert response.status_code == status
    assert versions() == ([1, 2] if status == 302 else [1])


def test_settings_of_another_store_are_not_there(sandbox: SandboxServer, shop: Shop) -> None:
    other = type(shop.store).objects.create(code="outra", reference_prefix="OUTRA")
    client = person(other, "manager")

    assert client.get(page()).status_code == 404
    assert client.post(page(), entered(observations="x") | {"confirmed": "yes"}).status_code == 404
    assert versions() == [1]


def test_nobody_else_sees_the_form(shop: Shop, client: Client) -> None:
    assert client.get(page()).status_code == 302
    assert person(None, None, "carla").get(page()).status_code in (403, 404)


# --- what follows


def test_held_orders_are_told_and_decided_again(shop: Shop, staff: Client) -> None:
    for order_id in (1001, 1002):
        shop.pay(order_id, lines=[Line(rate=None)])

    asked = change(staff, confirmed=False, exemption_code="M10").content.decode()
    assert "decided again at once: 2." in asked
    assert "gets its legal number by itself" in asked
    assert shop.stored() == []

    change(staff, exemption_code="M10")
    drain(shop.clock)
    assert [shop.row(order_id)["outcome"] for order_id in (1001, 1002)] == ["issued"] * 2


def test_what_is_said_of_waiting_drafts_is_what_happens(
    sandbox: SandboxServer, clock: FakeClock, staff: Client
) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)
    shop.pay(1001)

    asked = change(staff, confirmed=False, finalize="on").content.decode()
    assert "Drafts that wait for a person now: 1. None of them gets its number at this moment" in asked

    change(staff, finalize="on")
    drain(clock)
    assert [d.status for d in shop.stored()] == ["draft"]

    shop.ring(1001, "order_updated")
    drain(clock)
    assert [d.status for d in shop.stored()] == ["settled"]


def test_what_is_said_of_drafts_in_review_is_what_happens(
    sandbox: SandboxServer, clock: FakeClock, staff: Client
) -> None:
    shop = connect_shop(sandbox, clock, issue_delay_minutes=60)
    shop.put(1001)
    shop.ring(1001)
    drain(clock, hours=0.1)

    asked = change(staff, confirmed=False, finalize=None).content.decode()
    assert "wait for a person from now on: 1." in asked

    change(staff, finalize=None)
    drain(clock)
    assert [d.status for d in shop.stored()] == ["draft"]


def test_what_is_said_of_cancelled_orders_is_what_happens(shop: Shop, staff: Client) -> None:
    shop.pay(1001)
    shop.put(1001, status="canceled")
    shop.ring(1001, "order_canceled")
    drain(shop.clock)
    assert shop.row(1001)["hold_reason"] == "credit_needs_approval"

    asked = change(staff, confirmed=False, on_cancel="credit_note").content.decode()
    assert "gets its legal number, at once: 1." in asked

    change(staff, on_cancel="credit_note")
    drain(shop.clock)
    assert shop.row(1001)["outcome"] == "credited"


def test_what_is_said_of_orders_that_wait_to_be_asked_for_is_what_happens(
    sandbox: SandboxServer, clock: FakeClock, staff: Client
) -> None:
    shop = connect_shop(sandbox, clock, issue_on="manual")
    shop.pay(1001)

    asked = change(staff, confirmed=False, issue_on="paid").content.decode()
    assert "wait until somebody asks for their document: 1." in asked

    change(staff, issue_on="paid")
    drain(clock)
    assert shop.stored() == []
    shop.ring(1001, "order_updated")
    drain(clock)
    assert len(shop.stored()) == 1


def test_documents_that_exist_are_not_changed(shop: Shop, staff: Client) -> None:
    shop.pay(1001)
    before = Document.objects.values().get()
    writes = sum(shop.calls(method, "/invoicexpress/") for method in ("POST", "PUT", "DELETE"))

    change(staff, observations="Novo", exemption_code="M10", email_customer=None, series="")
    drain(shop.clock)

    assert Document.objects.values().get() == before
    assert sum(shop.calls(method, "/invoicexpress/") for method in ("POST", "PUT", "DELETE")) == writes


# --- choices


def test_codes_are_those_in_force_with_their_words() -> None:
    with override("en"):
        codes = dict(code_choices("", date(2026, 6, 30)))
        later = dict(code_choices("M08", date(2026, 7, 1)))

    assert codes["M07"] == "M07 - Isento artigo 9.º do CIVA (CIVA art. 9.º)"
    assert "M35" not in codes
    assert "M35" in later
    assert "M08" not in codes
    assert later["M08"].endswith("(not in force today)")


def test_series_are_those_of_the_account() -> None:
    rows = [
        AccountSeries(name="2026", is_default=True, registered=["invoice", "credit_note"]),
        AccountSeries(name="2027", registered=[]),
        AccountSeries(name="Velha", registered=None),
    ]
    with override("en"):
        choices = dict(series_choices("Outra", rows))

    assert choices == {
        "": "the account's default (2026)",
        "2026": "2026 (registered for: Invoice, Credit note)",
        "2027": "2027 (not registered)",
        "Velha": "Velha",
        "Outra": "Outra (not in the account)",
    }


def test_a_page_costs_the_same_with_more_orders(shop: Shop, staff: Client) -> None:
    shop.pay(1001, lines=[Line(rate=None)])
    staff.get(page())
    before = queries(staff, page())
    for order_id in range(1002, 1010):
        shop.pay(order_id, lines=[Line(rate=None)])

    assert queries(staff, page()) == before <= 12


def test_a_button_leads_to_the_form_for_those_who_may(shop: Shop) -> None:
    profile: Model = row()
    seen = {
        role: page() in person(shop.store, role, role).get(address(profile, "change")).content.decode()
        for role in ("viewer", "accountant", "manager")
    }

    assert seen == {"viewer": False, "accountant": True, "manager": True}


def test_the_account_stays(shop: Shop, staff: Client) -> None:
    change(staff, observations="x")

    assert row().account == InvoicingAccount.objects.get()
