"""What the grid sends and gets: book, move, status, cancel, undo as JSON."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import Level, UserKind
from appointments.models import Appointment, AppointmentChange, CalendarRight, Occupancy
from doctolib.tenancy.scopes import organisation_scope
from tests import factories, pro

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}


def weekday_at(hour: int, minute: int = 0):
    """The next weekday but one, in the clinic's time: it is never over while a test runs."""
    day = timezone.localtime() + timedelta(days=2)
    while day.isoweekday() > 5:
        day += timedelta(days=1)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def local(moment) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


@pytest.fixture
def clinic():
    return pro.clinic()


@pytest.fixture
def patient(clinic):
    with clinic.scope():
        return factories.patient()


def post(clinic, path, client=None, **data):
    return (client or clinic.client).post(path, data, headers=JSON)


def book(clinic, patient, starts_at, **data):
    values = {
        "calendar": clinic.calendar.pk,
        "reason": clinic.reason.pk,
        "patient": patient.pk,
        "start": local(starts_at),
    }
    return post(clinic, "/appointments/new/", **{**values, **data})


def move(clinic, visit, starts_at, **data):
    values = {"calendar": visit.calendar_id, "start": local(starts_at), "minutes": 20, "version": 1}
    return post(clinic, f"/appointments/{visit.pk}/move/", **{**values, **data})


def test_a_booking_is_made_and_told_as_an_event(clinic, patient):
    nine = weekday_at(9)

    answer = book(clinic, patient, nine, minutes=35, note="Bringt Befunde mit")

    with clinic.scope():
        made = Appointment.objects.get()
        change = AppointmentChange.objects.get()
    assert answer.status_code == 200, answer.content
    found = json.loads(answer.content)
    assert found["change"] == str(change.pk)
    assert found["event"] == {
        "id": str(made.pk),
        "calendar": clinic.calendar.pk,
        "reason": clinic.reason.pk,
        "start": local(nine),
        "end": local(nine + timedelta(minutes=35)),
        "status": "booked",
        "origin": "staff",
        "name": "von Müller-Lüdenscheidt, Änne",
        "born": "1961-02-03",
        "version": 1,
        "flags": ["note", "new"],
        "may": True,
        "rooms": [],
    }
    with clinic.scope():
        assert made.details == {"note": "Bringt Befunde mit"}
        assert Occupancy.objects.get().appointment_id == made.pk


def test_a_taken_time_is_refused_with_the_nearest_times_and_the_way_on(clinic, patient):
    nine = weekday_at(9)
    clinic.book(nine)

    answer = book(clinic, patient, nine)

    assert answer.status_code == 409
    found = json.loads(answer.content)
    assert (found["kind"], found["may"], len(found["nearest"])) == ("taken", ["overbook"], 3)
    assert found["said"] == "Diese Zeit ist belegt: 09:00 bis 09:20 Uhr."


def test_overbooking_is_asked_for_marked_and_audited(clinic, patient):
    nine = weekday_at(9)
    clinic.book(nine)

    answer = book(clinic, patient, nine, overbook=1)

    assert json.loads(answer.content)["event"]["flags"] == ["overbooked", "new"]
    with clinic.scope():
        assert sorted(Occupancy.objects.values_list("lane", flat=True)) == [0, 1]


def test_outside_opening_hours_it_is_asked_for_and_marked(clinic, patient):
    late = weekday_at(19)

    refused, booked = book(clinic, patient, late), book(clinic, patient, late, outside=1)

    assert [json.loads(refused.content)[key] for key in ("kind", "may")] == ["outside", ["outside"]]
    assert json.loads(booked.content)["event"]["flags"] == ["outside", "new"]


def test_a_move_and_its_undo(clinic):
    nine, ten = weekday_at(9), weekday_at(10)
    visit = clinic.book(nine)

    moved = json.loads(move(clinic, visit, ten).content)
    undone = json.loads(post(clinic, "/calendar/undo/", change=moved["change"]).content)

    assert (moved["event"]["start"], moved["event"]["version"]) == (local(ten), 2)
    assert (undone["event"]["start"], undone["event"]["version"]) == (local(nine), 3)
    with clinic.scope():
        assert Occupancy.objects.get().starts_at == nine


def test_a_stale_move_is_refused_with_what_it_is_now(clinic):
    nine, ten = weekday_at(9), weekday_at(10)
    visit = clinic.book(nine)
    move(clinic, visit, ten)

    answer = move(clinic, visit, weekday_at(11))

    found = json.loads(answer.content)
    assert (answer.status_code, found["kind"], found["event"]["start"]) == (409, "stale", local(ten))


def test_undo_goes_back_step_by_step(clinic, patient):
    nine, ten = weekday_at(9), weekday_at(10)
    made = json.loads(book(clinic, patient, nine).content)["event"]
    with clinic.scope():
        visit = Appointment.objects.get(pk=made["id"])
    move(clinic, visit, ten)
    post(clinic, f"/appointments/{visit.pk}/cancel/", reason="Verreist")

    answers = [json.loads(post(clinic, "/calendar/undo/").content) for _ in range(4)]

    states = [(answer["event"]["status"], answer["event"]["start"]) for answer in answers[:3]]
    assert states == [("booked", local(ten)), ("booked", local(nine)), ("cancelled", local(nine))]
    assert answers[3]["kind"] == "nothing"


def test_a_status_keeps_when_somebody_came(clinic):
    visit = clinic.book(timezone.now() - timedelta(minutes=5))

    answers = [
        json.loads(post(clinic, f"/appointments/{visit.pk}/status/", status=status, version=version).content)
        for version, status in enumerate(["arrived", "in_treatment", "done"], start=1)
    ]

    with clinic.scope():
        visit.refresh_from_db()
    assert [answer["event"]["status"] for answer in answers] == ["arrived", "in_treatment", "done"]
    assert visit.arrived_at <= visit.started_at


@pytest.mark.parametrize(("hour", "state"), [(9, "free"), (19, "outside"), (11, "taken"), (14, "absent")])
def test_a_preview_says_what_a_time_is(clinic, hour, state):
    clinic.book(weekday_at(11))
    with clinic.scope():
        factories.absence(clinic.calendar, weekday_at(14), weekday_at(15))
    asked = {"calendar": clinic.calendar.pk, "reason": clinic.reason.pk, "start": local(weekday_at(hour))}

    answer = clinic.client.get("/calendar/preview.json", asked)

    assert json.loads(answer.content)["state"] == state


def test_a_visit_that_is_moved_is_not_in_its_own_way(clinic):
    visit = clinic.book(weekday_at(9))
    asked = {"calendar": clinic.calendar.pk, "appointment": visit.pk, "start": local(weekday_at(9, 10))}

    answer = clinic.client.get("/calendar/preview.json", asked)

    assert json.loads(answer.content) == {"state": "free", "text": "frei"}
    with clinic.scope():
        assert Occupancy.objects.get().starts_at == visit.starts_at


def test_the_next_free_time_is_told_for_a_walk_in(clinic):
    asked = {"reason": clinic.reason.pk, "calendars": clinic.calendar.pk}

    (found,) = json.loads(clinic.client.get("/calendar/next.json", asked).content)["times"]

    assert (found["calendar"], found["name"]) == (clinic.calendar.pk, "Sprechstunde Dr. Kaya")


def test_who_may_only_read_is_refused_and_sees_no_way_to_change(clinic):
    visit = clinic.book(weekday_at(9))
    reader = reader_of(clinic)
    day = timezone.localtime(visit.starts_at).date()

    refused = post(clinic, f"/appointments/{visit.pk}/move/", reader)
    address = f"/api/calendar/events?calendars={clinic.calendar.pk}&from={day}&to={day + timedelta(days=1)}"
    feed = json.loads(reader.get(address).content)

    assert refused.status_code == 403
    assert (feed["levels"], [event["may"] for event in feed["events"]]) == ({str(clinic.calendar.pk): 1}, [False])


@pytest.mark.parametrize(("level", "status"), [(Level.INSIDE, 403), (Level.APPOINTMENTS, 200)])
@pytest.mark.parametrize("against", ["outside", "overbook"])
def test_to_go_on_against_something_needs_the_right(clinic, patient, level, status, against):
    starts_at = weekday_at(19 if against == "outside" else 9)
    clinic.book(starts_at)
    clerk = reader_of(clinic, level)
    asked = {"calendar": clinic.calendar.pk, "reason": clinic.reason.pk, "patient": patient.pk}
    both = {"outside": 1, "overbook": 1} if against == "outside" else {"overbook": 1}

    answer = post(clinic, "/appointments/new/", clerk, **asked, start=local(starts_at), **both)

    assert answer.status_code == status


def test_a_refusal_offers_no_way_on_to_who_has_no_right_to_it(clinic, patient):
    nine = weekday_at(9)
    clinic.book(nine)
    asked = {"calendar": clinic.calendar.pk, "reason": clinic.reason.pk, "patient": patient.pk, "start": local(nine)}

    answer = post(clinic, "/appointments/new/", reader_of(clinic, Level.INSIDE), **asked)

    assert (answer.status_code, json.loads(answer.content)["may"]) == (409, [])


def test_who_has_lost_the_right_cannot_undo(clinic):
    visit = clinic.book(weekday_at(9))
    clerk = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        right = factories.right(clinic.calendar, clerk, Level.INSIDE)
    client = pro.client_of(clerk)
    sent = {"calendar": clinic.calendar.pk, "start": local(weekday_at(10)), "minutes": 20, "version": 1}
    moved = post(clinic, f"/appointments/{visit.pk}/move/", client, **sent)
    with clinic.scope():
        CalendarRight.objects.filter(pk=right.pk).update(level=Level.READ)

    undone = post(clinic, "/calendar/undo/", client)

    assert (moved.status_code, undone.status_code) == (200, 403)


def test_what_is_wrong_is_told_by_field(clinic):
    answer = post(clinic, "/appointments/new/", calendar=clinic.calendar.pk, start="gestern", minutes=3)

    assert answer.status_code == 422
    assert json.loads(answer.content)["errors"] == {
        "start": ["Geben Sie Tag und Uhrzeit ein, zum Beispiel 26.11.2026, 09:00."],
        "reason": ["Bitte wählen Sie einen Grund."],
        "minutes": ["Die Länge muss zwischen 5 und 720 Minuten liegen."],
        "q": ["Wählen Sie eine Person, oder legen Sie eine neue an."],
    }


def reader_of(clinic, level=Level.READ):
    reader = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with organisation_scope(clinic.organisation):
        factories.right(clinic.calendar, reader, level)
    return pro.client_of(reader)
