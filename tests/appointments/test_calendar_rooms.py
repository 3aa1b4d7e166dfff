"""Rooms and devices as columns of the calendar: what they show, to whom, and what is not said."""

from datetime import timedelta

import pytest

from accounts.enums import Level, UserKind
from appointments.models import Appointment, Occupancy, Selection
from appointments.selectors.calendar_rooms import OCCUPIED
from tests import factories, pro
from tests.pro import MONDAY

from .test_pro_calendar import queries_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAYS = "from=2026-11-23&to=2026-11-30"


@pytest.fixture
def clinic():
    return pro.clinic()


@pytest.fixture
def room(clinic):
    with clinic.scope():
        return factories.room(name="Raum 3")


@pytest.fixture
def other(clinic):
    """Another calendar: what is in it is nobody's business who has no right on it."""
    with clinic.scope():
        return factories.calendar(name="Dr. Weber")


@pytest.fixture
def reader(clinic):
    """May read the clinic's first calendar, and no other."""
    account = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.right(clinic.calendar, account, Level.READ)
    client = pro.client_of(account)
    client.account = account
    return client


def book(clinic, room, starts_at=MONDAY, **fields):
    made = clinic.book(starts_at, **fields)
    with clinic.scope():
        factories.busy(room, made.starts_at, made.ends_at, status="booked", appointment=made)
    return made


def feed(client, *resources, tag=""):
    ids = ",".join(str(each.pk) for each in resources)
    return client.get(f"/api/calendar/events?calendars={ids}&{DAYS}", headers={"if-none-match": tag})


def test_a_room_shows_the_visits_of_every_calendar_each_once(clinic, room, other):
    both = book(clinic, room)
    elsewhere = book(clinic, room, MONDAY + HOUR, calendar=other)
    clinic.book(MONDAY + 2 * HOUR, calendar=other)  # not in this room

    alone = feed(clinic.client, room).json()
    beside = feed(clinic.client, clinic.calendar, room).json()

    assert [event["id"] for event in alone["events"]] == [str(both.pk), str(elsewhere.pk)]
    assert [event["id"] for event in beside["events"]] == [str(both.pk), str(elsewhere.pk)]
    assert [event["rooms"] for event in beside["events"]] == [[room.pk], [room.pk]]
    assert alone["levels"] == {}


def test_of_a_calendar_without_a_right_only_the_time_is_told(clinic, room, other, reader):
    seen = book(clinic, room)
    hidden = book(clinic, room, MONDAY + HOUR, calendar=other)

    answer = feed(reader, room)

    data = answer.json()
    assert [event["id"] for event in data["events"]] == [str(seen.pk)]
    assert [(block["calendar"], block["start"], block["end"], block["status"]) for block in data["blocks"]] == [
        (room.pk, "2026-11-23T10:00", "2026-11-23T10:20", OCCUPIED)
    ]
    assert not [secret for secret in (hidden.pk, hidden.patient_id, "Weber") if str(secret) in answer.text]


@pytest.mark.parametrize("level", Level)
def test_a_right_on_the_visits_calendar_decides_what_a_rooms_column_says_and_allows(clinic, room, other, reader, level):
    """The reader sees another calendar, so the room is theirs to see at every level."""
    visit = book(clinic, room, calendar=other)
    with clinic.scope():
        factories.right(other, reader.account, level)

    data = feed(reader, room).json()

    sees, may = level >= Level.READ, level >= Level.INSIDE
    assert [(event["id"], event["may"]) for event in data["events"]] == ([(str(visit.pk), may)] if sees else [])
    assert [block["status"] for block in data["blocks"]] == ([] if sees else [OCCUPIED])
    move = reader.post(f"/appointments/{visit.pk}/move/", {}, headers={"accept": "application/json"})
    assert (reader.get(f"/appointments/{visit.pk}/").status_code, move.status_code) == (
        (200, 422 if may else 403) if sees else (404, 404)
    )


def test_what_is_out_of_use_is_occupied_for_everybody(clinic, room, other):
    book(clinic, room, calendar=other)
    with clinic.scope():
        other.is_active = False
        other.save(update_fields=["is_active"])

    data = feed(clinic.client, room).json()

    assert (data["events"], [block["status"] for block in data["blocks"]]) == ([], [OCCUPIED])


def test_a_room_of_another_clinic_and_one_out_of_use_are_not_found(clinic, room, reader):
    stranger = pro.clinic()
    with stranger.scope():
        theirs = factories.room()
    with clinic.scope():
        closed = factories.room(is_active=False)

    assert [feed(clinic.client, each).status_code for each in (room, theirs, closed)] == [200, 404, 404]
    assert clinic.client.get(f"/day/?calendars={theirs.pk}").status_code == 404
    without_rights = pro.client_of(pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation))
    assert feed(without_rights, room).status_code == 404


CHANGES = {
    "status": lambda clinic, room: Appointment.objects.update(status="arrived"),
    "freed": lambda clinic, room: Occupancy.objects.filter(resource=room).delete(),
    "taken": lambda clinic, room: factories.busy(room, MONDAY + HOUR, MONDAY + 2 * HOUR),
    "absence": lambda clinic, room: factories.absence(room, MONDAY, MONDAY + HOUR),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_in_a_room_brings_another_tag(clinic, room, other, name):
    book(clinic, room, calendar=other)
    tag = feed(clinic.client, room)["ETag"]
    assert feed(clinic.client, room, tag=tag).status_code == 304

    with clinic.scope():
        CHANGES[name](clinic, room)

    assert feed(clinic.client, room, tag=tag).status_code == 200


def test_another_right_brings_another_tag(clinic, room, other, reader):
    book(clinic, room, calendar=other)
    tag = feed(reader, room)["ETag"]
    with clinic.scope():
        factories.right(other, reader.account, Level.READ)

    assert feed(reader, room, tag=tag).status_code == 200


def test_the_number_of_queries_does_not_grow_with_visits(clinic, room, other):
    book(clinic, room, calendar=other)
    one = queries_of(lambda: feed(clinic.client, clinic.calendar, room))
    for number in range(1, 20):
        book(clinic, room, MONDAY + number * HOUR / 3, calendar=other)

    assert queries_of(lambda: feed(clinic.client, clinic.calendar, room)) == one
    assert (
        queries_of(lambda: feed(clinic.client, clinic.calendar)) == one - 3
    )  # which rooms may be seen, what is in them, whose it is


def test_the_page_knows_whose_visits_are_in_the_room_and_offers_rooms_to_choose(clinic, room, other):
    answer = clinic.client.get(f"/day/?calendars={clinic.calendar.pk},{room.pk}&date=2026-11-23")

    setup = answer.context["setup"]
    assert setup["shown"] == [clinic.calendar.pk, room.pk]
    assert [(each["name"], each["kind"]) for each in setup["resources"]] == [
        (other.name, "calendar"),
        (clinic.calendar.name, "calendar"),
        ("Raum 3", "room"),
    ]
    groups = [
        (group["title"], [each["of"].name for each in group["resources"]]) for group in answer.context["page"].groups
    ]
    assert groups[-1] == ("Räume", ["Raum 3"])
    assert answer.context["page"].chosen_text == "1 von 2 Kalendern, 1 Raum oder Gerät"
    assert answer.context["page"].books_in == clinic.calendar.pk


@pytest.mark.parametrize("path", ["/list/", "/calendar/print/"])
def test_list_and_paper_name_the_visit_or_say_that_the_room_is_occupied(clinic, room, other, reader, path):
    book(clinic, room)
    hidden = book(clinic, room, MONDAY + HOUR, calendar=other)

    html = reader.get(f"{path}?calendars={room.pk}&date=2026-11-23").content.decode()

    assert ("Belegt" in html, "von Müller-Lüdenscheidt" in html) == (True, True)
    assert str(hidden.pk) not in html
    assert html.count("von Müller-Lüdenscheidt") == 1


def test_a_month_and_today_are_about_calendars(clinic, room):
    book(clinic, room)

    month = clinic.client.get(f"/calendar/month/?calendars={room.pk}&date=2026-11-23")
    today = clinic.client.get(f"/calendar/today/?calendars={room.pk}")

    assert [answer.status_code for answer in (month, today)] == [200, 200]
    assert all("Nur Räume oder Geräte gewählt" in answer.content.decode() for answer in (month, today))


def test_a_selection_keeps_rooms_in_their_place(clinic, room):
    address = f"/calendar/selections/add/?calendars={room.pk},{clinic.calendar.pk}"
    values = {"name": "Echo", "view": "day", "zoom": "24", "colours": "reason", "unit": ""}

    clinic.client.post(address, values)

    with clinic.scope():
        made = Selection.objects.get()
        assert list(made.places.order_by("position").values_list("resource_id", flat=True)) == [
            room.pk,
            clinic.calendar.pk,
        ]
    shown = clinic.client.get(f"/calendar/?selection={made.pk}", follow=True)
    assert shown.context["setup"]["shown"] == [room.pk, clinic.calendar.pk]


def test_an_absence_of_a_room_is_told(clinic, room):
    with clinic.scope():
        factories.absence(room, MONDAY, MONDAY + HOUR, note="Wartung")

    absences = feed(clinic.client, room).json()["absences"]

    assert [(each["calendar"], each["note"]) for each in absences] == [(room.pk, "Wartung")]
