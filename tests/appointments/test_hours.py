"""Setting opening hours: what counts from when, what is refused, what is kept."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from appointments.models import Appointment, OpeningHours
from appointments.selectors.calendar import Span, hours_in
from appointments.services import hours
from appointments.services.hours import HoursRefused, LeavesOutside, Meeting, Terms, TooEarly
from doctolib.audit.models import AuditEvent
from doctolib.audit.recording import read_details
from doctolib.tenancy.scopes import organisation_scope
from tests import factories

from . import bookings
from .desk import at

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)  # a Monday, 9:00 in Berlin
TODAY = date(2026, 11, 23)
MONDAY = date(2026, 11, 30)


def terms(starts: str, ends: str, **fields) -> Terms:
    return Terms(time.fromisoformat(starts), time.fromisoformat(ends), **fields)


def rows(calendar) -> list[tuple]:
    """Weekday, times and validity of each block."""
    blocks = OpeningHours.objects.filter(calendar=calendar).order_by("weekday", "starts", "valid_from")
    return [(b.weekday, f"{b.starts:%H:%M}", f"{b.ends:%H:%M}", b.valid_from, b.valid_until) for b in blocks]


def test_a_block_on_several_weekdays_can_be_booked_at_once(bare_desk):
    hours.add_blocks(
        calendar=bare_desk.calendar,
        weekdays=[1, 3],
        terms=terms("08:00", "09:00"),
        valid_from=TODAY,
        valid_until=None,
    )

    assert rows(bare_desk.calendar) == [(1, "08:00", "09:00", TODAY, None), (3, "08:00", "09:00", TODAY, None)]
    assert bare_desk.starts() == ["08:00", "08:30"]


def test_what_a_block_says_is_written_whole(bare_desk):
    site = factories.site(name="Campus Nord")
    given = Terms(
        time(8), time(9), every_weeks=2, on_holidays=True, site_id=site.pk, is_online=False, late_share=25,
        late_hours=48, reasons=((bare_desk.reason.pk, 50),),
    )  # fmt: skip

    (block,) = hours.add_blocks(
        calendar=bare_desk.calendar, weekdays=[1], terms=given, valid_from=TODAY, valid_until=MONDAY
    )

    assert hours.terms_of(block) == given


def test_a_block_that_would_overlap_is_refused_and_nothing_is_written(desk):
    with pytest.raises(Meeting) as refused:
        hours.add_blocks(
            calendar=desk.calendar, weekdays=[2, 1], terms=terms("09:00", "12:00"), valid_from=TODAY, valid_until=None
        )

    assert (refused.value.day, refused.value.other.starts) == (TODAY, time(8))
    assert len(rows(desk.calendar)) == 1


def test_blocks_for_different_reasons_may_be_open_at_one_time(bare_desk):
    other = factories.reason(calendars=[bare_desk.calendar], name_de="Impfung")
    for reason in (bare_desk.reason, other):
        hours.add_blocks(
            calendar=bare_desk.calendar,
            weekdays=[1],
            terms=terms("08:00", "10:00", reasons=((reason.pk, None),)),
            valid_from=TODAY,
            valid_until=None,
        )

    assert len(rows(bare_desk.calendar)) == 2


def change(block, **fields):
    values = {"weekday": 1, "terms": terms("09:00", "11:00"), "since": MONDAY, "valid_until": None, "now": NOW}
    return hours.change_block(block=block, **{**values, **fields})


def test_a_change_counts_from_a_day_on_and_what_was_is_kept(desk):
    old = OpeningHours.objects.get()

    change(old)

    before = MONDAY - timedelta(days=1)
    assert rows(desk.calendar) == [
        (1, "08:00", "10:00", factories.LONG_AGO, before),
        (1, "09:00", "11:00", MONDAY, None),
    ]
    assert desk.starts(first_day=TODAY, last_day=TODAY) == ["08:00", "08:30", "09:00", "09:30"]
    assert desk.starts() == ["09:00", "09:30", "10:00", "10:30"]


def test_a_block_that_has_not_begun_is_changed_itself(bare_desk):
    (block,) = factories.hours(bare_desk.calendar, weekdays=[1], valid_from=MONDAY)

    change(block)

    assert rows(bare_desk.calendar) == [(1, "09:00", "11:00", MONDAY, None)]


def test_what_has_been_is_not_changed(desk):
    with pytest.raises(TooEarly):
        change(OpeningHours.objects.get(), since=TODAY - timedelta(days=1))


def test_every_second_week_keeps_its_weeks_after_a_change(bare_desk):
    (block,) = factories.hours(bare_desk.calendar, weekdays=[1], valid_from=TODAY, every_weeks=2)

    change(block, since=MONDAY, terms=terms("09:00", "11:00", every_weeks=2))  # a week in which it is closed

    assert rows(bare_desk.calendar)[1][3] == date(2026, 12, 7)
    assert [bare_desk.starts(first_day=day, last_day=day) != [] for day in (MONDAY, date(2026, 12, 7))] == [False, True]


def booked(desk, clock: str) -> Appointment:
    return factories.appointment(desk.calendar, desk.reason, factories.patient(), at(clock))


def test_appointments_that_would_lie_outside_are_listed_first_and_stay_when_accepted(desk):
    inside, outside = booked(desk, "09:30"), booked(desk, "08:00")
    block = OpeningHours.objects.get()

    with pytest.raises(LeavesOutside) as question:
        change(block)
    assert [each.id for each in question.value.appointments] == [outside.pk]
    assert len(rows(desk.calendar)) == 1

    change(block, accepted={outside.pk})
    assert set(Appointment.objects.values_list("pk", "status")) == {(inside.pk, "booked"), (outside.pk, "booked")}
    assert len(rows(desk.calendar)) == 2


def test_whoever_accepted_one_appointment_is_asked_again_about_the_next(desk):
    first, second = booked(desk, "08:00"), booked(desk, "08:30")

    with pytest.raises(LeavesOutside) as question:
        change(OpeningHours.objects.get(), accepted={first.pk})

    assert [each.id for each in question.value.appointments] == [first.pk, second.pk]


def test_an_appointment_that_lies_outside_already_is_no_question(desk):
    factories.appointment(desk.calendar, desk.reason, factories.patient(), at("16:00"))

    hours.end_block(block=OpeningHours.objects.get(), since=MONDAY, now=NOW)


def test_hours_end_the_day_before_and_those_to_come_are_deleted(bare_desk):
    (running,) = factories.hours(bare_desk.calendar, weekdays=[1])
    (coming,) = factories.hours(bare_desk.calendar, weekdays=[2], valid_from=date(2026, 12, 1))

    for block in (running, coming):
        hours.end_block(block=block, since=MONDAY, now=NOW)

    assert rows(bare_desk.calendar) == [(1, "08:00", "16:00", factories.LONG_AGO, date(2026, 11, 29))]


def copy(calendar, targets, **fields):
    values = {"weekday": None, "to_weekdays": [], "since": MONDAY, "replaces": False, "now": NOW}
    return hours.copy_hours(calendar=calendar, targets=targets, **{**values, **fields})


def test_a_day_is_copied_to_others_of_the_same_calendar(desk):
    assert copy(desk.calendar, [desk.calendar], weekday=1, to_weekdays=[1, 3, 5]) == 2

    assert [row[:4] for row in rows(desk.calendar)[1:]] == [
        (3, "08:00", "10:00", MONDAY),
        (5, "08:00", "10:00", MONDAY),
    ]


def test_a_calendars_week_is_copied_and_replaces_what_was_there(desk):
    other = factories.calendar()
    factories.hours(other, weekdays=[1], starts="07:00", ends="09:00")

    with pytest.raises(Meeting):
        copy(desk.calendar, [other])
    copy(desk.calendar, [other], replaces=True)

    assert rows(other) == [
        (1, "07:00", "09:00", factories.LONG_AGO, MONDAY - timedelta(days=1)),
        (1, "08:00", "10:00", MONDAY, None),
    ]


def test_of_the_reasons_those_are_copied_that_the_other_calendar_offers(bare_desk):
    with_it, without = factories.calendar(), factories.calendar()
    factories.offer(with_it, bare_desk.reason)
    other = factories.reason(calendars=[bare_desk.calendar], name_de="Impfung")
    factories.hours(bare_desk.calendar, weekdays=[1], reasons=[bare_desk.reason, other], share=50)

    copy(bare_desk.calendar, [with_it])
    with pytest.raises(HoursRefused) as refused:
        copy(bare_desk.calendar, [without])

    block = OpeningHours.objects.get(calendar=with_it)
    assert hours.terms_of(block).reasons == ((bare_desk.reason.pk, 50),)
    assert without.name in refused.value.message
    assert rows(without) == []


def test_each_change_is_in_the_trail_with_what_was(desk):
    block = OpeningHours.objects.get()
    changed = change(block)
    hours.end_block(block=changed, since=date(2026, 12, 14), now=NOW)

    events = AuditEvent.objects.order_by("at", "pk")
    said = [(event.action, event.about, read_details(event)["was"]["starts"]) for event in events]
    calendar = f"calendar:{desk.calendar.pk}"
    assert said == [("hours.changed", calendar, "08:00:00"), ("hours.ended", calendar, "09:00:00")]


def test_a_held_time_stays_its_holders_when_the_hours_end():
    place, erika = bookings.clinic(), bookings.booker()
    token = place.hold()
    with organisation_scope(place.organisation):
        block = OpeningHours.objects.get(weekday=2)
        hours.end_block(block=block, since=date(2026, 11, 24), now=NOW)

    appointment_id = place.confirm(token, erika)

    with organisation_scope(place.organisation):
        assert Appointment.objects.get().pk == appointment_id


def test_the_calendar_shows_every_second_week_and_what_is_open_on_holidays(bare_desk):
    factories.hours(bare_desk.calendar, weekdays=[1], valid_from=TODAY, every_weeks=2)
    factories.hours(bare_desk.calendar, weekdays=[1], starts="18:00", ends="19:00", on_holidays=True)
    span = Span(TODAY, MONDAY + timedelta(weeks=1), bare_desk.clinic.zone)

    shown = hours_in([bare_desk.calendar.pk], span, closed=["2026-12-07"])[bare_desk.calendar.pk]

    evening = ["18:00", "19:00"]
    assert shown == {"2026-11-23": [["08:00", "16:00"], evening], "2026-11-30": [evening], "2026-12-07": [evening]}
