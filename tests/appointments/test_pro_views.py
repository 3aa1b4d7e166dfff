"""Work week, month, check-in list and print beside day, week and list; colours and the legend."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.enums import Level, UserKind
from accounts.rights import rights_of
from appointments.selectors.calendar import Span
from appointments.selectors.month import month_days
from appointments.selectors.today import today_of
from doctolib.tenancy.scopes import organisation_scope
from tests import factories, pro
from tests.appointments.test_pro_calendar import queries_of
from tests.pro import MONDAY

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
PAGES = ["/calendar/", "/calendar/work-week/", "/calendar/month/", "/calendar/today/", "/calendar/print/"]


@pytest.fixture
def clinic():
    return pro.clinic()


def someone(clinic, **levels):
    """A professional who is no administrator, with these levels on calendars by their attribute name."""
    user = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        for _name, (calendar, level) in levels.items():
            factories.right(calendar, user, level)
    return user


def on_day(*clock: int, day: date | None = None) -> datetime:
    return datetime.combine(day or timezone.localdate(), time(*clock), BERLIN)


@pytest.mark.parametrize("path", PAGES)
def test_nobody_signed_in_is_led_to_the_sign_in(clinic, path):
    answer = pro.client_of(None).get(path)

    assert (answer.status_code, answer["Location"].startswith("/account/sign-in/")) == (302, True)


@pytest.mark.parametrize("path", PAGES)
def test_another_clinics_calendar_is_not_there(clinic, path):
    stranger = pro.clinic()

    assert clinic.client.get(f"{path}?calendars={stranger.calendar.pk}").status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_who_may_see_no_calendar_is_told_so_and_sees_nobody(clinic, path):
    clinic.book(on_day(9, 0))

    answer = pro.client_of(someone(clinic)).get(path)

    assert answer.status_code == 200
    assert "Müller-L" not in answer.content.decode()


def test_the_work_week_shows_five_days(clinic):
    setup = clinic.client.get("/calendar/work-week/?date=2026-11-25").context["setup"]

    chosen = {key: setup[key] for key in ("view", "days", "step", "hidden", "colours")}
    assert chosen == {"view": "timeGridWeek", "days": 5, "step": 7, "hidden": [0, 6], "colours": "reason"}
    assert clinic.client.get("/calendar/work-week/?date=2026-11-25").context["data"]["to"] == "2026-11-28"


# Month ---------------------------------------------------------------------------------------------------------------


def month_of(clinic, *calendars, first=date(2026, 11, 23), last=date(2026, 11, 29)):
    with clinic.scope():
        chosen = list(calendars or [clinic.calendar])
        return month_days(organisation=clinic.organisation, calendars=chosen, span=Span(first, last, BERLIN))


def test_a_day_of_the_month_counts_appointments_and_what_is_open(clinic):
    clinic.book(MONDAY)
    clinic.book(MONDAY + timedelta(hours=1))
    clinic.book(MONDAY + timedelta(hours=2), status="cancelled", cancelled_at=MONDAY)

    monday, *_rest, sunday = month_of(clinic)

    assert [(each.name, count) for each, count in monday.counts] == [("Sprechstunde Dr. Kaya", 2)]
    assert (monday.booked, monday.open, monday.load) == (40, 480, 8)
    assert (sunday.count, sunday.open, sunday.load) == (0, 0, None)


def test_absences_take_open_time_away_and_say_who(clinic):
    away = datetime(2026, 11, 23, 12, tzinfo=BERLIN), datetime(2026, 11, 25, tzinfo=BERLIN)
    with clinic.scope():
        factories.absence(clinic.calendar, *away)

    monday, tuesday, wednesday, *_rest = month_of(clinic)

    assert [(day.open, bool(day.absent)) for day in (monday, tuesday, wednesday)] == [
        (240, True),
        (0, True),
        (480, False),
    ]


def test_hours_that_overlap_count_once(clinic):
    with clinic.scope():
        factories.hours(clinic.calendar, weekdays=[1], starts="15:00", ends="17:00")

    assert month_of(clinic)[0].open == 9 * 60


def test_a_public_holiday_has_its_name_and_is_closed(clinic):
    (day,) = month_of(clinic, first=date(2026, 12, 25), last=date(2026, 12, 25))

    assert (day.holiday, day.open) == ("Erster Weihnachtstag", 0)


def test_each_day_of_the_month_is_a_link_to_the_day(clinic):
    clinic.book(MONDAY)

    page = clinic.client.get(f"/calendar/month/?date=2026-11-10&calendars={clinic.calendar.pk}").content.decode()

    assert f'href="/day/?date=2026-11-23&amp;calendars={clinic.calendar.pk}"' in page
    assert page.count('class="month-link"') == 6 * 7
    assert "1 Termin: November 2026" in page


def test_the_neighbours_of_a_month_are_months(clinic):
    page = clinic.client.get("/calendar/month/?date=2027-01-31").content.decode()

    steps = [f'href="/calendar/month/?date={day}&amp;calendars=' in page for day in ("2026-12-01", "2027-02-01")]
    assert (steps, "Januar 2027" in page) == ([True, True], True)


# Today ---------------------------------------------------------------------------------------------------------------


def test_today_groups_who_waits_who_is_treated_and_who_is_to_come(clinic):
    for status, hour in (("booked", 10), ("arrived", 9), ("in_treatment", 8), ("done", 7), ("no_show", 6)):
        clinic.book(on_day(hour), status=status)
    clinic.book(on_day(10) + timedelta(days=1))

    context = clinic.client.get("/calendar/today/").context["today"]

    assert [(group.key, [visit.status for visit in group.visits]) for group in context.groups] == [
        ("waiting", ["arrived"]),
        ("treated", ["in_treatment"]),
        ("expected", ["booked"]),
        ("finished", ["no_show", "done"]),
    ]


def test_the_rows_alone_are_answered_with_304_while_nothing_changes(clinic):
    made = clinic.book(on_day(23, 30))
    first = clinic.client.get("/calendar/today/", headers={"HX-Request": "true"})
    known = {"HX-Request": "true", "If-None-Match": first["ETag"]}

    again = clinic.client.get("/calendar/today/", headers=known)
    with clinic.scope():
        type(made).objects.filter(pk=made.pk).update(status="arrived")
    changed = clinic.client.get("/calendar/today/", headers=known)

    assert (first.status_code, again.status_code, changed.status_code) == (200, 304, 200)
    assert first.content.decode().lstrip().startswith('<div id="today"')
    assert "wartet" in changed.content.decode()


def test_who_may_only_read_gets_no_buttons(clinic):
    clinic.book(on_day(10))
    reader = someone(clinic, own=(clinic.calendar, Level.READ))
    with organisation_scope(clinic.organisation):
        now = timezone.now()
        day = timezone.localdate()
        found = today_of(
            rights=rights_of(reader, clinic.organisation.pk),
            calendars=[clinic.calendar],
            span=Span(day, day, BERLIN),
            now=now,
        )

    page = pro.client_of(reader).get("/calendar/today/").content.decode()

    (visit,) = found.groups[0].visits
    assert (visit.may_change, visit.next_status, visit.other_statuses) == (False, "", [])
    assert "data-status-form" not in page
    assert "nächste Lücke" not in page


def test_a_reader_is_refused_the_next_gap(clinic):
    reader = someone(clinic, own=(clinic.calendar, Level.READ))

    assert pro.client_of(reader).get(f"/calendar/today/gap/?reason={clinic.reason.pk}").status_code == 403


def test_a_gap_without_a_reason_is_asked_for_again(clinic):
    answer = clinic.client.get("/calendar/today/gap/?reason=x")

    assert answer.status_code == 422
    assert "Bitte wählen Sie einen Grund." in answer.content.decode()


def test_without_any_gap_the_page_says_so(clinic):
    with clinic.scope():
        now = timezone.now()
        factories.absence(clinic.calendar, now - timedelta(days=1), now + timedelta(days=90))

    answer = clinic.client.get(f"/calendar/today/gap/?reason={clinic.reason.pk}")

    assert answer.status_code == 409
    assert "In den nächsten 7 Tagen ist für Erstgespräch keine Zeit frei." in answer.content.decode()


# Print and colours ---------------------------------------------------------------------------------------------------


def test_a_day_is_printed_by_calendar_with_code_letters_and_legend(clinic):
    clinic.book(MONDAY)

    page = clinic.client.get("/calendar/print/?date=2026-11-23").content.decode()

    for part in ("<caption>Sprechstunde Dr. Kaya</caption>", "<thead>", '<span class="key-code">EG</span>', "Legende"):
        assert part in page
    assert "<bdi>von Müller-Lüdenscheidt, Änne</bdi>" in page
    assert "<nav" not in page


def test_a_week_is_printed_by_day(clinic):
    clinic.book(MONDAY)
    clinic.book(MONDAY + timedelta(days=2))

    parts = clinic.client.get("/calendar/print/?date=2026-11-25&days=7").context["parts"]

    assert [(part["day"], len(part["rows"])) for part in parts] == [(date(2026, 11, 23), 1), (date(2026, 11, 25), 1)]


@pytest.mark.parametrize(
    ("colours", "names"),
    [("reason", ["Erstgespräch"]), ("calendar", ["Sprechstunde Dr. Kaya"]), ("other", ["Erstgespräch"])],
)
def test_the_legend_says_what_the_colours_stand_for(clinic, colours, names):
    clinic.book(MONDAY)

    context = clinic.client.get(f"/day/?date=2026-11-23&colours={colours}").context

    assert [key.name for key in context["legend"]] == names


def test_colours_are_part_of_the_address_and_remembered(clinic):
    page = clinic.client.get("/week/?colours=status").context["page"]

    assert page.keep == {"calendars": str(clinic.calendar.pk), "colours": "status"}
    assert clinic.client.get("/day/").context["page"].colours == "status"


# What all have in common ---------------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(clinic):
    counts = {path: [] for path in PAGES}
    for wanted in (1, 3):
        clinic.fill(wanted, on_day(7))
        with clinic.scope():
            clinic.made.append(clinic.book(on_day(12 + wanted), status="arrived"))
        for path in PAGES:
            counts[path].append(queries_of(lambda path=path: clinic.client.get(path)))

    assert counts == {path: [numbers[0]] * 2 for path, numbers in counts.items()}
    assert max(map(max, counts.values())) <= 22, counts


def test_the_way_to_the_waiting_list_is_shown_to_those_who_may_steer_it(clinic):
    reader, booker = someone(clinic, own=(clinic.calendar, Level.READ)), someone(clinic, own=(clinic.calendar, 2))

    pages = [pro.client_of(user).get("/day/").content.decode() for user in (reader, booker)]

    assert ['href="/waiting/"' in page for page in pages] == [False, True]
    assert 'href="/waiting/"' not in pro.client_of(reader).get("/waiting/").content.decode()
