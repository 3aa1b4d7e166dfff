"""Calendars, rooms and devices, changed by administrators."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import Level, UserKind
from appointments.models import Resource
from doctolib.audit.models import AuditEvent
from tests import factories, pro

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return pro.clinic()


def actions(clinic) -> list[str]:
    with clinic.scope():
        return list(AuditEvent.objects.order_by("at").values_list("action", flat=True))


def sent(clinic, **fields) -> dict:
    calendar = clinic.calendar
    values = {
        "name": calendar.name,
        "unit": calendar.unit_id,
        "site": calendar.site_id,
        "practitioner": calendar.practitioner_id,
        "edge": calendar.edge,
        "is_online": "on",
        "is_active": "on",
        **fields,
    }
    return {name: value for name, value in values.items() if value is not None}


def change(clinic, **fields):
    return clinic.client.post(f"/settings/calendars/{clinic.calendar.pk}/", sent(clinic, **fields))


def fresh(clinic) -> Resource:
    with clinic.scope():
        return Resource.objects.get(pk=clinic.calendar.pk)


def test_a_calendar_is_renamed_and_recoloured(clinic):
    answer = change(clinic, name="Sprechstunde 2", edge="rust")

    saved = fresh(clinic)
    assert (answer.status_code, saved.name, saved.edge, saved.is_active) == (303, "Sprechstunde 2", "rust", True)
    assert actions(clinic) == ["resource.changed"]


def test_a_calendar_out_of_use_keeps_its_appointments(clinic):
    clinic.book(timezone.now() + timedelta(days=1))
    warned = clinic.client.get(f"/settings/calendars/{clinic.calendar.pk}/").content.decode()

    change(clinic, is_active=None)

    assert "1 kommender Termin. Er bleibt" in warned
    assert fresh(clinic).is_active is False
    assert actions(clinic) == ["resource.changed", "resource.archived"]
    with clinic.scope():
        assert clinic.calendar.appointments.count() == 1


def test_what_is_not_changed_is_not_audited(clinic):
    assert (change(clinic).status_code, actions(clinic)) == (303, [])


@pytest.mark.parametrize("field", ["unit", "site", "name"])
def test_a_calendar_needs_a_name_a_unit_and_a_site(clinic, field):
    answer = change(clinic, **{field: ""})

    assert (answer.status_code, fresh(clinic).name) == (422, clinic.calendar.name)


def test_two_calendars_of_a_unit_have_two_names(clinic):
    with clinic.scope():
        factories.calendar(name="Zweite")

    assert change(clinic, name="zweite").status_code == 422


def test_a_calendar_that_is_set_up_twice_is_there_once(clinic):
    data = {"kind": "room", "name": "Raum 1", "unit": clinic.calendar.unit_id, "site": clinic.calendar.site_id}

    answers = [clinic.client.post("/settings/calendars/add/", data).status_code for _time in range(2)]

    with clinic.scope():
        assert (answers, Resource.objects.filter(name="Raum 1").count()) == ([302, 422], 1)


def test_a_room_has_no_practitioner_and_needs_no_unit(clinic):
    with clinic.scope():
        room = factories.room(unit=clinic.calendar.unit)
    data = {"name": "Raum 7", "unit": "", "site": clinic.calendar.site_id, "edge": "sky", "is_active": "on"}

    answer = clinic.client.post(
        f"/settings/calendars/{room.pk}/", {**data, "practitioner": clinic.calendar.practitioner_id}
    )

    with clinic.scope():
        room.refresh_from_db()
    assert (answer.status_code, room.name, room.unit_id, room.practitioner_id) == (303, "Raum 7", None, None)


def test_rows_of_a_stranger_are_no_choice(clinic):
    stranger = pro.clinic()

    answers = [
        change(clinic, unit=stranger.calendar.unit_id).status_code,
        change(clinic, practitioner=stranger.calendar.practitioner_id).status_code,
        clinic.client.get(f"/settings/calendars/{stranger.calendar.pk}/").status_code,
    ]

    assert answers == [422, 422, 404]


def test_the_page_says_why_patients_cannot_book(clinic):
    path = f"/settings/calendars/{clinic.calendar.pk}/"
    assert clinic.client.get(path).context["hindrances"] == []

    change(clinic, is_online=None, is_active=None)

    assert clinic.client.get(path).context["hindrances"] == [
        "Der Kalender ist nicht in Gebrauch.",
        "Die Online-Buchung ist nicht freigegeben.",
    ]


def test_only_administrators_change_calendars(clinic):
    colleague = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.right(clinic.calendar, colleague, Level.FULL)
    clients = [pro.client_of(colleague), pro.clinic().client, pro.client_of(None)]

    path = f"/settings/calendars/{clinic.calendar.pk}/"
    assert [client.post(path, sent(clinic, name="X")).status_code for client in clients] == [403, 404, 302]
    assert fresh(clinic).name == clinic.calendar.name
