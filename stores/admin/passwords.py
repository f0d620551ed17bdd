"""The page at which a person sets a password, by a link that works once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import PasswordResetCompleteView, PasswordResetConfirmView
from django.utils.translation import gettext_lazy
from unfold.widgets import BASE_INPUT_CLASSES


class PasswordForm(SetPasswordForm):  # type: ignore[type-arg]  # not subscriptable at run time
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = " ".join(BASE_INPUT_CLASSES)


class _OfTheSite:
    """What the frame of Unfold's pages needs."""

    request: Any

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return {**admin.site.each_context(self.request), **own}


class SetPasswordView(_OfTheSite, PasswordResetConfirmView):
    form_class = PasswordForm
    template_name = "stores/admin/set_password.html"
    title = gettext_lazy("Set your password")


class PasswordIsSetView(_OfTheSite, PasswordResetCompleteView):
    template_name = "stores/admin/password_is_set.html"
    title = gettext_lazy("Your password is set")
