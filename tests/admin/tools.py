"""The second factor of platform staff, for tests that walk through the sign-in."""

from django.utils import timezone

from accounts.models import User
from accounts.services import authenticators
from doctolib.audit.models import AuditEvent
from doctolib.audit.platform import PLATFORM
from doctolib.tenancy.scopes import organisation_scope


def app_of(account: User) -> str:
    """The secret of a new authenticator app of this account."""
    return authenticators.secret_of(authenticators.add(account, now=timezone.now(), confirmed=True))


def shown(secret: str) -> str:
    """What the app shows now."""
    return authenticators.code_at(secret, timezone.now())


def platform_trail() -> list[tuple[str, str]]:
    """Actor and action of the rows of the platform's own trail, oldest first."""
    with organisation_scope(PLATFORM):
        return list(AuditEvent.objects.order_by("at").values_list("actor", "action"))
