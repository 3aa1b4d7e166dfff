import pytest
from datetime import datetime, UTC
from tests import factories
from doctolib.tenancy.scopes import organisation_scope, visitor_scope
from appointments.models import Occupancy
@pytest.mark.django_db
@pytest.mark.parametrize("database", ["pool", "dedicated"])
def test_all(database):
    c = factories.organisation(database=database)
    factories.agreement(c)
    with organisation_scope(c):
        cal = factories.calendar(practitioner=factories.practitioner())
        r = factories.reason(calendars=[cal])
        factories.hours(cal, reasons=[r])
        factories.requirement(r, [factories.room(), factories.device()])
        t = datetime(2026, 12, 1, 9, tzinfo=UTC)
        factories.absence(cal, t, t.replace(hour=10))
        factories.appointment(cal, r, factories.patient(), t)
        factories.hold(cal, r, t.replace(hour=11), expires_at=t)
        assert Occupancy.objects.count() == 2
