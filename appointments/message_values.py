"""What stands in messages in place of placeholders (text_kinds.SPELLINGS), in the reader's language and the clinic's
time. In an organisation scope."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone, translation

from accounts.models import Organisation, Specialty
from appointments.models import Appointment, VisitReason
from appointments.selectors.reminders import reminder_settings
from appointments.selectors.texts import names_visit
from doctolib.hosts import address
from doctolib.templatetags.ui import clock_text, day_text
from doctolib.tenancy.scopes import require_scope
from patients.models import Patient


@contextmanager
def written_to(patient: Patient) -> Iterator[Organisation]:
    """The clinic, while the patient's language and the clinic's time zone count."""
    organisation = Organisation.objects.get(pk=require_scope("organisation").organisation_id)
    with translation.override(patient.language), timezone.override(organisation.zone):
        yield organisation


def page_of(organisation: Organisation, path: str) -> str:
    return address("www", f"/{organisation.slug}/{path}")


def clinic_values(organisation: Organisation) -> dict[str, str]:
    return {"clinic": organisation.name, "phone": organisation.phone}


def moment_values(moment: datetime) -> dict[str, str]:
    return {"date": day_text(moment), "time": clock_text(moment)}


def visit_values(organisation: Organisation, appointment: Appointment) -> dict[str, str]:
    """Reads the appointment's site, reason and its unit: select them together."""
    site = appointment.calendar.site
    return {
        **clinic_values(organisation),
        **moment_values(appointment.starts_at),
        "place": f"{site.name}, {site.address}",
        "instructions": appointment.reason.instructions if reminder_settings().names_instructions else "",
        **reason_values(appointment.reason),
    }


def reason_values(reason: VisitReason) -> dict[str, str]:
    """What the visit is for, where the clinic lets its texts name it; else nothing."""
    if not names_visit():
        return {}
    specialty = Specialty.objects.filter(code=reason.unit.specialty).first()
    return {"reason": reason.name, "specialty": str(specialty or "")}
