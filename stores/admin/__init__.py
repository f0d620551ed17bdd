"""The screens of stores and people, and what every screen shares."""

from stores.admin import lockouts, members, people, stores

__all__ = ["lockouts", "members", "people", "stores"]
