"""Account pages of patients, under /account/."""

from django.urls import path

from accounts.views import own, patient

from . import shared

urlpatterns = [
    *shared,
    path("sign-up/", patient.sign_up, name="sign-up"),
    path("sign-up/password/", patient.sign_up_password, name="sign-up-password"),
    path("sign-up/code/", patient.sign_up_code, name="sign-up-code"),
    path("sign-up/code/new/", patient.sign_up_resend, name="sign-up-resend"),
    path("sign-up/phone/", patient.sign_up_phone, name="sign-up-phone"),
    path("sign-up/person/", patient.sign_up_person, name="sign-up-person"),
    path("", own.account, name="account"),
    path("relatives/", own.relatives, name="relatives"),
    path("relatives/add/", own.relative_add, name="relative-add"),
    path("relatives/<uuid:person_id>/", own.relative_change, name="relative-change"),
    path("relatives/<uuid:person_id>/remove/", own.relative_remove, name="relative-remove"),
    path("choices/", own.choices, name="account-choices"),
    path("choices/past-appointments/", own.past_appointments, name="choose-past-appointments"),
    path("choices/second-factor/", own.second_factor_on, name="choose-second-factor"),
    path("delete/", own.delete, name="account-delete"),
    path("deleted/", own.deleted, name="account-deleted"),
    path("terms/", patient.terms_of_use, name="terms"),
]
