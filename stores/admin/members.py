"""Members of the stores that one manages: who they are, what they may do, and how a new one gets in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from stores import members
from stores.admin.base import MirrorAdmin
from stores.admin.columns import display, related
from stores.admin.formats import moment
from stores.admin.log import LINK_MADE, MEMBER_ADDED, MEMBER_CHANGED, MEMBER_REFUSED, MEMBER_REMOVED, record
from stores.admin.pages import Pages, address, form_page, page, question_page, tables_page
from stores.admin.panels import Panel
from stores.auth import may, stores_with
from stores.domain.roles import Right, Role
from stores.members import OUT_OF_REACH, MemberRefused, Refusal
from stores.models import Membership, Store

_OUT_OF_REACH = gettext_lazy(
    "This person cannot be added or changed from here. Ask whoever runs the installation, or use another "
    "e-mail address."
)
REFUSALS: dict[Refusal, Any] = {
    **dict.fromkeys(OUT_OF_REACH, _OUT_OF_REACH),
    Refusal.NO_NAME: gettext_lazy(
        "Write an e-mail address, or a user name of letters, digits and @ . + - _ only."
    ),
    Refusal.LAST_MANAGER: gettext_lazy("A store needs a manager: make somebody else one first."),
    Refusal.IS_MEMBER: gettext_lazy("This person is a member already: change the role instead."),
    Refusal.GONE: gettext_lazy("This person is no member any more."),
    Refusal.ALREADY_SET: gettext_lazy(
        "This person has a password already, and can change it after the login."
    ),
}
ROLES: dict[Role, Any] = {
    Role.VIEWER: gettext_lazy("sees everything of the store and changes nothing"),
    Role.OPERATOR: gettext_lazy("has work done again, issues and finalizes documents, deletes drafts"),
    Role.ACCOUNTANT: gettext_lazy("sees everything, exports it, and changes the fiscal settings"),
    Role.MANAGER: gettext_lazy("everything, credits, credentials and members too"),
}
_ROLE_NAMES = dict(Membership.ROLES)


def _role_choices() -> list[tuple[str, str]]:
    return [(role.value, f"{_ROLE_NAMES[role.value]}: {text}") for role, text in ROLES.items()]


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("role"), widget=UnfoldAdminSelectWidget())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = _role_choices()  # type: ignore[attr-defined]

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class AddForm(RoleForm):
    """Stores are those that the person manages."""

    field_order = ("store", "name", "role")
    store = forms.ModelChoiceField(
        Store.objects.none(), label=gettext_lazy("store"), widget=UnfoldAdminSelectWidget(), empty_label=None
    )
    name = forms.CharField(
        label=gettext_lazy("e-mail address or user name"),
        max_length=150,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Somebody new is made a person of the back-office who may do nothing but this."
        ),
    )

    def __init__(self, *args: Any, stores: QuerySet[Store], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores.order_by("name")  # type: ignore[attr-defined]


@admin.register(Membership)
class MembershipAdmin(Pages, MirrorAdmin):
    """A list, and pages of their own for each change, which all go through `stores.members`."""

    store_path = "store"
    view_right = Right.MEMBERS
    list_display = ("person", "email", "store_link", "role_shown", "seen", "password")
    list_select_related = ("user", "store")
    search_fields = ("^user__username", "^email_shown")
    fields = ("person", "email", "store_link", "role_shown", "role_means", "seen", "password")
    actions_detail = ("change_role", "make_link", "remove_member")
    ordering = ("store", "user")
    store_link = related("store", gettext_lazy("store"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Of people who belong to others' stores too, no more than the name and the role is seen or found."""
        rows = members.with_reach(super().get_queryset(request), _person(request))
        email_shown = Case(When(is_managed_wholly=True, then="user__email"), default=Value(""))
        return rows.annotate(email_shown=email_shown).select_related("user", "store")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, Right.MEMBERS)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Not Django's own: a new person is made on the way, and shown the link to a password once."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        stores = stores_with(request.user, Right.MEMBERS)
        initial = {"store": request.GET.get("store", ""), "role": Role.VIEWER.value}
        form = AddForm(request.POST if request.method == "POST" else None, stores=stores, initial=initial)
        if request.method == "POST" and form.is_valid():
            found = self._add(request, form)
            if found is not None:
                return found
        return form_page(
            self,
            request,
            form,
            title=_("Add a member"),
            submit=_("Add"),
            back=reverse("admin:stores_membership_changelist"),
        )

    def _add(self, request: HttpRequest, form: AddForm) -> HttpResponse | None:
        given = form.cleaned_data
        try:
            added = members.add_member(given["store"], given["name"], given["role"], by=_person(request))
        except MemberRefused as refused:
            if refused.refusal in OUT_OF_REACH:
                record(request.user, given["store"], MEMBER_REFUSED, who=given["name"])
            form.add_error("name", REFUSALS[refused.refusal])
            return None
        row = added.membership
        record(request.user, row.store, MEMBER_ADDED, who=str(row.user), role=row.role)
        if not row.user.has_usable_password():
            return self._show_link(request, row)
        messages.success(
            request, _("%(who)s is a member of %(store)s.") % {"who": row.user, "store": row.store}
        )
        messages.warning(
            request,
            _("%(who)s had a login before (last seen: %(seen)s): make sure that it is the person you mean.")
            % {"who": row.user, "seen": moment(row.user.last_login) or _("never")},
        )
        return HttpResponseRedirect(address(row, "change"))

    @page(gettext_lazy("Change the role"), "role", Right.MEMBERS, icon="badge")
    def change_role(self, request: HttpRequest, row: Membership) -> HttpResponse:
        form = RoleForm(request.POST if request.method == "POST" else None, initial={"role": row.role})
        if request.method == "POST" and form.is_valid():
            role = form.cleaned_data["role"]

            def change() -> None:
                if members.change_role(row, role, by=_person(request)):
                    facts = {"who": str(row.user), "before": row.role, "role": role.value}
                    record(request.user, row.store, MEMBER_CHANGED, **facts)

            return self._done(request, change, address(row, "change"), _("The role is changed."))
        return form_page(
            self,
            request,
            form,
            title=_("Role of %(who)s in %(store)s") % {"who": row.user, "store": row.store},
            submit=_("Change the role"),
            back=address(row, "change"),
        )

    @page(gettext_lazy("Remove"), "remove", Right.MEMBERS, icon="person_remove")
    def remove_member(self, request: HttpRequest, row: Membership) -> HttpResponse:
        back = reverse("admin:stores_membership_changelist")
        if request.method == "POST":

            def remove() -> None:
                members.remove_member(row, by=_person(request))
                record(request.user, row.store, MEMBER_REMOVED, who=str(row.user))

            return self._done(request, remove, back, _("The person is no member any more."))
        sentences = [
            _("%(who)s sees nothing of %(store)s any more, from the next page on.")
            % {"who": row.user, "store": row.store},
            _("Memberships of other stores stay, and so does everything that the person did."),
        ]
        return question_page(
            self,
            request,
            title=_("Remove"),
            items=[(str(row.user), sentences)],
            submit=_("Remove"),
            back=back,
        )

    @page(gettext_lazy("Link to set a password"), "password-link", Right.MEMBERS, icon="link")
    def make_link(self, request: HttpRequest, row: Membership) -> HttpResponse:
        if request.method == "POST":
            return self._show_link(request, row)
        sentences = [
            _("A link is shown once, by which %(who)s can set a password.") % {"who": row.user},
            _("Whoever opens it first sets the password: pass it on so that only this person reads it."),
        ]
        title = _("Link to set a password")
        back = address(row, "change")
        return question_page(
            self,
            request,
            title=title,
            items=[(str(row.user), sentences)],
            submit=_("Show the link"),
            back=back,
        )

    def _show_link(self, request: HttpRequest, row: Membership) -> HttpResponse:
        """The answer to a POST and nothing else: it is neither kept nor logged."""
        try:
            uid, token = members.password_link(row.user, by=_person(request))
        except MemberRefused as refused:
            messages.warning(request, str(REFUSALS[refused.refusal]))
            return HttpResponseRedirect(address(row, "change"))
        record(request.user, row.store, LINK_MADE, who=str(row.user))
        path = reverse("password_reset_confirm", args=[uid, token])
        return tables_page(
            self,
            request,
            title=_("Link for %(who)s") % {"who": row.user},
            intro=[
                _("Whoever opens it first sets the password: pass it on so that only this person reads it."),
                _("It works once, for %(days)d days, and is not shown again.")
                % {"days": settings.PASSWORD_RESET_TIMEOUT // 86400},
            ],
            panels=[Panel(_("Link"), raw=f"{settings.PUBLIC_URL}{path}", is_folded=False)],
            back=address(row, "change"),
        )

    def _done(
        self, request: HttpRequest, act: Callable[[], None], then: str, words: str
    ) -> HttpResponseRedirect:
        try:
            act()
        except MemberRefused as refused:
            messages.warning(request, str(REFUSALS[refused.refusal]))
        else:
            messages.success(request, words)
        return HttpResponseRedirect(then)

    @display(description=gettext_lazy("person"), ordering="user")
    def person(self, row: Membership) -> str:
        return str(row.user)

    @display(description=gettext_lazy("e-mail address"))
    def email(self, row: Membership) -> str:
        return str(getattr(row, "email_shown", ""))

    @display(description=gettext_lazy("role"), ordering="role")
    def role_shown(self, row: Membership) -> str:
        return str(_ROLE_NAMES.get(row.role, row.role))

    @display(description=gettext_lazy("may"))
    def role_means(self, row: Membership) -> str:
        return str(ROLES[Role(row.role)]) if row.role in set(Role) else ""

    @display(description=gettext_lazy("last seen"))
    def seen(self, row: Membership) -> str:
        if not getattr(row, "is_managed_wholly", False):
            return ""
        return moment(row.user.last_login) or _("never")

    @display(description=gettext_lazy("password"), boolean=True)
    def password(self, row: Membership) -> bool | None:
        return row.user.has_usable_password() if getattr(row, "is_managed_wholly", False) else None


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
