"""The screens of what knows Jumpseller."""

from jumpseller_sync.admin import connections

__all__ = ["connections"]
