"""Absences on the staff's pages: whose, the list of appointments hit, and one step that moves and cancels them."""

import re
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Level, UserKind
from appointments.models import Absence, Appointment
from doctolib.outbox.models import OutboxMessage
from tests import factories, pro

pytestmark = pytest.mark.django_db
ADD = "/absences/add/"


@pytest.fixture
def clinic():
    return pro.clinic()


def monday(weeks: int = 2) -> date:
    today = timezone.localdate()
    return today + timedelta(days=7 * weeks - today.weekday())


def at(clock: str, day: date | None = None) -> datetime:
    return timezone.make_aware(datetime.combine(day or monday(), datetime.strptime(clock, "%H:%M").time()))


def sent(clinic, **fields) -> dict:
    """A whole day from the form."""
    return {
        "key": str(uuid4()),
        "resources": [str(clinic.calendar.pk)],
        "all_day": "on",
        "first_day": monday().isoformat(),
        **fields,
    }


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def absences(clinic) -> list[tuple]:
    with clinic.scope():
        rows = Absence.objects.order_by("starts_at", "resource_id")
        return [(row.resource_id, timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)) for row in rows]


def enter(clinic, **fields) -> Absence:
    assert clinic.client.post(ADD, sent(clinic, **fields)).status_code == 303
    with clinic.scope():
        return Absence.objects.order_by("starts_at").first()


@pytest.mark.parametrize("level", [Level.NONE, Level.READ, Level.APPOINTMENTS, Level.ABSENCES, Level.FULL])
def test_whoever_has_the_right_enters_changes_and_deletes(clinic, level):
    absence = enter(clinic)
    someone = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.right(clinic.calendar, someone, level)
    client = pro.client_of(someone)
    own = [f"/absences/{absence.pk}/", f"/absences/{absence.pk}/delete/", f"/absences/{absence.pk}/appointments/"]

    of_all = 200 if level >= Level.ABSENCES else 403
    of_one = 200 if level >= Level.ABSENCES else 404 if level == Level.NONE else 403
    assert [client.get(page).status_code for page in ("/absences/", ADD)] == [of_all] * 2
    assert [client.get(page).status_code for page in own] == [of_one] * 3
    assert [client.post(page).status_code for page in own][0] == (422 if of_one == 200 else of_one)


def test_strangers_find_nothing_and_nobody_signs_in_first(clinic):
    absence = enter(clinic)
    own = [f"/absences/{absence.pk}/", f"/absences/{absence.pk}/delete/", f"/absences/{absence.pk}/appointments/"]
    stranger = pro.clinic().client

    assert [stranger.get(page).status_code for page in own] == [404] * 3
    assert "Sprechstunde Dr. Kaya" in text(clinic.client.get("/absences/"))
    assert [pro.client_of(None).get(page).status_code for page in (ADD, "/absences/", *own)] == [302] * 5


def test_someone_sees_and_enters_only_what_they_may_set(clinic):
    someone = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.right(clinic.calendar, someone, Level.ABSENCES)
        other, room = factories.calendar(name="Fremder"), factories.room(name="Raum 7")
        factories.absence(other, at("08:00"), at("09:00"))
    client = pro.client_of(someone)

    page = text(client.get(ADD))
    assert ("Dr. Kaya" in page, "Fremder" in page, "Raum 7" in page) == (True, False, False)
    assert client.post(ADD, sent(clinic, resources=[str(room.pk)])).status_code == 422
    assert "Fremder" not in text(client.get("/absences/"))
    assert client.get(f"/absences/?resource={other.pk}").status_code == 404
    assert "Raum 7" in text(clinic.client.get(ADD))


def test_whole_days_and_hours_are_entered(clinic):
    enter(clinic, last_day=(monday() + timedelta(days=4)).isoformat())
    enter(clinic, all_day="", first_day=monday(4).isoformat(), starts="13:00", ends="18:00")

    pk = clinic.calendar.pk
    assert absences(clinic) == [
        (pk, at("00:00"), at("00:00", monday() + timedelta(days=5))),
        (pk, at("13:00", monday(4)), at("18:00", monday(4))),
    ]


def test_every_week_for_several_is_one_series(clinic):
    with clinic.scope():
        device = factories.device()
    enter(clinic, resources=[str(clinic.calendar.pk), str(device.pk)], until=monday(5).isoformat())

    with clinic.scope():
        assert len(set(Absence.objects.values_list("series_id", flat=True))) == 1
        assert Absence.objects.count() == 8


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"resources": []}, "Wählen Sie mindestens einen Kalender, Raum oder ein Gerät."),
        ({"first_day": ""}, "Geben Sie einen Tag an."),
        ({"all_day": ""}, "Geben Sie an, ab wann, oder wählen Sie „Ganztägig“."),
        ({"all_day": "", "starts": "12:00", "ends": "11:00"}, "Das Ende muss nach dem Anfang liegen."),
        ({"last_day": "2020-01-01"}, "Das Ende muss nach dem Anfang liegen."),
        ({"until": "2020-01-01"}, "Die letzte Wiederholung darf nicht vor dem ersten Tag liegen."),
        ({"until": "2099-01-01"}, "Höchstens 104 Mal"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(clinic, fields, message):
    answer = clinic.client.post(ADD, sent(clinic, note="Fortbildung", **fields))

    assert (answer.status_code, message in text(answer), "Fortbildung" in text(answer)) == (422, True, True)
    assert absences(clinic) == []


# The appointments hit -------------------------------------------------------------------------------------------------


def listed(answer) -> dict[str, str]:
    """What the list of appointments would send as it stands."""
    page = answer.content.decode()
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    fields.pop("csrfmiddlewaretoken", None)
    for name, options in re.findall(r'<select[^>]* name="(act-[^"]+)">(.*?)</select>', page, re.S):
        fields[name] = re.search(r'<option value="([^"]+)" selected', options)[1]
    return fields


def messages(clinic) -> list[str]:
    with clinic.scope():
        return sorted(OutboxMessage.objects.values_list("kind", flat=True))


def test_the_list_comes_first_with_time_patient_and_calendar_and_nothing_is_written(clinic):
    clinic.book(at("09:00"))
    clinic.book(at("09:00", monday(3)))

    answer = clinic.client.post(ADD, sent(clinic, note="Kur"))

    page = text(answer)
    assert answer.status_code == 200
    assert "1 Termin liegt in dieser Zeit" in page
    assert ("von Müller-Lüdenscheidt, Änne" in page, "Sprechstunde Dr. Kaya" in page, "09:00" in page) == (True,) * 3
    assert (absences(clinic), messages(clinic)) == ([], [])
    assert listed(answer)["note"] == "Kur"


def test_leaving_all_enters_the_absence_and_says_so(clinic):
    clinic.book(at("09:00"))

    done = clinic.client.post(ADD, listed(clinic.client.post(ADD, sent(clinic))))

    assert (done.status_code, "1 belassen" in text(done)) == (200, True)
    assert (len(absences(clinic)), messages(clinic)) == (1, [])
    assert "1 Termin liegt darin" in text(clinic.client.get("/absences/"))


def test_moving_all_shows_where_beforehand_and_moves_them(clinic):
    for clock in ("09:00", "09:20"):
        clinic.book(at(clock))
    asked = clinic.client.post(ADD, sent(clinic))

    proposed = clinic.client.post(ADD, {**listed(asked), "all": "move-same"})
    plan = listed(proposed)
    assert len({value for name, value in plan.items() if name.startswith("act-")}) == 2
    done = clinic.client.post(ADD, plan)

    assert "2 verschoben" in text(done)
    with clinic.scope():
        moved = [timezone.localtime(start) for start in
                 Appointment.objects.order_by("starts_at").values_list("starts_at", flat=True)]  # fmt: skip
    tuesday = monday() + timedelta(days=1)
    assert moved == [at("08:00", tuesday), at("08:20", tuesday)]
    assert messages(clinic) == ["appointment.moved"] * 2


def test_each_can_have_its_own_end_and_the_result_says_which(clinic):
    first, second, third = (clinic.book(at(clock)) for clock in ("09:00", "09:20", "09:40"))
    plan = listed(clinic.client.post(ADD, {**listed(clinic.client.post(ADD, sent(clinic))), "all": "move-same"}))
    plan[f"act-{second.pk}"] = "cancel"
    plan[f"act-{third.pk}"] = plan[f"act-{first.pk}"]  # a time that the first one takes

    done = clinic.client.post(ADD, plan)

    assert "1 verschoben, 1 abgesagt, 1 nicht möglich" in text(done)
    assert "Die neue Zeit ist nicht mehr frei." in text(done) or "Jemand anderes hat die neue Zeit" in text(done)
    with clinic.scope():
        found = {row.pk: (row.status, row.moves) for row in Appointment.objects.all()}
    assert found == {first.pk: ("booked", 1), second.pk: ("cancelled", 0), third.pk: ("booked", 0)}
    assert messages(clinic) == ["appointment.cancelled", "appointment.moved"]


def test_sending_it_again_says_the_same_and_changes_nothing(clinic):
    first, second = (clinic.book(at(clock)) for clock in ("09:00", "09:20"))
    plan = listed(clinic.client.post(ADD, {**listed(clinic.client.post(ADD, sent(clinic))), "all": "move-same"}))
    plan[f"act-{second.pk}"] = "cancel"

    once, again = clinic.client.post(ADD, plan), clinic.client.post(ADD, plan)

    assert ["1 verschoben, 1 abgesagt" in text(answer) for answer in (once, again)] == [True, True]
    assert (len(absences(clinic)), messages(clinic)) == (1, ["appointment.cancelled", "appointment.moved"])


def undo(clinic, said: str):
    """Click on the undo of the change that is called so."""
    changes = clinic.client.get("/calendar/changes/").content.decode()
    found = re.search(rf'<strong>{said}</strong>.*?name="change" value="([^"]+)"', changes, re.S)
    return clinic.client.post("/calendar/undo/", {"change": found[1]}, follow=True)


def test_what_was_moved_or_cancelled_is_undone_as_one_once_the_absence_is_deleted(clinic):
    first, second, third = (clinic.book(at(clock)) for clock in ("09:00", "09:20", "09:40"))
    plan = listed(clinic.client.post(ADD, {**listed(clinic.client.post(ADD, sent(clinic))), "all": "move-same"}))
    plan[f"act-{second.pk}"] = "cancel"
    done = clinic.client.post(ADD, plan)
    assert "Letzte Änderungen" in text(done)

    too_soon = undo(clinic, "2 Termine: Verschoben")
    assert (too_soon.status_code, "abwesend" in text(too_soon).lower()) == (409, True)
    with clinic.scope():
        assert sorted(Appointment.objects.values_list("moves", flat=True)) == [0, 1, 1]
        absence = Absence.objects.get()

    clinic.client.post(f"/absences/{absence.pk}/delete/")
    assert "2 Termine" in text(undo(clinic, "2 Termine: Verschoben"))
    assert undo(clinic, "1 Termin: Abgesagt").status_code == 200

    with clinic.scope():
        rows = Appointment.objects.order_by("starts_at").values_list("pk", "starts_at", "status")
        assert list(rows) == [(each.pk, each.starts_at, "booked") for each in (first, second, third)]
        assert set(OutboxMessage.objects.values_list("status", flat=True)) == {"dropped"}  # nobody was told yet


def test_an_appointment_that_somebody_else_moved_meanwhile_is_left_to_them(clinic):
    appointment = clinic.book(at("09:00"))
    plan = listed(clinic.client.post(ADD, sent(clinic))) | {f"act-{appointment.pk}": "cancel"}
    with clinic.scope():
        Appointment.objects.update(starts_at=at("10:00"), ends_at=at("10:20"))

    done = clinic.client.post(ADD, plan)

    assert "Jemand anderes hat den Termin inzwischen verschoben." in text(done)
    with clinic.scope():
        assert Appointment.objects.get().status == "booked"


def test_an_appointment_booked_meanwhile_is_shown_before_anything_is_written(clinic):
    clinic.book(at("09:00"))
    plan = listed(clinic.client.post(ADD, sent(clinic)))
    clinic.book(at("10:00"))

    answer = clinic.client.post(ADD, plan)

    assert (answer.status_code, "Inzwischen wurde gebucht" in text(answer)) == (409, True)
    assert (absences(clinic), len([name for name in listed(answer) if name.startswith("was-")])) == ([], 2)


def test_who_has_arrived_is_not_sent_away_by_a_list(clinic):
    appointment = clinic.book(at("09:00"), status="arrived")
    answer = clinic.client.post(ADD, sent(clinic))
    done = clinic.client.post(ADD, listed(answer) | {f"act-{appointment.pk}": "cancel"})

    assert (f'name="act-{appointment.pk}"' in text(answer), "1 nicht möglich" in text(done)) == (False, True)


def test_where_one_may_not_book_nothing_is_moved_to(clinic):
    someone = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        other = factories.calendar(name="Fremder")
        factories.offer(other, clinic.reason)
        factories.hours(other)
        factories.right(clinic.calendar, someone, Level.ABSENCES)
        factories.right(other, someone, Level.READ)
    appointment, client = clinic.book(at("09:00")), pro.client_of(someone)
    asked = client.post(ADD, sent(clinic))
    forged = listed(asked) | {f"act-{appointment.pk}": f"{other.pk}@{at('10:00').isoformat()}"}

    done = client.post(ADD, forged)

    assert ("Fremder" in text(asked), "1 nicht möglich" in text(done)) == (False, True)
    with clinic.scope():
        assert Appointment.objects.get().calendar_id == clinic.calendar.pk


def test_what_was_left_can_be_moved_later(clinic):
    clinic.book(at("09:00"))
    clinic.client.post(ADD, listed(clinic.client.post(ADD, sent(clinic))))
    with clinic.scope():
        address = f"/absences/{Absence.objects.get().pk}/appointments/"

    plan = listed(clinic.client.post(address, {**listed(clinic.client.get(address)), "all": "move-any"}))
    done = clinic.client.post(address, plan)

    assert "1 verschoben" in text(done)
    assert "Kein Termin in dieser Zeit" in text(clinic.client.get(address))


def test_the_number_of_queries_does_not_grow_with_the_appointments(clinic):
    def count(page) -> int:
        with CaptureQueriesContext(connections["pool"]) as queries:
            assert page().status_code == 200
        return len(queries)

    form = sent(clinic)
    clinic.book(at("09:00"))
    one = count(lambda: clinic.client.post(ADD, form))
    for clock in ("10:00", "11:00"):
        clinic.book(at(clock))
    assert count(lambda: clinic.client.post(ADD, form)) == one

    with clinic.scope():
        factories.absence(clinic.calendar, at("09:00"), at("10:00"))
    one = count(lambda: clinic.client.get("/absences/"))
    with clinic.scope():
        for week in (3, 4):
            factories.absence(clinic.calendar, at("09:00", monday(week)), at("10:00", monday(week)), note="Kongress")
    assert count(lambda: clinic.client.get("/absences/")) == one


# Changing and deleting ------------------------------------------------------------------------------------------------


def test_a_series_is_changed_from_one_on(clinic):
    enter(clinic, until=monday(4).isoformat())
    with clinic.scope():
        middle = Absence.objects.order_by("starts_at")[1]
    fields = {"first_day": monday(3).isoformat(), "starts": "13:00", "ends": "18:00", "note": "", "reach": "following"}
    answer = clinic.client.post(f"/absences/{middle.pk}/", fields)

    assert answer.status_code == 303
    assert [row[1].hour for row in absences(clinic)] == [0, 13, 13]


def test_an_absence_is_deleted_after_a_question(clinic):
    absence = enter(clinic)
    address = f"/absences/{absence.pk}/delete/"

    assert "kann sofort wieder gebucht werden" in text(clinic.client.get(address))
    assert clinic.client.post(address).status_code == 303
    assert absences(clinic) == []


def test_those_that_are_over_are_on_a_page_of_their_own(clinic):
    with clinic.scope():
        factories.absence(clinic.calendar, at("08:00", date(2020, 1, 6)), at("09:00", date(2020, 1, 6)), note="Alt")

    pages = [text(clinic.client.get(f"/absences/{query}")) for query in ("", "?past=1")]
    assert ["6. Januar 2020" in page for page in pages] == [False, True]
