"""A clinic for the staff's screens: two units, four calendars, cards of every status and length."""

import os
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import Page

from appointments.models import Occupancy
from doctolib.tenancy.scopes import organisation_scope
from tests import factories, pro

from .tools import shot

MONDAY = datetime(2026, 11, 23, tzinfo=UTC).date()
LONG = {"first_name": "Maximiliane-Charlotte", "last_name": "von und zu Hohenlohe-Waldenburg-Schillingsfürst"}
NAMES = [
    LONG,
    {"first_name": "Jürgen", "last_name": "Müller"},
    {"first_name": "Ayşe", "last_name": "Yıldırım"},
    {"first_name": "Änne", "last_name": "Krämer-Weiß"},
    {"first_name": "محمد", "last_name": "الأحمد"},
    {"first_name": "Bruno", "last_name": "Groß"},
]
STATUSES = ["done", "no_show", "in_treatment", "arrived", "booked", "booked"]


def at(clock: str, day: int = 0) -> datetime:
    """A local time in Berlin on a day of that week."""
    hour, minute = clock.split(":")
    local = datetime.combine(MONDAY + timedelta(days=day), time(int(hour), int(minute)))
    return local.replace(tzinfo=timezone.get_default_timezone())


def full_clinic() -> pro.Clinic:
    """Two units, four calendars, cards of every status and length, a hold, a block, absences."""
    clinic = pro.clinic(name="Universitätsklinikum Musterstadt")
    with clinic.scope():
        unit = clinic.calendar.unit
        unit.name_de, unit.name_en, unit.position = "Hals-Nasen-Ohren-Heilkunde", "Ear, nose and throat", 1
        unit.save()
        other_unit = factories.unit(name_de="Radiologie", position=2)
        who = factories.practitioner(first_name="Sven", last_name="Öztürk-Hagenbach", title="Prof. Dr.")
        calendars = [
            clinic.calendar,
            factories.calendar(name="Prof. Öztürk-Hagenbach", practitioner=who, edge="amber"),
            factories.calendar(name="MRT 1", unit=other_unit, edge="plum"),
            factories.calendar(name="Sonographie", unit=other_unit, edge="sage"),
        ]
        room = factories.room(name="Untersuchungsraum 3")
        check, scan = "Verlaufskontrolle nach Operation", "Kernspintomographie"
        long = factories.reason(calendars=calendars, name_de=check, code="VK", duration=30, edge="indigo")
        hour = factories.reason(calendars=calendars, name_de=scan, code="MRT", duration=60, edge="rust")
        clinic.reason.duration = 15
        clinic.reason.save()
        for calendar in calendars[1:]:
            factories.offer(calendar, clinic.reason)
            factories.hours(calendar, starts="09:00", ends="12:30")
            factories.hours(calendar, starts="13:30", ends="17:00", weekdays=[1, 2, 4])
        number = 0
        for day in range(5):
            for place, calendar in enumerate(calendars):
                clock = at("08:00" if place == 0 else "09:00", day)
                for slot in range(6):
                    reason = (clinic.reason, long, hour)[(slot + place) % 3]
                    name = NAMES[(number + place) % len(NAMES)]
                    patient = factories.patient(
                        name={"title": "", "birth_date": "1961-02-03", "sex": "female", **name},
                        insurance={"kind": "statutory", "insurer": "Muster BKK", "number": "A123456780"},
                    )
                    origin = "online" if slot % 2 else "staff"
                    made = factories.appointment(calendar, reason, patient, clock, status=STATUSES[slot], origin=origin)
                    if reason is hour and place == 0:
                        factories.busy(room, clock, made.ends_at, status="booked", appointment=made)
                    clock = made.ends_at + timedelta(minutes=15 * (slot % 2))
                    number += 1
        cancelled = factories.appointment(
            calendars[0], long, factories.patient(), at("14:00"), status="cancelled", cancelled_at=at("10:00")
        )
        Occupancy.objects.filter(appointment=cancelled).delete()
        factories.hold(calendars[0], long, at("15:00"), expires_at=timezone.now() + timedelta(minutes=9), minutes=30)
        factories.busy(calendars[2], at("15:00"), at("15:30"))
        factories.absence(calendars[3], at("13:00"), at("18:00"), note="Fortbildung")
        factories.absence(calendars[1], at("00:00", 1), at("00:00", 3), note="Urlaub")
    clinic.made = calendars
    return clinic


def all_of(clinic: pro.Clinic) -> str:
    return ",".join(str(calendar.pk) for calendar in clinic.made)


def look(page: Page, name: str, **options) -> None:
    """A screenshot for people to look at, where SCREENSHOTS names a folder."""
    if os.environ.get("SCREENSHOTS"):
        shot(page, Path(os.environ["SCREENSHOTS"]) / f"{name}.png", **{"full_page": False, **options})


PAGES = {
    "day": "/day/?date=2026-11-23&calendars={all}",
    "week": "/week/?date=2026-11-23&calendars={one}",
    "week-mixed": "/week/?date=2026-11-23&calendars={all}",
    "list": "/list/?date=2026-11-23&calendars={all}",
    "list-week": "/list/?date=2026-11-23&days=7&calendars={one}",
    "empty": "/list/?date=2026-11-29&calendars={all}",
    "wrong-date": "/day/?date=gestern&calendars={one}",
    "appointment": "/appointments/{appointment}/",
    "patient": "/patients/{patient}/",
}


def address(clinic: pro.Clinic, name: str) -> str:
    with organisation_scope(clinic.organisation):
        appointment = clinic.calendar.appointments.order_by("starts_at").first()
    return PAGES[name].format(
        all=all_of(clinic), one=clinic.calendar.pk, appointment=appointment.pk, patient=appointment.patient_id
    )


def opened_grid(visit, clinic, name: str = "day", **options) -> Page:
    page = visit(address(clinic, name), **options)
    page.wait_for_selector(".ec [tabindex='0']")
    return page


def focused(page: Page) -> str:
    """The visible text of the element with focus."""
    return page.evaluate("() => document.activeElement.innerText.split('\\n')[0]")


def card(page: Page, name: str):
    return page.locator("button.card-button", has_text=name).first
