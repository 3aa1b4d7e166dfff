"""The calendar's JSON is sent again when, and only when, it would say something else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import Level, UserKind
from appointments.models import Absence, Appointment, OpeningHours, Resource, VisitReason
from crypto.testing import count_opened
from patients.models import Patient
from tests import factories, pro
from tests.pro import MONDAY

from .test_pro_calendar import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return pro.clinic()


@pytest.fixture
def visit(clinic):
    return clinic.book(MONDAY)


def ask(clinic, tag: str = "", **headers):
    address = f"/api/calendar/events?calendars={clinic.calendar.pk}&from=2026-11-23&to=2026-11-30"
    return clinic.client.get(address, headers={"if-none-match": tag, **headers})


def test_what_has_not_changed_is_not_sent_and_no_name_is_opened(clinic, visit):
    tag = ask(clinic)["ETag"]

    with count_opened() as opened:
        same = ask(clinic, tag)

    assert (same.status_code, same.content, same["ETag"], opened.value) == (304, b"", tag, 0)
    assert queries_of(lambda: ask(clinic, tag)) <= queries_of(lambda: ask(clinic)) - 5


def update(model, **values):
    def change(clinic):
        for row in model.objects.all():
            for name, value in values.items():
                setattr(row, name, value)
            row.save(update_fields=list(values))

    return change


def absence(clinic):
    factories.absence(clinic.calendar, MONDAY, MONDAY + timedelta(hours=1))


def other_visit(clinic):
    factories.appointment(clinic.calendar, clinic.reason, factories.patient(), MONDAY + timedelta(hours=2))


def hold(clinic):
    end = timezone.now() + timedelta(minutes=5)
    factories.hold(clinic.calendar, clinic.reason, MONDAY + timedelta(hours=3), expires_at=end)


CHANGES = {
    "status": update(Appointment, status="arrived"),
    "patient's name": update(Patient, name={"first_name": "Ada", "last_name": "Neu", "birth_date": "1980-01-01"}),
    "opening hours": update(OpeningHours, is_online=False),
    "reason": update(VisitReason, code="XX"),
    "room": update(Resource, name="Neu"),
    "absence": absence,
    "absence gone": lambda clinic: Absence.objects.all().delete(),
    "visit": other_visit,
    "hold": hold,
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_brings_another_tag(clinic, visit, name):
    if name == "absence gone":
        with clinic.scope():
            absence(clinic)
    tag = ask(clinic)["ETag"]

    with clinic.scope():
        CHANGES[name](clinic)

    answer = ask(clinic, tag)
    assert (answer.status_code, answer["ETag"] != tag) == (200, True)


def test_a_hold_that_ends_brings_another_tag_though_no_row_changes(clinic, visit, monkeypatch):
    with clinic.scope():
        hold(clinic)
    tag = ask(clinic)["ETag"]
    later = timezone.now() + timedelta(minutes=6)
    monkeypatch.setattr("appointments.api.views.timezone.now", lambda: later)

    assert ask(clinic, tag).status_code == 200


def test_another_language_and_other_rights_have_another_tag(clinic, visit):
    tag = ask(clinic)["ETag"]
    clerk = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.right(clinic.calendar, clerk, Level.READ)

    english = ask(clinic, tag, **{"accept-language": "en"})
    clinic.client = pro.client_of(clerk)

    assert (english.status_code, ask(clinic, tag).status_code) == (200, 200)


def test_another_clinics_changes_bring_no_other_tag(clinic, visit):
    tag = ask(clinic)["ETag"]
    stranger = pro.clinic()
    stranger.book(MONDAY)

    assert ask(clinic, tag).status_code == 304
