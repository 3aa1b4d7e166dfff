"""Account pages of professionals, under /account/, and the settings of their organisation, under /settings/."""

from django.urls import path

from accounts.views import accounts, contact, invitation, pro, set_up, web_profile, zones

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
    path("profile/", web_profile.profiles, name="clinic-profile"),
    path("profile/contact/", contact.contact, name="clinic-contact"),
    path("profile/photos/<uuid:photo_id>.jpg", web_profile.photo_file, name="profile-photo-file"),
    path("profile/<slug:key>/", web_profile.edit, name="profile-edit"),
    path("profile/<slug:key>/photo/", web_profile.photo, name="profile-photo"),
    path("profile/<slug:key>/photo/remove/", web_profile.photo_remove, name="profile-photo-remove"),
    path("profile/<slug:key>/photo/text/", web_profile.photo_text, name="profile-photo-text"),
    path("profile/<slug:key>/publish/", web_profile.publish, name="profile-publish"),
    path("profile/<slug:key>/discard/", web_profile.discard, name="profile-discard"),
    path("sites/", set_up.sites, name="sites"),
    path("sites/add/", set_up.site_add, name="site-add"),
    path("sites/<int:site_id>/", set_up.site_change, name="site-change"),
    path("sites/<int:site_id>/remove/", set_up.site_remove, name="site-remove"),
    path("units/add/", set_up.unit_new, name="unit-new"),
    path("units/<int:unit_id>/change/", set_up.unit_change, name="unit-change"),
    path("units/<int:unit_id>/delete/", set_up.unit_delete, name="unit-delete"),
    path("units/<int:unit_id>/move/", set_up.unit_move, name="unit-move"),
    path("practitioners/", set_up.practitioners, name="practitioners"),
    path("practitioners/add/", set_up.practitioner_add, name="practitioner-add"),
    path("practitioners/<int:practitioner_id>/", set_up.practitioner_change, name="practitioner-change"),
    path("practitioners/<int:practitioner_id>/remove/", set_up.practitioner_remove, name="practitioner-remove"),
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
