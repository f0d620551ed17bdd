"""Versions of the settings compared, and every other change with who and when."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from invoicing.domain.profile import parse_profile
from invoicing.models import InvoicingProfile
from invoicing.services.profiles import save_profile
from stores.admin import log
from stores.admin.pages import address
from stores.models import Membership, Store
from tests.admin.conftest import IMAGE, SCRIPT
from tests.admin.people import EN, person, queries
from tests.flow import Shop


@pytest.fixture
def changed(shop: Shop, ana: User) -> InvoicingProfile:
    """v1 by the command line, v2 and v3 by Ana."""
    row = InvoicingProfile.objects.get()
    for values in (
        {"observations": SCRIPT},
        {"observations": SCRIPT, "exemption_code": "M10", "finalize": True},
    ):
        save_profile(shop.store, row.account, parse_profile(values), user=ana)
    return row


def page(row: InvoicingProfile, query: str = "") -> str:
    return address(row, "settings_history") + query


def compared(response: Any) -> list[tuple[str, str, str]]:
    (panel, *_rest) = response.context["panels"]
    return [(cells[0].note, cells[1], cells[2]) for cells in panel.rows]


def test_the_newest_version_is_compared_with_the_one_before(changed: InvoicingProfile, staff: Client) -> None:
    response = staff.get(page(changed), headers=EN)

    assert compared(response) == [("finalize", "no", "yes"), ("exemption_code", "-", "M10")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?before=1&after=2", ["finalize", "bcc", "observations"]),
        ("?before=3&after=1", ["bcc", "exemption_code", "observations"]),
        ("?before=2&after=2", []),
        ("?before=9&after=2", ["finalize", "exemption_code"]),
        ("?before=x&after=", ["finalize", "exemption_code"]),
        ("?before=<script>", ["finalize", "exemption_code"]),
    ],
)
def test_any_two_versions_are_compared(
    changed: InvoicingProfile, staff: Client, query: str, expected: list[str]
) -> None:
    response = staff.get(page(changed, query), headers=EN)

    assert response.status_code == 200
    assert [key for key, _before, _after in compared(response)] == expected


def test_versions_say_who_and_when_and_what(changed: InvoicingProfile, staff: Client) -> None:
    response = staff.get(page(changed), headers=EN)

    content = response.content.decode()
    (_compared, versions, _log) = response.context["panels"]
    assert [row[2] for row in versions.rows] == ["ana", "ana", "command line"]
    assert "2026-07-01" in versions.rows[0][1] or versions.rows[0][1]
    assert SCRIPT not in content
    assert "<img src=x" not in content
    assert f"{page(changed)}?before=2&amp;after=3" in content


def test_one_version_alone_has_nothing_to_compare(shop: Shop, staff: Client) -> None:
    response = staff.get(page(InvoicingProfile.objects.get()), headers=EN)

    assert compared(response) == []


def test_the_profile_leads_to_its_history(changed: InvoicingProfile, staff: Client) -> None:
    content = staff.get(address(changed, "change"), headers=EN).content.decode()

    assert page(changed) in content
    assert "Compare with v2" in content


def test_other_changes_are_told_with_who_and_when(
    changed: InvoicingProfile, staff: Client, ana: User
) -> None:
    store = changed.store
    staff.post(
        reverse("admin:stores_store_change", args=[store.pk]),
        {"name": f"Nova {IMAGE}", "timezone": "Europe/Lisbon"},
    )
    log.record(ana, store, log.SHOP_CREDENTIALS)
    log.record(ana, store, log.MEMBER_ADDED, who="rui", role="viewer")

    response = staff.get(page(changed), headers=EN)

    (_compared, _versions, entries) = response.context["panels"]
    assert [(row[1], row[3]) for row in entries.rows] == [
        ("ana", "Member rui added as Viewer"),
        ("ana", "The way into the shop replaced"),
        ("ana", "Changed Name."),
    ]
    assert "<img src=x" not in response.content.decode()


def test_members_are_told_of_to_managers_only(changed: InvoicingProfile, ana: User) -> None:
    log.record(ana, changed.store, log.MEMBER_ADDED, who="carla", role="viewer")
    log.record(ana, changed.store, log.SHOP_CREDENTIALS)

    pages = {
        role: person(changed.store, role, role).get(page(changed), headers=EN).content.decode()
        for role in ("viewer", "accountant", "manager")
    }

    assert {role: "carla" in content for role, content in pages.items()} == {
        "viewer": False,
        "accountant": False,
        "manager": True,
    }
    assert all("The way into the shop replaced" in content for content in pages.values())


def test_people_of_another_store_are_not_named(changed: InvoicingProfile, shop: Shop) -> None:
    """An account may be shared, and its changes are then told without their names."""
    other = Store.objects.create(code="outra", reference_prefix="OUTRA")
    carla = User.objects.create_user("carla", is_staff=True)
    Membership.objects.create(user=carla, store=other, role="manager")
    LogEntry.objects.all().delete()
    log.record(carla, changed.account, log.ACCOUNT_KEY, account="lojaexemplo")

    content = person(changed.store, "manager").get(page(changed), headers=EN).content.decode()

    assert "carla" not in content
    assert "another store" in content


def test_no_other_page_tells_what_the_history_hides(changed: InvoicingProfile, ana: User) -> None:
    """Django's own page of changes of a row, too."""
    other = Store.objects.create(code="outra", reference_prefix="OUTRA")
    carla = User.objects.create_user("carla", first_name="Carla", last_name="Alheia", is_staff=True)
    Membership.objects.create(user=carla, store=other, role="manager")
    log.record(carla, changed.account, log.ACCOUNT_KEY, account="lojaexemplo")
    for template in log.OF_MEMBERS:
        log.record(ana, changed.store, template, who="rita", role="viewer", before="operator")
    log.record(ana, changed.store, log.SHOP_CREDENTIALS)
    urls = [address(row, "history") for row in (changed.store, changed.account, changed)]

    told = {}
    for role in ("viewer", "accountant", "manager"):
        client = person(changed.store, role, role)
        told[role] = "".join(client.get(url, headers=EN).content.decode() for url in urls)

    for role, content in told.items():
        assert "carla" not in content
        assert "Alheia" not in content
        assert ("rita" in content) is (role == "manager")
        assert content.count("another store") == 1
        assert "The API key of lojaexemplo replaced" in content
        assert "The way into the shop replaced" in content


def test_whoever_runs_the_installation_reads_every_name(changed: InvoicingProfile, staff: Client) -> None:
    carla = User.objects.create_user("carla", is_staff=True)
    log.record(carla, changed.account, log.ACCOUNT_KEY, account="lojaexemplo")

    content = staff.get(address(changed.account, "history"), headers=EN).content.decode()

    assert "carla" in content


def test_another_stores_history_is_not_there(changed: InvoicingProfile) -> None:
    other = Store.objects.create(code="outra", reference_prefix="OUTRA")

    assert person(other, "manager").get(page(changed)).status_code == 404


@pytest.mark.parametrize("language", ["pt", "es"])
def test_sentences_of_the_log_are_told_in_the_users_language(shop: Shop, ana: User, language: str) -> None:
    facts = {
        "who": "rui",
        "before": "viewer",
        "role": "manager",
        "account": "a",
        "after": "b",
        "name": "IVA6",
    }
    for template in (*log.OF_MEMBERS, log.SHOP_CREDENTIALS, log.ACCOUNT_KEY, log.ACCOUNT_MOVED, log.TAX_MADE):
        log.record(ana, shop.store, template, **facts)

    for entry in LogEntry.objects.all():
        with override("en"):
            english = log.in_words(entry)
        with override(language):
            words = log.in_words(entry)
        assert words != english
        assert "{" not in words


def test_a_page_costs_the_same_with_more_versions(
    changed: InvoicingProfile, staff: Client, ana: User
) -> None:
    staff.get(page(changed))
    before = queries(staff, page(changed))
    for number in range(20):
        save_profile(
            changed.store, changed.account, parse_profile({"observations": f"n.º {number}"}), user=ana
        )
        log.record(ana, changed.store, log.SHOP_CREDENTIALS)

    assert queries(staff, page(changed)) == before <= 12
