"""The screens of invoicing, one module each."""

from invoicing.admin import accounts, backfill, documents, operations, orders, profiles, rulings

__all__ = ["accounts", "backfill", "documents", "operations", "orders", "profiles", "rulings"]
