"""The mail that invites a professional."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import AccountState
from accounts.mails import mail
from accounts.models import User
from accounts.selectors import state_of
from accounts.services.invitations import link_path
from doctolib.hosts import address
from doctolib.outbox.kinds import Rendered


def invited(about: str, payload: dict[str, Any]) -> list[Rendered]:
    """The link is made here and is stored nowhere. Nothing once the invitation was taken up, is over or withdrawn."""
    user = User.objects.select_related("organisation").filter(pk=UUID(about)).first()
    if user is None or user.organisation is None or state_of(user, now=timezone.now()) != AccountState.INVITED:
        return []
    with timezone.override(user.organisation.zone):
        context = {
            "clinic": user.organisation.name,
            "link": address("pro", link_path(user)),
            "until": user.invitation_ends_at,
        }
        subject = _("Your account for working with Doctolib")
        return [mail(user.contact["email"], "invited", subject, context, language=user.language)]
