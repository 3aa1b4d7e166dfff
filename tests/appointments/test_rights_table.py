"""Every level × every action, asked of the rules, the pages (button there or not), their addresses and the API.

Merging and exporting have no screen yet: for them the rule is the test. The pages of opening hours and absences are in
test_hours_pages.py and test_absence_pages.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Level, UserKind
from accounts.models import User
from accounts.rights import rights_of
from accounts.rules import may_administer
from appointments import rules
from appointments.models import Appointment, CalendarRight
from appointments.selectors.rights import EntryBook
from patients import rules as patient_rules
from tests import factories, pro

pytestmark = pytest.mark.django_db
HTMX = {"hx-request": "true"}
NONE, READ, INSIDE, APPOINTMENTS, ABSENCES, FULL = Level
ADMINISTRATOR, STRANGER = "administrator", "stranger"
HOLDERS = [*Level, ADMINISTRATOR, STRANGER]


@dataclass
class Case:
    """Someone, and an appointment of tomorrow in a calendar that they have a level on."""

    clinic: pro.Clinic
    user: User
    appointment: Appointment

    @property
    def client(self):
        return pro.client_of(self.user)


def someone(clinic: pro.Clinic, **fields: Any) -> User:
    return pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation, **fields)


def tomorrow():
    return timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)


@pytest.fixture
def clinic():
    return pro.clinic()


def case_of(clinic, holder, *, through: str = "own", number: int = 0) -> Case:
    """``through``: the level is an own entry, or a unit's that the person is a member of."""
    appointment = clinic.book(tomorrow() + timedelta(minutes=30 * number))
    if holder == STRANGER:
        return Case(clinic, pro.clinic().professional, appointment)
    user = someone(clinic, is_organisation_admin=holder == ADMINISTRATOR)
    if holder != ADMINISTRATOR:
        with clinic.scope():
            unit = factories.unit()
            factories.member(unit, user)
            factories.right(clinic.calendar, user if through == "own" else unit, holder)
    return Case(clinic, user, appointment)


def from_level(least: Level) -> set:
    return {level for level in Level if level >= least} | {ADMINISTRATOR}


# Action: who may, and the rule that says so.
RULES: dict[str, tuple[set, Callable[[Case], bool]]] = {
    "view": (from_level(READ), lambda c: rules.may_view(c.user, c.clinic.calendar)),
    "create inside hours": (
        from_level(INSIDE),
        lambda c: rules.may_create(c.user, c.clinic.calendar, inside=True),
    ),
    "create outside hours": (
        from_level(APPOINTMENTS),
        lambda c: rules.may_create(c.user, c.clinic.calendar, inside=False),
    ),
    "overbook": (from_level(APPOINTMENTS), lambda c: rules.may_overbook(c.user, c.clinic.calendar)),
    "move to inside hours": (
        from_level(INSIDE),
        lambda c: rules.may_move(c.user, c.appointment, c.clinic.calendar, inside=True),
    ),
    "move to outside hours": (
        from_level(APPOINTMENTS),
        lambda c: rules.may_move(c.user, c.appointment, c.clinic.calendar, inside=False),
    ),
    "duplicate inside hours": (
        from_level(INSIDE),
        lambda c: rules.may_duplicate(c.user, c.appointment, c.clinic.calendar, inside=True),
    ),
    "duplicate outside hours": (
        from_level(APPOINTMENTS),
        lambda c: rules.may_duplicate(c.user, c.appointment, c.clinic.calendar, inside=False),
    ),
    "delete": (from_level(INSIDE), lambda c: rules.may_cancel(c.user, c.appointment)),
    "absences": (from_level(ABSENCES), lambda c: rules.may_set_absences(c.user, c.clinic.calendar)),
    "opening hours": (from_level(FULL), lambda c: rules.may_set_hours(c.user, c.clinic.calendar)),
    "patient base": (
        from_level(INSIDE),
        lambda c: patient_rules.may_open_patients(c.user, c.clinic.organisation.pk),
    ),
    "merge": (from_level(INSIDE), lambda c: patient_rules.may_merge_patients(c.user, c.clinic.organisation.pk)),
    "settings": ({ADMINISTRATOR}, lambda c: may_administer(c.user, c.clinic.organisation.pk)),
    "export": ({ADMINISTRATOR}, lambda c: patient_rules.may_export_patients(c.user, c.clinic.organisation.pk)),
}


@pytest.mark.parametrize("through", ["own", "unit"])
def test_the_rules_say_what_each_level_may(clinic, through):
    cases = {holder: case_of(clinic, holder, through=through, number=n) for n, holder in enumerate(HOLDERS)}

    with clinic.scope():
        said = {
            action: {holder for holder, case in cases.items() if rule(case)} for action, (_who, rule) in RULES.items()
        }

    assert said == {action: who for action, (who, _rule) in RULES.items()}


def events(case: Case) -> str:
    day = timezone.localdate()
    return f"/api/calendar/events?calendars={case.clinic.calendar.pk}&from={day}&to={day + timedelta(days=2)}"


# Address: statuses for nothing, read only, anything more, an administrator, a stranger; and the question.
ADDRESSES: dict[str, tuple[tuple[int, int, int, int, int], Callable[[Case], Any]]] = {
    "calendar": ((404, 200, 200, 200, 404), lambda c: c.client.get(f"/day/?calendars={c.clinic.calendar.pk}")),
    "list": ((404, 200, 200, 200, 404), lambda c: c.client.get(f"/list/?calendars={c.clinic.calendar.pk}")),
    "API": ((404, 200, 200, 200, 404), lambda c: c.client.get(events(c))),
    "appointment": ((404, 200, 200, 200, 404), lambda c: c.client.get(f"/appointments/{c.appointment.pk}/")),
    "new": ((403, 403, 200, 200, 200), lambda c: c.client.get("/appointments/new/")),
    "new there": ((403, 403, 422, 422, 422), lambda c: c.client.post("/appointments/new/", time_of(c))),
    "move form": ((404, 403, 200, 200, 404), lambda c: c.client.get(f"/appointments/{c.appointment.pk}/move/")),
    "move": ((404, 403, 422, 422, 404), lambda c: c.client.post(f"/appointments/{c.appointment.pk}/move/")),
    "status": ((404, 403, 303, 303, 404), lambda c: c.client.post(f"/appointments/{c.appointment.pk}/status/", BOOKED)),
    "note": ((404, 403, 422, 422, 404), lambda c: c.client.post(f"/appointments/{c.appointment.pk}/note/")),
    "preview": ((422, 200, 200, 200, 422), lambda c: c.client.get("/calendar/preview.json", time_of(c))),
    "undo": ((409, 409, 409, 409, 409), lambda c: c.client.post("/calendar/undo/")),  # nothing of their own
    "search": ((403, 403, 200, 200, 200), lambda c: c.client.post("/patients/find/", {"q": "Müller"})),
    "cancel": ((404, 403, 303, 303, 404), lambda c: c.client.post(f"/appointments/{c.appointment.pk}/cancel/")),
    "patient card": ((404, 404, 200, 200, 404), lambda c: c.client.get(f"/patients/{c.appointment.patient_id}/")),
    "why": ((422, 200, 200, 200, 422), lambda c: c.client.get(why(c))),
    "someone's account": ((403, 403, 403, 200, 404), lambda c: c.client.get(account_of_clinic(c))),
    "a unit": ((403, 403, 403, 200, 404), lambda c: c.client.get(f"/settings/units/{c.clinic.calendar.unit_id}/")),
    "rights of a unit": (
        (403, 403, 403, 200, 404),
        lambda c: c.client.get(f"/settings/rights/?unit={c.clinic.calendar.unit_id}"),
    ),
    "rights of someone": (
        (403, 403, 403, 403, 404),  # that someone is an administrator, whose rights nobody changes
        lambda c: c.client.post(f"/settings/rights/?row=person-{c.clinic.professional.pk}"),
    ),
}
# Pages of one's own organisation: a stranger sees their own.
SETTINGS = [
    "/settings/accounts/",
    "/settings/accounts/invite/",
    "/settings/rights/",
    "/settings/units/",
    "/settings/calendars/",
    "/settings/calendars/add/",
    "/settings/review/",
    "/settings/review/who-may-what.csv",
    "/settings/review/who-may-what.xlsx",
    "/settings/profile/",
    "/settings/profile/contact/",
    "/settings/profile/clinic/",
    "/settings/profile/clinic/preview/",
    "/settings/sites/",
    "/settings/sites/add/",
    "/settings/units/add/",
    "/settings/practitioners/",
    "/settings/practitioners/add/",
    "/settings/reasons/",
    "/settings/reasons/add/",
]


BOOKED = {"status": "booked", "version": 1}


def time_of(case: Case) -> dict[str, Any]:
    """Tomorrow in the case's calendar, without a patient."""
    start = f"{timezone.localtime(tomorrow()):%Y-%m-%dT%H:%M}"
    return {"calendar": case.clinic.calendar.pk, "reason": case.clinic.reason.pk, "start": start}


def why(case: Case) -> str:
    reason = case.clinic.reason.pk
    return f"/why/?calendar={case.clinic.calendar.pk}&reason={reason}&day={timezone.localdate()}&clock=10:00"


def account_of_clinic(case: Case) -> str:
    return f"/settings/accounts/{case.clinic.professional.pk}/"


@pytest.mark.parametrize("through", ["own", "unit"])
def test_pages_and_api_answer_as_the_rules_say(clinic, through):
    answers, wanted = {}, {}
    for number, holder in enumerate(HOLDERS):
        case = case_of(clinic, holder, through=through, number=number)
        place = {NONE: 0, READ: 1, ADMINISTRATOR: 3, STRANGER: 4}.get(holder, 2)
        in_order = sorted(ADDRESSES, key=lambda name: name == "cancel")  # last: it changes the appointment
        answers |= {(holder, name): ADDRESSES[name][1](case).status_code for name in in_order}
        wanted |= {(holder, name): ADDRESSES[name][0][place] for name in ADDRESSES}

    assert answers == wanted


@pytest.mark.parametrize("holder", [FULL, ADMINISTRATOR], ids=str)
def test_settings_are_the_administrators(clinic, holder):
    case = case_of(clinic, holder)
    wanted = 200 if holder == ADMINISTRATOR else 403

    assert {page: case.client.get(page).status_code for page in SETTINGS} == dict.fromkeys(SETTINGS, wanted)


def test_buttons_are_there_when_their_action_is_allowed(clinic):
    may_write, may_administer_too = {}, {}
    holders = [holder for holder in HOLDERS if holder not in (NONE, STRANGER)]
    for number, holder in enumerate(holders):
        case = case_of(clinic, holder, number=number)
        panel = case.client.get(f"/appointments/{case.appointment.pk}/", headers=HTMX).content.decode()
        settings = case.client.get("/settings/").content.decode()
        acts = [f"/appointments/{case.appointment.pk}/{act}/" for act in ("cancel", "move", "status", "note")]
        buttons = (*acts, f"/appointments/new/?copy={case.appointment.pk}", f"/patients/{case.appointment.patient_id}/")
        may_write[holder] = [button in panel for button in buttons]
        ways = [f"/settings/{name}/" for name in ("accounts", "rights", "units", "calendars", "review", "profile")]
        may_administer_too[holder] = [way in settings for way in ways]

    assert may_write == {holder: [holder != READ] * 6 for holder in holders}
    assert may_administer_too == {holder: [holder == ADMINISTRATOR] * 6 for holder in holders}


def test_a_refusal_says_what_is_not_allowed_and_changes_nothing(clinic):
    case = case_of(clinic, READ)

    answer = case.client.post(f"/appointments/{case.appointment.pk}/cancel/")

    assert "Sie dürfen diesen Termin sehen, aber nicht ändern." in answer.content.decode()
    with clinic.scope():
        assert Appointment.objects.get().status == "booked"


# Where a level comes from ---------------------------------------------------------------------------------------------


def level_of(clinic, user) -> Level:
    fresh = User.objects.get(pk=user.pk)
    with clinic.scope():
        return rights_of(fresh, clinic.organisation.pk).on(clinic.calendar.pk)


def test_a_persons_own_entry_counts_before_their_units_whichever_is_higher(clinic):
    found = {}
    for own, of_unit in product(Level, Level):
        user = someone(clinic)
        with clinic.scope():
            unit = factories.unit()
            factories.member(unit, user)
            factories.right(clinic.calendar, user, own)
            factories.right(clinic.calendar, unit, of_unit)
        found[own, of_unit] = level_of(clinic, user)

    assert found == {(own, of_unit): own for own, of_unit in product(Level, Level)}


def test_the_matrix_says_the_same_as_the_rules(clinic):
    """Two ways to read the same entries, over every mix of an own entry and one or two units."""
    users = []
    for own, one, other in product([None, NONE, FULL], [None, NONE, READ], [None, APPOINTMENTS]):
        users.append(user := someone(clinic))
        with clinic.scope():
            for level in (one, other):
                factories.member(unit := factories.unit(), user)
                if level is not None:
                    factories.right(clinic.calendar, unit, level)
            if own is not None:
                factories.right(clinic.calendar, user, own)
    with clinic.scope():
        book = EntryBook()

    shown = [book.effective(user.pk, clinic.calendar.pk).level for user in users]

    assert shown == [level_of(clinic, user) for user in users]


def test_of_several_units_the_highest_counts_and_other_units_do_not(clinic):
    user = someone(clinic)
    with clinic.scope():
        for level in (READ, ABSENCES, INSIDE):
            unit = factories.unit()
            factories.member(unit, user)
            factories.right(clinic.calendar, unit, level)
        factories.right(clinic.calendar, factories.unit(), FULL)  # nobody's

    assert level_of(clinic, user) == ABSENCES


def test_someone_sees_their_calendar_and_not_the_next_one(clinic):
    case = case_of(clinic, FULL)
    with clinic.scope():
        other = factories.calendar()
    hidden = clinic.book(tomorrow(), calendar=other)

    shown = case.client.get("/day/").context["page"].all_calendars
    card = case.client.get(f"/patients/{hidden.patient_id}/").context["sections"]

    assert [calendar.pk for calendar in shown] == [clinic.calendar.pk]
    assert (card[0]["ahead"], card[0]["past"]) == ([], [])
    assert case.client.get(f"/appointments/{hidden.pk}/").status_code == 404


def test_moving_needs_the_level_in_both_calendars(clinic):
    case = case_of(clinic, FULL)
    with clinic.scope():
        readable = factories.calendar()
        factories.right(readable, case.user, READ)
    theirs = clinic.book(tomorrow(), calendar=readable)

    with clinic.scope():
        assert not rules.may_move(case.user, case.appointment, readable, inside=True)
        assert not rules.may_move(case.user, theirs, clinic.calendar, inside=True)
        assert rules.may_duplicate(case.user, theirs, clinic.calendar, inside=True)


def test_without_any_right_there_is_nothing_to_see(clinic):
    client = pro.client_of(someone(clinic))

    page = client.get("/day/")

    assert (page.context["page"].all_calendars, "Noch keine Kalender" in page.content.decode()) == ([], True)
    assert "Noch keine Kalender" in client.get("/list/").content.decode()


def test_a_change_bites_with_the_next_request_of_the_same_session(clinic):
    case = case_of(clinic, FULL)
    client = case.client
    address = f"/appointments/{case.appointment.pk}/"
    answers = [client.get(address).status_code]
    with clinic.scope():
        CalendarRight.objects.update(level=NONE)
    answers.append(client.get(address).status_code)
    User.objects.filter(pk=case.user.pk).update(is_organisation_admin=True)
    answers.append(client.get(address).status_code)

    assert answers == [200, 404, 200]


def test_rights_add_at_most_two_queries_to_any_request(clinic):
    """Against an administrator, for whom nothing is asked (but on "Settings", what is still to be set up)."""
    one, other = case_of(clinic, FULL), someone(clinic, is_organisation_admin=True)
    addresses = [
        "/",
        f"/list/?calendars={clinic.calendar.pk}",
        events(one),
        f"/appointments/{one.appointment.pk}/",
        f"/patients/{one.appointment.patient_id}/",
        why(one),
        "/account/",
    ]
    costs = {address: queries(one.client, address) - queries(pro.client_of(other), address) for address in addresses}

    assert {address: 0 <= cost <= 2 for address, cost in costs.items()} == dict.fromkeys(addresses, True)


def queries(client, address) -> int:
    client.get(address)
    counters = [CaptureQueriesContext(connections[alias]) for alias in ("default", "pool")]
    with counters[0], counters[1]:
        assert client.get(address).status_code == 200
    return sum(map(len, counters))
