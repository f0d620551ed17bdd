"""Registering a refund: a form in words, a page that shows the note, one act however often it is sent."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from invoicing.admin.refund_form import read_typed
from invoicing.models import Document, DocumentOperation, Ruling
from invoicing.services.rulings import approve_credit, keep_draft
from sandbox.orders import Line, Shipping
from sandbox.server import SandboxServer
from stores.models import Membership
from tests.admin.conftest import IMAGE, SCRIPT
from tests.flow import FakeClock, Shop, connect_shop, drain

ENGLISH = {"Accept-Language": "en"}
# Lines 0 to 2: 29,97 and 14,90 of goods, 4,92 of shipping; 49,79 in all.
BASKET = [
    Line(name="Camisola", sku="CAM-01", price="9.99", qty=3),
    Line(name="Livro", sku="LIV-01", price="14.90", rate="6", product_id=2),
]
WHY = {"reason": "partial_return", "goods_back": "yes"}
GOODS = {"take_0": "on", "units_0": "3", "take_1": "on", "units_1": "1"}


def sell(shop: Shop, order_id: int = 1001, **facts: Any) -> Document:
    shop.pay(order_id, **{"lines": BASKET, "shipping": Shipping(), **facts})
    return shop.documents(order_id)[0]


def page_of(document: Document) -> str:
    return f"/admin/invoicing/document/{document.pk}/refund/"


def open_form(staff: Client, document: Document) -> str:
    """The token of a fresh form."""
    response = staff.get(page_of(document), headers=ENGLISH)
    assert response.status_code == 200
    return str(response.context["form"]["token"].value())


def send(staff: Client, document: Document, step: str = "preview", **fields: str) -> Any:
    return staff.post(page_of(document), {"step": step, **fields}, headers=ENGLISH)


def preview(staff: Client, document: Document, **fields: str) -> Any:
    response = send(staff, document, token=open_form(staff, document), **{**WHY, **fields})
    assert response.status_code == 200
    assert response.templates[0].name == "invoicing/admin/refund_preview.html", errors(response)
    return response


def confirm(staff: Client, document: Document, shown: Any, step: str = "confirm", **changes: str) -> Any:
    """What the browser sends when a button of the preview is pressed."""
    return send(staff, document, step, **{**dict(shown.context["hidden"]), **changes})


def errors(response: Any) -> dict[str, list[str]]:
    form = response.context["form"]
    return {name: [str(error) for error in found] for name, found in form.errors.items()}


def told(response: Any) -> str:
    return " | ".join(str(message) for message in get_messages(response.wsgi_request))


def facts() -> Any:
    return (
        list(Ruling.objects.values_list("kind", "revoked_at")),
        list(DocumentOperation.objects.order_by("id").values_list("verb", "state")),
        list(Document.objects.order_by("id").values_list("status", "gross_total")),
    )


# --- the way there


def test_the_page_of_a_final_document_offers_it(shop: Shop, staff: Client) -> None:
    invoice = sell(shop)
    address = reverse("admin:invoicing_document_change", args=[invoice.pk])

    assert page_of(invoice) in staff.get(address).content.decode()

    approve_credit(invoice, user=User.objects.get())
    assert page_of(invoice) not in staff.get(address).content.decode()


@pytest.mark.parametrize("name", ["document", "invoice"])
def test_the_form_shows_the_lines_with_what_is_left(shop: Shop, staff: Client, name: str) -> None:
    invoice = sell(shop)

    page = staff.get(f"/admin/invoicing/{name}/{invoice.pk}/refund/", headers=ENGLISH).content.decode()

    for text in ("Register a refund", "Camisola", "9.99\xa0€", "Livro", "14.90\xa0€", "49.79\xa0€"):
        assert text in page
    assert "csrfmiddlewaretoken" in page
    assert 'data-refund-left="3"' in page
    assert page.count('data-refund-shipping="yes"') == 1
    assert "/static/invoicing/refund.js" in page


def test_a_draft_is_explained_instead(sandbox: SandboxServer, clock: FakeClock, staff: Client) -> None:
    shop = connect_shop(sandbox, clock, finalize=False)
    draft = sell(shop)
    before = facts()

    page = staff.get(page_of(draft), headers=ENGLISH)
    sent = send(staff, draft, "confirm", token="t", gross="9.99", take_0="on", units_0="1", **WHY)

    assert "The document is a draft: correct the order in the shop" in page.content.decode()
    assert (
        page_of(draft)
        not in staff.get(reverse("admin:invoicing_document_change", args=[draft.pk])).content.decode()
    )
    assert sent.status_code == 302
    assert "The document is a draft" in told(sent)
    assert facts() == before


# --- what the form says


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, {"amount": "Tick what is given back, or type an amount."}),
        (
            {"take_0": "on", "units_0": "1", "amount": "5"},
            {"amount": "Tick lines or type an amount, not both."},
        ),
        ({"take_0": "on", "units_0": ""}, {"units_0": "How many units? Write a number, such as 3."}),
        ({"take_0": "on", "units_0": "many"}, {"units_0": "How many units? Write a number, such as 3."}),
        ({"take_0": "on", "units_0": "0"}, {"units_0": "How many units? Write a number, such as 3."}),
        ({"take_0": "on", "units_0": "4"}, {"units_0": "At most 3, which are left."}),
        ({"take_0": "on", "units_0": "1,5"}, {"units_0": "Whole units only."}),
        ({"amount": "five"}, {"amount": "Write an amount, such as 12.30\xa0€."}),
        ({"amount": "1.234"}, {"amount": "Write an amount, such as 12.30\xa0€."}),
        ({"amount": "-5"}, {"amount": "Write an amount, such as 12.30\xa0€."}),
        ({"amount": "49,80"}, {"amount": "At most 49.79\xa0€, which is left."}),
        (
            {"amount": "5", "reason": ""},
            {"reason": "A reason is required: it is printed on the credit note."},
        ),
        ({"amount": "5", "reason": "whatever somebody types"}, {"reason": "Choose a reason of the list."}),
        ({"amount": "5", "goods_back": ""}, {"goods_back": "Say whether the goods come back."}),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    shop: Shop, staff: Client, fields: dict[str, str], found: dict[str, str]
) -> None:
    invoice = sell(shop)
    before = facts()

    response = send(staff, invoice, token=open_form(staff, invoice), **{**WHY, **fields})

    assert errors(response) == {name: [text] for name, text in found.items()}
    page = response.content.decode()
    for text in found.values():
        assert text in page
    for name, value in fields.items():
        if name.startswith(("units", "amount")) and value:
            assert f'value="{value}"' in page
    assert facts() == before


def test_a_free_line_gives_nothing_back(shop: Shop, staff: Client) -> None:
    gift = Line(name="Oferta", sku="OFE-1", price="5.00", discount="5.00", product_id=3)
    invoice = sell(shop, lines=[*BASKET, gift])
    position = [line.sku for line in invoice.planned().lines].index("OFE-1")

    fields = {f"take_{position}": "on", f"units_{position}": "1"}
    response = send(staff, invoice, token=open_form(staff, invoice), **WHY, **fields)

    assert errors(response) == {f"units_{position}": ["It was free: there is nothing to give back."]}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("12,30", "12.30"),
        ("12.30", "12.30"),
        (" 12,3 € ", "12.3"),
        ("12", "12"),
        ("1 234,56", "1234.56"),
        ("1\xa0234,56\xa0€", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1 234", "1234"),
        ("0,01", "0.01"),
    ],
)
def test_numbers_are_read_as_people_type_them(typed: str, read: str) -> None:
    assert read_typed(typed) == Decimal(read)


@pytest.mark.parametrize(
    "typed", ["", "1.234", "1,234", "12,345", "1e3", "-1", "+1", "NaN", "٣", "1,2,3", "12 34"]
)
def test_what_could_be_two_numbers_or_is_none_is_not_read(typed: str) -> None:
    assert read_typed(typed) is None


def test_shipping_is_ticked_once_when_everything_comes_back(shop: Shop, staff: Client) -> None:
    invoice = sell(shop)
    token = open_form(staff, invoice)

    asked = send(staff, invoice, token=token, **WHY, **GOODS)

    assert asked.templates[0].name == "invoicing/admin/refund_form.html"
    page = asked.content.decode()
    assert "Everything comes back, so shipping was ticked too." in page
    (box,) = re.findall(r'<input[^>]*name="take_2"[^>]*>', page)
    assert "checked" in box
    assert asked.context["form"]["shipping_seen"].value() == "yes"

    with_it = send(staff, invoice, token=token, shipping_seen="yes", take_2="on", units_2="1", **WHY, **GOODS)
    without = send(staff, invoice, token=token, shipping_seen="yes", **WHY, **GOODS)
    assert [dict(shown.context["hidden"])["gross"] for shown in (with_it, without)] == ["49.79", "44.87"]


def test_shipping_is_not_ticked_for_a_part(shop: Shop, staff: Client) -> None:
    shown = preview(staff, sell(shop), take_0="on", units_0="2", take_1="on", units_1="1")

    assert dict(shown.context["hidden"])["gross"] == "34.88"


# --- the preview


def test_the_preview_lists_all_that_will_happen_and_changes_nothing(shop: Shop, staff: Client) -> None:
    invoice = sell(shop)
    before = facts()

    shown = preview(staff, invoice, take_0="on", units_0="2", take_2="on", units_2="1")

    assert facts() == before
    page = shown.content.decode()
    for text in (
        "This cannot be undone.",
        "Issue a credit note of 24.90\xa0€",
        f"A credit note of 24.90\xa0€ is made on {invoice}, for Beatriz Fictícia, with the lines below.",
        "It gets its legal number by itself, also where the settings leave that to people.",
        f"Printed below its lines: Retifica o documento {invoice.number}. Motivo: Devolução parcial.",
        "The PDF is mailed to beatriz@example.com.",
        "The PDF is hung on the order.",
        "The goods come back",
        "No money moves by this",
        "After that, 24.89\xa0€ of 49.79\xa0€ is left.",
    ):
        assert text in page
    (whole,) = [row for row in shown.context["panels"][1].rows if row[0] == "total"]
    assert whole[1:] == ("20.24\xa0€", "4.66\xa0€", "24.90\xa0€")


def test_the_rates_of_the_preview_add_up_to_the_whole(shop: Shop, staff: Client) -> None:
    shown = preview(staff, sell(shop), amount="10,00")

    *rates, whole = shown.context["panels"][1].rows
    assert [row[0] for row in rates] == ["6 %", "23 %"]
    amounts = [[Decimal(cell.rstrip("€").strip()) for cell in row[1:]] for row in (*rates, whole)]
    assert [sum(column) for column in zip(*amounts[:-1], strict=True)] == amounts[-1]
    assert amounts[-1][2] == Decimal("10.00")


def test_the_preview_of_the_rest_says_that_nothing_is_left(shop: Shop, staff: Client) -> None:
    shown = preview(staff, sell(shop), amount="49.79", goods_back="no")

    page = shown.content.decode()
    assert "After that nothing is left: the document is credited in full" in page
    assert "The goods stay with the buyer" in page


def test_the_button_names_the_amount_as_the_language_writes_it(shop: Shop, staff: Client) -> None:
    invoice = sell(shop)
    fields = {"step": "preview", "token": open_form(staff, invoice), "amount": "12,30", **WHY}

    page = staff.post(page_of(invoice), fields, headers={"Accept-Language": "pt-PT"}).content.decode()

    assert "12,30\xa0€" in page


def test_from_the_preview_one_goes_back_to_the_form_as_it_was(shop: Shop, staff: Client) -> None:
    invoice = sell(shop)
    shown = preview(staff, invoice, amount="12,30")

    again = confirm(staff, invoice, shown, step="edit")

    assert again.templates[0].name == "invoicing/admin/refund_form.html"
    page = again.content.decode()
    assert 'value="12,30"' in page
    assert again.context["form"]["token"].value() == dict(shown.context["hidden"])["token"]
    assert not Ruling.objects.exists()


# --- the act


def test_a_confirmed_refund_is_carried_out_once_however_often_it_is_sent(shop: Shop, staff: Client) -> None:
    invoice = sell(shop)
    shown = preview(staff, invoice, take_0="on", units_0="1")

    first = confirm(staff, invoice, shown)
    second = confirm(staff, invoice, shown)  # the double click
    assert "its credit note is on its way; nothing was made again." in told(second)
    drain(shop.clock)
    third = confirm(staff, invoice, shown)  # "back", and sent again

    address = reverse("admin:invoicing_document_change", args=[invoice.pk])
    assert [answer.headers["Location"] for answer in (first, second, third)] == [address] * 3
    assert "The credit note of 9.99\xa0€ is being made." in told(first)
    assert "registered already; nothing was made again." in told(third)
    assert [d.gross_total for d in shop.documents(1001)] == [Decimal("49.79"), Decimal("9.99")]
    assert Ruling.objects.count() == 1
    assert LogEntry.objects.filter(object_id=str(invoice.pk)).count() == 1
    assert shop.row(1001)["credited_total"] == "9.99"


def test_a_form_that_was_sent_before_is_not_previewed_again(shop: Shop, staff: Client) -> None:
    invoice = sell(shop)
    shown = preview(staff, invoice, amount="5")
    confirm(staff, invoice, shown)

    again = send(staff, invoice, token=dict(shown.context["hidden"])["token"], amount="7", **WHY)

    assert again.status_code == 302
    assert "nothing was made again" in told(again)


def test_what_changed_since_the_preview_is_shown_again(shop: Shop, staff: Client) -> None:
    invoice = sell(shop)
    everything = {**GOODS, "take_2": "on", "units_2": "1"}
    shown = preview(staff, invoice, **everything)
    other = preview(staff, invoice, amount="5")
    confirm(staff, invoice, other)
    before = facts()

    answer = confirm(staff, invoice, shown)

    assert answer.templates[0].name == "invoicing/admin/refund_preview.html"
    page = answer.content.decode()
    assert "What is left has changed since the page was shown" in page
    assert "Issue a credit note of 44.79\xa0€" in page
    assert facts() == before
    assert confirm(staff, invoice, answer).status_code == 302
    assert Ruling.objects.count() == 2


def test_units_that_are_gone_meanwhile_are_refused_in_words(shop: Shop, staff: Client) -> None:
    invoice = sell(shop)
    shown = preview(staff, invoice, take_0="on", units_0="2")
    confirm(staff, invoice, preview(staff, invoice, take_0="on", units_0="2"))
    before = facts()

    answer = confirm(staff, invoice, shown)

    assert errors(answer) == {"units_0": ["At most 1, which are left."]}
    assert facts() == before


def test_a_document_credited_meanwhile_is_told(shop: Shop, staff: Client) -> None:
    invoice = sell(shop)
    shown = preview(staff, invoice, take_0="on", units_0="2")
    approve_credit(invoice, user=User.objects.get())
    before = facts()

    answer = confirm(staff, invoice, shown)

    assert answer.status_code == 302
    assert "A credit note is under way" in told(answer)
    assert facts() == before


@pytest.mark.parametrize("gross", ["", "much", "NaN", "1e999999"])
def test_without_the_amount_that_was_seen_the_preview_is_shown(shop: Shop, staff: Client, gross: str) -> None:
    invoice = sell(shop)
    shown = preview(staff, invoice, amount="5")

    answer = confirm(staff, invoice, shown, gross=gross)

    assert answer.templates[0].name == "invoicing/admin/refund_preview.html"
    assert not Ruling.objects.exists()


@pytest.mark.parametrize("token", ["", "x" * 65, "a\x00b"])
def test_without_the_forms_token_a_new_form_is_shown(shop: Shop, staff: Client, token: str) -> None:
    invoice = sell(shop)

    answer = send(staff, invoice, "confirm", token=token, gross="5.00", amount="5", **WHY)

    assert answer.templates[0].name == "invoicing/admin/refund_form.html"
    assert answer.context["form"]["token"].value() not in ("", token)
    assert not Ruling.objects.exists()


def test_a_note_on_its_way_is_told_and_counts(shop: Shop, staff: Client, ana: User) -> None:
    invoice = sell(shop)
    confirm(staff, invoice, preview(staff, invoice, take_0="on", units_0="2"))
    keep_draft(shop.documents(1001)[1], user=ana)
    drain(shop.clock)

    page = staff.get(page_of(invoice), headers=ENGLISH)

    text = page.content.decode()
    assert "A credit note of this document is on its way" in text
    assert [amount for _term, amount in page.context["figures"]] == [
        "49.79\xa0€",
        "19.98\xa0€",
        "29.81\xa0€",
    ]
    assert 'data-refund-left="1"' in text


def test_what_is_all_given_back_is_told(shop: Shop, staff: Client) -> None:
    invoice = sell(shop)
    confirm(staff, invoice, preview(staff, invoice, amount="49.79"))

    page = staff.get(page_of(invoice), headers=ENGLISH).content.decode()

    assert "Nothing is left to refund" in page


# --- who, and with what in it


def test_a_post_without_a_csrf_token_is_refused(shop: Shop, staff: Client, ana: User) -> None:
    invoice = sell(shop)
    shown = preview(staff, invoice, amount="5")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ana)

    answer = browser.post(page_of(invoice), {"step": "confirm", **dict(shown.context["hidden"])})

    assert answer.status_code == 403
    assert not Ruling.objects.exists()


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("operator", 403), ("accountant", 403)])
def test_only_who_may_credit_may_refund(shop: Shop, staff: Client, role: str, status: int) -> None:
    invoice = sell(shop)
    shown = preview(staff, invoice, amount="5")
    rui = User.objects.create_user("rui", is_staff=True)
    Membership.objects.create(user=rui, store=shop.store, role=role)
    browser = Client()
    browser.force_login(rui)

    assert browser.get(page_of(invoice)).status_code == status
    sent = browser.post(page_of(invoice), {"step": "confirm", **dict(shown.context["hidden"])})

    assert sent.status_code == (302 if status == 200 else 403)
    assert Ruling.objects.count() == (1 if status == 200 else 0)


def test_nobody_refunds_in_a_store_of_others(shop: Shop, staff: Client) -> None:
    invoice = sell(shop)
    shown = preview(staff, invoice, amount="5")
    rui = User.objects.create_user("rui", is_staff=True)
    browser = Client()
    browser.force_login(rui)

    for answer in (
        browser.get(page_of(invoice)),
        browser.post(page_of(invoice), {"step": "confirm", **dict(shown.context["hidden"])}),
    ):
        assert answer.status_code in (302, 403)
        assert "Camisola" not in answer.content.decode()
    assert not Ruling.objects.exists()


def test_hostile_texts_are_shown_as_texts(busy: Shop, staff: Client) -> None:
    invoice = busy.documents(1001)[0]

    form = staff.get(page_of(invoice))
    token = str(form.context["form"]["token"].value())
    shown = send(staff, invoice, token=token, amount="1", **WHY)
    wrong = send(staff, invoice, token=token, amount=f'"{SCRIPT}'[:30], **WHY)

    for response in (form, shown, wrong):
        page = response.content.decode()
        assert SCRIPT not in page
        assert IMAGE not in page
        assert "<img src=x" not in page


@pytest.mark.parametrize("language", ["en", "pt", "es"])
def test_every_page_answers_in_every_language(shop: Shop, staff: Client, language: str) -> None:
    invoice = sell(shop)
    headers = {"Accept-Language": language}

    form = staff.get(page_of(invoice), headers=headers)
    fields = {"token": form.context["form"]["token"].value(), "amount": "5,00", "step": "preview", **WHY}
    shown = staff.post(page_of(invoice), fields, headers=headers)

    for response in (form, shown):
        assert (response.status_code, response.headers["Content-Language"]) == (200, language)
    with override(language):
        assert shown.templates[0].name == "invoicing/admin/refund_preview.html"
