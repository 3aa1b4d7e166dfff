"""Account pages of professionals, under /account/, and the settings of their organisation, under /settings/."""

from django.urls import path

from accounts.views import accounts, invitation, pro, profile, zones

from . import shared

urlpatterns = [
    *shared,
    path("", pro.account, name="account"),
    path("invitation/", invitation.invitation, name="invitation"),
    path("invitation/<uuid:user_id>/<slug:token>/", invitation.link, name="invitation-link"),
]
settings_urlpatterns = [
    path("", pro.settings, name="settings"),
    path("zones/", zones.zone_list, name="zones"),
    path("zones/add/", zones.zone_add, name="zone-add"),
    path("zones/<uuid:zone_id>/", zones.zone_change, name="zone-change"),
    path("zones/<uuid:zone_id>/remove/", zones.zone_remove, name="zone-remove"),
    path("sign-in/", zones.sign_in_rules, name="sign-in-rules"),
    path("profile/", profile.profile, name="clinic-profile"),
    path("accounts/", accounts.accounts, name="staff-accounts"),
    path("accounts/invite/", accounts.invite, name="staff-invite"),
    path("accounts/<uuid:user_id>/", accounts.account, name="staff-account"),
    path("accounts/<uuid:user_id>/name/", accounts.rename, name="staff-rename"),
    path("accounts/<uuid:user_id>/end/", accounts.end, name="staff-end"),
    path("accounts/<uuid:user_id>/lock/", accounts.lock, name="staff-lock"),
    path("accounts/<uuid:user_id>/unlock/", accounts.unlock, name="staff-unlock"),
    path("accounts/<uuid:user_id>/administrator/", accounts.administrator, name="staff-administrator"),
    path("accounts/<uuid:user_id>/invite-again/", accounts.invite_again, name="staff-invite-again"),
    path("accounts/<uuid:user_id>/delete/", accounts.delete, name="staff-delete"),
]
