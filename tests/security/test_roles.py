"""The table of roles: as documented, and default deny."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User

from stores.auth import may, stores_with
from stores.domain.roles import RIGHTS, Right, Role
from stores.models import Membership, Store

DOCUMENTED = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"


@pytest.fixture
def stores(db: None) -> tuple[Store, Store]:
    mine = Store.objects.create(code="minha", name="Minha", reference_prefix="MINHA")
    other = Store.objects.create(code="outra", name="Outra", reference_prefix="OUTRA")
    return mine, other


def person(role: str | None, store: Store, **facts: bool) -> User:
    user = User.objects.create_user(f"rui-{role}", is_staff=True, **facts)
    if role is not None:
        Membership.objects.create(user=user, store=store, role=role)
    return User.objects.get(pk=user.pk)


def test_the_table_is_documented_to_the_letter() -> None:
    rows = [line.strip("|\n ").split("|") for line in DOCUMENTED.open() if line.startswith("| `")]
    columns = (Role.VIEWER, Role.OPERATOR, Role.ACCOUNTANT, Role.MANAGER)

    documented = {
        (Right(cells[0].strip().strip("`")), role): cells[2 + position].strip()
        for cells in rows
        for position, role in enumerate(columns)
    }

    assert documented == {
        (right, role): "yes" if right in RIGHTS[role] else "no" for right in Right for role in Role
    }


@pytest.mark.parametrize("role", list(Role))
def test_a_member_has_the_rights_of_the_role_in_that_store_only(
    stores: tuple[Store, Store], role: Role
) -> None:
    mine, other = stores
    user = person(role, mine)

    for right in Right:
        has = right in RIGHTS[role]
        assert may(user, right, mine) is has
        assert may(user, right) is has
        assert may(user, right, other) is False
        assert user.has_perm(f"stores.{right}", mine) is has
        assert user.has_perm(f"stores.{right}", other) is False
        assert user.has_perm(f"stores.{right}") is False
        assert list(stores_with(user, right)) == ([mine] if has else [])


def test_two_roles_in_two_stores_do_not_mix(stores: tuple[Store, Store]) -> None:
    mine, other = stores
    user = person("manager", mine)
    Membership.objects.create(user=user, store=other, role="viewer")
    user = User.objects.get(pk=user.pk)

    assert may(user, Right.CREDIT, mine)
    assert not may(user, Right.CREDIT, other)
    assert set(stores_with(user, Right.VIEW)) == {mine, other}
    assert list(stores_with(user, Right.CREDIT)) == [mine]


@pytest.mark.parametrize("facts", [{"is_staff": False}, {"is_active": False}])
def test_a_member_who_is_no_staff_or_not_active_has_nothing(
    stores: tuple[Store, Store], facts: dict[str, bool]
) -> None:
    user = person("manager", stores[0])
    User.objects.filter(pk=user.pk).update(**facts)
    user = User.objects.get(pk=user.pk)

    assert not any(may(user, right, stores[0]) or may(user, right) for right in Right)
    assert not any(stores_with(user, right).exists() for right in Right)


def test_djangos_own_permissions_open_nothing(stores: tuple[Store, Store]) -> None:
    user = person(None, stores[0])
    user.user_permissions.set(Permission.objects.all())
    user = User.objects.get(pk=user.pk)

    assert not user.has_perm("stores.view_order")
    assert not user.has_perm("stores.view_order", stores[0])
    assert not user.has_module_perms("stores")
    assert not any(may(user, right, stores[0]) for right in Right)


@pytest.mark.parametrize("role", ["", "owner", "Manager"])
def test_an_unknown_role_gives_nothing(stores: tuple[Store, Store], role: str) -> None:
    user = person("viewer", stores[0])
    Membership.objects.update(role=role)
    user = User.objects.get(pk=user.pk)

    assert not any(may(user, right, stores[0]) for right in Right)


def test_a_superuser_may_everything_everywhere(stores: tuple[Store, Store]) -> None:
    root = User.objects.create_superuser("ana", "ana@example.com", "invented")

    assert all(may(root, right, store) for right in Right for store in stores)
    assert set(stores_with(root, Right.MEMBERS)) == set(stores)
