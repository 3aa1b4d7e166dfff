"""What the platform writes to account holders. Each message is derived when it is sent, from what is true by then."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http.request import split_domain_port
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.enums import DOOR_OF_KIND
from accounts.models import SignUpCode, User
from accounts.services.resets import link_path
from doctolib.hosts import address
from doctolib.outbox.enums import Priority
from doctolib.outbox.kinds import Rendered, register


def register_kinds() -> None:
    register("account.code", code, priority=Priority.URGENT)
    register("account.exists", exists)
    register("account.created", created)
    register("account.password_reset", password_reset)
    register("account.password_changed", password_changed)
    register("account.deleted", deleted)


def code(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """The SMS code of a sign-up; nothing once it is too old, used, or the number was changed.

    The last line ties the code to our host, so that phones fill it in there only (WICG, sms-one-time-codes).
    """
    codes = SignUpCode.objects.filter(pk=payload["row"], signup_id=UUID(about), expires_at__gt=timezone.now())
    if not codes.exists():
        return []
    host, _port = split_domain_port(settings.WWW_HOST)
    with translation.override(payload["language"]):
        body = render_to_string("sms/code.txt", {"code": payload["code"], "host": host}).strip()
    return [Rendered("sms", payload["phone"], "", body)]


def exists(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """Someone signed up with the address of an account: its owner hears of it, the page says nothing."""
    user = _owner(about)
    if user is None:
        return []
    links = {"sign_in": address("www", "/account/sign-in/"), "reset": address("www", "/account/password/")}
    return [_email(user, "exists", _subject_exists, links, language=payload["language"])]


def created(about: str, payload: dict[str, Any]) -> list[Rendered]:
    user = _owner(about)
    if user is None:
        return []
    return [_email(user, "created", _subject_created, {"sign_in": address("www", "/account/sign-in/")})]


def password_reset(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """The link is made here and is stored nowhere."""
    user = _owner(about)
    if user is None:
        return []
    door, path = link_path(user)
    context = {"link": address(door, path), "minutes": settings.PASSWORD_RESET_TIMEOUT // 60}
    return [_email(user, "password_reset", _subject_reset, context)]


def password_changed(about: str, payload: dict[str, Any]) -> list[Rendered]:
    user = _owner(about)
    if user is None:
        return []
    reset = address(DOOR_OF_KIND[user.kind], "/account/password/")
    return [_email(user, "password_changed", _subject_changed, {"reset": reset})]


def deleted(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """The account is gone; where to and in which language is in the payload, and nothing about clinics."""
    return [_written(payload["email"], "deleted", _subject_deleted, {}, language=payload["language"])]


def _owner(about: str) -> User | None:
    return User.objects.filter(pk=UUID(about), is_active=True).first()


def _email(user: User, name: str, subject: Any, context: dict[str, Any], *, language: str = "") -> Rendered:
    return _written(user.contact["email"], name, subject, context, language=language or user.language)


def _written(to: str, name: str, subject: Any, context: dict[str, Any], *, language: str) -> Rendered:
    with translation.override(language):
        title = subject()
        body = render_to_string(f"emails/account_{name}.txt", context).strip() + "\n"
        html = render_to_string(f"emails/account_{name}.html", {**context, "title": title})
    return Rendered("email", to, title, body, html)


def _subject_exists() -> str:
    return _("You already have an account")


def _subject_created() -> str:
    return _("Your account has been created")


def _subject_reset() -> str:
    return _("Choose a new password")


def _subject_changed() -> str:
    return _("Your password has been changed")


def _subject_deleted() -> str:
    return _("Your account has been deleted")
