"""Saved selections of calendars: who sees them, who changes them, in what order the columns stand."""

import pytest

from accounts.enums import Level, UserKind
from appointments.models import Selection, SelectionDefault
from appointments.services.rights import forget_entries
from doctolib.audit.models import AuditEvent
from tests import factories, pro
from tests.appointments.test_pro_calendar import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    made = pro.clinic()
    with made.scope():
        made.others = [factories.calendar(name=f"Kalender {letter}") for letter in "BC"]
        for calendar in made.others:
            factories.offer(calendar, made.reason)
    return made


@pytest.fixture
def colleague(clinic):
    """A member of the calendars' unit who may read the first calendar and change appointments in the second."""
    user = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.member(clinic.calendar.unit, user)
        factories.right(clinic.calendar, user, Level.READ)
        factories.right(clinic.others[0], user, Level.INSIDE)
    return user


def numbers(*calendars):
    return ",".join(str(calendar.pk) for calendar in calendars)


def fields(**changes):
    return {"name": "Station 3", "view": "week", "colours": "status", "zoom": "32", "unit": "", **changes}


def saved(clinic, calendars, **changes):
    with clinic.scope():
        return factories.selection(calendars, **{"user_id": clinic.professional.pk, **changes})


def order_of(clinic, selection):
    with clinic.scope():
        return list(selection.places.order_by("position").values_list("resource_id", flat=True))


def test_calendars_are_saved_in_the_order_of_the_address_and_shown_in_their_view(clinic):
    second, third = clinic.others
    address = f"/calendar/selections/add/?calendars={numbers(third, clinic.calendar, second)}"

    answer = clinic.client.post(address, fields())

    with clinic.scope():
        made = Selection.objects.get()
        actions = list(AuditEvent.objects.values_list("action", flat=True))
    assert (answer.status_code, answer["Location"]) == (303, f"/calendar/?selection={made.pk}")
    assert (made.name, made.view, made.colours, made.zoom) == ("Station 3", "week", "status", 32)
    assert order_of(clinic, made) == [third.pk, clinic.calendar.pk, second.pk]
    assert actions == ["selection.saved"]
    shown = clinic.client.get(answer["Location"], follow=True)
    assert shown.redirect_chain[0][0].startswith("/week/?date=")
    setup = shown.context["setup"]
    assert setup["shown"] == [third.pk, clinic.calendar.pk, second.pk]
    assert (setup["colours"], setup["zoom"], setup["keep"]) == ("status", 32, {"selection": made.pk})


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"name": ""}, "Bitte geben Sie einen Namen ein."), ({"name": "x" * 61}, "60"), ({"zoom": "7"}, "7")],
)
def test_wrong_fields_are_said_and_what_was_typed_is_kept(clinic, changes, words):
    answer = clinic.client.post(f"/calendar/selections/add/?calendars={clinic.calendar.pk}", fields(**changes))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    with clinic.scope():
        assert not Selection.objects.exists()


def test_without_calendars_there_is_nothing_to_save(clinic):
    answer = clinic.client.post("/calendar/selections/add/", fields())

    assert answer.status_code == 422
    assert "Bitte wählen Sie mindestens einen Kalender." in answer.content.decode()


def test_one_keeps_only_so_many(clinic, monkeypatch):
    monkeypatch.setattr("appointments.services.selections.MOST_OF_ONE", 1)
    saved(clinic, [clinic.calendar])

    answer = clinic.client.post(f"/calendar/selections/add/?calendars={clinic.calendar.pk}", fields())

    assert answer.status_code == 422
    assert "Sie haben schon 1 Auswahlen." in answer.content.decode()


def test_arrow_buttons_order_the_columns(clinic):
    second, third = clinic.others
    selection = saved(clinic, [clinic.calendar, second, third])
    address = f"/calendar/selections/{selection.pk}/order/"

    answer = clinic.client.post(address, {"move": f"up {third.pk}"})

    assert (answer.status_code, answer["Location"]) == (
        303,
        f"/calendar/selections/{selection.pk}/#up-{third.pk}",
    )
    assert order_of(clinic, selection) == [clinic.calendar.pk, third.pk, second.pk]
    clinic.client.post(address, {"move": f"up {clinic.calendar.pk}"})  # at the edge: nothing happens
    clinic.client.post(address, {"move": f"down {clinic.calendar.pk}"})
    assert order_of(clinic, selection) == [third.pk, clinic.calendar.pk, second.pk]


@pytest.mark.parametrize(
    "move", ["", "up", "up x", "sideways 1", "up 0", "up " + "9" * 5000], ids=lambda move: move[:12]
)
def test_a_move_that_is_none_is_not_there(clinic, move):
    selection = saved(clinic, [clinic.calendar])

    assert clinic.client.post(f"/calendar/selections/{selection.pk}/order/", {"move": move}).status_code == 404


def test_other_calendars_can_be_chosen_and_those_that_stay_keep_their_order(clinic):
    second, third = clinic.others
    selection = saved(clinic, [third, clinic.calendar])
    address = f"/calendar/selections/{selection.pk}/calendars/"

    clinic.client.post(address, {"calendars": [second.pk, third.pk, clinic.calendar.pk]})
    assert order_of(clinic, selection) == [third.pk, clinic.calendar.pk, second.pk]

    none, foreign = clinic.client.post(address, {}), clinic.client.post(address, {"calendars": ["0"]})
    assert (none.status_code, foreign.status_code) == (409, 404)
    assert "Bitte wählen Sie mindestens einen Kalender." in none.content.decode()
    assert order_of(clinic, selection) == [third.pk, clinic.calendar.pk, second.pk]


def test_it_is_renamed_and_shared_and_deleted(clinic):
    selection = saved(clinic, [clinic.calendar])
    unit = clinic.calendar.unit
    address = f"/calendar/selections/{selection.pk}/"

    assert clinic.client.post(address, fields(name="")).status_code == 422
    assert clinic.client.post(address, fields(name="Ambulanz", unit=unit.pk)).status_code == 303
    with clinic.scope():
        found = Selection.objects.get()
        assert (found.name, found.unit_id, found.view) == ("Ambulanz", unit.pk, "week")
    assert "„Ambulanz“ löschen?" in clinic.client.get(f"{address}delete/").content.decode()
    assert clinic.client.post(f"{address}delete/").status_code == 303
    with clinic.scope():
        assert not Selection.objects.exists()


def test_a_member_of_the_unit_sees_a_shared_one_with_the_calendars_they_may_see(clinic, colleague):
    second, third = clinic.others
    shared = saved(clinic, [third, second, clinic.calendar], unit=clinic.calendar.unit, view="day")
    client = pro.client_of(colleague)

    setup = client.get(f"/calendar/?selection={shared.pk}").context["setup"]

    assert setup["shown"] == [second.pk, clinic.calendar.pk]
    page = client.get("/calendar/selections/").content.decode()
    assert f"/calendar/selections/{shared.pk}/" not in page


@pytest.mark.parametrize("path", ["", "order/", "calendars/", "delete/"])
def test_who_only_sees_it_may_not_change_it(clinic, colleague, path):
    shared = saved(clinic, [clinic.calendar], unit=clinic.calendar.unit)
    data = {"move": f"up {clinic.calendar.pk}", "calendars": [clinic.calendar.pk], **fields()}

    answer = pro.client_of(colleague).post(f"/calendar/selections/{shared.pk}/{path}", data)

    assert answer.status_code == 403
    with clinic.scope():
        assert Selection.objects.get().name == shared.name


@pytest.mark.parametrize("number", ["0", "x", "9" * 5000], ids=lambda number: number[:3])
def test_nobody_starts_with_a_selection_that_is_not_there(clinic, number):
    assert clinic.client.post("/calendar/selections/start/", {"selection": number}).status_code == 404


@pytest.mark.parametrize("path", ["", "order/", "calendars/", "delete/"])
def test_somebody_elses_own_is_not_there(clinic, colleague, path):
    own = saved(clinic, [clinic.calendar])
    stranger = pro.clinic()

    answers = [
        client.post(f"/calendar/selections/{own.pk}/{path}", {"move": "up 1"})
        for client in (pro.client_of(colleague), stranger.client)
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert pro.client_of(colleague).get(f"/calendar/?selection={own.pk}").status_code == 404


def test_nobody_shares_with_a_unit_they_are_not_in(clinic, colleague):
    with clinic.scope():
        foreign = factories.unit()
    client = pro.client_of(colleague)

    answer = client.post(f"/calendar/selections/add/?calendars={clinic.calendar.pk}", fields(unit=foreign.pk))

    assert answer.status_code == 422


def test_one_default_opens_after_signing_in(clinic):
    second, third = clinic.others
    first, other = saved(clinic, [third, second], view="day"), saved(clinic, [second], view="day")
    for selection in (other, first):
        assert clinic.client.post("/calendar/selections/start/", {"selection": selection.pk}).status_code == 303
    with clinic.scope():
        assert SelectionDefault.objects.count() == 1

    setup = pro.client_of(clinic.professional).get("/").context["setup"]

    assert setup["shown"] == [third.pk, second.pk]
    assert setup["keep"] == {"selection": first.pk}
    clinic.client.post("/calendar/selections/start/", {"selection": ""})
    usual = pro.client_of(clinic.professional).get("/").context["setup"]
    assert "selection" not in usual["keep"]


def test_the_selection_is_remembered_until_calendars_are_chosen(clinic):
    second, third = clinic.others
    selection = saved(clinic, [third, second], view="day")
    clinic.client.get(f"/calendar/?selection={selection.pk}")

    assert clinic.client.get("/week/").context["page"].keep == {"selection": selection.pk}
    clinic.client.get(f"/day/?calendars={second.pk}")
    assert clinic.client.get("/week/").context["page"].keep == {"calendars": str(second.pk)}


def test_of_a_deleted_account_only_what_is_shared_stays(clinic, colleague):
    own = saved(clinic, [clinic.calendar], user_id=colleague.pk)
    shared = saved(clinic, [clinic.calendar], user_id=colleague.pk, unit=clinic.calendar.unit)
    with clinic.scope():
        SelectionDefault.objects.create(selection=own, user_id=colleague.pk)
        forget_entries(colleague.pk)

        assert list(Selection.objects.all()) == [shared]
        assert not SelectionDefault.objects.exists()


@pytest.mark.parametrize("path", ["/calendar/selections/", "/calendar/selections/add/", "/calendar/selections/1/"])
def test_nobody_signed_in_is_led_to_the_sign_in(clinic, path):
    assert pro.client_of(None).get(path).status_code == 302


def test_the_number_of_queries_does_not_depend_on_the_number_of_selections(clinic):
    counts = []
    for _round in range(2):
        saved(clinic, [clinic.calendar, *clinic.others])
        counts.append(
            [queries_of(lambda path=path: clinic.client.get(path)) for path in ("/calendar/selections/", "/day/")]
        )

    assert counts[0] == counts[1]
