"""Who may do what in a store: one table, which `docs/permissions.md` repeats and a test compares."""

from __future__ import annotations

from enum import StrEnum


class Right(StrEnum):
    """What a person may do in one store. `stores.<value>` is its name as a Django permission."""

    VIEW = "view"  # look at orders, documents, work and settings
    EXPORT = "export"  # take figures and personal data away as a file
    WORK = "work"  # have work done again: retry, reprocess, compare, mail again
    ISSUE = "issue"  # let documents come about, change or go while they have no number, and give them one
    CREDIT = "credit"  # take final documents back: credit, refund, cancel
    SETTINGS = "settings"  # the fiscal settings, taxes and series
    CREDENTIALS = "credentials"  # the ways into the shop and into the invoicing account
    MEMBERS = "members"  # who else may do what


class Role(StrEnum):
    """Values are stored; never rename one."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    MANAGER = "manager"
    ACCOUNTANT = "accountant"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.VIEW}),
    Role.OPERATOR: frozenset({Right.VIEW, Right.WORK, Right.ISSUE}),
    Role.ACCOUNTANT: frozenset({Right.VIEW, Right.EXPORT, Right.SETTINGS}),
    Role.MANAGER: frozenset(Right),
}


def roles_with(right: Right) -> tuple[Role, ...]:
    return tuple(role for role in Role if right in RIGHTS[role])
