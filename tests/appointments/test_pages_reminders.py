"""Patients' pages of reminders: consent at a clinic and with a booking; the links of messages, without signing in."""

from datetime import timedelta

import pytest

from accounts.services.persons import add_relative, link_clinic
from appointments.message_links import Purpose, link_of_token, link_token
from appointments.models import Appointment, Notice, Recall, ReminderSettings
from appointments.services import booking
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope
from patients.models import Patient, PatientConsent
from patients.selectors_consents import consents_of
from tests import factories
from tests.appointments.pages import (
    NOW,
    TOMORROW_AT_NINE,
    ada,
    at_nine,
    booked,
    clinic,
    queries,
    signed_in,
    text,
    title,
    visitor,
    wait,
)

__all__ = ["ada", "at_nine", "clinic"]
LAST_DAY = TOMORROW_AT_NINE.date()


def consents(clinic, patient_id) -> set[tuple[str, str]]:
    with organisation_scope(clinic.organisation):
        return {tuple(consent) for consent in consents_of(patient_id)}


def fields(who, **chosen) -> dict:
    return {f"{who.person_id.hex}-{purpose}": channels for purpose, channels in chosen.items()}


# Consent, signed in --------------------------------------------------------------------------------------------------


def test_a_patient_allows_reminders_at_a_clinic_and_takes_it_back(clinic, ada):
    patient = booked(clinic, ada).patient
    url = clinic.url("reminders/")
    assert f'href="{url}"' in ada.get("/my/appointments/").content.decode()
    assert 'type="checkbox"' in ada.get(url).content.decode() and " checked" not in ada.get(url).content.decode()

    answer = ada.post(url, fields(ada, reminder=["sms", "email"], recall=["email"]))
    assert (answer.status_code, answer["Location"]) == (303, url)
    assert consents(clinic, patient.pk) == {("reminder", "sms"), ("reminder", "email"), ("recall", "email")}
    assert ada.get(url).content.decode().count(" checked") == 3

    ada.post(url, fields(ada, reminder=["email"]))
    assert consents(clinic, patient.pk) == {("reminder", "email")}
    with organisation_scope(clinic.organisation):
        rows = PatientConsent.objects.order_by("pk").values_list("channel", "source", "given_at", "withdrawn_at")
        assert set(rows) == {
            ("email", "patient", NOW, None), ("sms", "patient", NOW, NOW), ("email", "patient", NOW, NOW),
        }  # fmt: skip


def test_what_the_clinic_wrote_down_before_the_account_is_shown_and_can_be_withdrawn(clinic, ada):
    patient = booked(clinic, ada).patient
    with organisation_scope(clinic.organisation):
        Patient.objects.filter(pk=patient.pk).update(person_id=None)
        factories.consent(patient, source="staff")
        Patient.objects.filter(pk=patient.pk).update(person_id=ada.person_id)
    assert ada.get(clinic.url("reminders/")).content.decode().count(" checked") == 1
    ada.post(clinic.url("reminders/"), {})
    assert consents(clinic, patient.pk) == set()


def test_each_person_of_an_account_has_choices_of_their_own_and_strangers_have_none(clinic, ada):
    patient = booked(clinic, ada).patient
    ben = add_relative(ada.user.pk, first_name="Ben", last_name="Byron", birth_date=NOW.date(), sex="male")
    link_clinic(ada.user.pk, ben, clinic.organisation.pk)
    with organisation_scope(clinic.organisation):
        his = factories.patient(person_id=ben)
    stranger = signed_in("grace@example.org", last_name="Hopper")

    ada.post(clinic.url("reminders/"), {f"{ben.hex}-reminder": ["sms"]})
    assert (consents(clinic, patient.pk), consents(clinic, his.pk)) == (set(), {("reminder", "sms")})
    assert stranger.get(clinic.url("reminders/")).status_code == 404
    assert stranger.post(clinic.url("reminders/"), {f"{ben.hex}-reminder": []}).status_code == 404
    assert consents(clinic, his.pk) == {("reminder", "sms")}
    assert "/account/sign-in/" in visitor().get(clinic.url("reminders/"))["Location"]


def test_a_channel_that_does_not_exist_is_refused(clinic, ada):
    patient = booked(clinic, ada).patient
    assert ada.post(clinic.url("reminders/"), fields(ada, reminder=["pigeon"])).status_code == 422
    assert consents(clinic, patient.pk) == set()


# Consent with a booking ----------------------------------------------------------------------------------------------


def on_the_check_page(clinic, ada) -> str:
    ada.post(clinic.url("book/hold/"), clinic.chosen())
    return clinic.url("book/check/")


def record(clinic, ada):
    with organisation_scope(clinic.organisation):
        return Patient.objects.get(person_id=ada.person_id).pk


def test_the_last_page_of_a_booking_asks_for_reminders_and_ticks_nothing(clinic, ada):
    check = on_the_check_page(clinic, ada)
    shown = ada.get(check)
    assert "Möchten Sie erinnert werden?" in text(shown)
    assert 'name="remind"' in shown.content.decode() and " checked" not in shown.content.decode()

    ada.post(check, {"insurance": "statutory", "remind": ["sms"]})

    assert consents(clinic, record(clinic, ada)) == {("reminder", "sms")}


def test_booking_without_a_tick_allows_nothing_and_what_is_allowed_is_not_asked_again(clinic, ada):
    ada.post(on_the_check_page(clinic, ada), {"insurance": "statutory"})
    assert consents(clinic, record(clinic, ada)) == set()
    with organisation_scope(clinic.organisation):
        patient = Patient.objects.get()
        for channel in ("sms", "email"):
            factories.consent(patient, channel=channel)
    ada.post(clinic.url("book/hold/"), clinic.chosen(TOMORROW_AT_NINE + timedelta(hours=1)))
    assert 'name="remind"' not in ada.get(clinic.url("book/check/")).content.decode()


# Links of messages ---------------------------------------------------------------------------------------------------


@pytest.fixture
def appointment(clinic, ada) -> Appointment:
    made = booked(clinic, ada)
    with organisation_scope(clinic.organisation):
        ReminderSettings.objects.create(may_cancel=True)
        for purpose, channel in (("reminder", "sms"), ("reminder", "email"), ("recall", "sms")):
            factories.consent(made.patient, purpose, channel)
    return made


def link(clinic, appointment, purpose=Purpose.CANCEL, last_day=LAST_DAY) -> str:
    with organisation_scope(clinic.organisation):
        if purpose == Purpose.RECALL:
            row, _created = Recall.objects.get_or_create(visit=appointment, defaults={"queued_at": NOW})
        else:
            row = appointment.reminders.first() or factories.reminder(appointment)
    return clinic.url(f"r/{link_token(clinic.organisation.pk, purpose, row.pk, last_day=last_day)}/")


def status(clinic, appointment) -> str:
    with organisation_scope(clinic.organisation):
        return Appointment.objects.get(pk=appointment.pk).status


def test_the_link_shows_what_the_message_said_and_looking_changes_nothing(clinic, appointment):
    url = link(clinic, appointment)
    answer = visitor().get(url)
    assert "Dienstag, 24. November 2026, 09:00 Uhr" in text(answer)
    shown = answer.content.decode()
    assert [word for word in ("Erstgespräch", "Herzambulanz", "Ada", "Lüdenscheidt", "Kaya") if word in shown] == []
    assert status(clinic, appointment) == "booked"


def test_the_link_cancels_once_and_then_says_so(clinic, appointment):
    url = link(clinic, appointment)
    assert [visitor().post(url).status_code for _ in range(2)] == [303, 200]
    assert status(clinic, appointment) == "cancelled"
    assert title(visitor().get(url)).startswith("Dieser Termin ist abgesagt")
    with organisation_scope(clinic.organisation):
        assert OutboxMessage.objects.filter(kind="appointment.cancelled").count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"may_cancel": False}, "können Sie nicht über einen Link absagen"),
        ({"cancel_until": 24 * 60 + 1}, "nur bis"),
        ({"moved": True}, "hat inzwischen eine neue Zeit"),
        ({"status": "arrived"}, "hat begonnen oder ist vorbei"),
    ],
)
def test_what_cannot_be_cancelled_any_more_is_said_in_words_and_stays(clinic, appointment, change, said):
    url = link(clinic, appointment)
    with organisation_scope(clinic.organisation, actor="professional:1"):
        if "may_cancel" in change:
            ReminderSettings.objects.update(may_cancel=False)
        if "cancel_until" in change:
            type(clinic.reason).objects.update(cancel_until=change["cancel_until"])
        if "status" in change:
            Appointment.objects.update(status=change["status"])
        if "moved" in change:
            booking.move_appointment(appointment=appointment, calendar_id=clinic.calendar.pk,
                                     starts_at=TOMORROW_AT_NINE + timedelta(days=1), now=NOW)  # fmt: skip
    before = status(clinic, appointment)

    for answer in (visitor().get(url), visitor().post(url)):
        assert (
            said in text(answer)
            and "<button" not in answer.content.decode().partition("<main")[2].partition("</main>")[0]
        )
    assert status(clinic, appointment) == before


def test_when_the_visit_has_begun_or_the_day_is_over_the_link_is_too_old(clinic, appointment, monkeypatch):
    url = link(clinic, appointment)
    wait(monkeypatch, 24 * 60)
    assert "hat begonnen oder ist vorbei" in text(visitor().get(url))
    wait(monkeypatch, 24 * 60)
    assert title(visitor().get(url)).startswith("Dieser Link ist zu alt")
    visitor().post(url)
    assert status(clinic, appointment) == "booked"


def test_a_wrong_link_is_not_found_and_is_told_so_in_words(clinic, appointment):
    token = link(clinic, appointment).split("/")[-2]
    other = clinic.organisation.__class__(pk=appointment.pk)
    forged = [
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        "s" + token[1:],  # another purpose
        link_token(other.pk, Purpose.CANCEL, 1, last_day=LAST_DAY),  # another clinic's
        token.rpartition(".")[0],
        "x",
    ]
    for wrong in forged:
        answer = visitor().post(clinic.url(f"r/{wrong}/"))
        assert (answer.status_code, title(answer)[:4]) == (404, "Dies")
        assert "ist nicht vollständig" in text(answer)
    assert status(clinic, appointment) == "booked"


def test_the_link_of_a_visit_that_is_deleted_no_longer_works(clinic):
    token = link_token(clinic.organisation.pk, Purpose.CANCEL, 999, last_day=LAST_DAY)
    assert title(visitor().get(clinic.url(f"r/{token}/"))).startswith("Dieser Link ist zu alt")


@pytest.mark.parametrize(
    ("purpose", "left"),
    [
        (Purpose.STOP_REMINDERS, {("recall", "sms")}),
        (Purpose.RECALL, {("reminder", "sms"), ("reminder", "email")}),
    ],
)
def test_the_link_stops_reminders_or_recalls_and_leaves_the_other(clinic, appointment, purpose, left):
    url = link(clinic, appointment, purpose)
    everything = {("recall", "sms"), ("reminder", "sms"), ("reminder", "email")}
    visitor().get(url)
    assert consents(clinic, appointment.patient_id) == everything

    assert [visitor().post(url).status_code for _ in range(2)] == [303, 303]

    assert consents(clinic, appointment.patient_id) == left
    assert title(visitor().get(url)).startswith("Abbestellt")
    assert status(clinic, appointment) == "booked"


def test_the_link_of_a_recall_leads_to_a_booking(clinic, appointment):
    shown = visitor().get(link(clinic, appointment, Purpose.RECALL))
    assert f'href="{clinic.url()}"' in shown.content.decode()
    assert "Erstgespräch" not in text(shown)


@pytest.mark.parametrize(
    ("kind", "left", "said"),
    [
        ("check_in", {("recall", "sms"), ("recall", "email")}, "Erinnerungen abbestellen?"),
        ("follow_up", {("reminder", "sms"), ("reminder", "email")}, "Brauchen Sie einen Folgetermin"),
    ],
)
def test_the_link_of_a_notice_stops_what_it_was_allowed_as(clinic, appointment, kind, left, said):
    patient = appointment.patient
    with organisation_scope(clinic.organisation):
        given = consents_of(patient.pk)
        for purpose in ("reminder", "recall"):
            for channel in ("sms", "email"):
                if (purpose, channel) not in given:
                    factories.consent(patient, purpose, channel)
        row = Notice.objects.create(kind=kind, appointment=appointment, starts_at=appointment.starts_at, queued_at=NOW)
    url = clinic.url(f"r/{link_token(clinic.organisation.pk, Purpose.NOTICE, row.pk, last_day=LAST_DAY)}/")
    shown = visitor().get(url)
    assert said in text(shown) and len(consents(clinic, patient.pk)) == 4
    assert (f'href="/{clinic.slug}/"' in shown.content.decode().partition("<main")[2]) is (kind == "follow_up")
    assert visitor().post(url)["Location"] == url
    assert consents(clinic, patient.pk) == left


def test_a_token_says_what_it_is_for_and_is_short(clinic, settings):
    token = link_token(clinic.organisation.pk, Purpose.STOP_REMINDERS, 10**9, last_day=LAST_DAY)
    found = link_of_token(clinic.organisation.pk, token)
    assert (found.purpose, found.row_id, found.last_day, len(token) <= 24) == ("s", 10**9, LAST_DAY, True)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert link_of_token(clinic.organisation.pk, token) == found


def test_my_reminders_cost_the_same_for_one_consent_and_many(clinic, ada, appointment):
    many = queries(lambda: ada.get(clinic.url("reminders/")))
    with organisation_scope(clinic.organisation):
        PatientConsent.objects.all().delete()
    assert queries(lambda: ada.get(clinic.url("reminders/"))) == many
