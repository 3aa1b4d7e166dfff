"""What the platform writes to account holders. Each message is derived when it is sent, from what is true by then."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http.request import split_domain_port
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import messages_security
from accounts.enums import DOOR_OF_KIND
from accounts.mails import mail
from accounts.messages_critical import critical_action
from accounts.messages_invitation import invited
from accounts.models import FactorCode, SignUpCode, User
from accounts.services.resets import link_path
from doctolib.hosts import DOORS, address
from doctolib.outbox.enums import Priority
from doctolib.outbox.kinds import Rendered, register

CHANGES = {
    "sms_added": _("Codes by text message were turned on."),
    "sms_removed": _("Codes by text message were turned off."),
    "app_added": _("An authenticator app was added."),
    "app_removed": _("An authenticator app was removed."),
    "passkey_added": _("A passkey was added."),
    "passkey_removed": _("A passkey was removed."),
    "recovery_made": _("New recovery codes were made. Older ones no longer work."),
    "recovery_used": _("A recovery code was used to sign in."),
    "reset": _("The support team reset the second factor. You add a new one when you next sign in."),
}


def register_kinds() -> None:
    register("account.code", code, priority=Priority.URGENT)
    register("account.exists", exists)
    register("account.created", created)
    register("account.password_reset", password_reset)
    register("account.password_changed", password_changed)
    register("account.deleted", deleted)
    register("account.critical_action", critical_action)
    messages_security.register_kinds()
    register("account.factor_code", factor_code, priority=Priority.URGENT)
    register("account.factor_changed", factor_changed)
    register("account.invited", invited)


def code(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """The SMS code of a sign-up; nothing once it is too old, used, or the number was changed.

    The last line ties the code to our host, so that phones fill it in there only (WICG, sms-one-time-codes).
    """
    codes = SignUpCode.objects.filter(pk=payload["row"], signup_id=UUID(about), expires_at__gt=timezone.now())
    if not codes.exists():
        return []
    return [_code(payload, settings.WWW_HOST)]


def factor_code(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """The SMS code of a sign-in; nothing once it is too old or used."""
    codes = FactorCode.objects.filter(pk=payload["row"], attempt_id=UUID(about), expires_at__gt=timezone.now())
    hosts = {door: host for host, door in DOORS.items()}
    return [_code(payload, hosts[payload["door"]])] if codes.exists() else []


def factor_changed(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """What happened is a word of ours (services call ``tell_owner``); unknown words are a bug and raise KeyError."""
    user = _owner(about)
    if user is None:
        return []
    context = {"what": CHANGES[payload["what"]], "reset": address(DOOR_OF_KIND[user.kind], "/")}
    return [_email(user, "factor_changed", _("Your second factor has changed"), context)]


def exists(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """Someone signed up with the address of an account: its owner hears of it, the page says nothing."""
    user = _owner(about)
    if user is None:
        return []
    links = {"sign_in": address("www", "/account/sign-in/"), "reset": address("www", "/account/password/")}
    return [_email(user, "exists", _("You already have an account"), links, language=payload["language"])]


def created(about: str, payload: dict[str, Any]) -> list[Rendered]:
    user = _owner(about)
    if user is None:
        return []
    return [
        _email(user, "created", _("Your account has been created"), {"sign_in": address("www", "/account/sign-in/")})
    ]


def password_reset(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """The link is made here and is stored nowhere."""
    user = _owner(about)
    if user is None:
        return []
    door, path = link_path(user)
    context = {"link": address(door, path), "minutes": settings.PASSWORD_RESET_TIMEOUT // 60}
    return [_email(user, "password_reset", _("Choose a new password"), context)]


def password_changed(about: str, payload: dict[str, Any]) -> list[Rendered]:
    user = _owner(about)
    if user is None:
        return []
    reset = address(DOOR_OF_KIND[user.kind], "/account/password/")
    return [_email(user, "password_changed", _("Your password has been changed"), {"reset": reset})]


def deleted(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """The account is gone; where to and in which language is in the payload, and nothing about clinics."""
    return [mail(payload["email"], "deleted", _("Your account has been deleted"), {}, language=payload["language"])]


def _code(payload: dict[str, Any], door_host: str) -> Rendered:
    host, _port = split_domain_port(door_host)
    with translation.override(payload["language"]):
        body = render_to_string("sms/code.txt", {"code": payload["code"], "host": host}).strip()
    return Rendered("sms", payload["phone"], "", body)


def _owner(about: str) -> User | None:
    return User.objects.filter(pk=UUID(about), is_active=True).first()


def _email(user: User, name: str, subject: Promise, context: dict[str, Any], *, language: str = "") -> Rendered:
    return mail(user.contact["email"], name, subject, context, language=language or user.language)
