"""Which reminders are queued, and what leaves of them."""

from datetime import UTC, datetime, time, timedelta

import pytest

from appointments.models import Appointment, ReminderRule
from appointments.services import booking, reminders
from appointments.tasks import queue_due_reminders
from crypto import keyring
from doctolib.outbox.claims import claim_due
from doctolib.outbox.dispatching import deliver
from doctolib.outbox.enums import MessageStatus, Priority
from doctolib.outbox.kinds import kind_of
from doctolib.outbox.models import OutboxMessage
from doctolib.outbox.segments import segments_of
from doctolib.tenancy.scopes import organisation_scope
from patients.enums import ConsentSource
from patients.services.consents import set_consents
from tests import factories
from tests.appointments.bookings import NOW, clinic
from tests.appointments.reminded import NINE_IN_A_WEEK as VISIT
from tests.appointments.reminded import it_is, queue, queued, visit, written

pytestmark = pytest.mark.django_db
DAY, TWO_DAYS, WEEK = VISIT - timedelta(days=1), VISIT - timedelta(days=2), VISIT - timedelta(days=7)


@pytest.fixture
def place():
    return clinic(name="Universitätsklinikum Lahnberg", phone="030 23125 000", slug="uniklinikum-lahnberg")


def set_up(place, *rules, **settings):
    with organisation_scope(place.organisation):
        made = [ReminderRule(position=at, amount=a, unit=u, channel=c) for at, (a, u, c) in enumerate(rules)]
        reminders.set_reminders(rules=made, **settings)


def leads(place):
    return [(message.due_at, kind_of(message.kind).priority) for message in queued(place)]


def test_a_clinic_that_said_nothing_reminds_a_week_two_days_and_one_day_before(place):
    visit(place)
    for now in (WEEK, TWO_DAYS, DAY):
        assert queue(place, now=now - timedelta(minutes=1)) == 0
        assert queue(place, now=now) == 1
        assert queue(place, now=now + timedelta(minutes=5)) == 0

    assert leads(place) == [(moment, Priority.BULK) for moment in (WEEK, TWO_DAYS, DAY)]
    assert kind_of("appointment.reminder").again is False


def test_a_clinic_sets_its_own_times_and_may_switch_one_off(place):
    visit(place)
    set_up(place, (3, "days", "email"))
    assert [queue(place, now=now) for now in (WEEK, VISIT - timedelta(days=3))] == [0, 1]
    with organisation_scope(place.organisation):
        reminders.set_reminders(rules=[ReminderRule(position=0, amount=1, unit="days", channel="sms", is_active=False)])
    assert queue(place, now=DAY) == 0


def test_a_late_booking_is_not_reminded_of_what_is_over_already(place):
    visit(place, timed_at=TWO_DAYS + timedelta(hours=1))
    assert [queue(place, now=now) for now in (TWO_DAYS + timedelta(hours=2), DAY)] == [0, 1]


@pytest.mark.parametrize("state", ["cancelled", "arrived", "done", "no_show"])
def test_only_a_coming_booked_appointment_is_reminded_of(place, state):
    visit(place, status=state)
    assert queue(place, now=DAY) == 0


def test_what_is_past_or_was_due_more_than_a_day_ago_is_not_caught_up(place):
    visit(place)
    assert queue(place, now=VISIT) == 0
    set_up(place, (48, "hours", "sms"))
    assert [queue(place, now=TWO_DAYS + timedelta(hours=late)) for late in (24, 23)] == [0, 1]


def test_a_moved_appointment_gets_reminders_of_its_new_time_alone(place, monkeypatch):
    made = visit(place)
    queue(place, now=DAY)
    with organisation_scope(place.organisation, actor="professional:1"):
        booking.move_appointment(appointment=made, calendar_id=place.calendar_ids[0],
                                 starts_at=VISIT + timedelta(days=7), now=DAY)  # fmt: skip
    queue(place, now=DAY + timedelta(days=7))

    it_is(monkeypatch, DAY)
    old, new = queued(place)
    assert written(place, old) == []
    assert "8. Dezember 2026, 09:00 Uhr" in written(place, new)[0].body


def test_a_cancelled_or_begun_appointment_is_not_written_about(place, monkeypatch):
    made = visit(place)
    queue(place, now=DAY)
    (message,) = queued(place)
    it_is(monkeypatch, VISIT)
    assert written(place, message) == []
    it_is(monkeypatch, VISIT - timedelta(minutes=1))
    assert [part.channel for part in written(place, message)] == ["sms"]
    with organisation_scope(place.organisation, actor="professional:1"):
        booking.cancel_appointment(appointment=made, now=DAY)
    assert written(place, message) == []


def test_without_consent_for_the_channel_nothing_is_queued(place):
    visit(place, channels=["email"])
    assert [queue(place, now=now) for now in (WEEK, TWO_DAYS, DAY)] == [1, 0, 0]


def test_consent_withdrawn_between_planning_and_sending_stops_the_message(place, monkeypatch):
    made = visit(place)
    queue(place, now=DAY)
    it_is(monkeypatch, DAY)
    (message,) = queued(place)
    assert written(place, message)
    with organisation_scope(place.organisation):
        left = [("reminder", "email"), ("recall", "sms")]  # another channel, another purpose
        set_consents(patient=made.patient, wanted=left, source=ConsentSource.PATIENT, now=DAY)
    assert written(place, message) == []


def test_a_patient_without_a_number_stops_nobody_else(place, monkeypatch):
    visit(place, record={"contact": {"email": "a@example.org"}}, channels=["sms"])
    visit(place, VISIT + timedelta(minutes=20), channels=["sms"])
    assert queue(place, now=DAY + timedelta(minutes=20)) == 2
    it_is(monkeypatch, DAY + timedelta(minutes=20))
    assert [[part.to for part in written(place, each)] for each in queued(place)] == [[], ["+4915112345678"]]


def test_quiet_hours_let_a_reminder_wait_for_the_morning_but_not_past_the_visit(place):
    set_up(place, (12, "hours", "sms"), quiet_from=time(20), quiet_until=time(8))
    visit(place)  # due at 21:00 the evening before
    due = VISIT - timedelta(hours=12)
    assert queue(place, now=due) == 1
    assert [message.due_at for message in queued(place)] == [VISIT - timedelta(hours=1)]  # 8:00
    set_up(place, (12, "hours", "sms"), quiet_from=time(20), quiet_until=time(9))
    visit(place, VISIT - timedelta(minutes=20))  # 8:40
    assert queue(place, now=due) == 0


@pytest.mark.parametrize(
    ("starts_at", "due"),
    [
        (datetime(2026, 3, 30, 8, tzinfo=UTC), datetime(2026, 3, 23, 9, tzinfo=UTC)),  # 10:00 local both times
        (datetime(2026, 10, 26, 9, tzinfo=UTC), datetime(2026, 10, 19, 8, tzinfo=UTC)),
    ],
)
def test_a_reminder_days_before_keeps_the_local_time_over_a_clock_change(place, starts_at, due):
    visit(place, starts_at, timed_at=due - timedelta(days=30))
    assert [queue(place, now=due - timedelta(minutes=1)), queue(place, now=due)] == [0, 1]


# Words ---------------------------------------------------------------------------------------------------------------


def body(place, monkeypatch, now=DAY, **fields):
    visit(place, **fields)
    queue(place, now=now)
    it_is(monkeypatch, now)
    (part,) = written(place, queued(place)[-1])
    return part


def test_the_sms_says_where_and_when_and_nothing_of_what_for(place, monkeypatch):
    set_up(place, (24, "hours", "sms"), may_cancel=True)
    part = body(place, monkeypatch)
    start, _dot, link = part.body.rpartition(" ")
    assert start == ("Universitätsklinikum Lahnberg: Termin am Dienstag, 1. Dezember 2026, 09:00 Uhr. Absagen:")
    assert "/uniklinikum-lahnberg/r/c" in link


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("may_cancel", [True, False])
def test_every_reminder_sms_is_one_part_of_gsm_7_also_with_a_long_name(monkeypatch, language, may_cancel):
    place = clinic(name="Medizinisches Versorgungszentrum am Klinikum Lahnberg", slug="mvz-uniklinikum-lahnberg")
    set_up(place, (24, "hours", "sms"), may_cancel=may_cancel)
    text = body(place, monkeypatch, record={"language": language}).body
    assert (segments_of(text).is_gsm7, segments_of(text).count) == (True, 1), text
    assert "09:00" in text and "/mvz-uniklinikum-lahnberg/r/" in text


def test_the_mail_names_instructions_only_where_the_clinic_allows(place, monkeypatch):
    place.change_reason(instructions_de="Bitte nüchtern kommen.")
    for allowed in (False, True):
        set_up(place, (7, "days", "email"), names_instructions=allowed)
        part = body(place, monkeypatch, now=WEEK, starts_at=VISIT + timedelta(minutes=20 * allowed))
        for text in (part.body, part.html):
            assert ("Bitte nüchtern kommen." in text) is allowed
            assert "Dienstag, 1. Dezember 2026, 09:" in text and "Musterstraße 1, 10115 Berlin" in text
            assert "Sprechstunde" not in text and "Lüdenscheidt" not in text


# The task ------------------------------------------------------------------------------------------------------------


def test_an_organisation_in_trouble_does_not_stop_the_next_one(monkeypatch):
    places = [clinic(), clinic(), clinic(database="dedicated")]
    for place in places:
        visit(place)
    type(places[0].organisation).objects.filter(pk=min(place.organisation.pk for place in places)).update(
        time_zone="Mars/Phobos"
    )
    it_is(monkeypatch, DAY)

    queue_due_reminders()

    counts = {place.organisation.pk: len(queued(place)) for place in places}
    assert [counts[pk] for pk in sorted(counts)] == [0, 1, 1]


def test_a_reminder_leaves_through_the_outbox_and_one_that_is_no_longer_wanted_is_dropped(place, monkeypatch, settings):
    keyring.create_keys(keyring.PLATFORM_OWNER)
    settings.SMS_BACKEND = "doctolib.outbox.channels.PhoneSMS"
    settings.PHONE_PAGE = True
    kept, stopped = visit(place, channels=["sms"]), visit(place, VISIT + timedelta(minutes=20), channels=["sms"])
    now = DAY + timedelta(minutes=20)
    assert queue(place, now=now) == 2
    with organisation_scope(place.organisation):
        set_consents(patient=stopped.patient, wanted=[], source=ConsentSource.STAFF, now=now)
    it_is(monkeypatch, now)

    for claim in claim_due("pool", now=now):
        deliver(claim, clock=lambda: now)

    with organisation_scope(place.organisation):
        found = OutboxMessage.objects.filter(kind="appointment.reminder").order_by("due_at")
        assert list(found.values_list("status", flat=True)) == [MessageStatus.SENT, MessageStatus.DROPPED]
        assert Appointment.objects.get(pk=kept.pk).reminders.count() == 1


# Recalls -------------------------------------------------------------------------------------------------------------

YEAR_AGO = NOW - timedelta(days=366)


@pytest.fixture
def recalling(place):
    place.change_reason(recall_after=12)
    return place


def came(place, starts_at=YEAR_AGO, *, channels=("sms",), **fields):
    with organisation_scope(place.organisation):
        patient = fields.pop("patient", None) or factories.patient()
        for channel in channels:
            factories.consent(patient, "recall", channel)
    return place.visit(patient, starts_at, **{"status": "done", **fields})


def recall(place, now=NOW) -> int:
    return reminders.queue_recalls(place.organisation, now=now)


def test_who_came_a_year_ago_is_asked_once_to_come_again(recalling, monkeypatch):
    came(recalling, channels=["sms", "email"])
    assert [recall(recalling), recall(recalling), recall(recalling, NOW + timedelta(days=40))] == [1, 0, 0]

    it_is(monkeypatch, NOW)
    (message,) = queued(recalling, "appointment.recall")
    found = {part.channel: part for part in written(recalling, message)}
    assert found["sms"].body.startswith(
        "Universitätsklinikum Lahnberg: Es ist Zeit für Ihren nächsten Termin. Buchen oder abbestellen: "
    )
    assert segments_of(found["sms"].body).count == 1
    assert "/uniklinikum-lahnberg/" in found["email"].body
    assert all("Sprechstunde" not in part.body + part.html for part in found.values())


@pytest.mark.parametrize("fields", [{"status": "no_show"}, {"status": "cancelled"}, {"channels": []}])
def test_who_did_not_come_or_did_not_allow_it_is_not_asked(recalling, fields):
    came(recalling, **fields)
    assert recall(recalling) == 0


def test_too_early_too_late_and_reasons_without_recall_ask_nobody(recalling):
    came(recalling, NOW - timedelta(days=360))
    came(recalling, YEAR_AGO - timedelta(days=91))
    assert recall(recalling) == 0
    came(recalling)
    recalling.change_reason(recall_after=None)
    assert recall(recalling) == 0


@pytest.mark.parametrize("again", [NOW - timedelta(days=30), NOW + timedelta(days=1, hours=2)])
def test_who_came_again_or_will_is_not_asked_also_not_when_they_booked_after_planning(recalling, monkeypatch, again):
    patient = came(recalling).patient
    assert recall(recalling) == 1
    it_is(monkeypatch, NOW)
    (message,) = queued(recalling, "appointment.recall")
    assert written(recalling, message)
    status = "done" if again < NOW else "booked"
    recalling.visit(patient, again, status=status)
    assert written(recalling, message) == []

    other = came(recalling, YEAR_AGO + timedelta(hours=1)).patient
    recalling.visit(other, again + timedelta(hours=1), status=status)
    assert recall(recalling) == 0


def test_a_recall_at_night_waits_and_withdrawn_consent_stops_it(recalling, monkeypatch):
    made = came(recalling)
    night = NOW.replace(hour=22)
    assert recall(recalling, night) == 1
    (message,) = queued(recalling, "appointment.recall")
    assert message.due_at == (night + timedelta(days=1)).replace(hour=7)
    with organisation_scope(recalling.organisation):
        set_consents(patient=made.patient, wanted=[("reminder", "sms")], source=ConsentSource.PATIENT, now=night)
    it_is(monkeypatch, night)
    assert written(recalling, message) == []
