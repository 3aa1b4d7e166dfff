"""The staff's waiting list: who waits, what can be done, and who may."""

from datetime import timedelta

import pytest

from accounts.enums import UserKind
from appointments.models import Appointment, BookingRules, WaitingEntry, WaitingOffer
from appointments.services import offers
from doctolib.audit.models import AuditEvent
from tests import factories, pro
from tests.appointments.pages import queries, text

pytestmark = pytest.mark.django_db
NOW = pro.MONDAY - timedelta(hours=2)
TEN = pro.MONDAY + timedelta(hours=1)


@pytest.fixture
def clinic(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return pro.clinic()


@pytest.fixture
def entry(clinic) -> WaitingEntry:
    with clinic.scope():
        return factories.waiting(factories.patient(), clinic.reason, joined_at=NOW, from_day=NOW.date())


def the_entry(clinic) -> WaitingEntry:
    with clinic.scope():
        return WaitingEntry.objects.get()


def url(entry, path: str = "") -> str:
    return f"/waiting/{entry.pk}/{path}"


def test_an_empty_list_says_so(clinic):
    assert "Niemand wartet" in text(clinic.client.get("/waiting/"))


def test_the_list_shows_who_waits_for_what_since_when(clinic, entry):
    shown = text(clinic.client.get("/waiting/"))

    for part in ("von Müller-Lüdenscheidt, Änne", "23.11.2026", "jede Zeit", "Erstgespräch 1 Patient"):
        assert part in shown


def test_the_list_takes_the_same_queries_for_one_and_for_many(clinic, entry):
    one = queries(lambda: clinic.client.get("/waiting/"))
    with clinic.scope():
        for number in range(6):
            reason = clinic.reason if number % 2 else factories.reason(calendars=[clinic.calendar])
            other = factories.waiting(factories.patient(), reason, calendar_ids=[clinic.calendar.pk])
            factories.offer_of(other, clinic.calendar, TEN, expires_at=TEN)

    assert queries(lambda: clinic.client.get("/waiting/")) <= one + 3  # offers, held times, absences: once for all
    many = queries(lambda: clinic.client.get("/waiting/"))
    with clinic.scope():
        for _number in range(6):
            other = factories.waiting(factories.patient(), clinic.reason, calendar_ids=[clinic.calendar.pk])
            factories.offer_of(other, clinic.calendar, TEN, expires_at=TEN)
    assert queries(lambda: clinic.client.get("/waiting/")) == many


@pytest.mark.parametrize(
    ("act", "field", "value"),
    [("raise", "priority", 1), ("lower", "priority", -1), ("pause", "status", "paused")],
)
def test_staff_steer(clinic, entry, act, field, value):
    answer = clinic.client.post(url(entry, "act/"), {"act": act})

    assert (answer.status_code, answer["Location"]) == (303, f"/waiting/#entry-{entry.pk}")
    assert getattr(the_entry(clinic), field) == value


def test_an_unknown_act_is_not_found(clinic, entry):
    assert clinic.client.post(url(entry, "act/"), {"act": "delete"}).status_code == 404


def test_a_paused_entry_is_resumed(clinic, entry):
    clinic.client.post(url(entry, "act/"), {"act": "pause"})
    clinic.client.post(url(entry, "act/"), {"act": "resume"})

    assert the_entry(clinic).status == "waiting"


def test_staff_offer_a_time_and_accept_for_who_calls(clinic, entry):
    page = clinic.client.get(url(entry))
    time = f"{clinic.calendar.pk}@{TEN.isoformat()}"
    assert "Jetzt einen Termin anbieten" in text(page)

    clinic.client.post(url(entry, "offer/"), {"time": time})
    with clinic.scope():
        offer = WaitingOffer.objects.get()
    assert "Für den Patienten antworten" in text(clinic.client.get(url(entry)))
    answer = clinic.client.post(url(entry, f"offers/{offer.pk}/"), {"answer": "yes"})

    assert answer["Location"] == f"/appointments/{offer.pk}/"
    with clinic.scope():
        assert Appointment.objects.values_list("starts_at", "origin").get() == (TEN, "staff")


def test_a_time_that_is_taken_is_refused(clinic, entry):
    clinic.book(TEN)

    answer = clinic.client.post(url(entry, "offer/"), {"time": f"{clinic.calendar.pk}@{TEN.isoformat()}"})

    assert answer.status_code == 409
    with clinic.scope():
        assert WaitingOffer.objects.count() == 0


def test_staff_refuse_for_who_calls(clinic, entry):
    with clinic.scope():
        offer = offers.offer_time(
            organisation=clinic.organisation, entry_id=entry.pk, calendar_id=clinic.calendar.pk,
            starts_at=TEN, now=NOW, online=False,
        )  # fmt: skip
    clinic.client.post(url(entry, f"offers/{offer.pk}/"), {"answer": "no"})

    with clinic.scope():
        assert WaitingOffer.objects.get().status == "refused"


def test_an_ended_offer_is_not_accepted(clinic, entry):
    with clinic.scope():
        offer = factories.offer_of(entry, clinic.calendar, TEN, expires_at=NOW)

    assert clinic.client.post(url(entry, f"offers/{offer.pk}/"), {"answer": "yes"}).status_code == 409


def test_staff_remove_with_a_note(clinic, entry):
    assert clinic.client.post(url(entry, "remove/"), {"note": "x" * 501}).status_code == 422
    clinic.client.post(url(entry, "remove/"), {"note": "Doppelt."})

    assert the_entry(clinic).status == "removed"


def test_staff_change_a_wish(clinic, entry):
    assert clinic.client.post(url(entry, "change/"), {"until": "gestern"}).status_code == 422
    clinic.client.post(url(entry, "change/"), {"half_days": ["0"]})

    assert the_entry(clinic).half_days == [0]


def test_the_card_leads_to_the_list_and_staff_add_the_patient(clinic):
    with clinic.scope():
        patient = factories.patient()
        late = factories.appointment(clinic.calendar, clinic.reason, patient, TEN + timedelta(days=1))
    adding = f"/waiting/add/?patient={patient.pk}"
    assert f'href="{adding}"' in clinic.client.get(f"/patients/{patient.pk}/").content.decode()
    assert "Grund" in text(clinic.client.get(adding))
    with_reason = f"{adding}&reason={clinic.reason.pk}"
    assert "Statt eines Termins?" in text(clinic.client.get(with_reason))

    clinic.client.post(with_reason, {"appointment": str(late.pk)})

    entry = the_entry(clinic)
    assert (entry.patient_id, entry.appointment_id) == (patient.pk, late.pk)
    assert "Erstgespräch" in text(clinic.client.get(f"/patients/{patient.pk}/")).partition("Warteliste")[2]


def test_opening_an_entry_is_written_down(clinic, entry):
    clinic.client.get(url(entry))

    with clinic.scope():
        assert AuditEvent.objects.filter(action="waiting.viewed").count() == 1


def test_administrators_say_how_long_a_time_is_kept(clinic):
    colleague = pro.client_of(pro.user(pro.UserKind.PROFESSIONAL, organisation=clinic.organisation))
    assert colleague.get("/waiting/set-up/").status_code == 403

    assert clinic.client.post("/waiting/set-up/", {"minutes": "5"}).status_code == 422
    clinic.client.post("/waiting/set-up/", {"minutes": "45"})

    with clinic.scope():
        assert BookingRules.objects.get().offer_minutes == 45


def test_another_clinic_s_staff_find_nothing(clinic, entry):
    other = pro.clinic()
    with clinic.scope():
        patient = entry.patient_id

    for path in ("", "change/"):
        assert other.client.get(url(entry, path)).status_code == 404
    for path in ("act/", "offer/", "remove/", f"offers/{entry.pk}/"):
        assert other.client.post(url(entry, path), {"act": "pause"}).status_code == 404
    assert other.client.get(f"/waiting/add/?patient={patient}").status_code == 404
    assert "Niemand wartet" in text(other.client.get("/waiting/"))


@pytest.mark.parametrize("path", ["/waiting/", "/waiting/add/", "/waiting/set-up/"])
def test_who_is_not_signed_in_is_asked_to(clinic, path):
    assert pro.client_of(None).get(path).status_code == 302


def test_a_patient_s_account_does_not_pass(clinic):
    assert pro.client_of(pro.user(UserKind.PATIENT)).get("/waiting/").status_code in (302, 403)
