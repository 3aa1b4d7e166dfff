"""Joining, changing, leaving; which time suits whom; what is sent and what is written down."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from appointments.models import WaitingEntry
from appointments.selectors.waiting import Start, Wanted, half_day, offer_end, suits
from appointments.selectors.waiting_pages import half_days_text
from appointments.services import waiting
from appointments.services.refusals import (
    BookingRefused,
    CannotReplace,
    EnoughOfThese,
    MoveTooLate,
    NoAgreement,
    OnlyByPhone,
    OnlyKnown,
    OnlyNew,
    OtherAge,
    OtherInsurance,
)
from doctolib.audit.models import AuditEvent
from doctolib.audit.recording import read_details
from doctolib.outbox.kinds import kind_of
from doctolib.tenancy.scopes import organisation_scope, patient_scope
from patients.models import Patient
from tests import factories
from tests.appointments.bookings import NINE, NOW, clinic
from tests.appointments.waiters import (
    entry,
    freed,
    join,
    later,
    made,
    offer_id,
    someone,
    status,
    sweep,
    wish,
)

BERLIN = ZoneInfo("Europe/Berlin")
CLINIC = UUID(int=1)


@pytest.fixture
def place(db):
    return clinic(name="Universitätsklinikum Lahnberg", phone="030 23125 000", slug="lahnberg")


@pytest.fixture
def ada():
    return someone(1)


def actions(place) -> list[str]:
    with organisation_scope(place.organisation):
        events = AuditEvent.objects.filter(action__startswith="waiting")
        return sorted(events.values_list("action", flat=True))


# Which time suits ------------------------------------------------------------------------------------------

TUESDAY_NINE = datetime(2026, 11, 24, 9, tzinfo=BERLIN)


def wanted(**fields) -> Wanted:
    rules = {"zone": BERLIN, "now": NOW, "minutes": 120, "notice": 60}
    rules |= {name: fields.pop(name) for name in ("before", "offered", "now") if name in fields}
    values = {
        "from_day": date(2026, 11, 23),
        **fields,
    }
    return Wanted(WaitingEntry(organisation_id=CLINIC, **values), **rules)


@pytest.mark.parametrize(
    ("fields", "does"),
    [
        ({}, True),
        ({"calendar_ids": [7, 8]}, True),
        ({"calendar_ids": [8]}, False),
        ({"from_day": date(2026, 11, 24)}, True),
        ({"from_day": date(2026, 11, 25)}, False),
        ({"until_day": date(2026, 11, 24)}, True),
        ({"until_day": date(2026, 11, 23)}, False),
        ({"half_days": [2]}, True),  # Tuesday morning
        ({"half_days": [3]}, False),  # Tuesday afternoon
        ({"half_days": [0, 4]}, False),  # Monday and Wednesday mornings
        ({"before": TUESDAY_NINE + timedelta(minutes=1)}, True),
        ({"before": TUESDAY_NINE}, False),
        ({"offered": frozenset({(7, TUESDAY_NINE)})}, False),
        ({"offered": frozenset({(8, TUESDAY_NINE)})}, True),
        ({"now": TUESDAY_NINE - timedelta(minutes=75)}, True),
        ({"now": TUESDAY_NINE - timedelta(minutes=74)}, False),
    ],
)
def test_a_time_suits_when_each_rule_says_so(fields, does):
    assert suits(wanted(**fields), Start(7, TUESDAY_NINE)) is does


def test_noon_is_afternoon_by_the_clinic_s_clock():
    noon = datetime(2026, 11, 24, 12, tzinfo=BERLIN)

    assert [half_day(noon - timedelta(minutes=1), BERLIN), half_day(noon.astimezone(UTC), BERLIN)] == [2, 3]


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_on_days_when_clocks_change_the_local_clock_counts(day):
    """Both are Sundays: 12 and 13. Noon is 10:00 UTC in summer time, 11:00 UTC after October's change."""
    eleven, noon = (datetime(day.year, day.month, day.day, hour, tzinfo=BERLIN).astimezone(UTC) for hour in (11, 12))

    assert [half_day(moment, BERLIN) for moment in (eleven, noon)] == [12, 13]
    only = wanted(from_day=day, until_day=day, half_days=[12], now=noon - timedelta(days=2))
    assert [suits(only, Start(7, moment)) for moment in (eleven, noon)] == [True, False]


def test_a_time_is_kept_for_real_hours_over_the_change_of_clocks():
    evening = datetime(2026, 10, 24, 23, 30, tzinfo=BERLIN).astimezone(UTC)

    end = offer_end(evening + timedelta(days=1), 0, 240, evening)

    assert end.astimezone(BERLIN) == datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN)


def test_half_days_in_words():
    assert half_days_text([0, 1, 2, 4, 9]) == "Montag; Dienstag, Mittwoch vormittags; Freitag nachmittags"
    assert half_days_text([0, 2, 4, 8, 9, 11, 13]) == (
        "Freitag; Montag bis Mittwoch vormittags; Samstag, Sonntag nachmittags"
    )
    assert half_days_text([]) == half_days_text(range(14)) == ""


# Join ------------------------------------------------------------------------------------------


def test_who_joins_gets_a_record_and_an_entry(place, ada):
    waits = join(place, ada, wish(until_day=date(2026, 12, 1), half_days=(2, 3)))

    found = entry(place, waits)
    assert (found.person_id, found.from_day, found.until_day, found.half_days, found.status) == (
        ada.person_id, date(2026, 11, 23), date(2026, 12, 1), [2, 3], "waiting",
    )  # fmt: skip
    assert actions(place) == ["waiting.joined"]


def test_joining_twice_is_one_entry(place, ada):
    assert join(place, ada) == join(place, ada, now=later(minutes=1))


def test_who_has_left_may_join_again(place, ada):
    first = join(place, ada)
    with patient_scope(place.organisation, ada.person_id):
        waiting.leave(organisation=place.organisation, entry_id=first, now=NOW)

    assert join(place, ada) != first


def test_the_database_keeps_one_live_entry_of_a_patient_and_reason(place, ada):
    waits = join(place, ada)

    with organisation_scope(place.organisation) as scope:
        same = WaitingEntry.objects.get(pk=waits)
        with pytest.raises(IntegrityError, match="waiting_once"), transaction.atomic(using=scope.database):
            factories.waiting(same.patient, same.reason)


def test_without_an_agreement_nobody_joins(db, ada):
    with pytest.raises(NoAgreement):
        join(clinic(agreement=False), ada)


@pytest.mark.parametrize(
    ("rule", "said", "refusal"),
    [
        ({"insurances": ["private"]}, {"insurance_kind": "statutory"}, OtherInsurance),
        ({"age_from": 80}, {}, OtherAge),
        ({"audience": "known"}, {"known": False}, OnlyKnown),
        ({"audience": "new"}, {"known": True}, OnlyNew),
    ],
)
def test_what_people_say_is_asked_when_they_join(place, rule, said, refusal):
    place.change_reason(**rule)

    with pytest.raises(refusal):
        join(place, someone(1, **said))


def test_who_is_old_enough_by_the_last_day_may_wait(place):
    place.change_reason(age_from=18)
    young = someone(1, birth_date=date(2008, 12, 1))

    join(place, young, wish(until_day=date(2026, 12, 1)))
    with pytest.raises(OtherAge):
        join(place, someone(2, birth_date=date(2008, 12, 2)), wish(until_day=date(2026, 12, 1)))


def test_what_the_record_says_is_asked_when_they_join(place, ada):
    place.record(ada, is_blocked_online=True)

    with pytest.raises(OnlyByPhone):
        join(place, ada)


def test_a_limit_counts_all_but_the_appointment_that_is_to_be_replaced(place, ada):
    place.change_reason(most_live=1)
    late = place.book(ada, NINE + timedelta(days=1))

    with pytest.raises(EnoughOfThese):
        join(place, ada)
    assert entry(place, join(place, ada, appointment_id=late)).appointment_id == late


def test_who_is_not_known_for_sure_reads_neutral_words(place, ada):
    place.change_reason(audience="known")

    with pytest.raises(BookingRefused) as refusal:
        join(place, ada)

    assert type(refusal.value) is BookingRefused


def test_an_appointment_that_cannot_be_moved_is_not_replaced(place, ada):
    late = place.book(ada, NINE)
    place.change_reason(move_until=60 * 24 * 3)

    with pytest.raises(MoveTooLate):
        join(place, ada, appointment_id=late)


def test_anothers_appointment_is_not_replaced(place, ada):
    theirs = place.book(someone(2), NINE)

    with pytest.raises(CannotReplace):
        join(place, ada, appointment_id=theirs)


def test_staff_put_somebody_on_the_list_against_the_rules_of_online_booking(place):
    place.change_reason(audience="known")
    with organisation_scope(place.organisation, actor="professional:1"):
        patient = factories.patient(is_blocked_online=True)
        added = waiting.add_entry(patient=patient, reason_id=place.reason_id, wish=wish(), now=NOW)
        again = waiting.add_entry(patient=patient, reason_id=place.reason_id, wish=wish(), now=NOW)

    assert (added.pk, added.status) == (again.pk, "waiting")


# Change, leave, end ------------------------------------------------------------------------------------------


def test_a_changed_wish_keeps_its_place(place, ada):
    waits = join(place, ada)
    before = entry(place, waits)
    with patient_scope(place.organisation, ada.person_id):
        waiting.change_wish(entry_id=waits, wish=wish(half_days=(5,)))

    assert (entry(place, waits).half_days, entry(place, waits).joined_at) == ([5], before.joined_at)


def test_a_person_reaches_nobody_else_s_entry(place, ada):
    waits = join(place, ada)
    grace = someone(2)
    join(place, grace)

    with patient_scope(place.organisation, grace.person_id), pytest.raises(WaitingEntry.DoesNotExist):
        waiting.leave(organisation=place.organisation, entry_id=waits, now=NOW)


def test_a_note_of_staff_is_sealed_in_the_trail_and_nowhere_else(place, ada):
    waits = join(place, ada)
    with organisation_scope(place.organisation, actor="professional:1"):
        waiting.remove(organisation=place.organisation, entry_id=waits, now=NOW, note="Ist umgezogen.")
        event = AuditEvent.objects.get(action="waiting.removed")
        assert read_details(event) == {"note": "Ist umgezogen."}

    assert status(place, waits) == "removed"


def test_entries_end_with_their_last_day_and_with_their_appointment(place, ada):
    dated = join(place, ada, wish(until_day=date(2026, 11, 24)))
    grace = someone(2)
    replacing = join(place, grace, appointment_id=place.book(grace, NINE))

    waiting.end_entries(place.organisation, now=NINE - timedelta(minutes=1))
    assert [status(place, each) for each in (dated, replacing)] == ["waiting", "waiting"]
    waiting.end_entries(place.organisation, now=NINE)
    assert [status(place, each) for each in (dated, replacing)] == ["waiting", "over"]
    waiting.end_entries(place.organisation, now=datetime(2026, 11, 24, 23, tzinfo=UTC))
    assert status(place, dated) == "over"


def test_closed_entries_are_deleted_after_a_month(place, ada):
    waits = join(place, ada)
    with organisation_scope(place.organisation):
        waiting.remove(organisation=place.organisation, entry_id=waits, now=NOW)
        waiting.remove_closed(now=NOW + timedelta(days=30))
        assert WaitingEntry.objects.count() == 1
        waiting.remove_closed(now=NOW + timedelta(days=30, seconds=1))
        assert WaitingEntry.objects.count() == 0


def test_a_deleted_account_waits_for_nothing_and_its_offer_goes_on(place, ada):
    grace = someone(2)
    first, second = join(place, ada), join(place, grace, now=later(minutes=1))
    freed(place)
    sweep(place, now=later(minutes=2))
    with organisation_scope(place.organisation):
        waiting.forget_person(place.organisation, ada.person_id, now=NOW)
    sweep(place, now=later(minutes=3))

    assert (status(place, first), entry(place, first).person_id) == ("left", None)
    assert made(place)[-1] == (second, NINE, "open")


# Messages ------------------------------------------------------------------------------------------


@pytest.fixture
def offered(place, ada, monkeypatch):
    """Ada's entry with an open offer."""
    waits = join(place, ada)
    freed(place)
    sweep(place)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return waits


def parts(place, kind: str, about) -> dict[str, object]:
    with organisation_scope(place.organisation):
        return {part.channel: part for part in kind_of(kind).render(str(about), None)}


def test_an_offer_names_clinic_and_time_and_neither_reason_nor_person(place, offered):
    found = parts(place, "waiting.offered", offer_id(place, offered))

    sms, mail = found["sms"], found["email"]
    assert sms.body.startswith(
        "Universitätsklinikum Lahnberg: Ein Termin ist frei. Antwort bis 23. November, 12:00 Uhr: http"
    )
    assert "Dienstag, 24. November 2026, 09:00 Uhr" in mail.body and "/lahnberg/o/" in mail.body
    for text in (sms.body, mail.body, mail.html, mail.subject):
        assert [word for word in ("Sprechstunde", "Ambulanz", "Muster", "Erika") if word in text] == []


def test_an_answered_offer_is_not_sent_any_more(place, ada, offered):
    about = offer_id(place, offered)
    with patient_scope(place.organisation, ada.person_id):
        waiting.leave(organisation=place.organisation, entry_id=offered, now=NOW)

    assert parts(place, "waiting.offered", about) == {}


def test_who_is_paused_is_asked_whether_they_still_wait(place, offered):
    assert parts(place, "waiting.paused", offered) == {}
    with organisation_scope(place.organisation):
        WaitingEntry.objects.update(status="paused", silences=3)

    found = parts(place, "waiting.paused", offered)

    assert f"/lahnberg/waiting/{offered}/" in found["sms"].body and "Warten Sie noch?" in found["email"].subject


def test_everything_is_in_the_trail(place, ada, offered):
    with organisation_scope(place.organisation, actor="professional:1"):
        waiting.prioritise(entry_id=offered, by=1)
        waiting.pause(entry_id=offered)
        waiting.resume(entry_id=offered)
        waiting.change_wish(entry_id=offered, wish=wish())
        waiting.set_offer_minutes(60)
        waiting.remove(organisation=place.organisation, entry_id=offered, now=NOW)

    assert actions(place) == [
        "waiting.changed", "waiting.joined", "waiting.offered", "waiting.paused", "waiting.prioritised",
        "waiting.removed", "waiting.resumed", "waiting.set_up",
    ]  # fmt: skip
    with organisation_scope(place.organisation):
        assert Patient.objects.filter(person_id=ada.person_id).count() == 1
