"""What an organisation asks of its professionals when they sign in, and when they are signed out."""

from django.db import transaction

from accounts.models import Organisation
from doctolib import audit


def set_sign_in_rules(
    organisation: Organisation, *, factor_every_time: bool, factor_strong: bool, idle_minutes: int
) -> None:
    """Change the rules; they hold from the next request on. Runs in the organisation's scope, for its trail."""
    rules = {"factor_every_time": factor_every_time, "factor_strong": factor_strong, "idle_minutes": idle_minutes}
    with transaction.atomic(using="default"):
        Organisation.objects.filter(pk=organisation.pk).update(**rules)
        # Last: the trail is on another connection and does not roll back with this one.
        audit.record("organisation.sign_in_rules_changed", organisation, about=organisation, details=rules)
