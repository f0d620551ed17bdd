"""Rights per store, from memberships: the one backend that answers what a person may do.

Default deny: without an object nothing is granted, and Django's own permissions are never consulted, so a
new screen is closed until it names the right that opens it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from stores.domain.roles import RIGHTS, Right, Role, roles_with
from stores.models import Membership, Store

Person = AbstractBaseUser | AnonymousUser
APP = "stores"


class MembershipBackend(ModelBackend):
    """Passwords as Django keeps them; `user.has_perm("stores.issue", store)` from memberships alone.

    Superusers are answered by Django before it asks.
    """

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not isinstance(obj, Store):
            return set()
        return {f"{APP}.{right}" for right in Right if may(user_obj, right, obj)}

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        app, _dot, name = perm.partition(".")
        if app != APP or name not in set(Right) or not isinstance(obj, Store):
            return False
        return may(user_obj, Right(name), obj)


def stores_with(user: Any, right: Right) -> QuerySet[Store]:
    """The stores in which the person has the right."""
    if not _is_staff(user):
        return Store.objects.none()
    if getattr(user, "is_superuser", False):
        return Store.objects.all()
    roles = [str(role) for role in roles_with(right)]
    mine = Membership.objects.filter(user_id=user.pk, role__in=roles)
    return Store.objects.filter(pk__in=mine.values("store_id"))


def may(user: Person, right: Right, store: Store | None = None) -> bool:
    """Whether the person has the right in this store; without a store: in any."""
    if not _is_staff(user):
        return False
    if getattr(user, "is_superuser", False):
        return True
    mine = [known.role for pk, known in known_stores(user).items() if store is None or pk == store.pk]
    return any(role is not None and right in RIGHTS[role] for role in mine)


class KnownStore(NamedTuple):
    name: str
    timezone: str
    role: Role | None  # None: a superuser's


def known_stores(user: Any) -> dict[int, KnownStore]:
    """The person's stores by key and in the order of their names: for superusers all, else by membership.

    Read once for each request, which has its own user object.
    """
    known: dict[int, KnownStore] | None = getattr(user, "_known_stores", None)
    if known is None:
        known = user._known_stores = _read_stores(user) if _is_staff(user) else {}
    return known


def _is_staff(user: Person) -> bool:
    return bool(user.is_active and getattr(user, "is_staff", False))


def _read_stores(user: Any) -> dict[int, KnownStore]:
    if user.is_superuser:
        stores = Store.objects.order_by("name", "pk").values_list("pk", "name", "code", "timezone")
        return {pk: KnownStore(name or code, zone, None) for pk, name, code, zone in stores}
    rows = Membership.objects.filter(user_id=user.pk, role__in=[str(role) for role in Role])
    rows = rows.order_by("store__name", "store_id")
    columns = ("store_id", "store__name", "store__code", "store__timezone", "role")
    found = rows.values_list(*columns)
    return {pk: KnownStore(name or code, zone, Role(role)) for pk, name, code, zone, role in found}
