import pytest

from doctolib.tenancy.scopes import organisation_scope
from tests import factories

from .desk import Desk


@pytest.fixture
def bare_desk():
    """Without opening hours."""
    clinic = factories.organisation()
    factories.agreement(clinic)
    with organisation_scope(clinic):
        calendar = factories.calendar()
        yield Desk(clinic, calendar, factories.reason(calendars=[calendar], duration=30, step=30))


@pytest.fixture
def desk(bare_desk):
    factories.hours(bare_desk.calendar, weekdays=[1], starts="08:00", ends="10:00")
    return bare_desk
