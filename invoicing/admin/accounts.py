"""Invoicing accounts: whether they work, what they offer. Keys are never shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Field, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.domain.linter import EU_CONSUMER_LIMIT
from invoicing.models import AccountSeries, AccountTax, Document, InvoicingAccount, InvoicingProfile
from invoicing.queue import now
from invoicing.services.accounts import may_for_all
from invoicing.services.eu_sales import net_to_eu_consumers
from stores.admin.base import MirrorAdmin, MirrorInline, StaffAdmin, StoreScoped
from stores.admin.columns import BADGE_KINDS, display, related
from stores.admin.formats import last_four, moment, money, number
from stores.admin.stores import stopped_because, works
from stores.auth import stores_with
from stores.domain.roles import Right
from stores.fields import UndecryptableSecret
from stores.models import Store

# Below it a document takes minutes, and the work of all stores of the account heaps up.
_SLOWEST_PACE = 10


class TaxInline(MirrorInline):
    model = AccountTax
    fields = ("name", "rate", "region")
    hide_title = True


class SeriesInline(MirrorInline):
    model = AccountSeries
    fields = ("name", "is_default", "ids", "registered")
    hide_title = True


class OfAccount(StoreScoped):
    """Rows of an account, which several stores may share."""

    store_path = "account"

    def of_stores(self, rows: QuerySet[Any], stores: QuerySet[Store]) -> QuerySet[Any]:
        accounts = InvoicingProfile.objects.filter(store__in=stores).values("account")
        return rows.filter(**{f"{self.store_path}__in": accounts})


@admin.register(InvoicingAccount)
class InvoicingAccountAdmin(OfAccount, StaffAdmin):
    """Credentials come by `connect_store`; here only the pace of the calls is set."""

    store_path = "pk"
    change_right = Right.CREDENTIALS

    list_display = ("account_name", "provider", "works", "stopped_because", "facts_read")
    search_fields = ("^account_name",)
    readonly_fields = (
        "account_name",
        "provider",
        "key",
        "works_shown",
        "stopped_because",
        "next_probe_at",
        "facts_read",
        "eu_sales",
        "created_at",
    )
    fields = (*readonly_fields, "requests_per_minute")
    inlines = (TaxInline, SeriesInline)

    def get_queryset(self, request: HttpRequest) -> Any:
        # A key that cannot be opened must not close the page.
        return super().get_queryset(request).defer("api_key")

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "requests_per_minute":
            kwargs["min_value"] = _SLOWEST_PACE
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The pace is that of all stores of the account."""
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or may_for_all(request.user, Right.CREDENTIALS, obj)

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        account = super().get_object(request, object_id, from_field)
        if account is not None:
            account.is_seen_wholly = _is_seen_wholly(request, account)
        return account

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=gettext_lazy("API key"))
    def key(self, account: InvoicingAccount) -> str:
        try:
            return last_four(account.api_key)
        except UndecryptableSecret:
            return _("None of the encryption keys opens it.")

    @display(description=gettext_lazy("connection"), label=BADGE_KINDS)
    def works(self, account: InvoicingAccount) -> tuple[str, str]:
        badge = works(account)
        return badge.kind, badge.text

    @display(description=gettext_lazy("connection"))
    def works_shown(self, account: InvoicingAccount) -> str:
        return works(account).as_html()

    @display(description=gettext_lazy("stopped because"))
    def stopped_because(self, account: InvoicingAccount) -> str:
        return stopped_because(account)

    @display(description=gettext_lazy("sold to consumers in the EU at the Portuguese rate"))
    def eu_sales(self, account: InvoicingAccount) -> str:
        """The limit is the seller's, so all stores of the account count together."""
        year = now().year
        if not getattr(account, "is_seen_wholly", False):
            most = max(net_to_eu_consumers(account, one) for one in (year, year - 1))
            return _("The limit is passed.") if most > EU_CONSUMER_LIMIT else _("The limit is not passed.")
        return _("%(year)d: %(sold)s of %(limit)s; %(before)d: %(sold_before)s (without VAT)") % {
            "year": year,
            "sold": money(net_to_eu_consumers(account, year), "EUR"),
            "limit": money(EU_CONSUMER_LIMIT, "EUR"),
            "before": year - 1,
            "sold_before": money(net_to_eu_consumers(account, year - 1), "EUR"),
        }

    @display(description=gettext_lazy("taxes and series read at"))
    def facts_read(self, account: InvoicingAccount) -> str:
        return moment(account.facts_read_at)


def _is_seen_wholly(request: HttpRequest, account: InvoicingAccount) -> bool:
    """Whether the person sees every store that invoices with the account, or did."""
    if not may_for_all(request.user, Right.VIEW, account):
        return False
    mine = stores_with(request.user, Right.VIEW).values("pk")
    return not Document.objects.filter(account=account).exclude(order__store__in=mine).exists()


@admin.register(AccountTax)
class AccountTaxAdmin(OfAccount, MirrorAdmin):
    list_display = ("name", "rate_shown", "region", "account_link")
    list_select_related = ("account",)
    fields = ("account_link", "name", "rate_shown", "region")
    account_link = related("account", gettext_lazy("invoicing account"))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("account").defer("account__api_key")

    @display(description=gettext_lazy("rate"), ordering="rate")
    def rate_shown(self, tax: AccountTax) -> str:
        return f"{number(tax.rate)} %"


@admin.register(AccountSeries)
class AccountSeriesAdmin(OfAccount, MirrorAdmin):
    list_display = ("name", "is_default", "account_link")
    list_select_related = ("account",)
    fields = ("account_link", "name", "is_default", "ids", "registered")
    account_link = related("account", gettext_lazy("invoicing account"))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("account").defer("account__api_key")
