"""The staff's screen that says why a time is, or is not, offered."""

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import translation

from appointments.models import Calendar, CalendarReason, OpeningHours, VisitReason
from appointments.selectors.availability import free_slots
from appointments.selectors.explaining import explain_time
from tests import factories, pro

from .desk import LONG_BEFORE, MONDAY, at

pytestmark = pytest.mark.django_db


def failing(desk, clock: str = "09:00", day: date = MONDAY, **arguments) -> list[str]:
    explained = explain_time(
        organisation=desk.clinic,
        calendar=Calendar.objects.get(pk=desk.calendar.pk),
        reason=VisitReason.objects.get(pk=desk.reason.pk),
        starts_at=at(clock, day),
        **{"now": LONG_BEFORE, **arguments},
    )
    with translation.override("en"):
        return [str(step.words) for step in explained.steps if step.holds is False]


def test_a_time_that_is_offered_fails_nothing(desk):
    assert failing(desk) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda desk: desk.change_calendar(is_online=False), "The calendar can be booked online."),
        (lambda desk: desk.change(is_online=False), "The reason can be booked online."),
        (lambda desk: desk.change(horizon=1), "The day is within the horizon."),
        (lambda desk: CalendarReason.objects.all().delete(), "The calendar offers the reason."),
        (lambda desk: OpeningHours.objects.update(is_online=False), "The opening hours are released online."),
        (lambda desk: OpeningHours.objects.update(weekday=3), "The calendar has opening hours that day."),
        (lambda desk: OpeningHours.objects.update(every_weeks=2, valid_from=MONDAY - timedelta(days=7)),
         "The calendar has opening hours that day."),
    ],
)  # fmt: skip
def test_what_leads_to_no_hours_is_named_and_the_rest_was_not_asked(desk, change, words):
    change(desk)

    assert failing(desk) == [words]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda desk: desk.change(minimum_notice=10**6), "The minimum notice is kept."),
        (lambda desk: OpeningHours.objects.update(late_share=100), "The time is not held back for short notice."),
        (lambda desk: factories.absence(desk.calendar, at("09:00"), at("09:10")), "There is no absence."),
        (lambda desk: factories.requirement(desk.reason, []), "The rooms and devices that are needed are free."),
        (lambda desk: CalendarReason.objects.update(most_a_day=0),
         "The calendar's most visits for this reason on this day are not reached."),
        (lambda desk: factories.busy(desk.calendar, at("09:10"), at("09:20")),
         "Nothing else is in the calendar then, buffers and ways between sites included."),
    ],
)  # fmt: skip
def test_the_one_rule_that_fails_is_named(desk, change, words):
    change(desk)

    assert failing(desk) == [words]
    question = {"reason_id": desk.reason.pk, "calendar_ids": [desk.calendar.pk], "now": LONG_BEFORE}
    assert at("09:00") not in free_slots(**question, first_day=MONDAY, last_day=MONDAY)[desk.calendar.pk]


def test_a_time_beside_the_grid_and_a_past_one(desk):
    assert "The time is on the grid of the opening hours." in failing(desk, "09:10")
    assert "The time has not passed." in failing(desk, now=at("09:30"))


def test_the_page_asks_and_answers():
    clinic = pro.clinic()
    day = datetime.now(tz=clinic.organisation.zone).date() + timedelta(days=1)
    with clinic.scope():
        factories.hours(clinic.calendar, weekdays=range(1, 8), starts="08:00", ends="16:00", on_holidays=True)
    asked = {"calendar": clinic.calendar.pk, "reason": clinic.reason.pk, "day": day.isoformat()}

    page = clinic.client.get("/why/", {**asked, "clock": "03:00"}).content.decode()
    assert "wird online nicht angeboten" in page and "<strong>Die Zeit liegt im Raster der Sprechzeit.</strong>" in page

    found = clinic.client.get("/why/", {**asked, "clock": time(9).isoformat("minutes")})
    assert found.status_code == 200 and "<h2" in found.content.decode()


def test_nonsense_is_answered_with_the_form():
    clinic = pro.clinic()

    page = clinic.client.get("/why/", {"calendar": "x", "reason": "", "day": "bald", "clock": "spät"})

    assert page.status_code == 422


def test_strangers_are_turned_away():
    clinic, other = pro.clinic(), pro.clinic()
    asked = {"calendar": other.calendar.pk, "reason": other.reason.pk, "day": "2026-12-01", "clock": "09:00"}

    assert pro.client_of(None).get("/why/").status_code == 302
    assert clinic.client.get("/why/", asked).status_code == 422
