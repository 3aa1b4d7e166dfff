"""The staff's calendar: its pages and its JSON, who may see them, and what they cost."""

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from accounts.enums import UserKind
from appointments.selectors.calendar import Span, calendar_data, hours_in, slot_minutes, span_text
from crypto.testing import count_opened
from doctolib.tenancy.scopes import organisation_scope
from tests import factories, pro
from tests.pro import MONDAY

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
WEEK = Span(date(2026, 11, 23), date(2026, 11, 29), BERLIN)
PAGES = ["/", "/day/", "/week/", "/list/", "/list/?days=7"]


@pytest.fixture
def clinic():
    return pro.clinic()


@pytest.fixture
def stranger():
    return pro.clinic()


def events_address(*calendars, first="2026-11-23", to="2026-11-30"):
    numbers = ",".join(str(calendar.pk) for calendar in calendars)
    return f"/api/calendar/events?calendars={numbers}&from={first}&to={to}"


def week_of(clinic, *calendars):
    with clinic.scope():
        return calendar_data(
            organisation=clinic.organisation,
            calendar_ids=[calendar.pk for calendar in calendars or [clinic.calendar]],
            span=WEEK,
            now=MONDAY,
        )


def queries_of(action) -> int:
    """Queries on all databases together. The first call fills what a process keeps: keys, URL patterns, holidays."""
    action()
    with CaptureQueriesContext(connections["default"]) as one, CaptureQueriesContext(connections["pool"]) as other:
        action()
    return len(one) + len(other)


def test_the_json_tells_a_week_in_local_times_with_the_name(clinic):
    with clinic.scope():
        room = factories.room(name="Raum 7")
    appointment = clinic.book(MONDAY, status="arrived", origin="online")
    with clinic.scope():
        factories.busy(room, appointment.starts_at, appointment.ends_at, status="booked", appointment=appointment)

    answer = clinic.client.get(events_address(clinic.calendar))

    open_days = {f"2026-11-{day}": [["08:00", "16:00"]] for day in range(23, 28)}
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert json.loads(answer.content) == {
        "title": "23. bis 29. November 2026, KW 48",
        "from": "2026-11-23",
        "to": "2026-11-30",
        "events": [
            {
                "id": str(appointment.pk),
                "calendar": clinic.calendar.pk,
                "reason": clinic.reason.pk,
                "start": "2026-11-23T09:00",
                "end": "2026-11-23T09:20",
                "status": "arrived",
                "origin": "online",
                "name": "von Müller-Lüdenscheidt, Änne",
                "born": "1961-02-03",
                "version": 1,
                "flags": ["online", "new"],
                "may": True,
                "rooms": [room.pk],
            }
        ],
        "blocks": [],
        "hours": {str(clinic.calendar.pk): open_days},
        "absences": [],
        "holidays": {},
        "reasons": {str(clinic.reason.pk): {"name": "Erstgespräch", "code": "EG", "edge": "sky"}},
        "rooms": {str(room.pk): "Raum 7"},
        "levels": {str(clinic.calendar.pk): 5},
    }


def test_only_the_calendars_and_days_asked_for_are_there(clinic):
    with clinic.scope():
        other = factories.calendar()
    inside = [clinic.book(MONDAY), clinic.book(MONDAY + timedelta(days=6))]
    clinic.book(MONDAY - timedelta(days=1))
    clinic.book(MONDAY + timedelta(days=7))
    clinic.book(MONDAY, calendar=other)

    assert [event["id"] for event in week_of(clinic)["events"]] == [str(appointment.pk) for appointment in inside]


def test_an_appointment_over_midnight_belongs_to_both_days(clinic):
    late = datetime(2026, 11, 22, 23, 30, tzinfo=BERLIN)
    appointment = clinic.book(late, ends_at=late + timedelta(hours=1))

    assert [(event["id"], event["start"]) for event in week_of(clinic)["events"]] == [
        (str(appointment.pk), "2026-11-22T23:30")
    ]


@pytest.mark.parametrize(
    ("day", "utc_hour", "local"), [(date(2026, 10, 25), 8, "T09:00"), (date(2027, 3, 28), 7, "T09:00")]
)
def test_local_times_are_right_on_the_days_when_clocks_change(clinic, day, utc_hour, local):
    clinic.book(datetime(day.year, day.month, day.day, utc_hour, tzinfo=MONDAY.tzinfo))
    span = Span(day, day, BERLIN)

    with clinic.scope():
        data = calendar_data(organisation=clinic.organisation, calendar_ids=[clinic.calendar.pk], span=span, now=MONDAY)

    assert [event["start"] for event in data["events"]] == [f"{day}{local}"]


def test_times_without_an_appointment_are_shown_and_expired_holds_are_not(clinic):
    with clinic.scope():
        reason = clinic.reason
        held = factories.hold(clinic.calendar, reason, MONDAY, expires_at=MONDAY + timedelta(minutes=5))
        factories.hold(clinic.calendar, reason, MONDAY + timedelta(hours=1), expires_at=MONDAY)
        factories.busy(clinic.calendar, MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=3))

    blocks = week_of(clinic)["blocks"]

    assert [(block["start"], block["end"], block["status"], block["until"]) for block in blocks] == [
        ("2026-11-23T09:00", f"2026-11-23T09:{held.ends_at:%M}", "held", "09:05"),
        ("2026-11-23T11:00", "2026-11-23T12:00", "blocked", ""),
    ]


def test_absences_are_cut_to_the_days_shown_and_their_notes_are_open(clinic):
    with clinic.scope():
        away = datetime(2026, 11, 20, tzinfo=BERLIN), datetime(2026, 11, 25, tzinfo=BERLIN)
        absence = factories.absence(clinic.calendar, *away, note="Urlaub")

    assert week_of(clinic)["absences"] == [
        {
            "id": f"absence-{absence.pk}",
            "calendar": clinic.calendar.pk,
            "start": "2026-11-23T00:00",
            "end": "2026-11-25T00:00",
            "note": "Urlaub",
        }
    ]


def test_hours_follow_their_validity(clinic):
    with clinic.scope():
        calendar = factories.calendar()
        factories.hours(calendar, weekdays=[1, 2], starts="13:00", ends="15:00", valid_from=date(2026, 11, 24))
        factories.hours(calendar, weekdays=[2, 3], starts="08:00", ends="12:00", valid_until=date(2026, 11, 24))
        found = hours_in([calendar.pk], WEEK)

    assert found == {calendar.pk: {"2026-11-24": [["08:00", "12:00"], ["13:00", "15:00"]]}}


def test_on_a_public_holiday_the_clinic_is_closed_and_the_day_says_why(clinic):
    span = Span(date(2026, 12, 25), date(2026, 12, 25), BERLIN)
    with clinic.scope():
        data = calendar_data(organisation=clinic.organisation, calendar_ids=[clinic.calendar.pk], span=span, now=MONDAY)

    assert (data["holidays"], data["hours"]) == (
        {"2026-12-25": "Erster Weihnachtstag"},
        {clinic.calendar.pk: {}},
    )


@pytest.mark.parametrize(("shortest", "slot"), [(20, 15), (15, 15), (10, 10), (7, 5), (3, 5)])
def test_a_row_of_the_grid_is_as_long_as_the_shortest_visit(clinic, shortest, slot):
    with clinic.scope():
        calendar = factories.calendar()
        factories.offer(calendar, clinic.reason, duration=shortest)
        assert slot_minutes([calendar.pk]) == slot


def test_titles_name_what_differs():
    spans = [(date(2026, 11, 23), 0), (date(2026, 11, 23), 6), (date(2026, 11, 30), 6), (date(2026, 12, 28), 6)]

    assert [span_text(Span(first, first + timedelta(days=more), BERLIN)) for first, more in spans] == [
        "Montag, 23. November 2026",
        "23. bis 29. November 2026, KW 48",
        "30. November bis 6. Dezember 2026, KW 49",
        "28. Dezember 2026 bis 3. Januar 2027, KW 53",
    ]


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_show_the_decrypted_name_without_a_second_request(clinic, path):
    today = datetime.now(BERLIN).replace(hour=9, minute=0, second=0, microsecond=0)
    clinic.book(today)

    answer = clinic.client.get(path)

    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert "von M\\u00fcller-L" in answer.content.decode() or "<bdi>von Müller-L" in answer.content.decode()


def test_the_list_is_a_table_with_a_caption_and_a_link_for_each_appointment(clinic):
    appointment = clinic.book(MONDAY)

    page = clinic.client.get(f"/list/?date=2026-11-23&calendars={clinic.calendar.pk}").content.decode()

    for part in (
        '<caption id="list-caption">1 Termin: Montag, 23. November 2026',
        f'<a class="row-name" href="/appointments/{appointment.pk}/"',
        "<bdi>von Müller-Lüdenscheidt, Änne</bdi>",
        "03.02.1961",
        "Erstgespräch",
        ">gebucht<",
    ):
        assert part in page


def test_an_empty_day_says_so(clinic):
    assert "Keine Termine" in clinic.client.get("/list/?date=2026-11-23").content.decode()


def test_without_calendars_the_page_says_who_can_help():
    organisation = factories.organisation()
    client = pro.client_of(pro.user(UserKind.PROFESSIONAL, organisation=organisation))

    assert "Noch keine Kalender" in client.get("/").content.decode()


def test_someone_with_a_calendar_of_their_own_starts_there(clinic):
    with clinic.scope():
        me = factories.practitioner(user_id=clinic.professional.pk)
        own = factories.calendar(name="Meine Sprechstunde", practitioner=me)

    setup = clinic.client.get("/").context["setup"]

    assert setup["shown"] == [own.pk]


def test_the_chosen_calendars_are_remembered_for_the_session(clinic):
    with clinic.scope():
        second, third = factories.calendar(), factories.calendar()
    clinic.client.get(f"/week/?calendars={second.pk}&calendars={third.pk}")

    setup = clinic.client.get("/day/").context["setup"]

    assert setup["shown"] == [second.pk, third.pk]


@pytest.mark.parametrize("text", ["gestern", "2026-02-30", "0001-01-01", "9999-12-31", "'; DROP"])
def test_a_date_that_is_none_shows_today_and_says_so(clinic, text):
    answer = clinic.client.get("/list/", {"date": text})

    assert answer.status_code == 400
    assert "ist kein Datum" in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "calendars=1",
        "calendars=x&from=2026-11-23&to=2026-11-24",
        "calendars=&from=2026-11-23&to=2026-11-24",
        "calendars=1,,2&from=2026-11-23&to=2026-11-24",
        "calendars=99999999999999999999&from=2026-11-23&to=2026-11-24",
        "calendars=1&from=2026-11-23&to=2026-11-23",
        "calendars=1&from=2026-11-24&to=2026-11-23",
        "calendars=1&from=2026-11-23&to=2027-11-23",
        "calendars=1&from=0001-01-01&to=0001-01-02",
        "calendars=1&from=heute&to=2026-11-24",
        "calendars=" + ",".join(map(str, range(1, 62))) + "&from=2026-11-23&to=2026-11-24",
    ],
)
def test_a_broken_question_is_answered_with_400_and_reasons(clinic, query):
    answer = clinic.client.get(f"/api/calendar/events?{query}")

    assert answer.status_code == 400
    assert set(json.loads(answer.content)) <= {"calendars", "from", "to"}


def test_another_clinics_calendar_is_not_there(clinic, stranger):
    stranger.book(MONDAY)

    answers = [
        clinic.client.get(events_address(stranger.calendar)),
        clinic.client.get(events_address(clinic.calendar, stranger.calendar)),
        clinic.client.get(f"/day/?calendars={stranger.calendar.pk}"),
        clinic.client.get("/day/?calendars=0"),
        clinic.client.get("/list/?calendars=abc"),
        clinic.client.get(f"/day/?calendars={'9' * 5000}"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert not any("Müller-L" in answer.content.decode() for answer in answers)


def test_a_calendar_out_of_use_is_not_there(clinic):
    with clinic.scope():
        old = factories.calendar(is_active=False)

    assert clinic.client.get(events_address(old)).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_nobody_signed_in_goes_to_the_sign_in_page_and_comes_back(clinic, path):
    answer = pro.client_of(None).get(path)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/sign-in/?next=/")


@pytest.mark.parametrize("kind", [UserKind.PATIENT, UserKind.PLATFORM])
def test_another_kind_of_account_is_nobody_at_this_door(clinic, kind):
    client = pro.client_of(pro.user(kind, is_staff=kind == UserKind.PLATFORM))

    assert [client.get(path).status_code for path in PAGES] == [302] * len(PAGES)
    assert client.get(events_address(clinic.calendar)).status_code == 403


def test_the_json_is_refused_to_nobody(clinic):
    assert pro.client_of(None).get(events_address(clinic.calendar)).status_code == 403


def test_a_locked_account_is_out_at_once(clinic):
    type(clinic.professional).objects.filter(pk=clinic.professional.pk).update(is_active=False)

    assert clinic.client.get("/").status_code == 302


def test_a_clinic_in_its_own_database_sees_its_calendar():
    clinic = pro.clinic(database="dedicated")
    appointment = clinic.book(MONDAY)

    events = json.loads(clinic.client.get(events_address(clinic.calendar)).content)["events"]

    assert [(event["id"], event["name"]) for event in events] == [
        (str(appointment.pk), "von Müller-Lüdenscheidt, Änne")
    ]


def test_the_number_of_queries_does_not_depend_on_the_number_of_appointments(clinic):
    addresses = [
        events_address(clinic.calendar),
        f"/week/?date=2026-11-23&calendars={clinic.calendar.pk}",
        f"/list/?date=2026-11-23&days=7&calendars={clinic.calendar.pk}",
    ]
    counts = {address: [] for address in addresses}
    for wanted in (1, 20, 200):
        clinic.fill(wanted)
        for address in addresses:
            counts[address].append(queries_of(lambda address=address: clinic.client.get(address)))

    assert len(week_of(clinic)["events"]) == 200
    assert counts == {address: [numbers[0]] * 3 for address, numbers in counts.items()}
    assert max(map(max, counts.values())) <= 20


def test_a_name_is_opened_once_for_each_patient_and_nothing_else_is(clinic):
    with clinic.scope():
        patients = [factories.patient(), factories.patient()]
    for number in range(6):
        clinic.book(MONDAY + timedelta(minutes=20 * number), patient=patients[number % 2])

    with count_opened() as opened:
        week_of(clinic)

    assert opened.value == 2


def test_a_view_that_shows_no_name_opens_none(clinic):
    clinic.book(MONDAY)

    with count_opened() as opened:
        clinic.client.get(f"/day/?date=2026-11-24&calendars={clinic.calendar.pk}")
        with organisation_scope(clinic.organisation):
            list(clinic.calendar.appointments.select_related("patient"))

    assert opened.value == 0
