"""The screens of invoicing, one module each."""

from invoicing.admin import accounts, documents, operations, orders, profiles, rulings

__all__ = ["accounts", "documents", "operations", "orders", "profiles", "rulings"]
