"""The waiting list in Chromium: from joining to the moved appointment, on a phone; an offer that has ended; the looks
of every page."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.utils import timezone

from accounts.enums import UserKind
from appointments.models import Appointment, WaitingEntry, WaitingOffer
from appointments.offer_links import offer_token
from appointments.services import booking, offers
from doctolib.tenancy.scopes import organisation_scope
from tests import factories, pro
from tests.appointments.pages import booked, make_clinic, signed_in

from . import tools
from .pro_clinic import look
from .test_own_area import session_of

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = [
    {"viewport": tools.PHONE, "locale": "de-DE"},
    {"viewport": tools.DESK, "locale": "en-GB", "color_scheme": "dark"},
]


@pytest.fixture
def clinic(transactional_db, monkeypatch):
    """Open around the clock: the browser's clock is the real one."""
    monkeypatch.setattr(BCryptSHA256PasswordHasher, "rounds", 4)
    clinic = make_clinic(name="Universitätsklinikum Musterstadt-Hohenleimbach")
    with organisation_scope(clinic.organisation):
        factories.hours(clinic.calendar, weekdays=range(1, 8), starts="00:00", ends="23:59", on_holidays=True)
    return clinic


@pytest.fixture
def ada(clinic):
    return signed_in()


def days_ahead(days: int):
    return timezone.now().replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=days)


def sweep(clinic, *, after: timedelta = timedelta()) -> int:
    return offers.sweep(clinic.organisation, now=timezone.now() + after)


def links_sent(clinic) -> list[str]:
    with organisation_scope(clinic.organisation):
        return [f"/{clinic.slug}/o/{offer_token(offer.pk)}" for offer in WaitingOffer.objects.all()]


def test_from_joining_to_the_moved_appointment(browser, live_server, clinic, ada):
    late = booked(clinic, ada, days_ahead(20))
    grace = booked(clinic, signed_in("grace@example.org", last_name="Hopper"), days_ahead(5))
    with tools.opened(browser, viewport=tools.PHONE, java_script_enabled=False) as page:
        page.context.add_cookies([session_of(ada, live_server.url)])
        page.goto(f"{live_server.url}/{clinic.slug}/appointments/{late.pk}/")
        page.click("text=Auf die Warteliste setzen")
        page.check("text=Gesetzlich")
        page.click("button:has-text('Auf die Warteliste setzen')")
        page.wait_for_selector("h1:has-text('Sie stehen auf der Warteliste')")

        with organisation_scope(clinic.organisation):
            booking.cancel_appointment(appointment=Appointment.objects.get(pk=grace.pk), now=timezone.now())
        assert sweep(clinic) == 1
        (link,) = links_sent(clinic)

        page.goto(live_server.url + link)
        page.wait_for_selector("h1:has-text('Ein Termin ist für Sie frei')")
        page.click("text=Termin annehmen")
        page.wait_for_selector("h1:has-text('Ihr Termin hat eine neue Zeit')")

    with organisation_scope(clinic.organisation):
        assert Appointment.objects.get(pk=late.pk).starts_at == grace.starts_at


def waiting_with_offer(clinic, who) -> WaitingEntry:
    earlier = booked(clinic, who, days_ahead(-30), status="done")
    with organisation_scope(clinic.organisation):
        entry = factories.waiting(
            earlier.patient, clinic.reason, joined_at=timezone.now(), calendar_ids=[clinic.calendar.pk],
            half_days=[0, 2, 3, 9], from_day=timezone.localdate() + timedelta(days=1),
        )  # fmt: skip
        offers.offer_time(
            organisation=clinic.organisation, entry_id=entry.pk, calendar_id=clinic.calendar.pk,
            starts_at=days_ahead(5), now=timezone.now(),
        )  # fmt: skip
    return entry


def test_an_offer_that_has_ended_says_so_with_the_nearest_times(browser, live_server, clinic, ada):
    entry = waiting_with_offer(clinic, ada)
    with tools.opened(browser, viewport=tools.PHONE) as page:
        page.context.add_cookies([session_of(ada, live_server.url)])
        page.goto(f"{live_server.url}/{clinic.slug}/waiting/{entry.pk}/")
        sweep(clinic, after=timedelta(hours=2))
        page.click("text=Termin annehmen")

        page.wait_for_selector("h1:has-text('wird nicht mehr für Sie freigehalten')")
        assert page.locator(".time-button").count() == 6
        look(page, "waiting-ended-360", full_page=True)


@pytest.mark.parametrize("options", LOOKS, ids=["360", "1440-en-dark"])
def test_each_page_of_patients_is_accessible_and_fits(browser, live_server, clinic, ada, options):
    entry = waiting_with_offer(clinic, ada)
    base, (link,) = f"/{clinic.slug}/waiting/{entry.pk}/", links_sent(clinic)
    pages = {
        "join": f"/{clinic.slug}/waiting/join/?reason={clinic.reason.pk}", "own": base, "change": f"{base}change/",
        "leave": f"{base}leave/", "my": "/my/appointments/",
        "times": f"/{clinic.slug}/book/times/?reason={clinic.reason.pk}",
    }  # fmt: skip
    with tools.opened(browser, **options) as page:
        page.goto(live_server.url + link)  # not signed in
        found = {"link": problems_of(page, f"waiting-link-{options['viewport']['width']}")}
        page.context.add_cookies([session_of(ada, live_server.url)])
        for name, path in pages.items():
            page.goto(live_server.url + path)
            found[name] = problems_of(page, f"waiting-{name}-{options['viewport']['width']}")

    assert {name: problems for name, problems in found.items() if problems} == {}


def problems_of(page, name: str) -> list:
    look(page, name, full_page=True)
    assert page.locator("h1").count() == 1
    return [*tools.axe(page), *tools.sideways(page), *tools.small_targets(page), *page.complaints]


@pytest.mark.parametrize("options", LOOKS, ids=["360", "1440-en-dark"])
def test_each_page_of_staff_is_accessible_and_fits(browser, live_server, clinic, ada, options):
    entry = waiting_with_offer(clinic, ada)
    with organisation_scope(clinic.organisation):
        other = factories.waiting(factories.patient(), clinic.reason, joined_at=timezone.now(), priority=1)
        third = factories.waiting(factories.patient(), clinic.reason, joined_at=timezone.now())
        WaitingEntry.objects.filter(pk=third.pk).update(status="paused", silences=3)
    client = pro.client_of(
        pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation, is_organisation_admin=True)
    )
    adding = f"/waiting/add/?patient={other.patient_id}"
    pages = {
        "list": "/waiting/", "offered": f"/waiting/{entry.pk}/", "entry": f"/waiting/{other.pk}/",
        "add": adding, "form": f"{adding}&reason={clinic.reason.pk}", "set-up": "/waiting/set-up/",
        "card": f"/patients/{other.patient_id}/",
    }  # fmt: skip
    base = f"http://{settings.PRO_HOST.split(':')[0]}:{live_server.thread.port}"
    name = settings.DOOR_SESSION_COOKIES["pro"]
    with tools.opened(browser, **options) as page:
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": base}])
        found = {}
        for key, path in pages.items():
            page.goto(base + path)
            look(page, f"waiting-pro-{key}-{options['viewport']['width']}", full_page=True)
            found[key] = [*tools.axe(page), *tools.sideways(page), *page.complaints]

    assert {key: problems for key, problems in found.items() if problems} == {}
