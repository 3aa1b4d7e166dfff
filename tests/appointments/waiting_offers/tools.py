"""Steps that several of these tests take."""

from datetime import timedelta

from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope
from tests.appointments.bookings import NINE

TEN = NINE + timedelta(hours=1)
ELEVEN = NINE + timedelta(hours=2)


def queued(place) -> list[str]:
    with organisation_scope(place.organisation):
        return list(OutboxMessage.objects.filter(kind__startswith="waiting").values_list("kind", flat=True))
