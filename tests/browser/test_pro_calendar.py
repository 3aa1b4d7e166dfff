"""The staff's calendar in Chromium: what is seen, keys, the panel, axe, narrow and wide, light and dark."""

import os
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from appointments.models import Occupancy
from doctolib.audit.models import AuditEvent
from doctolib.tenancy.scopes import organisation_scope
from tests import factories, pro

from .tools import DESK, PHONE, axe, chromium, opened, shot, sideways

pytestmark = pytest.mark.django_db(transaction=True)

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
        unit.name_de, unit.position = "Hals-Nasen-Ohren-Heilkunde", 1
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
        long = factories.reason(calendars=calendars, name_de="Verlaufskontrolle nach Operation", code="VK", duration=30, edge="indigo")
        hour = factories.reason(calendars=calendars, name_de="Kernspintomographie", code="MRT", duration=60, edge="rust")
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
                    made = factories.appointment(
                        calendar, reason, patient, clock, status=STATUSES[slot], origin="online" if slot % 2 else "staff"
                    )
                    if reason is hour:
                        factories.busy(room, clock, made.ends_at, status="booked", appointment=made) if place == 0 else None
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


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def clinic(transactional_db):
    return full_clinic()


@pytest.fixture
def visit(browser, live_server, clinic):
    """Open a page of the pro door, signed in; options as for Playwright's contexts."""
    open_pages = []

    def go(path: str, *, signed_in: bool = True, **options) -> Page:
        manager = opened(browser, **options)
        page = manager.__enter__()
        open_pages.append(manager)
        base = f"http://{settings.PRO_HOST.split(':')[0]}:{live_server.thread.port}"
        if signed_in:
            name = settings.DOOR_SESSION_COOKIES["pro"]
            page.context.add_cookies([{"name": name, "value": clinic.client.cookies[name].value, "url": base}])
        page.goto(base + path)
        return page

    yield go
    for manager in reversed(open_pages):
        manager.__exit__(None, None, None)


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


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["360", "1440"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(clinic, visit, size, theme):
    found = {}
    for name in PAGES:
        page = visit(address(clinic, name), viewport=size, color_scheme=theme)
        if "/day/" in page.url or "/week/" in page.url:
            page.wait_for_selector("button.card-button")
        look(page, f"{name}-{size['width']}-{theme}")
        found[name] = [axe(page), sideways(page), page.complaints]
    assert found == {name: [[], [], []] for name in PAGES}
