"""A series in Chromium: from an appointment in the panel to ten booked dates; each page accessible, none too wide."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from appointments.models import Appointment
from tests import factories, pro

from . import tools
from .pro_clinic import look

pytestmark = pytest.mark.django_db(transaction=True)
BERLIN = ZoneInfo("Europe/Berlin")
LOOKS = [{"viewport": tools.PHONE}, {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"}]


def monday():
    today = timezone.now().astimezone(BERLIN).date()
    return today + timedelta(days=14 - today.weekday())


def at(clock: str, days: int = 0) -> datetime:
    return datetime.combine(monday() + timedelta(days=days), time.fromisoformat(clock), tzinfo=BERLIN)


@pytest.fixture
def clinic():
    made = pro.clinic(closed_on_holidays=False, name="Universitätsklinikum Musterstadt")
    with made.scope():
        long = {"first_name": "Maximiliane-Charlotte", "last_name": "von und zu Hohenlohe-Waldenburg"}
        made.patient = factories.patient(name={"title": "", "birth_date": "1961-02-03", "sex": "female", **long})
        made.first = factories.appointment(made.calendar, made.reason, made.patient, at("09:00"))
        factories.busy(made.calendar, at("08:40", 14), at("09:40", 14))
        factories.absence(made.calendar, at("00:00", 21), at("00:00", 22))
        made.ecg = factories.calendar(name="EKG-Raum der Kardiologischen Ambulanz")
        factories.hours(made.ecg, starts="08:00", ends="09:00")
        made.recording = factories.reason(calendars=[made.ecg], name_de="Elektrokardiogramm", duration=10, step=10)
        made.prescription = factories.prescription(made.patient, what="Krankengymnastik", sessions=10)
    return made


def test_an_appointment_becomes_a_series_of_ten_in_the_panel(clinic, visit):
    page = visit(f"/week/?date={monday():%Y-%m-%d}&calendars={clinic.calendar.pk}", viewport=LOOKS[1]["viewport"])
    page.click("button.card-button")
    page.click("#panel >> text=Als Serie wiederholen …")
    page.wait_for_selector("#panel h2:has-text('Serie planen')")
    page.select_option("#panel select[name=prescription]", label="Krankengymnastik: 10 von 10 übrig")
    look(page, "series-panel-form-1280")
    page.click("#panel >> text=Termine prüfen")
    page.wait_for_selector("#panel .dates-table")
    look(page, "series-panel-dates-1280")

    assert page.locator("#panel .row-conflict").count() == 2
    assert [*tools.axe(page, include="#panel"), *page.complaints] == []
    for conflict in page.locator("#panel .row-conflict select").all():
        conflict.select_option(index=1)
    page.click("#panel >> text=Gewählte Termine buchen")
    page.wait_for_selector("#panel [role=status] >> text=10 Termine sind gebucht")
    look(page, "series-panel-done-1280")
    page.click("#panel .whole-table .row-name >> nth=2")
    page.wait_for_selector("#panel >> text=3 von 10")

    with clinic.scope():
        assert Appointment.objects.filter(series__isnull=False).count() == 10

    page.click("#panel >> text=Letzte Änderungen")
    page.wait_for_selector("#panel .change-what:has-text('Serie, 9 Termine: Gebucht')")
    look(page, "series-changes-1280")
    assert [*tools.axe(page, include="#panel"), *page.complaints] == []
    page.click("#panel [data-panel-close]")
    page.locator("button.card-button").first.focus()
    page.keyboard.press("Control+z")
    page.wait_for_selector("#calendar-notice >> text=Rückgängig gemacht: 9 Termine.")

    with clinic.scope():
        assert [each.series_id for each in Appointment.objects.exclude(status="cancelled")] == [None]


@pytest.mark.parametrize("options", LOOKS, ids=["360", "1280-dark"])
def test_each_page_is_accessible_and_fits(clinic, visit, options):
    width = options["viewport"]["width"]
    rule = f"appointment={clinic.first.pk}&every=1&unit=weeks&count=10"
    shift = f"scope=all&day={monday() + timedelta(days=1):%d.%m.%Y}&clock=09:00"
    page = visit(f"/series/new/?appointment={clinic.first.pk}", **options)
    base = page.url.partition("/series/")[0]
    found = {}

    def check(name: str, path: str = "") -> None:
        if path:
            page.goto(base + path)
        page.evaluate("scrollTo(0, 0)")  # from under the bar, which stays
        look(page, f"series-{name}-{width}", full_page=True)
        found[name] = [*tools.axe(page), *tools.sideways(page), *page.complaints]

    check("form")
    check("form-wrong", f"/series/new/?appointment={clinic.first.pk}&every=0&unit=weeks&count=")
    check("dates", f"/series/new/?{rule}")
    page.click("text=Gewählte Termine buchen")
    check("dates-open")
    for conflict in page.locator(".dates-table select").all():
        conflict.select_option(index=1 if conflict.locator("option").count() > 2 else 0)
    page.click("text=Gewählte Termine buchen")
    page.wait_for_selector("h1:text-is('Serie')")
    for closed in page.locator("details.cancel summary").all():
        closed.click()
    check("booked")
    check("move", f"/appointments/{clinic.first.pk}/series/move/?{shift}")
    check("appointment", f"/appointments/{clinic.first.pk}/")
    check("new", f"/series/new/?patient={clinic.patient.pk}")
    check("visit-form", f"/visits/new/?patient={clinic.patient.pk}")
    parts = (
        f"part-1={clinic.recording.pk}&part-2={clinic.reason.pk}&gap=15&from={monday() + timedelta(days=2):%d.%m.%Y}"
    )
    check("visit-times", f"/visits/new/?patient={clinic.patient.pk}&{parts}")
    page.click(".visit-times button >> nth=0")
    page.wait_for_selector("h1:text-is('Besuch')")
    for closed in page.locator("details.cancel summary").all():
        closed.click()
    check("visit")
    check("prescription", f"/patients/{clinic.patient.pk}/prescriptions/new/")
    check("tie", f"/appointments/{clinic.first.pk}/prescription/")
    check("card", f"/patients/{clinic.patient.pk}/")

    assert {name: problems for name, problems in found.items() if problems} == {}
