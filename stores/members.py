"""Who may do what in a store: people added, given another role, taken out.

Default deny: a new person is staff without any right but those of the membership, and cannot log in before a
password is set by a link. Whoever has set one may not be who was meant, so a person is taken into a store
only by somebody who manages all of the person's stores, or runs the installation. Whoever calls these must
manage the store's members; none of them raises anybody above a manager, touches a superuser on a manager's
word, or leaves a store that had a manager without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from stores.auth import may, stores_with
from stores.domain.roles import Right, Role
from stores.models import Membership, Store


class Refusal(StrEnum):
    """Why nothing was changed; closed, each with a sentence."""

    NO_NAME = "no_name"  # neither an e-mail address nor a user name
    AMBIGUOUS = "ambiguous"
    IS_SUPERUSER = "is_superuser"
    CLOSED = "closed"  # somebody took this person's access away
    LAST_MANAGER = "last_manager"
    IS_MEMBER = "is_member"
    GONE = "gone"
    ALREADY_SET = "already_set"
    BELONGS_ELSEWHERE = "belongs_elsewhere"
    NAME_TAKEN = "name_taken"  # by somebody outside one's own stores


# Of people beyond one's own stores nothing is told, so these are told alike.
OUT_OF_REACH = frozenset(
    {Refusal.AMBIGUOUS, Refusal.IS_SUPERUSER, Refusal.CLOSED, Refusal.BELONGS_ELSEWHERE, Refusal.NAME_TAKEN}
)


class MemberRefused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True)
class Added:
    membership: Membership
    is_new_person: bool


def add_member(store: Store, name: str, role: Role, *, by: User) -> Added:
    """Give a person, known or new, a role in the store. `name` is an e-mail address or a user name.

    Links made before stop working, and so does a password that nobody has used yet.

    Raises:
        MemberRefused: nothing was changed.
        PermissionDenied: `by` does not manage the store's members.
    """
    wanted = User.normalize_username(name.strip())
    with _managed(store, by):
        person = _known(wanted, by)
        is_new = person is None
        if person is None:
            person = _new_person(wanted)
        else:
            _require_addable(person, store, by)
            _forget_password(person, by)
        membership = Membership.objects.create(store=store, user=person, role=role.value)
        return Added(membership, is_new)


def change_role(membership: Membership, role: Role, *, by: User) -> bool:
    """Returns whether it was another role before.

    Raises:
        MemberRefused: nothing was changed.
        PermissionDenied: `by` does not manage the store's members.
    """
    with _managed(membership.store, by):
        row = _still_there(membership)
        _require_in_reach(row.user, by)
        if row.role == role.value:
            return False
        if role is not Role.MANAGER:
            _require_another_manager(row)
        Membership.objects.filter(pk=row.pk).update(role=role.value)
        return True


def remove_member(membership: Membership, *, by: User) -> None:
    """The person keeps whatever other stores gave.

    Raises:
        MemberRefused: nothing was changed.
        PermissionDenied: `by` does not manage the store's members.
    """
    with _managed(membership.store, by):
        row = _still_there(membership)
        _require_in_reach(row.user, by)
        _require_another_manager(row)
        row.delete()


def password_link(person: User, *, by: User) -> tuple[str, str]:
    """The two parts of the address at which a person without a password sets one, once.

    Whoever has it can become that person, so it is made only for somebody without a password, all of whose
    stores are managed by the one who asks.

    Raises:
        MemberRefused: ALREADY_SET, BELONGS_ELSEWHERE, CLOSED or IS_SUPERUSER.
    """
    _require_in_reach(person, by)
    if not (person.is_active and person.is_staff):
        raise MemberRefused(Refusal.CLOSED)
    if person.is_superuser or not _is_managed_wholly(person, by):
        raise MemberRefused(Refusal.BELONGS_ELSEWHERE)
    if person.has_usable_password():
        raise MemberRefused(Refusal.ALREADY_SET)
    return urlsafe_base64_encode(force_bytes(person.pk)), default_token_generator.make_token(person)


def with_reach(rows: QuerySet[Membership], by: User) -> QuerySet[Membership]:
    """The rows with `is_managed_wholly`: whether the one who asks manages all of the person's stores."""
    others = Membership.objects.filter(user=OuterRef("user")).exclude(
        store__in=stores_with(by, Right.MEMBERS)
    )
    return rows.annotate(is_managed_wholly=~Exists(others))


def _is_managed_wholly(person: User, by: User) -> bool:
    theirs = Membership.objects.filter(user=person)
    others = theirs.exclude(store__in=stores_with(by, Right.MEMBERS))
    return theirs.exists() and not others.exists()


def _require_addable(person: User, store: Store, by: User) -> None:
    if not (person.is_active and person.is_staff):
        raise MemberRefused(Refusal.CLOSED)
    _require_in_reach(person, by)
    theirs = Membership.objects.filter(user=person)
    if theirs.filter(store=store).exists():
        raise MemberRefused(Refusal.IS_MEMBER)
    # A password without a store may have been set in one that the person was taken out of.
    is_nobodys = not theirs.exists() and not person.has_usable_password()
    if not (by.is_superuser or is_nobodys or _is_managed_wholly(person, by)):
        raise MemberRefused(Refusal.BELONGS_ELSEWHERE)


def _forget_password(person: User, by: User) -> None:
    """What opened the person's other stores, and may be in other hands, must not open this one."""
    is_unused = by.is_superuser and not person.is_superuser and person.last_login is None
    if is_unused or not person.has_usable_password():
        person.set_unusable_password()
        person.save(update_fields=["password"])


@contextmanager
def _managed(store: Store, by: User) -> Iterator[None]:
    """Changes of one store's members take turns, so that two of them cannot take its last two managers."""
    if not may(by, Right.MEMBERS, store):
        raise PermissionDenied
    with transaction.atomic():
        Store.objects.select_for_update(of=("self",)).get(pk=store.pk)
        if not stores_with(by, Right.MEMBERS).filter(pk=store.pk).exists():
            raise PermissionDenied  # taken away since the request began
        yield


def _still_there(membership: Membership) -> Membership:
    row = Membership.objects.select_related("user", "store").filter(pk=membership.pk).first()
    if row is None:
        raise MemberRefused(Refusal.GONE)
    return row


def _require_in_reach(person: User, by: User) -> None:
    if person.is_superuser and not by.is_superuser:
        raise MemberRefused(Refusal.IS_SUPERUSER)


def _require_another_manager(row: Membership) -> None:
    if row.role != Role.MANAGER.value:
        return
    others = Membership.objects.filter(
        store=row.store_id, role=Role.MANAGER.value, user__is_active=True, user__is_staff=True
    )
    if not others.exclude(pk=row.pk).exists():
        raise MemberRefused(Refusal.LAST_MANAGER)


def _known(name: str, by: User) -> User | None:
    """Somebody of one's own stores by name or address; anybody else by the whole address only."""
    if not name:
        return None
    own = Q() if by.is_superuser else Q(memberships__store__in=stores_with(by, Right.MEMBERS))
    of_name = Q(email__iexact=name) | (Q(username__iexact=name) & own)
    found = list(User.objects.filter(of_name).distinct().order_by("pk")[:10])
    exact = [person for person in found if person.username == name]
    if exact:
        return exact[0]
    if len(found) > 1:
        raise MemberRefused(Refusal.AMBIGUOUS)
    return found[0] if found else None


def _new_person(name: str) -> User:
    """Staff, without a password that opens anything and without a right of its own."""
    email = ""
    try:
        if "@" in name:
            validate_email(name)
            email = name = name.lower()
        person = User(username=name, email=email, is_staff=True, is_superuser=False)
        person.set_unusable_password()
        person.full_clean(exclude=["password"], validate_unique=False)
    except ValidationError:
        raise MemberRefused(Refusal.NO_NAME) from None
    if User.objects.filter(username__iexact=name).exists():
        raise MemberRefused(Refusal.NAME_TAKEN)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        raise MemberRefused(Refusal.NAME_TAKEN) from None
    return person
