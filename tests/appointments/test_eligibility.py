"""Who may book what: each rule alone, then through a booking, with the words that someone reads who is refused."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from appointments.models import Appointment, BookingRules, VisitReason
from appointments.selectors.visits import FollowUp, Visit, follow_up_window
from appointments.services import booking, refusals
from appointments.services.eligibility import Wish, age, months_before, record_refusal, stated_refusal
from doctolib.tenancy.scopes import organisation_scope
from patients.models import Patient
from patients.services.records import create_patient
from tests import factories
from tests.appointments.bookings import NINE, NOW, booker, clinic

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
LATER = NINE + timedelta(hours=1)
NEUTRAL = "Diesen Termin können Sie nicht online buchen. Bitte rufen Sie die Klinik an."


@pytest.fixture
def place(db):
    return clinic(calendars=2)


@pytest.fixture
def erika():
    return booker()


def unsaved(**fields) -> VisitReason:
    """A reason of no clinic, for rules that look nothing up."""
    return VisitReason(organisation_id=uuid4(), **fields)


def words(refusal) -> str:
    """In German, and complete."""
    said = str(refusal.message)
    assert "%(" not in said
    return said


def why(place, person, starts_at=NINE) -> booking.BookingRefused:
    """The refusal of a booking; it leaves nothing behind but the hold."""
    with organisation_scope(place.organisation):
        before = (Appointment.objects.count(), Patient.objects.count())
    with override("de"), pytest.raises(booking.BookingRefused) as refused:
        place.book(person, starts_at)
    with organisation_scope(place.organisation):
        assert (Appointment.objects.count(), Patient.objects.count()) == before
    return refused.value


# What they say -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "said", "expected"),
    [
        ({"audience": "new"}, {"known": True}, "Dieser Termin ist nur für neue Patientinnen und Patienten."),
        ({"audience": "new"}, {"known": False}, None),
        ({"audience": "new"}, {"known": None}, None),
        ({"audience": "known"}, {"known": True}, None),
        ({"audience": "known"}, {"known": None}, None),
        (
            {"audience": "known"},
            {"known": False},
            "Dieser Termin ist nur für Patientinnen und Patienten, die schon einmal hier waren.",
        ),
        (
            {"seen_within": 6},
            {"known": False},
            "Dieser Termin ist nur für Patientinnen und Patienten, die schon einmal hier waren.",
        ),
        ({"audience": "new", "seen_within": 6}, {"known": False}, None),
        ({"insurances": ["private", "self"]}, {"insurance": "private"}, None),
        ({"insurances": ["private", "self"]}, {"insurance": None}, None),
        (
            {"insurances": ["private", "self"]},
            {"insurance": "statutory"},
            "Dieser Termin ist nur für privat Versicherte und Menschen, die selbst bezahlen.",
        ),
        ({"only_as_follow_up": True}, {"known": None}, None),
        (
            {"only_as_follow_up": True},
            {"known": False},
            "Diesen Termin können Sie nur nach einem früheren Besuch als Folgetermin buchen.",
        ),
    ],
)
def test_what_someone_says_decides(reason, said, expected):
    with override("de"):
        refusal = stated_refusal(unsaved(**reason), **said)

        assert (refusal and words(refusal)) == expected


@pytest.mark.parametrize(
    ("ages", "birth_date", "expected"),
    [
        ({"age_from": 18}, date(2008, 11, 24), None),  # the birthday itself
        ({"age_from": 18}, date(2008, 11, 25), "die am Tag des Termins mindestens 18 Jahre alt sind."),
        ({"age_until": 17}, date(2008, 11, 25), None),
        ({"age_until": 17}, date(2008, 11, 24), "die am Tag des Termins höchstens 17 Jahre alt sind."),
        ({"age_from": 3, "age_until": 6}, date(2019, 11, 25), None),  # six until tomorrow
        ({"age_from": 3, "age_until": 6}, date(2019, 11, 24), "die am Tag des Termins 3 bis 6 Jahre alt sind."),
        ({"age_from": 3, "age_until": 6}, date(2023, 11, 25), "die am Tag des Termins 3 bis 6 Jahre alt sind."),
        ({"age_from": 18}, None, None),
    ],
)
def test_age_counts_on_the_day_of_the_visit(ages, birth_date, expected):
    with override("de"):
        refusal = stated_refusal(unsaved(**ages), birth_date=birth_date, day=date(2026, 11, 24))

        assert (refusal and words(refusal).partition("Patienten, ")[2]) == expected


def test_without_a_day_there_is_no_age():
    assert stated_refusal(unsaved(age_from=90), birth_date=date(2000, 1, 1)) is None


def test_who_was_born_on_29_february_is_older_on_1_march():
    assert [age(date(2004, 2, 29), day) for day in (date(2026, 2, 28), date(2026, 3, 1))] == [21, 22]


def test_age_is_counted_on_the_clinic_s_local_day(db):
    """0:30 in Berlin on the birthday is the evening before in UTC."""
    place, child = clinic(), booker(birth_date=date(2008, 11, 25))
    with organisation_scope(place.organisation):
        reason = VisitReason.objects.get()
        reason.age_from = 18
        reason.save()
        calendar = factories.calendar()
        factories.offer(calendar, reason)
        factories.hours(calendar, starts="00:30", ends="02:30")
    place.calendar_ids = [calendar.pk]

    with pytest.raises(refusals.OtherAge):
        place.book(child, datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    place.book(child, datetime(2026, 11, 24, 23, 30, tzinfo=UTC))


# What the record says, rule by rule ----------------------------------------------------------------------------------


def wish(**fields) -> Wish:
    values = {"starts_at": NINE, "ends_at": NINE + timedelta(minutes=20), "zone": BERLIN, "now": NOW, **fields}
    values.setdefault("reason", unsaved(pk=1))
    values.setdefault("limits", limits())
    return Wish(**values)


def limits(**fields) -> BookingRules:
    return BookingRules(organisation_id=uuid4(), **fields)


def visit(days_ago: float, status="done", reason_id=1) -> Visit:
    starts_at = NOW - days_ago * DAY
    return Visit(starts_at, starts_at + timedelta(minutes=20), status, reason_id)


def refused(**fields):
    refusal = record_refusal(wish(**fields))
    return refusal and type(refusal)


def test_a_plain_wish_is_granted():
    assert refused() is None


def test_the_blocked_are_refused():
    assert refused(is_blocked=True) is refusals.OnlyByPhone


@pytest.mark.parametrize(
    ("days_ago", "limit", "expected"),
    [
        ([10, 20], 3, None),
        ([10, 20, 30], 3, refusals.MissedTooMany),
        ([10, 20, 366], 3, None),
        ([10, 20, 364], 3, refusals.MissedTooMany),
        ([10, 20, 30], None, None),
        ([], 0, None),
    ],
)
def test_visits_missed_in_a_year_count(days_ago, limit, expected):
    visits = [visit(days, "no_show") for days in days_ago] + [visit(5, "done"), visit(6, "cancelled")]

    assert refused(visits=visits, limits=limits(no_shows=limit)) is expected


@pytest.mark.parametrize("status", ["done", "arrived", "in_treatment", "booked"])
def test_one_visit_past_or_coming_makes_known(status):
    for days_ago in (40, -40):
        visits = [visit(days_ago, status)]
        assert refused(reason=unsaved(pk=2, audience="new"), visits=visits) is refusals.OnlyNew
        assert refused(reason=unsaved(pk=2, audience="known"), visits=visits) is None


@pytest.mark.parametrize("status", ["cancelled", "no_show"])
def test_what_did_not_happen_makes_nobody_known(status):
    visits = [visit(40, status)]

    assert refused(reason=unsaved(audience="new"), visits=visits) is None
    assert refused(reason=unsaved(audience="known"), visits=visits) is refusals.OnlyKnown


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (visit(30), None),
        (visit(92), None),  # 23 August
        (visit(93), refusals.NotSeenLately),
        (visit(30, "booked"), None),  # over, and nobody said otherwise
        (visit(30, "no_show"), refusals.OnlyKnown),
        (visit(-5, "booked"), refusals.NotSeenLately),  # it has not taken place
    ],
)
def test_the_last_visit_is_at_most_n_months_ago(last, expected):
    assert refused(reason=unsaved(seen_within=3), visits=[last]) is expected


def test_months_end_where_the_month_ends():
    assert months_before(date(2026, 5, 31), 3) == date(2026, 2, 28)
    assert months_before(date(2026, 1, 15), 13) == date(2024, 12, 15)


def test_a_follow_up_needs_a_visit_and_its_window():
    only = unsaved(pk=2, only_as_follow_up=True)
    day = date(2026, 11, 24)

    assert refused(reason=only) is refusals.OnlyAfterVisit
    assert refused(reason=only, follow_ups=[FollowUp(2, day, day)]) is None
    assert refused(reason=only, follow_ups=[FollowUp(2, day + DAY, day + 9 * DAY)]) is refusals.OutsideFollowUp
    assert refused(reason=only, follow_ups=[FollowUp(2, day - 9 * DAY, day - DAY)]) is refusals.OutsideFollowUp
    assert refused(reason=unsaved(pk=2)) is None  # not only as a follow-up


# Through a booking ---------------------------------------------------------------------------------------------------


def test_a_stated_rule_is_asked_again_when_the_booking_is_confirmed(place, erika):
    place.change_reason(insurances=["private"])

    assert words(why(place, erika)) == "Dieser Termin ist nur für privat Versicherte."
    place.book(replace(erika, insurance_kind="private"), LATER)


def test_who_says_to_be_known_may_not_book_for_the_new(place, erika):
    place.change_reason(audience="new")

    assert isinstance(why(place, replace(erika, known=True)), refusals.OnlyNew)
    place.book(replace(erika, known=False), LATER)


def test_a_known_patient_is_refused_by_name_of_the_rule(place, erika):
    place.visit(place.record(erika), NOW - 30 * DAY)
    place.change_reason(audience="new")

    assert words(why(place, erika)) == "Dieser Termin ist nur für neue Patientinnen und Patienten."


def test_who_is_not_known_reads_neutral_words(place, erika):
    place.change_reason(audience="known")

    refusal = why(place, replace(erika, known=True))

    assert (type(refusal), words(refusal)) == (booking.BookingRefused, NEUTRAL)


@pytest.mark.parametrize(("phone", "theirs"), [("0152 28817386", True), ("0152 28817399", False)])
def test_only_the_verified_phone_tells_what_the_record_knows(place, erika, phone, theirs):
    """Seen long ago: with the record's own phone the rule is named, without it nobody learns that there is a record."""
    place.change_reason(seen_within=6)
    with organisation_scope(place.organisation):
        record = create_patient(
            first_name="Erika", last_name="Mustermann", birth_date=erika.birth_date, phone=phone, email=""
        )
    place.visit(record, NOW - 300 * DAY)

    said = words(why(place, erika))

    named = (
        "Dieser Termin ist nur für Patientinnen und Patienten, deren letzter Besuch hier höchstens 6 Monate her ist."
    )
    assert said == (named if theirs else NEUTRAL)
    with organisation_scope(place.organisation):
        assert Patient.objects.get().person_id is None  # a refusal links nobody


def test_a_stranger_with_the_name_of_a_blocked_patient_books_as_anybody(place, erika):
    with organisation_scope(place.organisation):
        record = create_patient(first_name="Erika", last_name="Mustermann", birth_date=erika.birth_date, phone="")
        Patient.objects.filter(pk=record.pk).update(is_blocked_online=True)

    place.book(erika)


@pytest.mark.parametrize(
    ("status", "fields", "expected"),
    [
        ("done", {"is_blocked_online": True}, "Die Klinik vereinbart Termine mit Ihnen nur am Telefon."),
        (
            "no_show",
            {},
            "Sie sind hier mehrmals nicht zum Termin gekommen. Bitte vereinbaren Sie den nächsten Termin am Telefon.",
        ),
    ],
)
def test_the_blocked_and_those_who_did_not_come_book_by_phone(place, erika, status, fields, expected):
    place.limit(no_shows=2)
    record = place.record(erika, **fields)
    for days in (10, 20):
        place.visit(record, NOW - days * DAY, status=status)

    assert words(why(place, erika)) == expected


# Follow-ups ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def checkup(place):
    """The clinic's reason may only be booked two to three weeks after this one."""
    with organisation_scope(place.organisation):
        made = factories.reason(follow_up_id=place.reason_id, follow_up_from=14, follow_up_until=21)
    place.change_reason(only_as_follow_up=True)
    return made


@pytest.mark.parametrize(
    ("days", "status", "allowed"),
    [
        (13, "done", False),
        (14, "done", True),
        (21, "done", True),
        (22, "done", False),
        (18, "booked", True),
        (18, "no_show", False),
        (18, "cancelled", False),
    ],
)
def test_a_follow_up_is_booked_in_its_window_alone(place, erika, checkup, days, status, allowed):
    place.visit(place.record(erika), NINE - days * DAY, reason=checkup, status=status)

    if allowed:
        place.book(erika)
    else:
        why(place, erika)


def test_a_follow_up_outside_its_window_names_it(place, erika, checkup):
    place.visit(place.record(erika), NINE - 10 * DAY, reason=checkup)

    said = words(why(place, erika))

    assert said == "Diesen Folgetermin können Sie für einen Tag vom 28. November 2026 bis 5. Dezember 2026 buchen."


def test_a_follow_up_of_another_visit_is_refused(place, erika, checkup):
    place.visit(place.record(erika), NINE - 18 * DAY)

    said = words(why(place, erika))

    assert said == "Diesen Termin können Sie nur nach einem früheren Besuch als Folgetermin buchen."


def test_the_page_of_a_visit_knows_its_follow_up(place, erika, checkup):
    record = place.record(erika)
    seen = [(5, "done"), (5.1, "no_show"), (-1, "booked"), (40, "done")]
    made = [place.visit(record, NOW - days * DAY, reason=checkup, status=status) for days, status in seen]
    made.append(place.visit(record, NOW - 6 * DAY))

    with organisation_scope(place.organisation):
        windows = [follow_up_window(each, zone=BERLIN, now=NOW) for each in made]

    assert windows == [FollowUp(place.reason_id, date(2026, 12, 2), date(2026, 12, 9)), None, None, None, None]
