"""Members of a store: added, given another role, taken out, by those who manage it and by nobody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from stores import members
from stores.admin.pages import address
from stores.domain.roles import Role
from stores.members import MemberRefused, Refusal
from stores.models import Membership, Store
from tests.admin.conftest import IMAGE, SCRIPT
from tests.admin.people import EN, person, queries, told
from tests.security.canary import everything_logged

LIST = reverse("admin:stores_membership_changelist")
ADD = reverse("admin:stores_membership_add")
OUT_OF_REACH = "This person cannot be added or changed from here."


@pytest.fixture
def store(db: None) -> Store:
    return Store.objects.create(code="minha", name="Minha Loja", reference_prefix="MINHA")


@pytest.fixture
def other(db: None) -> Store:
    return Store.objects.create(code="outra", name="Outra Loja", reference_prefix="OUTRA")


@pytest.fixture
def manager(store: Store) -> Client:
    return person(store, "manager", "marta")


def marta() -> User:
    return User.objects.get(username="marta")


def member(store: Store, name: str, role: str = "viewer", **facts: Any) -> Membership:
    user = User.objects.filter(username=name).first()
    user = user or User.objects.create_user(name, f"{name}@example.com", "inventada", is_staff=True, **facts)
    return Membership.objects.create(user=user, store=store, role=role)


def add(client: Client, store: Store, name: str, role: str = "operator", **more: str) -> Any:
    return client.post(ADD, {"store": str(store.pk), "name": name, "role": role, **more}, headers=EN)


def roles(store: Store) -> dict[str, str]:
    rows = Membership.objects.filter(store=store)
    return dict(rows.values_list("user__username", "role"))


def link_of(response: Any) -> str:
    found = re.search(r"https?://[^/\s]+(/admin/password/[^<\s]+/)", response.content.decode())
    assert found is not None
    return found[1]


def nothing_happened(store: Store, users: int = 1) -> None:
    assert roles(store) == {"marta": "manager"}
    assert User.objects.count() == users
    assert not LogEntry.objects.exists()


def nothing_but_a_note(store: Store, name: str, users: int) -> None:
    assert roles(store) == {"marta": "manager"}
    assert User.objects.count() == users
    assert list(LogEntry.objects.values_list("object_id", "user__username", "change_message")) == [
        (str(store.pk), "marta", f"Member {name} not added: out of reach")
    ]


# --- adding


def test_a_new_person_is_staff_without_a_password_or_a_right(store: Store, manager: Client) -> None:
    response = add(manager, store, "Carla@Example.com")

    carla = User.objects.get(username="carla@example.com")
    assert response.status_code == 200
    assert (carla.email, carla.is_staff, carla.is_superuser) == ("carla@example.com", True, False)
    assert not carla.has_usable_password()
    assert not carla.user_permissions.exists()
    assert not carla.groups.exists()
    assert roles(store) == {"marta": "manager", "carla@example.com": "operator"}
    assert list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True)) == [
        "Member carla@example.com added as operator",
        "Link to set a password made for carla@example.com",
    ]


def test_adding_twice_adds_once(store: Store, manager: Client) -> None:
    add(manager, store, "carla@example.com")
    second = add(manager, store, "carla@example.com", role="manager")

    assert "is a member already" in second.content.decode()
    assert roles(store) == {"marta": "manager", "carla@example.com": "operator"}
    assert User.objects.count() == 2


def test_a_known_person_is_found_by_address_or_name(store: Store, other: Store, manager: Client) -> None:
    Membership.objects.create(user=marta(), store=other, role="manager")
    member(other, "carla")
    member(other, "rui")

    by_address = add(manager, store, "CARLA@example.com", role="viewer")
    by_name = add(manager, store, "rui", role="accountant")

    assert (by_address.status_code, by_name.status_code) == (302, 302)
    assert "make sure that it is the person you mean" in told(by_address)
    assert roles(store) == {"marta": "manager", "carla": "viewer", "rui": "accountant"}
    assert roles(other) == {"marta": "manager", "carla": "viewer", "rui": "viewer"}
    assert User.objects.get(username="carla").check_password("inventada")


@pytest.mark.parametrize(
    "name", ["", "   ", "a b", "carla@", "@", "x" * 151, SCRIPT, IMAGE, "a\x00b", "carla@example.com\nBcc: x"]
)
def test_what_is_no_name_makes_nobody(store: Store, manager: Client, name: str) -> None:
    response = add(manager, store, name)

    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["name"]
    assert SCRIPT not in response.content.decode()
    assert "<img src=x" not in response.content.decode()
    nothing_happened(store)


@pytest.mark.parametrize("role", ["", "owner", "superuser", "Manager", "manager "])
def test_there_is_no_role_above_a_manager(store: Store, manager: Client, role: str) -> None:
    response = add(manager, store, "carla@example.com", role=role, is_superuser="on", is_staff="on")

    assert list(response.context["form"].errors) == ["role"]
    nothing_happened(store)


def test_what_else_is_sent_makes_nobody_more(store: Store, manager: Client) -> None:
    add(
        manager, store, "carla@example.com", is_superuser="on", groups="1", user_permissions="1", password="x"
    )

    carla = User.objects.get(username="carla@example.com")
    assert (carla.is_superuser, carla.has_usable_password()) == (False, False)


def test_a_superuser_is_not_added(store: Store, manager: Client) -> None:
    User.objects.create_superuser("ana", "ana@example.com", "inventada")

    response = add(manager, store, "ana@example.com")

    assert OUT_OF_REACH in response.content.decode()
    nothing_but_a_note(store, "ana@example.com", users=2)


@pytest.mark.parametrize("facts", [{"is_active": False}, {"is_staff": False}])
def test_access_that_was_closed_stays_closed(store: Store, manager: Client, facts: dict[str, bool]) -> None:
    User.objects.create_user("carla", "carla@example.com", "inventada", **{"is_staff": True, **facts})

    response = add(manager, store, "carla@example.com")

    assert OUT_OF_REACH in response.content.decode()
    assert not User.objects.filter(username="carla", is_active=True, is_staff=True).exists()
    nothing_but_a_note(store, "carla@example.com", users=2)


def test_an_address_that_two_people_have_names_nobody(store: Store, other: Store, manager: Client) -> None:
    for name in ("carla", "carlota"):
        member(other, name)
    User.objects.filter(username__startswith="car").update(email="casa@example.com")

    response = add(manager, store, "casa@example.com")

    assert OUT_OF_REACH in response.content.decode()
    nothing_but_a_note(store, "casa@example.com", users=3)


@pytest.mark.parametrize("name", ["carla@example.com", "CARLA@example.com", "carla", "Carla"])
@pytest.mark.parametrize("password", ["inventada", None])
def test_who_belongs_to_another_store_is_not_added(
    store: Store, other: Store, manager: Client, name: str, password: str | None
) -> None:
    """A password may be somebody else's by now, and a bare name names nobody outside one's own stores."""
    carla = member(other, "carla").user
    carla.set_password(password)
    carla.save()

    for _ in range(2):
        response = add(manager, store, name)
        assert OUT_OF_REACH in response.content.decode()
        assert "Outra" not in response.content.decode()

    assert roles(store) == {"marta": "manager"}
    assert roles(other) == {"carla": "viewer"}
    assert User.objects.count() == 2
    assert set(LogEntry.objects.values_list("change_message", flat=True)) == {
        f"Member {name} not added: out of reach"
    }


def test_a_password_without_a_store_opens_none(store: Store, manager: Client) -> None:
    """Who set it may have been taken out of another store since."""
    User.objects.create_user("carla", "carla@example.com", "inventada", is_staff=True)

    response = add(manager, store, "carla@example.com")

    assert OUT_OF_REACH in response.content.decode()
    nothing_but_a_note(store, "carla@example.com", users=2)


def test_every_refusal_reads_the_same(store: Store, other: Store, manager: Client) -> None:
    User.objects.create_superuser("ana", "ana@example.com", "inventada")
    User.objects.create_user("fora", "fora@example.com", "inventada")
    for name in ("carla", "rita", "rosa"):
        member(other, name)
    User.objects.filter(username__startswith="r").update(email="casa@example.com")

    names = ("ana@example.com", "ana", "fora@example.com", "carla@example.com", "carla", "casa@example.com")
    errors = {tuple(add(manager, store, name).context["form"].errors["name"]) for name in names}

    assert len(errors) == 1
    assert LogEntry.objects.count() == len(names)


def test_whoever_runs_the_installation_takes_an_unused_password_back(store: Store, other: Store) -> None:
    carla = member(other, "carla").user

    shown = add(_superuser(), store, "carla@example.com")

    carla.refresh_from_db()
    assert not carla.has_usable_password()
    assert link_of(shown)
    assert roles(store) == {"carla": "operator"}


def test_a_password_that_was_used_stays(store: Store, other: Store) -> None:
    carla = member(other, "carla").user
    Client().force_login(carla)

    assert add(_superuser(), store, "carla").status_code == 302

    carla.refresh_from_db()
    assert carla.check_password("inventada")


def test_nobody_is_added_to_another_store(store: Store, other: Store, manager: Client) -> None:
    response = add(manager, other, "carla@example.com")

    assert list(response.context["form"].errors) == ["store"]
    assert roles(other) == {}
    nothing_happened(store)


# --- roles


def test_a_role_is_changed_once(store: Store, manager: Client) -> None:
    row = member(store, "carla")

    for _ in range(2):
        response = manager.post(address(row, "change_role"), {"role": "accountant"}, headers=EN)
        assert response.status_code == 302

    assert roles(store)["carla"] == "accountant"
    messages = list(LogEntry.objects.values_list("change_message", flat=True))
    assert messages == ["Member carla: viewer became accountant"]


@pytest.mark.parametrize("role", ["", "owner", "superuser"])
def test_no_other_role_is_given(store: Store, manager: Client, role: str) -> None:
    row = member(store, "carla")

    assert manager.post(address(row, "change_role"), {"role": role}).status_code == 200

    assert roles(store)["carla"] == "viewer"
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(("view", "data"), [("change_role", {"role": "viewer"}), ("remove_member", {})])
def test_the_last_manager_stays(store: Store, manager: Client, view: str, data: dict[str, str]) -> None:
    member(store, "carla")
    own = Membership.objects.get(user=marta())

    for client in (manager, _superuser()):
        response = client.post(address(own, view), data, headers=EN)
        assert "A store needs a manager" in told(response)

    assert roles(store) == {"marta": "manager", "carla": "viewer"}
    assert not LogEntry.objects.exists()


def _superuser() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("ana", "ana@example.com", "inventada"))
    return client


@pytest.mark.parametrize("facts", [{"is_active": False}, {"is_staff": False}])
def test_a_manager_who_cannot_get_in_is_none(store: Store, manager: Client, facts: dict[str, bool]) -> None:
    member(store, "carla", "manager")
    User.objects.filter(username="carla").update(**facts)
    own = Membership.objects.get(user=marta())

    manager.post(address(own, "remove_member"))

    assert roles(store)["marta"] == "manager"


def test_of_two_managers_one_may_go(store: Store, manager: Client) -> None:
    member(store, "carla", "manager")
    own = Membership.objects.get(user=marta())

    manager.post(address(own, "change_role"), {"role": "viewer"})

    assert roles(store) == {"marta": "viewer", "carla": "manager"}
    # and the right is gone with the role
    assert manager.post(address(own, "change_role"), {"role": "manager"}).status_code == 404
    assert roles(store) == {"marta": "viewer", "carla": "manager"}


# --- removing


def test_a_member_is_removed_once_and_keeps_other_stores(store: Store, other: Store, manager: Client) -> None:
    row = member(store, "carla")
    member(other, "carla", "operator")

    assert manager.get(address(row, "remove_member")).status_code == 200
    assert "carla" in roles(store)
    first = manager.post(address(row, "remove_member"), headers=EN)
    second = manager.post(address(row, "remove_member"), headers=EN)

    assert (first.status_code, second.status_code) == (302, 404)
    assert roles(store) == {"marta": "manager"}
    assert roles(other) == {"carla": "operator"}
    assert User.objects.filter(username="carla").exists()
    assert LogEntry.objects.count() == 1


def test_a_removed_member_sees_nothing_at_once(store: Store, manager: Client) -> None:
    client = person(store, "manager", "carla")
    assert client.get(LIST).status_code == 200

    manager.post(address(Membership.objects.get(user__username="carla"), "remove_member"))

    assert client.get(LIST).status_code == 403


def test_a_superusers_membership_is_out_of_reach(store: Store, manager: Client) -> None:
    ana = User.objects.create_superuser("ana", "ana@example.com", "inventada")
    row = Membership.objects.create(user=ana, store=store, role="viewer")

    for view, data in (("change_role", {"role": "manager"}), ("remove_member", {}), ("make_link", {})):
        response = manager.post(address(row, view), data, headers=EN)
        assert OUT_OF_REACH in told(response)

    assert roles(store)["ana"] == "viewer"
    assert ana.check_password("inventada")
    assert not LogEntry.objects.exists()


# --- links


def test_the_link_sets_a_password_once(store: Store, manager: Client) -> None:
    shown = add(manager, store, "carla@example.com")
    link = link_of(shown)
    visitor = Client()
    asked = visitor.get(link, follow=True, headers=EN)
    new = {"new_password1": "uma-palavra-inventada", "new_password2": "uma-palavra-inventada"}

    saved = visitor.post(asked.request["PATH_INFO"], new, follow=True, headers=EN)
    again = Client().get(link, follow=True, headers=EN)

    assert 'name="new_password1"' in asked.content.decode()
    assert "Your password is set" in saved.content.decode()
    assert "This link does not work any more" in again.content.decode()
    carla = User.objects.get(username="carla@example.com")
    assert carla.check_password("uma-palavra-inventada")
    assert (carla.is_superuser, carla.is_staff) == (False, True)
    browser = Client()
    assert browser.login(username="carla@example.com", password="uma-palavra-inventada", request=_request())
    assert browser.get(reverse("admin:index")).status_code == 200


def _request() -> Any:
    from django.test import RequestFactory

    return RequestFactory().post("/admin/login/")


@pytest.mark.parametrize("password", ["12345678", "carla@example.com", "curta", ""])
def test_a_weak_password_is_refused(store: Store, manager: Client, password: str) -> None:
    visitor = Client()
    asked = visitor.get(link_of(add(manager, store, "carla@example.com")), follow=True)

    response = visitor.post(
        asked.request["PATH_INFO"], {"new_password1": password, "new_password2": password}
    )

    assert response.status_code == 200
    assert not User.objects.get(username="carla@example.com").has_usable_password()


@pytest.mark.parametrize(
    "path", ["/admin/password/MQ/x-y/", "/admin/password/<b>/x/", "/admin/password/MQ/set-password/"]
)
def test_a_made_up_link_opens_nothing(store: Store, manager: Client, path: str) -> None:
    response = Client().get(path, headers=EN)

    assert response.status_code == 200
    assert "This link does not work any more" in response.content.decode()
    assert "<b>" not in response.content.decode()


def test_the_link_is_shown_and_kept_nowhere(store: Store, manager: Client) -> None:
    with everything_logged() as logs:
        shown = add(manager, store, "carla@example.com")
    token = link_of(shown).split("/")[-2]

    assert "no-store" in shown.headers["Cache-Control"]
    assert all(token not in log.getvalue() for log in logs)
    assert all(token not in entry.change_message for entry in LogEntry.objects.all())
    assert token not in told(shown)


def test_a_new_link_for_who_has_no_password_yet(store: Store, manager: Client) -> None:
    add(manager, store, "carla@example.com")
    row = Membership.objects.get(user__username="carla@example.com")

    asked = manager.get(address(row, "make_link"), headers=EN)
    shown = manager.post(address(row, "make_link"), headers=EN)

    assert "/admin/password/" not in asked.content.decode()
    assert link_of(shown)


def test_who_has_a_password_gets_no_link(store: Store, manager: Client) -> None:
    row = member(store, "carla")

    response = manager.post(address(row, "make_link"), headers=EN)

    assert "has a password already" in told(response)
    assert "/admin/password/" not in response.content.decode()
    assert not LogEntry.objects.exists()


def test_nobody_takes_over_a_person_of_another_store(store: Store, other: Store, manager: Client) -> None:
    """Who has the link becomes the person, with all of the person's stores."""
    person(other, "manager", "olga")
    carla = members.add_member(other, "carla@example.com", Role.MANAGER, by=User.objects.get(username="olga"))
    row = Membership.objects.create(user=carla.membership.user, store=store, role="viewer")

    response = manager.post(address(row, "make_link"), headers=EN)

    assert carla.is_new_person
    assert OUT_OF_REACH in told(response)
    assert "/admin/password/" not in response.content.decode()
    assert not LogEntry.objects.exists()


def test_an_earlier_link_does_not_open_a_store_that_came_later(
    store: Store, other: Store, manager: Client
) -> None:
    early = link_of(add(manager, store, "carla@example.com"))
    ana = User.objects.create_superuser("ana", "ana@example.com", "inventada")

    members.add_member(other, "carla@example.com", Role.MANAGER, by=ana)

    assert "This link does not work any more" in Client().get(early, headers=EN).content.decode()


@pytest.mark.parametrize("is_removed", [False, True])
def test_an_earlier_link_opens_nothing_for_one_manager_of_both_stores(
    store: Store, other: Store, manager: Client, is_removed: bool
) -> None:
    early = link_of(add(manager, store, "carla@example.com"))
    Membership.objects.create(user=marta(), store=other, role="manager")
    if is_removed:
        manager.post(address(Membership.objects.get(user__username="carla@example.com"), "remove_member"))

    shown = add(manager, other, "carla@example.com")

    assert Client().get(link_of(shown), headers=EN, follow=True).context["validlink"]
    assert "This link does not work any more" in Client().get(early, headers=EN).content.decode()


# --- who may


@pytest.mark.parametrize("role", ["viewer", "operator", "accountant", None])
def test_only_managers_see_members(store: Store, role: str | None) -> None:
    row = member(store, "carla", "manager")
    client = person(store, role, "rui")

    for url in (
        LIST,
        ADD,
        *(address(row, view) for view in ("change", "change_role", "remove_member", "make_link")),
    ):
        for response in (client.get(url), client.post(url, {"role": "manager", "name": "x@example.com"})):
            assert response.status_code in (302, 403, 404), url
            assert "carla" not in response.content.decode()
    assert roles(store) == {"carla": "manager"} | ({"rui": role} if role else {})
    assert not LogEntry.objects.exists()


def test_members_of_another_store_are_not_there(store: Store, other: Store, manager: Client) -> None:
    row = member(other, "carla", "manager")
    User.objects.filter(pk=row.user_id).update(email="carla@example.com")

    for query in ("", "?q=carla", f"?store={other.pk}"):
        assert "carla@" not in manager.get(LIST + query).content.decode()
    for view in ("change_role", "remove_member", "make_link"):
        for response in (
            manager.get(address(row, view)),
            manager.post(address(row, view), {"role": "viewer"}),
        ):
            assert response.status_code == 404
    assert "Outra Loja" not in manager.get(ADD).content.decode()
    assert roles(other) == {"carla": "manager"}


def test_the_service_asks_for_the_right_itself(store: Store, other: Store, manager: Client) -> None:
    row = member(other, "carla", "manager")
    member(other, "olga", "manager")

    for act in (
        lambda: members.add_member(other, "x@example.com", Role.MANAGER, by=marta()),
        lambda: members.change_role(row, Role.VIEWER, by=marta()),
        lambda: members.remove_member(row, by=marta()),
    ):
        with pytest.raises(PermissionDenied):
            act()

    assert roles(other) == {"carla": "manager", "olga": "manager"}
    assert not User.objects.filter(email="x@example.com").exists()


def test_a_right_that_was_taken_meanwhile_counts_no_more(store: Store, manager: Client) -> None:
    by = marta()
    row = member(store, "carla", "manager")
    assert members.change_role(row, Role.MANAGER, by=by) is False
    Membership.objects.filter(user=by).update(role="viewer")

    with pytest.raises(PermissionDenied):
        members.add_member(store, "x@example.com", Role.MANAGER, by=by)

    assert User.objects.count() == 2


def test_a_member_that_is_gone_is_told(store: Store, manager: Client) -> None:
    row = member(store, "carla")
    Membership.objects.filter(pk=row.pk).delete()

    with pytest.raises(MemberRefused) as refused:
        members.remove_member(row, by=marta())

    assert refused.value.refusal is Refusal.GONE


def test_a_post_without_a_token_is_refused(store: Store, manager: Client) -> None:
    row = member(store, "carla")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(marta())

    for url, data in (
        (ADD, {"store": store.pk, "name": "x@example.com", "role": "viewer"}),
        (address(row, "remove_member"), {}),
    ):
        assert browser.post(url, data).status_code == 403

    assert roles(store) == {"marta": "manager", "carla": "viewer"}


def test_users_stay_with_superusers(store: Store, manager: Client) -> None:
    for name in ("auth_user_changelist", "auth_user_add", "auth_group_changelist"):
        assert manager.get(reverse(f"admin:{name}")).status_code == 403


def test_the_list_costs_the_same_with_more_members(store: Store, manager: Client) -> None:
    manager.get(LIST)
    before = queries(manager, LIST)
    for number in range(20):
        member(store, f"pessoa{number}")

    assert queries(manager, LIST) == before <= 8


def test_who_belongs_elsewhere_too_is_shown_by_name_and_role_only(
    store: Store, other: Store, manager: Client
) -> None:
    own, shared = member(store, "carla"), member(store, "rui")
    member(other, "rui")
    User.objects.filter(username="rui").update(last_login="2026-03-04T05:06:00Z")

    for url in (LIST, address(shared, "change")):
        content = manager.get(url, headers=EN).content.decode()
        assert "rui" in content
        assert "rui@example.com" not in content
        assert "2026-03-04" not in content
    assert "carla@example.com" in manager.get(LIST, headers=EN).content.decode()
    assert "carla@example.com" in manager.get(address(own, "change"), headers=EN).content.decode()
    assert address(shared, "change") not in manager.get(f"{LIST}?q=rui@", headers=EN).content.decode()
    assert address(own, "change") in manager.get(f"{LIST}?q=carla@", headers=EN).content.decode()
    assert OUT_OF_REACH in told(manager.post(address(shared, "make_link"), headers=EN))
