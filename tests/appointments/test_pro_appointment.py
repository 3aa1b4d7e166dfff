"""One appointment in the staff's panel: what it shows, the audit row, cancelling, who is refused."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import UserKind
from appointments.models import Appointment, Occupancy
from doctolib.audit.models import AuditEvent
from doctolib.outbox.models import OutboxMessage
from tests import factories, pro
from tests.pro import MONDAY

pytestmark = pytest.mark.django_db
HTMX = {"hx-request": "true", "hx-current-url": "https://pro.localhost/week/?date=2026-11-23"}


@pytest.fixture
def clinic():
    return pro.clinic()


@pytest.fixture
def appointment(clinic):
    """Tomorrow's."""
    with clinic.scope():
        room = factories.room(name="Raum 7")
    starts = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    made = clinic.book(
        starts,
        details={"note": "Bitte leise"},
        record={"insurance": {"kind": "private", "insurer": "Muster AG", "number": "X1"}},
    )
    with clinic.scope():
        factories.busy(room, made.starts_at, made.ends_at, status="booked", appointment=made)
    return made


def trail(clinic):
    with clinic.scope():
        return list(AuditEvent.objects.order_by("at").values_list("actor", "action", "subject", "about"))


def state(clinic, appointment):
    with clinic.scope():
        found = Appointment.objects.get(pk=appointment.pk)
        return found.status, Occupancy.objects.filter(appointment=appointment).count()


def test_the_panel_shows_who_comes_when_and_why(clinic, appointment):
    answer = clinic.client.get(f"/appointments/{appointment.pk}/", headers=HTMX)

    page = answer.content.decode()
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert "<html" not in page
    for part in (
        '<h2 tabindex="-1"><bdi>Änne von Müller-Lüdenscheidt</bdi></h2>',
        "03.02.1961",
        'href="tel:+4915112345678"',
        "Privat versichert",
        "Muster AG",
        "Erstgespräch",
        "Sprechstunde Dr. Kaya",
        "Raum 7",
        ">gebucht<",
        "Von der Klinik gebucht",
        "Bitte leise",
        f'href="/patients/{appointment.patient_id}/"',
    ):
        assert part in page


def test_the_same_is_a_page_of_its_own_without_scripts(clinic, appointment):
    page = clinic.client.get(f"/appointments/{appointment.pk}/").content.decode()

    assert "<title>Termin: " in page
    assert '<h1 tabindex="-1"><bdi>Änne von Müller-Lüdenscheidt</bdi></h1>' in page


def test_opening_it_is_in_the_audit_trail(clinic, appointment):
    clinic.client.get(f"/appointments/{appointment.pk}/", headers=HTMX)

    assert trail(clinic) == [
        (
            clinic.professional.actor,
            "appointment.viewed",
            f"appointment:{appointment.pk}",
            f"patient:{appointment.patient_id}",
        )
    ]


def test_cancelling_frees_the_time_tells_the_patient_and_leaves_a_trail(clinic, appointment):
    answer = clinic.client.post(f"/appointments/{appointment.pk}/cancel/", {"reason": "Arzt krank"}, headers=HTMX)

    page = answer.content.decode()
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "appointments-changed")
    assert "Abgesagt: " in page and ", Sprechstunde Dr. Kaya. Die Patientin oder der Patient" in page
    assert "Arzt krank" in page
    assert "Termin absagen" not in page
    assert state(clinic, appointment) == ("cancelled", 0)
    assert [action for _actor, action, _subject, _about in trail(clinic)] == ["appointment.cancelled"]
    with clinic.scope():
        assert OutboxMessage.objects.count() == 1


def test_cancelling_twice_says_so_and_changes_nothing(clinic, appointment):
    address = f"/appointments/{appointment.pk}/cancel/"
    clinic.client.post(address, headers=HTMX)

    answer = clinic.client.post(address, headers=HTMX)

    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()
    with clinic.scope():
        assert OutboxMessage.objects.count() == 1


def test_a_reason_that_is_too_long_is_kept_and_nothing_is_cancelled(clinic, appointment):
    answer = clinic.client.post(f"/appointments/{appointment.pk}/cancel/", {"reason": "x" * 501}, headers=HTMX)

    assert answer.status_code == 422
    assert "x" * 501 in answer.content.decode()
    assert state(clinic, appointment) == ("booked", 2)


def test_what_is_over_cannot_be_cancelled(clinic):
    past = clinic.book(timezone.now() - timedelta(days=2))

    page = clinic.client.get(f"/appointments/{past.pk}/", headers=HTMX).content.decode()
    answer = clinic.client.post(f"/appointments/{past.pk}/cancel/", headers=HTMX)

    assert "Termin absagen" not in page
    assert (answer.status_code, state(clinic, past)) == (409, ("booked", 1))


def test_cancelling_needs_the_token_of_the_form(clinic, appointment):
    client = clinic.client
    client.handler.enforce_csrf_checks = True

    assert client.post(f"/appointments/{appointment.pk}/cancel/").status_code == 403
    assert state(clinic, appointment) == ("booked", 2)


def test_another_clinics_appointment_is_not_there_and_leaves_no_trail(clinic, appointment):
    stranger = pro.clinic()

    answers = [
        stranger.client.get(f"/appointments/{appointment.pk}/"),
        stranger.client.get(f"/appointments/{appointment.pk}/", headers=HTMX),
        stranger.client.post(f"/appointments/{appointment.pk}/cancel/", headers=HTMX),
        stranger.client.get("/appointments/00000000-0000-4000-8000-000000000000/"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert (trail(clinic), trail(stranger), state(clinic, appointment)) == ([], [], ("booked", 2))


def test_nobody_signed_in_is_sent_to_sign_in_also_from_a_fragment(clinic, appointment):
    client = pro.client_of(None)
    address = f"/appointments/{appointment.pk}/"

    page, fragment = client.get(address), client.get(address, headers=HTMX)

    assert (page.status_code, page["Location"]) == (302, f"/account/sign-in/?next={address}")
    assert (fragment.status_code, fragment["HX-Redirect"]) == (
        401,
        "/account/sign-in/?next=/week/%3Fdate%3D2026-11-23",
    )
    assert client.post(f"{address}cancel/").status_code == 302
    assert state(clinic, appointment) == ("booked", 2)


def test_a_patient_account_is_nobody_at_this_door(clinic, appointment):
    client = pro.client_of(pro.user(UserKind.PATIENT))

    assert client.get(f"/appointments/{appointment.pk}/").status_code == 302


def test_get_does_not_cancel(clinic, appointment):
    assert clinic.client.get(f"/appointments/{appointment.pk}/cancel/").status_code == 405
    assert state(clinic, appointment) == ("booked", 2)


def test_times_are_the_clinics_own():
    lisbon = pro.clinic(time_zone="Europe/Lisbon")
    appointment = lisbon.book(MONDAY)

    page = lisbon.client.get(f"/appointments/{appointment.pk}/", headers=HTMX).content.decode()

    assert '<time datetime="2026-11-23T08:00+00:00">Montag' in page
