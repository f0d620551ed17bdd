"""Routes. Each app brings its own."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from stores.admin.passwords import PasswordIsSetView, SetPasswordView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    # Names that Django's own views of passwords know.
    path("admin/password/set/", PasswordIsSetView.as_view(), name="password_reset_complete"),
    path("admin/password/<uidb64>/<token>/", SetPasswordView.as_view(), name="password_reset_confirm"),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("invoicing.urls")),
    path("", include("jumpseller_sync.urls")),
]
