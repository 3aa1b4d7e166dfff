"""Addresses of account pages; what both doors have is here."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.views import connections, credentials, doors

shared: list[URLPattern | URLResolver] = [
    path("", include("accounts.urls.factors")),
    path("sign-in/", doors.sign_in, name="sign-in"),
    path("sign-out/", doors.sign_out, name="sign-out"),
    path("password/", doors.password_reset, name="password-reset"),
    path("password/sent/", doors.password_reset_sent, name="password-reset-sent"),
    path("password/new/", doors.password_reset_new, name="password-reset-new"),
    path("password/<uuid:user_id>/<slug:token>/", doors.password_reset_link, name="password-reset-link"),
    path("unlock/", doors.unlock, name="unlock"),
    path("unlock/<uuid:user_id>/<slug:token>/", doors.unlock_link, name="unlock-link"),
    path("change/password/", credentials.password, name="account-password"),
    path("change/email/", credentials.email, name="account-email"),
    path("change/email/sent/", credentials.email_sent, name="account-email-sent"),
    path("change/phone/", credentials.phone, name="account-phone"),
    path("change/phone/code/", credentials.phone_code, name="account-phone-code"),
    path("email/confirm/", credentials.email_confirm, name="email-confirm"),
    path("email/confirm/<str:signed>/", credentials.email_confirm_link, name="email-confirm-link"),
    path("email/undo/", credentials.email_undo, name="email-undo"),
    path("email/undo/<str:signed>/", credentials.email_undo_link, name="email-undo-link"),
    path("email/undone/", credentials.email_undone, name="email-undone"),
    path("connections/", connections.connections, name="connections"),
    path("connections/end/", connections.end_other_sessions, name="end-other-sessions"),
    path("connections/<uuid:connection_id>/end/", connections.end_session, name="end-session"),
    path("session/", connections.session, name="session"),
]
