"""What the platform's own people may do in the admin: a Django group for each role, with what its work needs."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from accounts.models import User

LOOK = ["view_organisation", "view_specialty", "view_site", "view_unit", "view_practitioner"]
ROLES: dict[str, list[str]] = {
    # Sets clinics up. Sees no patient, no appointment, no message.
    "customer_success": [
        *LOOK, "add_organisation", "change_organisation", "add_site", "change_site", "add_unit", "change_unit",
        "view_user",
        "view_processingagreement", "add_processingagreement", "change_processingagreement",
    ],
    # Looks at a clinic's rows, under pseudonyms, and helps people who are locked out.
    "support": [*LOOK, "view_user", "change_user", "view_patient", "view_appointment"],
    # Locks and unlocks accounts. Sees no clinic's rows.
    "security": ["view_organisation", "view_user", "change_user"],
    # Keeps messages going. Sees no patient.
    "operations": [
        "view_organisation", "view_outboxmessage", "change_outboxmessage", "view_platformmessage",
        "change_platformmessage",
    ],
}  # fmt: skip


def write_roles() -> None:
    """Make the groups what ROLES says; may be run again. Rights that were added to them by hand go."""
    with transaction.atomic(using="default"):
        for name, codes in ROLES.items():
            group, _made = Group.objects.get_or_create(name=name)
            group.permissions.set(Permission.objects.filter(codename__in=codes))


def give_roles(user: User, names: list[str]) -> None:
    """Just these roles. Raises KeyError for one that there is not."""
    unknown = set(names) - set(ROLES)
    if unknown:
        raise KeyError(*unknown)
    write_roles()
    user.groups.set(Group.objects.filter(name__in=names))
