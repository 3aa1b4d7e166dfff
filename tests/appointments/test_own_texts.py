"""Messages in a clinic's own words: what leaves, and what leaves when they cannot be used."""

import logging
from datetime import timedelta

import pytest

from accounts.models import Specialty, Unit
from appointments import message_values
from appointments.models import MessageSettings, MessageText, ReminderSettings, VisitReason
from appointments.services.texts import back_to_standard, let_texts_name_visit, save_text
from appointments.text_kinds import KINDS
from appointments.writing import one_part, start_of
from doctolib.audit.models import AuditEvent
from doctolib.audit.recording import read_details
from doctolib.outbox.kinds import kind_of
from doctolib.outbox.segments import segments_of
from doctolib.tenancy.scopes import organisation_scope
from patients.enums import Channel
from tests import factories
from tests.appointments.bookings import NINE, NOW, booker, clinic
from tests.appointments.reminded import it_is

pytestmark = pytest.mark.django_db
CONFIRMED = KINDS["appointment.confirmed"]


@pytest.fixture
def place():
    return clinic(name="Klinikum Lahnberg", phone="030 23125 000", slug="lahnberg")


def own(place, body, *, kind="appointment.confirmed", channel=Channel.SMS, language="de", subject="") -> None:
    with organisation_scope(place.organisation):
        save_text(kind=KINDS[kind], channel=channel, language=language, subject=subject, body=body)


def sent(place, appointment_id, kind="appointment.confirmed") -> dict:
    with organisation_scope(place.organisation):
        return {part.channel: part for part in kind_of(kind).render(str(appointment_id), None)}


def test_the_clinic_s_own_words_leave_by_their_way_alone(place):
    own(place, "Bis bald: {Datum}, {Uhrzeit}")
    made = place.book(booker())
    found = sent(place, made)
    assert found["sms"].body == "Bis bald: Dienstag, 24. November 2026, 09:00 Uhr"
    assert found["email"].subject == "Ihr Termin ist gebucht: Klinikum Lahnberg"
    assert "Sie müssen jetzt nichts weiter tun" in found["email"].body


def test_an_own_mail_keeps_its_calendar_object(place):
    own(place, "Guten Tag,\n\n{Datum}, {Uhrzeit}\n\n{Link}", channel=Channel.EMAIL, subject="Termin am {Datum}")
    made = place.book(booker())
    mail = sent(place, made)["email"]
    assert mail.subject == "Termin am Dienstag, 24. November 2026"
    link = f"http://localhost:8000/lahnberg/appointments/{made}/"
    assert mail.body == f"Guten Tag,\n\nDienstag, 24. November 2026, 09:00 Uhr\n\n{link}\n"
    assert f'href="{link}"' in mail.html
    assert b"METHOD:REQUEST" in mail.calendar


def test_the_patient_s_language_decides(place):
    own(place, "Bis bald: {Datum}, {Uhrzeit}")
    own(place, "See you: {date}, {time}", language="en")
    english, german = place.book(booker(language="en")), place.book(booker(), NINE + timedelta(hours=1))
    assert sent(place, english)["sms"].body == "See you: Tuesday 24 November 2026, 09:00"
    assert sent(place, german)["sms"].body == "Bis bald: Dienstag, 24. November 2026, 10:00 Uhr"


def test_a_clinic_s_text_is_no_other_clinic_s(place):
    own(place, "Bis bald: {Datum}, {Uhrzeit}")
    other = clinic(name="Praxis Süd")
    assert sent(other, other.book(booker()))["sms"].body.startswith("Praxis Süd: Ihr Termin ist gebucht")


@pytest.mark.parametrize(
    "body", ["Termin {Datm} um {Uhrzeit}", "Termin {Datum um {Uhrzeit}", "Termin", "{Grund} {Datum} {Uhrzeit}"]
)
def test_a_text_that_cannot_be_sent_stops_nothing_the_standard_leaves_and_the_log_says_so(place, caplog, body):
    with organisation_scope(place.organisation):  # past the form: of another release, or the switch was turned off
        MessageText.objects.create(kind="appointment.confirmed", channel="sms", language="de", body=body)
    own(place, "Hallo\n\n{Datum}, {Uhrzeit}", channel=Channel.EMAIL, subject="Termin")
    made = place.book(booker())

    with caplog.at_level(logging.WARNING, logger="appointments.writing"):
        found = sent(place, made)

    assert found["sms"].body.startswith("Klinikum Lahnberg: Ihr Termin ist gebucht")
    assert found["email"].subject == "Termin"
    assert [record.getMessage() for record in caplog.records] == [
        f"standard text instead of the clinic's: organisation={place.organisation.pk} kind=appointment.confirmed"
        " channel=sms language=de problem=Unusable"
    ]


def test_reason_and_specialty_leave_only_while_the_clinic_allows(place):
    with organisation_scope(place.organisation):
        Unit.objects.update(specialty=Specialty.objects.get(name_de="Kardiologie").code)
        MessageText.objects.create(
            kind="appointment.confirmed", channel="sms", language="de",
            body="{Grund}, {Fachgebiet}: {Datum}, {Uhrzeit}",
        )  # fmt: skip
    made = place.book(booker())
    bodies = []
    for allowed in (False, True, False):
        with organisation_scope(place.organisation):
            let_texts_name_visit(allowed)
        bodies.append(sent(place, made)["sms"].body)
    assert bodies[1] == "Sprechstunde, Kardiologie: Dienstag, 24. November 2026, 09:00 Uhr"
    assert [("Sprechstunde" in body, "Kardiologie" in body) for body in (bodies[0], bodies[2])] == [(False, False)] * 2


def test_the_standard_again_is_no_text_of_ones_own(place):
    start = start_of(CONFIRMED, Channel.SMS, "de")
    own(place, start.body)
    with organisation_scope(place.organisation):
        assert MessageText.objects.count() == 0
    own(place, "Bis bald: {Datum}, {Uhrzeit}")
    own(place, start.body)
    with organisation_scope(place.organisation):
        assert MessageText.objects.count() == 0


def test_every_change_is_in_the_trail_with_the_words_before_and_after(place):
    first, second = "Bis bald: {Datum}, {Uhrzeit}", "Bis dann: {Datum}, {Uhrzeit}"
    for body in (first, first, second):
        own(place, body)
    with organisation_scope(place.organisation):
        back_to_standard(kind=CONFIRMED, channel=Channel.SMS, language="de")
        back_to_standard(kind=CONFIRMED, channel=Channel.SMS, language="de")
        let_texts_name_visit(True)
        let_texts_name_visit(True)
        assert MessageSettings.objects.count() == 1
        found = AuditEvent.objects.exclude(details=None).filter(action__startswith="text").order_by("at")
        which = {"kind": "appointment.confirmed", "channel": "sms", "language": "de"}
        assert [(event.action, read_details(event)) for event in found] == [
            ("text.changed", {**which, "before": None, "after": ["", first]}),
            ("text.changed", {**which, "before": ["", first], "after": ["", second]}),
            ("text.back_to_standard", {**which, "before": ["", second], "after": None}),
        ]
        assert AuditEvent.objects.filter(action="texts.may_name_visit").count() == 1


def test_the_confirmation_s_mail_names_instructions_only_where_the_clinic_allows(place):
    place.change_reason(instructions_de="Bitte nüchtern kommen.")
    made = place.book(booker())
    for allowed in (False, True):
        with organisation_scope(place.organisation):
            ReminderSettings.objects.update_or_create(defaults={"names_instructions": allowed})
        found = sent(place, made)
        assert ["Bitte nüchtern kommen." in text for text in (found["email"].body, found["email"].html)] == [
            allowed
        ] * 2
        assert "nüchtern" not in found["sms"].body


# The offer of the waiting list: one part ------------------------------------------------------------------------------

OFFERED = KINDS["waiting.offered"]


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Klinikum Lahnberg", "klinikum-lahnberg"),
        ("Universitätsklinikum Lahnberg", "uniklinikum-lahnberg"),
        ("Medizinisches Versorgungszentrum am Klinikum Lahnberg", "mvz-lahnberg"),
    ],
)
def test_an_offer_is_one_part_of_gsm_7(monkeypatch, language, name, slug):
    monkeypatch.setattr(message_values, "address", lambda door, path: f"https://www.doctolib.example{path}")
    place = clinic(name=name, slug=slug)
    it_is(monkeypatch, NOW)
    with organisation_scope(place.organisation):
        record = factories.patient(language=language)
        reason = VisitReason.objects.get(pk=place.reason_id)
        entry = factories.waiting(record, reason)
        calendar = reason.offers.get().calendar
        # The longest month.
        expires_at = NOW.replace(year=2027, month=9, day=24)
        offer = factories.offer_of(entry, calendar, NINE, expires_at=expires_at)
    body = sent(place, offer.pk, "waiting.offered")["sms"].body
    assert (segments_of(body).is_gsm7, segments_of(body).count) == (True, 1), body
    deadline = {"de": "24. September, 11:00 Uhr", "en": "24 September, 11:00"}[language]
    assert deadline in body and f"://www.doctolib.example/{slug}/o/" in body


def test_a_name_is_cut_at_a_word_or_with_a_full_stop():
    name = "Universitätsklinikum Lahnberg"
    cuts = [one_part(f"{name}: " + "x" * more, name).partition(":")[0] for more in (129, 130, 138, 139, 145, 146, 147)]
    whole, short = name, "Universitätsklinikum"
    assert cuts == [whole, short, short, "Universitätsklinik.", "Universitäts.", "Universität.", whole]


def test_a_name_that_cannot_make_it_one_part_stays_whole():
    text = "Universitätsklinikum Lahnberg: " + "x" * 160
    assert one_part(text, "Universitätsklinikum Lahnberg") == text
    assert one_part("– " + text[:60], "Universitätsklinikum Lahnberg") == "– " + text[:60]
