"""What an organisation's administrators decide about all its professionals."""

from accounts.models import Organisation
from doctolib import audit


def set_idle_minutes(organisation: Organisation, minutes: int) -> None:
    """After how long without use professionals are signed out, from now on. Runs in the organisation's scope."""
    organisation.idle_minutes = minutes
    organisation.save(update_fields=["idle_minutes"])
    audit.record("sign_in_rules.changed", organisation)
