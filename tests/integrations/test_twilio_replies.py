"""A text that comes back: what it cancels, what it is answered, and that it counts once."""

from datetime import timedelta
from uuid import UUID
from xml.etree import ElementTree

import pytest
from django.conf import settings as django_settings
from django.test import Client
from twilio.request_validator import RequestValidator

from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from crypto import keyring
from doctolib.audit.models import AuditEvent
from doctolib.hosts import address
from doctolib.outbox.channels import Reference
from doctolib.outbox.models import OutboxMessage
from doctolib.tenancy.scopes import organisation_scope
from integrations.models import TextedNumber
from integrations.twilio import numbers, replies
from integrations.twilio.sending import TwilioSMS
from patients.enums import ConsentSource
from patients.selectors_consents import EVERY, consents_of
from patients.services.consents import set_consents
from tests.appointments.bookings import NINE, NOW, booker, clinic
from tests.integrations.twilio import TOKEN

pytestmark = pytest.mark.django_db
NUMBER = "+4915228817386"  # of whoever books in these tests
HELP_DE = "Unter dieser Nummer liest niemand mit. Termine ansehen, verschieben oder absagen: "
HELP_EN = "Nobody reads this number. See, move or cancel your appointments: "


@pytest.fixture(autouse=True)
def platform():
    keyring.create_keys(keyring.PLATFORM_OWNER)


@pytest.fixture
def place():
    """A clinic that wrote to the number."""
    return wrote(clinic())


def wrote(place):
    numbers.remember(str(place.organisation.pk), NUMBER, now=NOW)
    return place


def text(word: str, *, sid: str = "SM1", number: str = NUMBER, now=NOW) -> str:
    return replies.answer(sid=sid, number=number, text=word, now=now)


def status(place, appointment_id: UUID) -> str:
    with organisation_scope(place.organisation):
        return Appointment.objects.get(pk=appointment_id).status


@pytest.mark.parametrize("word", ["ABSAGE", " absage. ", "Absagen!", "Cancel"])
def test_the_only_coming_appointment_is_cancelled_and_the_clinics_own_message_says_so(place, word):
    appointment_id = place.book(booker())

    assert text(word) == ""

    assert status(place, appointment_id) == AppointmentStatus.CANCELLED
    with organisation_scope(place.organisation):
        done = AuditEvent.objects.filter(action="appointment.cancelled").values_list("actor", "subject")
        assert list(done) == [("sms", f"appointment:{appointment_id}")]
        assert OutboxMessage.objects.filter(kind="appointment.cancelled", about=str(appointment_id)).count() == 1


def test_of_two_appointments_none_is_cancelled_and_the_answer_is_a_link(place):
    both = [place.book(booker(last_name=name), NINE + timedelta(hours=hours)) for name, hours in (("A", 0), ("B", 1))]

    assert text("ABSAGE") == HELP_DE + address("www", "/my/appointments/")
    assert text("CANCEL", sid="SM2") == HELP_EN + address("www", "/my/appointments/")

    assert [status(place, one) for one in both] == [AppointmentStatus.BOOKED] * 2


def test_of_one_appointment_at_each_of_two_clinics_none_is_cancelled(place):
    other = wrote(clinic())
    first, second = place.book(booker()), other.book(booker())

    assert text("ABSAGE").startswith(HELP_DE)

    assert (status(place, first), status(other, second)) == (AppointmentStatus.BOOKED,) * 2


def test_what_the_clinic_no_longer_lets_patients_cancel_stays(place):
    place.change_reason(cancel_until=2 * 24 * 60)
    appointment_id = place.book(booker())

    assert text("ABSAGE").startswith(HELP_DE)

    assert status(place, appointment_id) == AppointmentStatus.BOOKED


@pytest.mark.parametrize("number", ["+4915228817387", "Klinik", "' OR 1=1"])
def test_another_number_cancels_nothing_and_reads_the_same(place, number):
    appointment_id = place.book(booker())

    assert text("ABSAGE", number=number) == HELP_DE + address("www", "/my/appointments/")

    assert status(place, appointment_id) == AppointmentStatus.BOOKED


def test_a_clinic_that_has_not_written_for_30_days_is_not_asked(place):
    TextedNumber.objects.update(sent_at=NOW - timedelta(days=30))
    appointment_id = place.book(booker())

    assert text("ABSAGE").startswith(HELP_DE)

    assert status(place, appointment_id) == AppointmentStatus.BOOKED


def test_what_is_past_or_cancelled_does_not_count(place):
    place.visit(place.record(booker()), NINE + timedelta(hours=3), status="cancelled")
    place.book(booker())
    late = place.book(booker(), NINE + timedelta(hours=1))

    assert text("ABSAGE", now=NINE + timedelta(minutes=10)) == ""

    assert status(place, late) == AppointmentStatus.CANCELLED


def test_the_same_text_told_again_cancels_nothing_more_and_is_not_answered(place):
    place.book(booker())
    assert text("ABSAGE") == ""
    later = place.book(booker(), NINE + timedelta(hours=1))

    assert text("ABSAGE") == ""
    assert status(place, later) == AppointmentStatus.BOOKED

    assert text("ABSAGE", sid="SM2") == ""
    assert status(place, later) == AppointmentStatus.CANCELLED


def test_a_text_that_could_not_be_worked_on_counts_when_it_is_told_again(place, monkeypatch):
    appointment_id = place.book(booker())
    with monkeypatch.context() as patch:
        patch.setattr(replies, "organisations_that_wrote_to", lambda number, now: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            text("ABSAGE")

    assert text("ABSAGE") == ""

    assert status(place, appointment_id) == AppointmentStatus.CANCELLED


def test_anything_else_is_helped_once_a_day(place):
    appointment_id = place.book(booker())
    said = [text("Danke! Absage nicht nötig", sid=f"SM{number}") for number in range(3)]
    said.append(text("Hallo?", sid="SM4", now=NOW + timedelta(days=1)))

    assert [bool(one) for one in said] == [True, False, False, True]
    assert status(place, appointment_id) == AppointmentStatus.BOOKED


def test_a_text_that_left_is_noted_by_a_hash_of_its_number_and_forgotten_after_30_days(twilio):
    owner = str(UUID(int=7))
    for _twice in range(2):
        TwilioSMS().send(NUMBER, "Grüß Gott!", reference=Reference(owner, UUID(int=1), "sms"))
    TwilioSMS().send(NUMBER, "Ihr Code", reference=Reference("platform", UUID(int=2), "sms"))

    [noted] = TextedNumber.objects.all()
    assert noted.organisation_id == UUID(owner)
    assert NUMBER[1:].encode() not in bytes(noted.token)
    assert numbers.organisations_that_wrote_to(NUMBER, now=noted.sent_at) == [UUID(owner)]

    numbers.forget_old(now=noted.sent_at + timedelta(days=29))
    assert TextedNumber.objects.count() == 1
    numbers.forget_old(now=noted.sent_at + timedelta(days=30))
    assert TextedNumber.objects.count() == 0


# At the address -------------------------------------------------------------------------------------------------------


def told(signature: str | None = None, **posted: str):
    """Post a text as Twilio would."""
    path = "/api/twilio/messages/"
    right = RequestValidator(TOKEN).compute_signature(address("www", path), posted)
    headers = {"host": django_settings.WWW_HOST, "x-twilio-signature": right if signature is None else signature}
    client = Client(headers=headers, enforce_csrf_checks=True, **{"wsgi.url_scheme": "https"})
    return client.post(path, posted)


def said(response) -> list[str]:
    return [message.text for message in ElementTree.fromstring(response.content)]


def test_the_answer_is_in_twilios_words(twilio):
    response = told(MessageSid="SM1", From=NUMBER, Body="Hallo")

    assert (response.status_code, response["Content-Type"]) == (200, "text/xml")
    assert said(response) == [HELP_DE + address("www", "/my/appointments/")]
    assert said(told(MessageSid="SM1", From=NUMBER, Body="Hallo")) == []


def allowed(place, appointment_id: UUID) -> list[tuple[str, str]]:
    with organisation_scope(place.organisation):
        return sorted(consents_of(Appointment.objects.get(pk=appointment_id).patient_id))


def allow(place, appointment_id: UUID) -> None:
    with organisation_scope(place.organisation):
        patient = Appointment.objects.get(pk=appointment_id).patient
        set_consents(patient=patient, wanted=EVERY, source=ConsentSource.PATIENT, now=NOW)


BY_EMAIL = [("recall", "email"), ("reminder", "email")]


@pytest.mark.parametrize("word", ["STOP", "stopp", " Ende. "])
def test_stop_ends_reminders_by_text_message_wherever_the_number_is_known(place, word):
    other, stranger = wrote(clinic()), clinic()
    booked = [(where, where.book(booker())) for where in (place, other, stranger)]
    for where, appointment_id in booked:
        allow(where, appointment_id)

    assert text(word).startswith("Sie bekommen keine Erinnerungen per SMS mehr.")

    assert [allowed(*each) for each in booked] == [BY_EMAIL, BY_EMAIL, sorted(EVERY)]  # the last never wrote to it
    assert status(place, booked[0][1]) == AppointmentStatus.BOOKED


def test_stop_from_a_number_that_nobody_knows_reads_the_same(place):
    assert text("STOP", number="+4915228817387") == text("STOP", sid="SM2")


def test_the_end_of_all_texts_is_answered_by_twilio_alone_and_holds_here_too(twilio, place):
    appointment_id = place.book(booker())
    allow(place, appointment_id)

    assert said(told(MessageSid="SM1", From=NUMBER, Body="STOP", OptOutType="STOP")) == []

    assert allowed(place, appointment_id) == BY_EMAIL


@pytest.mark.parametrize("signature", ["", "nonsense", RequestValidator("other").compute_signature("x", {})])
def test_without_twilios_signature_nothing_is_read(twilio, place, signature):
    appointment_id = place.book(booker())

    assert told(signature, MessageSid="SM1", From=NUMBER, Body="ABSAGE").status_code == 403

    assert status(place, appointment_id) == AppointmentStatus.BOOKED


@pytest.mark.parametrize("posted", [{"From": NUMBER, "Body": "ABSAGE"}, {"MessageSid": "SM1", "Body": "ABSAGE"}])
def test_a_text_without_an_id_or_a_number_is_refused(twilio, posted):
    assert told(**posted).status_code == 400
