"""Account pages of professionals, under /account/, and the settings of their organisation, under /settings/."""

from django.urls import path

from accounts.views import pro

from . import shared

urlpatterns = [
    *shared,
    path("", pro.account, name="account"),
]
settings_urlpatterns = [
    path("", pro.settings, name="settings"),
]
