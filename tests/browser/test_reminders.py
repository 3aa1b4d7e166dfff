"""Reminders in Chromium: the link of a message without JavaScript; the looks of every page."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.utils import timezone

from accounts.enums import UserKind
from appointments.message_links import Purpose, link_token
from appointments.models import Appointment, Recall, ReminderSettings
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
    monkeypatch.setattr(BCryptSHA256PasswordHasher, "rounds", 4)
    return make_clinic(name="Universitätsklinikum Musterstadt-Hohenleimbach")


@pytest.fixture
def ada(clinic):
    return signed_in()


@pytest.fixture
def appointment(clinic, ada):
    made = booked(clinic, ada, timezone.now() + timedelta(days=3))
    with organisation_scope(clinic.organisation):
        ReminderSettings.objects.create(may_cancel=True)
        for purpose in ("reminder", "recall"):
            factories.consent(made.patient, purpose)
        factories.reminder(made)
        Recall.objects.create(visit=made, queued_at=timezone.now())
    return made


def link(clinic, appointment, purpose: Purpose) -> str:
    with organisation_scope(clinic.organisation):
        rows = Recall.objects.filter(visit=appointment) if purpose == Purpose.RECALL else appointment.reminders
        row_id = rows.get().pk
    last_day = timezone.localdate() + timedelta(days=5)
    return f"/{clinic.slug}/r/{link_token(clinic.organisation.pk, purpose, row_id, last_day=last_day)}/"


def test_a_message_s_link_cancels_without_signing_in_and_without_javascript(browser, live_server, clinic, appointment):
    with tools.opened(browser, viewport=tools.PHONE, java_script_enabled=False) as page:
        page.goto(live_server.url + link(clinic, appointment, Purpose.CANCEL))
        page.click("button:has-text('Termin absagen')")
        page.wait_for_selector("h1:has-text('Dieser Termin ist abgesagt')")
    with organisation_scope(clinic.organisation):
        assert Appointment.objects.get(pk=appointment.pk).status == "cancelled"


@pytest.mark.parametrize("options", LOOKS, ids=["360", "1440-en-dark"])
def test_each_page_of_patients_is_accessible_and_fits(browser, live_server, clinic, ada, appointment, options):
    pages = {purpose.name.lower(): link(clinic, appointment, purpose) for purpose in Purpose}
    pages |= {"wrong": f"/{clinic.slug}/r/x/", "mine": f"/{clinic.slug}/reminders/", "my": "/my/appointments/"}
    found = {}
    with tools.opened(browser, **options) as page:
        page.context.add_cookies([session_of(ada, live_server.url)])
        for name, path in pages.items():
            page.goto(live_server.url + path)
            look(page, f"reminders-{name}-{options['viewport']['width']}", full_page=True)
            complaints = [line for line in page.complaints if "404" not in str(line)]
            found[name] = [*tools.axe(page), *tools.sideways(page), *tools.small_targets(page), *complaints]
            page.complaints.clear()
    assert {name: problems for name, problems in found.items() if problems} == {}


@pytest.mark.parametrize("options", LOOKS, ids=["360", "1440-en-dark"])
def test_each_page_of_staff_is_accessible_and_fits(browser, live_server, clinic, appointment, options):
    client = pro.client_of(
        pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation, is_organisation_admin=True)
    )
    patient = f"/patients/{appointment.patient_id}/"
    pages = {"set-up": "/settings/reminders/", "recalls": "/settings/recalls/", "consents": f"{patient}consents/",
             "card": patient}  # fmt: skip
    base = f"http://{settings.PRO_HOST.split(':')[0]}:{live_server.thread.port}"
    name = settings.DOOR_SESSION_COOKIES["pro"]
    found = {}
    with tools.opened(browser, **options) as page:
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": base}])
        for key, path in pages.items():
            page.goto(base + path)
            look(page, f"reminders-pro-{key}-{options['viewport']['width']}", full_page=True)
            found[key] = [*tools.axe(page), *tools.sideways(page), *page.complaints]
    assert {key: problems for key, problems in found.items() if problems} == {}
