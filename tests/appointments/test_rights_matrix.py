"""The matrix of rights: what it shows to whom, changing a row, and two who change at once."""

import re

import pytest

from accounts.enums import Level, UserKind
from appointments.models import CalendarRight
from doctolib.audit.models import AuditEvent
from doctolib.audit.recording import read_details
from tests import factories, pro
from tests.appointments.test_rights_table import queries

pytestmark = pytest.mark.django_db
ADDRESS = "/settings/rights/"


@pytest.fixture
def clinic():
    return pro.clinic()


@pytest.fixture
def colleague(clinic):
    return pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)


@pytest.fixture
def unit(clinic):
    return clinic.calendar.unit


def row_address(holder, **query) -> str:
    key = f"person-{holder.pk}" if hasattr(holder, "kind") else f"unit-{holder.pk}"
    return f"{ADDRESS}?" + "&".join([*(f"{name}={value}" for name, value in query.items()), f"row={key}"])


def entries(clinic):
    with clinic.scope():
        return sorted(CalendarRight.objects.values_list("calendar_id", "user_id", "unit_id", "level"))


def fields(clinic, *, was="", level="") -> dict[str, str]:
    return {f"was-{clinic.calendar.pk}": str(was), f"level-{clinic.calendar.pk}": str(level)}


def cells(client, key, address=ADDRESS) -> list[str]:
    """The words of a row's cells."""
    page = client.get(address).content.decode()
    row = re.search(rf'<tr id="{key}".*?</tr>', page, re.S).group()
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<td>(.*?)</td>", row, re.S)]


def test_each_cell_says_the_level_and_where_it_comes_from(clinic, colleague, unit):
    with clinic.scope():
        unit.name_de = "Kardiologie"
        unit.save()
        factories.member(unit, colleague)
        second, _third = factories.calendar(position=1), factories.calendar(position=2)
        factories.right(clinic.calendar, unit, Level.APPOINTMENTS)
        factories.right(second, unit, Level.FULL)
        factories.right(second, colleague, Level.READ)

    assert cells(clinic.client, f"person-{colleague.pk}") == [
        "Termine aus Einheit Kardiologie",
        "Nur lesen eigener Eintrag",
        "– Kein Zugriff",
    ]
    assert cells(clinic.client, f"unit-{unit.pk}") == ["Termine", "Alles", "– Kein Zugriff"]
    assert cells(clinic.client, f"person-{clinic.professional.pk}") == ["Alles als Administration"] * 3


def test_a_row_is_changed_in_place_and_the_trail_says_what_was(clinic, colleague):
    page = clinic.client.get(row_address(colleague)).content.decode()

    answer = clinic.client.post(row_address(colleague), fields(clinic, level=3))
    clinic.client.post(row_address(colleague), fields(clinic, was=3, level=5))
    clinic.client.post(row_address(colleague), fields(clinic, was=5))

    assert f'name="level-{clinic.calendar.pk}"' in page
    assert (answer.status_code, answer["Location"]) == (302, f"{ADDRESS}#person-{colleague.pk}")
    assert entries(clinic) == []
    with clinic.scope():
        told = [
            (event.actor, event.subject, event.about, read_details(event))
            for event in AuditEvent.objects.filter(action="rights.changed").order_by("at")
        ]
    who = (clinic.professional.actor, f"calendar:{clinic.calendar.pk}", f"user:{colleague.pk}")
    steps = [{"was": None, "level": 3}, {"was": 3, "level": 5}, {"was": 5, "level": None}]
    assert told == [(*who, {"calendar": clinic.calendar.pk, **step}) for step in steps]


def test_a_units_row_is_changed_the_same_way(clinic, unit):
    clinic.client.post(row_address(unit), fields(clinic, level=2))

    assert entries(clinic) == [(clinic.calendar.pk, None, unit.pk, Level.INSIDE)]


def test_what_someone_else_changed_meanwhile_is_not_overwritten(clinic, colleague):
    clinic.client.post(row_address(colleague), fields(clinic, level=1))

    answer = clinic.client.post(row_address(colleague), fields(clinic, was="", level=5))

    assert answer.status_code == 409
    assert "Jemand anderes hat diese Zeile inzwischen geändert" in answer.content.decode()
    assert f'name="was-{clinic.calendar.pk}" value="1"' in answer.content.decode()
    assert entries(clinic) == [(clinic.calendar.pk, colleague.pk, None, Level.READ)]


def test_of_several_cells_all_are_saved_or_none(clinic, colleague):
    with clinic.scope():
        second = factories.calendar()
        factories.right(second, colleague, Level.READ)
    more = {f"was-{second.pk}": "", f"level-{second.pk}": "5"}

    answer = clinic.client.post(row_address(colleague), {**fields(clinic, level=5), **more})

    assert answer.status_code == 409
    assert entries(clinic) == [(second.pk, colleague.pk, None, Level.READ)]


@pytest.mark.parametrize("wrong", [{"level": 6}, {"level": -1}, {"level": "viel"}, {"was": "x", "level": 1}])
def test_a_level_that_there_is_not_is_refused(clinic, colleague, wrong):
    answer = clinic.client.post(row_address(colleague), fields(clinic, **wrong))

    assert (answer.status_code, entries(clinic)) == (422, [])


@pytest.mark.parametrize("query", ["?unit=0", "?unit=x", "?unit=99999999999999999999", "?row=person-x", "?row=unit-0"])
def test_what_is_not_there_is_not_found(clinic, query):
    assert clinic.client.get(ADDRESS + query).status_code == 404
    assert clinic.client.post(ADDRESS).status_code == 404


def test_another_clinics_people_units_and_calendars_are_out_of_reach(clinic, colleague):
    stranger = pro.clinic()
    theirs = {f"was-{stranger.calendar.pk}": "", f"level-{stranger.calendar.pk}": "5"}

    assert clinic.client.post(row_address(stranger.professional), fields(clinic, level=5)).status_code == 404
    assert clinic.client.get(f"{ADDRESS}?unit={stranger.calendar.unit_id}").status_code == 404
    clinic.client.post(row_address(colleague), {**fields(clinic, level=1), **theirs})
    assert entries(clinic) == [(clinic.calendar.pk, colleague.pk, None, Level.READ)]
    assert entries(stranger) == []


def test_the_filter_shows_one_units_calendars(clinic, colleague, unit):
    with clinic.scope():
        other = factories.unit()
        calendar = factories.calendar(unit=other)

    shown = clinic.client.get(f"{ADDRESS}?unit={other.pk}").context["board"]

    assert [each.pk for each in shown.calendars] == [calendar.pk]


# Who leads a unit -----------------------------------------------------------------------------------------------------


@pytest.fixture
def leader(clinic, unit):
    """Leads the clinic's first unit, of which a colleague is a member."""
    made = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.member(unit, made, is_unit_admin=True)
    return made


def test_who_leads_a_unit_gives_its_members_rights_on_its_calendars(clinic, colleague, unit, leader):
    with clinic.scope():
        factories.member(unit, colleague)

    answer = pro.client_of(leader).post(row_address(colleague), fields(clinic, level=5))

    assert answer.status_code == 302
    assert entries(clinic) == [(clinic.calendar.pk, colleague.pk, None, Level.FULL)]


def test_who_leads_a_unit_reaches_no_further(clinic, colleague, unit, leader):
    """Not themselves, not the unit's own row, nobody of another unit, no other calendar, no administrator."""
    client = pro.client_of(leader)
    with clinic.scope():
        member = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
        factories.member(unit, member)
        factories.member(unit, clinic.professional)
        elsewhere = factories.calendar(unit=factories.unit())
    other = {f"was-{elsewhere.pk}": "", f"level-{elsewhere.pk}": "5"}

    answers = {
        "themselves": client.post(row_address(leader), fields(clinic, level=5)).status_code,
        "the unit": client.post(row_address(unit), fields(clinic, level=5)).status_code,
        "no member": client.post(row_address(colleague), fields(clinic, level=5)).status_code,
        "another unit": client.get(f"{ADDRESS}?unit={elsewhere.unit_id}").status_code,
        "an administrator": client.post(row_address(clinic.professional), fields(clinic, level=0)).status_code,
    }
    client.post(row_address(member), other)

    assert answers == {
        "themselves": 403,
        "the unit": 404,
        "no member": 404,
        "another unit": 404,
        "an administrator": 403,
    }
    assert entries(clinic) == []
    assert client.get("/settings/accounts/").status_code == 403


def test_the_way_to_the_matrix_is_there_for_who_leads(clinic, leader, colleague):
    assert ADDRESS in pro.client_of(leader).get("/settings/").content.decode()
    assert ADDRESS not in pro.client_of(colleague).get("/settings/").content.decode()


def test_the_matrix_costs_as_many_queries_for_one_as_for_many(clinic, colleague):
    before = queries(clinic.client, ADDRESS)
    with clinic.scope():
        for _number in range(5):
            unit = factories.unit()
            user = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
            factories.member(unit, user)
            factories.right(factories.calendar(unit=unit), user, Level.READ)
            factories.right(clinic.calendar, unit, Level.READ)

    assert queries(clinic.client, ADDRESS) == before
    assert queries(clinic.client, row_address(colleague)) == before
