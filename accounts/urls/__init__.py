"""Addresses of account pages; what both doors have is here."""

from django.urls import URLPattern, path

from accounts.views import doors

shared: list[URLPattern] = [
    path("sign-in/", doors.sign_in, name="sign-in"),
    path("sign-out/", doors.sign_out, name="sign-out"),
    path("password/", doors.password_reset, name="password-reset"),
    path("password/sent/", doors.password_reset_sent, name="password-reset-sent"),
    path("password/new/", doors.password_reset_new, name="password-reset-new"),
    path("password/<uuid:user_id>/<slug:token>/", doors.password_reset_link, name="password-reset-link"),
]
