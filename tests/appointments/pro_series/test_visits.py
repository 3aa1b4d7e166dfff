"""Visits of several parts."""

from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest

from accounts.enums import Level
from appointments.models import Appointment
from doctolib.outbox.models import OutboxMessage
from tests import factories

from .tools import HTMX, at, kinds, monday, someone, text, times

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor(clinic):
    with clinic.scope():
        calendar = factories.calendar(name="EKG-Raum")
        factories.hours(calendar, starts="08:00", ends="09:00")
        return calendar, factories.reason(calendars=[calendar], name_de="EKG", duration=10, step=10)


def parts(clinic, doctor, **fields) -> dict:
    start = f"{monday():%d.%m.%Y}"
    return {"part-1": doctor[1].pk, "part-2": clinic.reason.pk, "from": start, "gap": "0", **fields}


def visit_value(clinic, doctor, ecg: str = "08:10", talk: str = "08:20") -> str:
    utc = ZoneInfo("UTC")
    pairs = ((doctor[0].pk, ecg), (clinic.calendar.pk, talk))
    return ",".join(f"{pk}@{at(clock).astimezone(utc).isoformat()}" for pk, clock in pairs)


def test_a_visit_is_found_booked_and_shown_as_parts(clinic, doctor):
    with clinic.scope():
        patient = factories.patient()
    query = urlencode({"patient": patient.pk, **parts(clinic, doctor)})
    listed = clinic.client.get(f"/visits/new/?{query}")
    value = visit_value(clinic, doctor)

    answer = clinic.client.post(f"/visits/new/?patient={patient.pk}", {**parts(clinic, doctor), "times": value})

    assert f'value="{value}"'.replace("+", "+") in listed.content.decode()
    assert answer.status_code == 303
    assert times(clinic) == ["0 08:10", "0 08:20"]
    assert kinds(clinic) == ["appointment.chain_booked"]
    with clinic.scope():
        second = Appointment.objects.get(calendar=clinic.calendar)
    assert "Teil 2 von 2" in text(clinic.client.get(f"/appointments/{second.pk}/", headers=HTMX))


@pytest.fixture
def visit(clinic, doctor):
    with clinic.scope():
        patient = factories.patient()
    data = {**parts(clinic, doctor), "times": visit_value(clinic, doctor)}
    clinic.client.post(f"/visits/new/?patient={patient.pk}", data)
    with clinic.scope():
        OutboxMessage.objects.all().delete()
        return list(Appointment.objects.order_by("starts_at"))


def test_cards_and_list_say_which_part_it_is(clinic, doctor, visit):
    ids = f"{clinic.calendar.pk},{doctor[0].pk}"
    day = monday().isoformat()
    clinic.book(at("10:00"))
    feed = clinic.client.get(
        f"/api/calendar/events?calendars={ids}&from={day}&to={monday() + timedelta(days=1)}"
    ).json()
    listed = text(clinic.client.get(f"/list/?date={day}&calendars={ids}"))

    assert [event.get("part", "") for event in feed["events"]] == ["Teil 1 von 2", "Teil 2 von 2", ""]
    assert "Teil 1 von 2" in listed and "Teil 2 von 2" in listed


def test_cards_of_a_series_are_marked(clinic, series):
    day, end = monday(), monday() + timedelta(days=1)
    address = f"/api/calendar/events?calendars={clinic.calendar.pk}&from={day}&to={end}"
    assert [event["flags"] for event in clinic.client.get(address).json()["events"]] == [["series", "new"]]


def test_a_visit_that_was_taken_meanwhile_is_refused_with_other_times(clinic, doctor, visit):
    data = {**parts(clinic, doctor), "times": visit_value(clinic, doctor)}
    with clinic.scope():
        patient = factories.patient()
    answer = clinic.client.post(f"/visits/new/?patient={patient.pk}", data)

    assert answer.status_code == 409
    assert "belegt" in text(answer) and "08:30–08:40" in text(answer)
    assert len(times(clinic)) == 2


def test_all_parts_move_and_are_cancelled_together(clinic, doctor, visit):
    address = f"/appointments/{visit[0].pk}/visit/"
    start = f"{monday():%d.%m.%Y}"
    listed = clinic.client.get(f"{address}move/?from={start}")
    moved = clinic.client.post(
        f"{address}move/", {"from": start, "times": visit_value(clinic, doctor, "08:30", "08:40")}
    )
    after = times(clinic)
    gone = clinic.client.post(f"{address}cancel/", {"reason": ""})

    assert "08:10–08:20" in text(listed)  # its own old time is free for it
    assert (moved.status_code, after) == (303, ["0 08:30", "0 08:40"])
    assert (gone.status_code, times(clinic)) == (303, [])
    assert kinds(clinic) == ["appointment.chain_moved", "appointment.chain_cancelled"]


@pytest.mark.parametrize(
    "times_sent",
    ["", "x", "1@x,2@y", "1@2026-11-26T08:00,2@2026-11-26T09:00", "1@9999-12-31T23:59Z,2@9999-12-31T23:59Z"],
)
def test_what_no_button_sends_is_not_found(clinic, doctor, visit, times_sent):
    data = {**parts(clinic, doctor), "times": times_sent}
    assert clinic.client.post(f"/visits/new/?patient={visit[0].patient_id}", data).status_code == 404


def test_a_part_in_a_calendar_that_may_not_be_changed_keeps_the_visit(clinic, doctor, visit):
    client = someone(clinic, Level.INSIDE)  # of the first calendar alone
    assert client.get(f"/appointments/{visit[0].pk}/visit/").status_code == 404
    page = client.get(f"/appointments/{visit[1].pk}/visit/")
    assert (page.status_code, "Alle Teile absagen" in text(page)) == (200, False)
    assert client.post(f"/appointments/{visit[1].pk}/visit/cancel/").status_code == 403
    data = {**parts(clinic, doctor), "part-1": clinic.reason.pk, "times": visit_value(clinic, doctor)}
    assert client.post(f"/visits/new/?patient={visit[0].patient_id}", data).status_code == 403


@pytest.mark.parametrize("fields", [{"part-2": ""}, {"gap": "61"}, {"from": "gestern"}, {"part-1": "999999"}])
def test_half_a_visit_is_asked_again(clinic, doctor, visit, fields):
    query = urlencode({"patient": visit[0].patient_id, **parts(clinic, doctor, **fields)})
    assert clinic.client.get(f"/visits/new/?{query}").status_code == 422
