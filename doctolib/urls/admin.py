"""Platform staff."""

from django.contrib import admin
from django.urls import include, path

from accounts.views import platform

from . import handlers, shared

globals().update(handlers)

urlpatterns = [
    *shared,
    path("login/", platform.sign_in, name="sign-in"),
    path("account/", include("accounts.urls.factors")),
    path("", admin.site.urls),
]
