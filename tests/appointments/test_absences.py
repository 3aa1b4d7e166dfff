"""Absences: entered once or every week, for several at once; what they strike; what becomes of it."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from appointments.enums import AbsenceReach
from appointments.models import Absence, Appointment, Hold, Occupancy
from appointments.services import absences
from appointments.services.absences import Span, StrikesAppointments, every_week
from doctolib.audit.models import AuditEvent
from doctolib.tenancy.scopes import support_scope
from tests import factories

from .desk import MONDAY, at

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def span(first: str = "08:00", last: str = "09:00", day: date = MONDAY, last_day: date | None = None) -> Span:
    return Span(at(first, day).replace(tzinfo=None), at(last, last_day or day).replace(tzinfo=None))


def enter(*resources, spans=None, **fields):
    values = {"key": uuid4(), "zone": BERLIN, "note": "", "now": NOW, "calendars": {}}
    return absences.enter_absences(resources=resources, spans=spans or [span()], **{**values, **fields})


def change(row, to, reach=AbsenceReach.ONE, **fields):
    values = {"zone": BERLIN, "note": "", "now": NOW, "calendars": {}}
    absences.change_absences(absence=row, rows=absences.reached(row, reach), to=to, **{**values, **fields})


def local(rows=None) -> list[tuple]:
    """Resource and local times of each absence."""
    rows = Absence.objects.order_by("starts_at", "resource_id") if rows is None else rows
    return [
        (row.resource_id, *(f"{each.astimezone(BERLIN):%d.%m. %H:%M}" for each in (row.starts_at, row.ends_at)))
        for row in rows
    ]


def test_an_absence_takes_its_times_from_the_calendar(desk):
    enter(desk.calendar)

    assert local() == [(desk.calendar.pk, "30.11. 08:00", "30.11. 09:00")]
    assert desk.starts() == ["09:00", "09:30"]


def test_every_week_keeps_the_local_hour_when_clocks_change(desk):
    first = date(2026, 10, 21)  # a Wednesday; clocks go back on the 25th
    enter(desk.calendar, spans=every_week(span("13:00", "18:00", first), date(2026, 10, 28)), now=NOW - timedelta(60))

    assert local() == [
        (desk.calendar.pk, "21.10. 13:00", "21.10. 18:00"),
        (desk.calendar.pk, "28.10. 13:00", "28.10. 18:00"),
    ]
    assert len(set(Absence.objects.values_list("series_id", flat=True))) == 1


def test_the_last_repetition_begins_on_the_last_day_at_the_latest():
    def count(until: date) -> int:
        return len(every_week(span(), until))

    assert [count(MONDAY + timedelta(days)) for days in (0, 6, 7, 13, 14)] == [1, 1, 2, 2, 3]


def test_several_at_once_are_one_series_and_one_alone_is_none(desk):
    room = factories.room()
    enter(desk.calendar, room)
    enter(desk.calendar, spans=[span(day=date(2026, 12, 7))])

    keys = dict(Absence.objects.values_list("resource_id", "series_id").filter(starts_at__lt=at("12:00")))
    assert keys[desk.calendar.pk] == keys[room.pk] is not None
    assert Absence.objects.get(starts_at__gt=at("12:00")).series_id is None


def test_the_note_is_sealed(desk):
    enter(desk.calendar, note="Kur in Bad Oeynhausen")

    assert Absence.objects.get().note == "Kur in Bad Oeynhausen"
    assert b"Oeynhausen" not in bytes(Absence.objects.values_list("note", flat=True).get())
    with support_scope(desk.clinic):
        assert "Oeynhausen" not in (Absence.objects.get().note or "")


def booked(desk, clock: str, **fields) -> Appointment:
    return factories.appointment(desk.calendar, desk.reason, factories.patient(), at(clock), **fields)


def test_what_lies_in_it_is_listed_and_nothing_is_written(desk):
    struck = booked(desk, "08:30")
    booked(desk, "09:00")  # begins when it ends
    booked(desk, "08:00", status="cancelled", cancelled_at=NOW)

    with pytest.raises(StrikesAppointments) as question:
        enter(desk.calendar)

    (found,) = question.value.struck
    assert (found.id, found.starts_at, found.patient) == (struck.pk, at("08:30"), "von Müller-Lüdenscheidt, Änne")
    assert Absence.objects.count() == 0


def test_whoever_saw_the_list_enters_it_and_the_appointment_stays(desk):
    struck = booked(desk, "08:30")

    enter(desk.calendar, seen={struck.pk})

    assert Absence.objects.count() == 1
    assert Appointment.objects.get().status == "booked"


def test_an_appointment_that_came_meanwhile_is_listed_first(desk):
    seen, fresh = booked(desk, "08:00"), booked(desk, "08:30")

    with pytest.raises(StrikesAppointments) as question:
        enter(desk.calendar, seen={seen.pk})

    assert {each.id for each in question.value.struck} == {seen.pk, fresh.pk}
    assert Absence.objects.count() == 0


def test_of_a_room_the_visits_that_need_it_are_struck(desk):
    room = factories.room()
    struck = booked(desk, "08:00")
    factories.busy(room, at("07:50"), at("08:30"), status="booked", appointment=struck)
    booked(desk, "08:30")

    with pytest.raises(StrikesAppointments) as question:
        enter(room, spans=[span("07:00", "07:55")])  # its time before the visit counts, too

    assert [each.id for each in question.value.struck] == [struck.pk]


def test_the_free_times_named_are_outside_the_absence_and_each_is_named_once(desk):
    other = factories.calendar(name="Dr. Zweit")
    factories.offer(other, desk.reason)
    factories.hours(other, weekdays=[1], starts="09:00", ends="10:00")
    first, second = booked(desk, "08:00"), booked(desk, "08:30")
    calendars = {desk.calendar.pk: "Dr. Erst", other.pk: "Dr. Zweit"}

    with pytest.raises(StrikesAppointments) as question:
        enter(desk.calendar, spans=[span("08:00", "09:30")], calendars=calendars)

    places = question.value.places
    assert [f"{place.starts_at.astimezone(BERLIN):%d. %H:%M}" for place in places[first.pk].same][:3] == [
        "30. 09:30",
        "07. 08:00",
        "07. 08:30",
    ]
    own = [places[each.pk].next_same.starts_at.astimezone(BERLIN) for each in (first, second)]
    assert own == [at("09:30"), at("08:00", date(2026, 12, 7))]
    anywhere = [(places[each.pk].next_any.calendar, places[each.pk].next_any.starts_at) for each in (first, second)]
    assert anywhere == [("Dr. Zweit", at("09:00")), ("Dr. Erst", at("09:30"))]


def test_entering_twice_with_one_key_is_entering_once(desk):
    key = uuid4()

    assert enter(desk.calendar, key=key) == enter(desk.calendar, key=key)
    assert Absence.objects.count() == 1
    assert AuditEvent.objects.filter(action="absence.entered").count() == 1


def test_a_form_that_was_changed_and_sent_again_is_entered_as_it_is_now(desk):
    key = uuid4()
    enter(desk.calendar, key=key)
    enter(desk.calendar, key=key, spans=[span(), span("09:00", "10:00")])  # after "back"

    assert [row[1:] for row in local()] == [("30.11. 08:00", "30.11. 09:00"), ("30.11. 09:00", "30.11. 10:00")]


def test_an_hour_that_the_clocks_leave_out_is_as_long_as_on_other_days():
    starts, ends = span("02:15", "03:15", date(2027, 3, 28)).instants(BERLIN)

    assert ends.timestamp() - starts.timestamp() == 3600


def test_a_time_that_is_held_ends(desk):
    hold = factories.hold(desk.calendar, desk.reason, at("08:00"), expires_at=NOW + timedelta(minutes=9), minutes=30)
    kept = factories.hold(desk.calendar, desk.reason, at("09:00"), expires_at=NOW + timedelta(minutes=9), minutes=30)

    enter(desk.calendar)

    live = Hold.objects.filter(expires_at__gt=NOW).values_list("pk", flat=True)
    assert list(live) == [kept.pk]
    assert Occupancy.objects.get(hold=hold).expires_at < NOW


# Changing and deleting ------------------------------------------------------------------------------------------------

WEEKS = [MONDAY + timedelta(weeks=number) for number in range(3)]


@pytest.fixture
def series(desk):
    """Three Mondays, of the calendar and of a room."""
    room = factories.room()
    enter(desk.calendar, room, spans=every_week(span(), WEEKS[-1]))
    return list(Absence.objects.filter(resource_id=desk.calendar.pk).order_by("starts_at"))


@pytest.mark.parametrize(("reach", "wanted"), [("one", [0, 1, 0]), ("following", [0, 2, 2]), ("all", [2, 2, 2])])
def test_a_change_reaches_one_the_following_or_all(desk, series, reach, wanted):
    change(series[1], span("10:00", "11:30", WEEKS[1]), AbsenceReach(reach))

    moved = [sum(row.starts_at.astimezone(BERLIN).hour == 10 for row in Absence.objects.filter(
        starts_at__date=week)) for week in WEEKS]  # fmt: skip
    assert moved == wanted


def test_a_series_moves_by_days(desk, series):
    change(series[0], span("10:00", "11:00", MONDAY + timedelta(days=1)), AbsenceReach.ALL)

    assert local(Absence.objects.filter(resource_id=desk.calendar.pk).order_by("starts_at")) == [
        (desk.calendar.pk, "01.12. 10:00", "01.12. 11:00"),
        (desk.calendar.pk, "08.12. 10:00", "08.12. 11:00"),
        (desk.calendar.pk, "15.12. 10:00", "15.12. 11:00"),
    ]


def test_a_change_that_strikes_an_appointment_lists_it_first(desk):
    enter(desk.calendar)
    struck = booked(desk, "09:00")
    row = Absence.objects.get()

    with pytest.raises(StrikesAppointments):
        change(row, span("08:00", "10:00"))
    assert local() == [(desk.calendar.pk, "30.11. 08:00", "30.11. 09:00")]

    change(row, span("08:00", "10:00"), seen={struck.pk})
    assert local() == [(desk.calendar.pk, "30.11. 08:00", "30.11. 10:00")]


def test_the_following_are_deleted_and_can_be_booked_again(desk, series):
    assert absences.delete_absences(rows=absences.reached(series[1], AbsenceReach.FOLLOWING)) == 4

    assert len(local()) == 2
    assert desk.starts(first_day=WEEKS[1], last_day=WEEKS[1])[0] == "08:00"


def test_each_step_is_in_the_trail_a_row_a_resource(desk, series):
    change(series[0], span("10:00", "11:00"), AbsenceReach.ALL, note="Wartung")
    absences.delete_absences(rows=absences.reached(series[0], AbsenceReach.ONE))

    actions = [event.action for event in AuditEvent.objects.order_by("at", "pk")]
    assert actions == ["absence.entered"] * 2 + ["absence.changed"] * 2 + ["absence.deleted"]
