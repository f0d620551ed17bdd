"""The screens of stores and people, and what every screen shares."""

from stores.admin import lockouts, people, stores

__all__ = ["lockouts", "people", "stores"]
