"""The mail to an administrator about a critical action."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.critical_actions import WORDS
from accounts.enums import CriticalAction, UserKind
from accounts.mails import mail
from accounts.models import User
from accounts.selectors import contact_of
from doctolib.hosts import address
from doctolib.outbox.kinds import Rendered


def critical_action(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """Names are looked up now. Nothing to somebody who is no administrator any more."""
    reader = User.objects.filter(pk=UUID(about), is_active=True, is_organisation_admin=True).first()
    if reader is None or reader.organisation is None:
        return []
    words = WORDS[CriticalAction(payload["action"])]
    context = {
        "clinic": reader.organisation.name,
        "done": words.done,
        "what": _name(payload["account"]) if "account" in payload else payload["words"],
        "by": _name(payload["by"]) if payload["by"] else "",
        "at": datetime.fromisoformat(payload["at"]),
        "advice": words.advice,
        "link": address("pro", "/settings/"),
    }
    subject = format_lazy("{}: {}", reader.organisation.name, words.subject)
    with timezone.override(reader.organisation.zone):
        return [mail(reader.contact["email"], "critical_action", subject, context, language=reader.language)]


def _name(account: str) -> str | Promise:
    user = User.objects.filter(pk=UUID(account)).first()
    if user is None:
        return _("an account that is deleted by now")
    if user.kind == UserKind.PLATFORM:
        return _("the support of Doctolib")
    contact = contact_of(user)
    return f"{contact.name} ({contact.email})" if contact.name else contact.email
