"""How an organisation is called and reached, changed by its administrators."""

from django.db import transaction

from accounts.models import Organisation
from doctolib import audit
from doctolib.tenancy.router import IDENTITY

from . import directory

FIELDS = ("name", "phone", "email", "website")


def change_contact(organisation: Organisation) -> None:
    """Save what was changed on the instance, and publish it. In the organisation's scope."""
    with transaction.atomic(using=IDENTITY):
        organisation.save(update_fields=FIELDS)
        directory.publish(organisation)
        audit.record("organisation.contact_changed", organisation)
