"""Account pages of professionals, under /account/, and the settings of their organisation, under /settings/."""

from django.urls import path

from accounts.views import pro, zones

from . import shared

urlpatterns = [
    *shared,
    path("", pro.account, name="account"),
]
settings_urlpatterns = [
    path("", pro.settings, name="settings"),
    path("zones/", zones.zone_list, name="zones"),
    path("zones/add/", zones.zone_add, name="zone-add"),
    path("zones/<uuid:zone_id>/", zones.zone_change, name="zone-change"),
    path("zones/<uuid:zone_id>/remove/", zones.zone_remove, name="zone-remove"),
    path("sign-in/", zones.sign_in_rules, name="sign-in-rules"),
]
