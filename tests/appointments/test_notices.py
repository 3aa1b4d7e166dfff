"""Notices beside reminders: please check in, and what follows a visit."""

from datetime import UTC, datetime, time, timedelta

import pytest

from appointments.enums import AppointmentStatus
from appointments.models import Appointment, Notice, ReminderSettings
from appointments.services import booking
from appointments.services.notices import queue_notices, set_notices
from appointments.tasks import queue_due_reminders
from doctolib.outbox.enums import Priority
from doctolib.outbox.kinds import kind_of
from doctolib.outbox.segments import segments_of
from doctolib.tenancy.scopes import organisation_scope
from patients.enums import ConsentSource
from patients.services.consents import set_consents
from tests import factories
from tests.appointments.bookings import NOW, clinic
from tests.appointments.reminded import NINE_IN_A_WEEK as VISIT
from tests.appointments.reminded import it_is, queued, visit, written

pytestmark = pytest.mark.django_db
CHECK_IN, FOLLOW_UP = "appointment.check_in", "appointment.follow_up"
HALF_AN_HOUR = VISIT - timedelta(minutes=30)


@pytest.fixture
def place():
    made = clinic(name="Universitätsklinikum Lahnberg", phone="030 23125 000", slug="uniklinikum-lahnberg")
    set_up(made)
    return made


def set_up(place, days=None, **settings):
    wanted = {"check_in_minutes": 30, "desk_de": "Anmeldung, Erdgeschoss links", "desk_en": "Desk", **settings}
    with organisation_scope(place.organisation):
        set_notices(days={place.reason_id: days}, **wanted)


def queue(place, *, now) -> int:
    return queue_notices(place.organisation, now=now)


def due(place, kind):
    return [message.due_at for message in queued(place, kind)]


# Please check in -----------------------------------------------------------------------------------------------------


def test_patients_are_asked_to_check_in_once_so_many_minutes_before(place):
    visit(place)
    early = HALF_AN_HOUR - timedelta(minutes=1)
    assert [queue(place, now=now) for now in (early, HALF_AN_HOUR, HALF_AN_HOUR, VISIT)] == [0, 1, 0, 0]
    assert due(place, CHECK_IN) == [HALF_AN_HOUR]
    kind = kind_of(CHECK_IN)
    assert (kind.again, kind.priority) == (False, Priority.SOON)  # minutes count: not behind thousands of reminders


def test_a_clinic_that_said_nothing_asks_nobody(place):
    set_up(place, check_in_minutes=None)
    visit(place)
    assert queue(place, now=HALF_AN_HOUR) == 0


@pytest.mark.parametrize("state", ["cancelled", "arrived", "done", "no_show"])
def test_only_who_is_expected_is_asked_to_check_in(place, state):
    visit(place, status=state)
    assert queue(place, now=HALF_AN_HOUR) == 0


def test_who_books_within_the_half_hour_knows_already(place):
    visit(place, timed_at=HALF_AN_HOUR + timedelta(minutes=5))
    assert queue(place, now=HALF_AN_HOUR + timedelta(minutes=6)) == 0


def test_without_consent_to_reminders_nobody_is_asked(place):
    made = visit(place, channels=[])
    with organisation_scope(place.organisation):
        factories.consent(made.patient, "recall")  # another purpose
    assert queue(place, now=HALF_AN_HOUR) == 0


def test_quiet_hours_hold_a_check_in_back_and_never_past_the_visit(place):
    with organisation_scope(place.organisation):
        ReminderSettings.objects.create(quiet_from=time(20), quiet_until=time(8, 45))
    visit(place)  # at 9:00, due at 8:30
    visit(place, VISIT - timedelta(minutes=20))  # at 8:40
    assert queue(place, now=HALF_AN_HOUR) == 1
    assert due(place, CHECK_IN) == [VISIT - timedelta(minutes=15)]


def test_in_the_night_of_the_clock_change_minutes_are_minutes_that_pass(place):
    starts_at = datetime(2027, 3, 28, 1, 15, tzinfo=UTC)  # 3:15 in Berlin; half an hour before it is 1:45
    with organisation_scope(place.organisation):
        ReminderSettings.objects.create(quiet_from=time(0), quiet_until=time(0))
    visit(place, starts_at)
    moment = starts_at - timedelta(minutes=30)
    assert [queue(place, now=moment - timedelta(minutes=1)), queue(place, now=moment)] == [0, 1]


def test_the_sms_says_when_and_where_to_report_and_no_mail_comes_beside_it(place, monkeypatch):
    visit(place)
    visit(place, VISIT + timedelta(minutes=20), channels=["email"])
    visit(place, VISIT + timedelta(minutes=40), record={"contact": {"email": "a@example.org"}})  # no number
    visit(place, VISIT + timedelta(minutes=60), record={"language": "en"})
    now = VISIT - timedelta(minutes=1)
    for minutes in (0, 20, 40, 60):
        queue(place, now=HALF_AN_HOUR + timedelta(minutes=minutes))
    it_is(monkeypatch, now)
    found = [written(place, message) for message in queued(place, CHECK_IN)]

    assert [[part.channel for part in parts] for parts in found] == [["sms"], ["email"], ["email"], ["sms"]]
    assert found[0][0].body == (
        "Universitätsklinikum Lahnberg: Ihr Termin ist um 09:00 Uhr. Bitte melden Sie sich hier:"
        " Anmeldung, Erdgeschoss links"
    )
    assert found[3][0].body == ("Universitätsklinikum Lahnberg: Your appointment is at 10:00. Please report here: Desk")
    assert [segments_of(parts[0].body).count for parts in (found[0], found[3])] == [1, 1]
    mail = found[1][0]
    assert mail.subject == "Bitte melden Sie sich an: Universitätsklinikum Lahnberg"
    for text in (mail.body, mail.html):
        assert "Anmeldung, Erdgeschoss links" in text and "Dienstag, 1. Dezember 2026, 09:20 Uhr" in text
        assert "/uniklinikum-lahnberg/r/n" in text and "Sprechstunde" not in text


def test_nothing_leaves_when_it_is_no_longer_true_or_wanted(place, monkeypatch):
    moved, cancelled, there, unwilling, over = (visit(place, VISIT + timedelta(minutes=20 * at)) for at in range(5))
    now = HALF_AN_HOUR + timedelta(minutes=20)
    for minutes in (0, 20, 40, 60, 80):
        queue(place, now=HALF_AN_HOUR + timedelta(minutes=minutes))
    it_is(monkeypatch, now)
    messages = queued(place, CHECK_IN)
    assert [len(written(place, message)) for message in messages] == [1] * 5

    with organisation_scope(place.organisation, actor="professional:1"):
        booking.move_appointment(appointment=moved, calendar_id=place.calendar_ids[0],
                                 starts_at=VISIT + timedelta(days=7), now=now)  # fmt: skip
        booking.cancel_appointment(appointment=cancelled, now=now)
        Appointment.objects.filter(pk=there.pk).update(status=AppointmentStatus.ARRIVED)
        set_consents(patient=unwilling.patient, wanted=[("recall", "sms")], source=ConsentSource.PATIENT, now=now)
    assert [len(written(place, message)) for message in messages] == [0, 0, 0, 0, 1]
    it_is(monkeypatch, over.starts_at)
    assert written(place, messages[4]) == []


def test_switched_off_after_planning_nothing_leaves(place, monkeypatch):
    visit(place)
    queue(place, now=HALF_AN_HOUR)
    set_up(place, check_in_minutes=None)
    it_is(monkeypatch, HALF_AN_HOUR)
    assert written(place, queued(place, CHECK_IN)[0]) == []


def test_a_patient_without_any_address_in_the_first_row_stops_nobody_else(place, monkeypatch):
    visit(place, record={"contact": {}})
    visit(place, VISIT + timedelta(minutes=20))
    now = HALF_AN_HOUR + timedelta(minutes=20)
    assert queue(place, now=now) == 2
    it_is(monkeypatch, now)
    assert [len(written(place, message)) for message in queued(place, CHECK_IN)] == [0, 1]


# After a visit -------------------------------------------------------------------------------------------------------

TWO_WEEKS_AGO = NOW - timedelta(days=14)


@pytest.fixture
def following(place):
    set_up(place, 14)
    return place


def came(place, starts_at=TWO_WEEKS_AGO, *, channels=("sms",), **fields):
    with organisation_scope(place.organisation):
        patient = fields.pop("patient", None) or factories.patient(**fields.pop("record", {}))
        for channel in channels:
            factories.consent(patient, "recall", channel)
    return place.visit(patient, starts_at, **{"status": "done", **fields})


def test_after_so_many_days_patients_are_written_to_once(following, monkeypatch):
    came(following, channels=["sms", "email"])
    days = [NOW - timedelta(days=1), NOW, NOW, NOW + timedelta(days=1)]
    assert [queue(following, now=now) for now in days] == [0, 1, 0, 0]
    (message,) = queued(following, FOLLOW_UP)
    with organisation_scope(following.organisation):
        assert message.about == str(Notice.objects.get().pk)
    it_is(monkeypatch, NOW)
    found = numbered(following, 35)

    start, _dot, link = found["sms"].body.rpartition(" ")
    assert start == ("Universitätsklinikum: Zu Ihrem Besuch am 9. November 2026: Folgetermin buchen oder abbestellen:")
    assert "/uniklinikum-lahnberg/r/n" in link and segments_of(found["sms"].body).count == 1
    mail = found["email"]
    assert "Sie waren am 9. November 2026 bei Universitätsklinikum Lahnberg." in mail.body
    assert all("Sprechstunde" not in text for text in (mail.subject, mail.body, mail.html, found["sms"].body))
    assert kind_of(FOLLOW_UP).again is False
    longer = numbered(following, 36)["sms"].body  # one letter more in the link: the name gives way
    assert longer.startswith("Universitätsklinik.: Zu Ihrem Besuch am 9. November 2026: Folgetermin buchen oder")
    assert segments_of(longer).count == 1


def numbered(place, number):
    """What leaves for the notice if this is its number: which one it got depends on the tests before."""
    with organisation_scope(place.organisation):
        Notice.objects.update(id=number)
        return {part.channel: part for part in kind_of(FOLLOW_UP).render(str(number), None)}


def test_a_visit_that_nobody_marked_counts_one_that_was_missed_does_not(following):
    came(following, status="booked")
    came(following, TWO_WEEKS_AGO + timedelta(hours=1), status="no_show")
    came(following, TWO_WEEKS_AGO + timedelta(hours=2), status="cancelled")
    came(following, TWO_WEEKS_AGO + timedelta(hours=3), channels=[])  # not allowed
    assert queue(following, now=NOW) == 1


def test_a_reason_that_begins_to_write_does_not_write_about_long_ago(following):
    came(following, TWO_WEEKS_AGO - timedelta(days=3))
    assert queue(following, now=NOW) == 0
    set_up(following, None)
    came(following)
    assert queue(following, now=NOW) == 0


@pytest.mark.parametrize("again", [NOW - timedelta(days=3), NOW + timedelta(days=2)])
def test_who_came_again_or_will_is_not_asked_also_when_they_booked_after_planning(following, monkeypatch, again):
    patient = came(following).patient
    assert queue(following, now=NOW) == 1
    (message,) = queued(following, FOLLOW_UP)
    it_is(monkeypatch, NOW)
    assert written(following, message)
    status = "done" if again < NOW else "booked"
    following.visit(patient, again, status=status)
    assert written(following, message) == []
    other = came(following, TWO_WEEKS_AGO + timedelta(hours=1)).patient
    following.visit(other, again + timedelta(hours=1), status=status)
    assert queue(following, now=NOW) == 0


def test_who_has_the_follow_up_already_is_not_asked(following):
    with organisation_scope(following.organisation):
        stitches = factories.reason(name_de="Fäden ziehen")
    following.change_reason(follow_up=stitches.pk, follow_up_from=1, follow_up_until=30)
    patient = came(following).patient
    following.visit(patient, NOW + timedelta(days=1), reason=stitches)
    assert queue(following, now=NOW) == 0


def test_consent_withdrawn_or_a_visit_marked_as_missed_since_stops_it(following, monkeypatch):
    unwilling, missed = came(following), came(following, TWO_WEEKS_AGO + timedelta(hours=1))
    assert queue(following, now=NOW) == 2
    it_is(monkeypatch, NOW)
    assert [len(written(following, message)) for message in queued(following, FOLLOW_UP)] == [1, 1]
    with organisation_scope(following.organisation):
        set_consents(patient=unwilling.patient, wanted=[], source=ConsentSource.PATIENT, now=NOW)
        Appointment.objects.filter(pk=missed.pk).update(status=AppointmentStatus.NO_SHOW)
    assert [written(following, message) for message in queued(following, FOLLOW_UP)] == [[], []]


def test_at_night_a_follow_up_waits_for_the_morning(following):
    came(following)
    night = NOW.replace(hour=3)  # 4:00 in Berlin
    assert queue(following, now=night) == 1
    assert due(following, FOLLOW_UP) == [NOW.replace(hour=7)]


def test_days_are_the_clinic_s_own_over_the_clock_change(following):
    set_up(following, 1)
    came(following, datetime(2026, 10, 24, 21, 30, tzinfo=UTC))  # 23:30 in Berlin, the night before the change
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert queue(following, now=midnight - timedelta(minutes=1)) == 0
    assert queue(following, now=midnight) == 1


def test_the_task_queues_notices_of_every_clinic(following, monkeypatch):
    came(following)
    it_is(monkeypatch, NOW)
    queue_due_reminders()
    assert len(queued(following, FOLLOW_UP)) == 1
    with organisation_scope(following.organisation):
        assert Notice.objects.count() == 1
