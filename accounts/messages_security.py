"""What an account's owner hears when something happens to what they sign in with."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http.request import split_domain_port
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import DOOR_OF_KIND, ContactStep
from accounts.mails import mail
from accounts.models import ContactChange, User
from accounts.services import contact_changes, locking
from doctolib.hosts import DOORS, address
from doctolib.outbox.enums import Priority
from doctolib.outbox.kinds import Rendered, register


def register_kinds() -> None:
    register("account.locked", locked)
    register("account.guessed", guessed)
    register("account.email_confirm", email_confirm)
    register("account.email_taken", email_taken)
    register("account.email_changed", email_changed)
    register("account.phone_code", phone_code, priority=Priority.URGENT)
    register("account.phone_changed", phone_changed)


def locked(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """The link is made here and is stored nowhere; nothing once the account is open again."""
    user = User.objects.filter(pk=UUID(about)).first()
    if user is None or not locking.opens_by_link(user):
        return []
    context = {
        "tries": locking.TRIES,
        "link": address(*locking.link_path(user)),
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
    }
    return [_to_owner(user, "locked", _("Your account is locked"), context)]


def guessed(about: str, payload: dict[str, Any]) -> list[Rendered]:
    user = _owner(about)
    if user is None:
        return []
    return [_to_owner(user, "guessed", _("Wrong passwords were typed for your account"), {"reset": _reset(user)})]


def email_confirm(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """To the new address; nothing once it is too late or a newer one was asked for."""
    change = _change(about, ContactStep.EMAIL)
    if change is None:
        return []
    context = {
        "link": address(*contact_changes.link_path(change)),
        "hours": int(contact_changes.LINK_LIFETIME.total_seconds() // 3600),
    }
    subject = _("Confirm your new email address")
    return [mail(change.value["email"], "email_confirm", subject, context, language=change.user.language)]


def email_taken(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """To the owner of an address that another account wants to have."""
    user = _owner(about)
    if user is None:
        return []
    subject = _("This email address has an account already")
    return [_to_owner(user, "email_taken", subject, {"sign_in": address(_door(user), "/account/sign-in/")})]


def email_changed(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """To the former address, with the way back; nothing once it was taken back."""
    undo = _change(about, ContactStep.EMAIL_UNDO)
    if undo is None:
        return []
    context = {"link": address(*contact_changes.link_path(undo)), "days": contact_changes.UNDO_LIFETIME.days}
    subject = _("Your email address was changed")
    return [mail(undo.value["email"], "email_changed", subject, context, language=undo.user.language)]


def phone_code(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """The last line ties the code to the door's host, so that phones fill it in there only."""
    change = _change(about, ContactStep.PHONE)
    if change is None:
        return []
    host, _port = split_domain_port({door: host for host, door in DOORS.items()}[_door(change.user)])
    return [_sms(change.value["phone"], "code", {"code": payload["code"], "host": host}, change.user.language)]


def phone_changed(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """To the owner's mailbox, and to the former number if there was one."""
    user = _owner(about)
    if user is None:
        return []
    context = {"reset": _reset(user)}
    parts = [_to_owner(user, "phone_changed", _("Your mobile number was changed"), context)]
    if payload["phone"]:
        parts.append(_sms(payload["phone"], "phone_changed", context, user.language))
    return parts


def _owner(about: str) -> User | None:
    return User.objects.filter(pk=UUID(about), is_active=True).first()


def _change(about: str, step: ContactStep) -> ContactChange | None:
    alive = ContactChange.objects.filter(pk=UUID(about), step=step, expires_at__gt=timezone.now())
    return alive.select_related("user").first()


def _door(user: User) -> str:
    return DOOR_OF_KIND[user.kind]


def _reset(user: User) -> str:
    return address(_door(user), "/account/password/")


def _to_owner(user: User, name: str, subject: Promise, context: dict[str, Any]) -> Rendered:
    return mail(user.contact["email"], name, subject, context, language=user.language)


def _sms(to: str, name: str, context: dict[str, Any], language: str) -> Rendered:
    with translation.override(language):
        return Rendered("sms", to, "", render_to_string(f"sms/{name}.txt", context).strip())
