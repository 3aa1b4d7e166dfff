"""Several chosen appointments: moved by days or into another calendar, cancelled, given a status, undone as one."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from accounts.enums import Level, UserKind
from appointments.models import Appointment, AppointmentChange, Occupancy
from doctolib.outbox.models import OutboxMessage
from tests import factories, pro

pytestmark = pytest.mark.django_db
MINUTES = timedelta(minutes=20)


@pytest.fixture
def clinic():
    return pro.clinic(closed_on_holidays=False)


@pytest.fixture
def start(clinic):
    """A Monday ahead at nine o'clock in Berlin."""
    today = timezone.localdate()
    monday = today + timedelta(days=14 - today.weekday())
    return timezone.make_aware(datetime.combine(monday, time(9)))


@pytest.fixture
def three(clinic, start):
    return [clinic.book(start + number * MINUTES) for number in range(3)]


def ids(visits) -> str:
    return ",".join(str(each.pk) for each in visits)


def picks(visits) -> list[str]:
    return [f"{each.pk}:{each.version}" for each in visits]


def shift(visits, count=1, unit="days-later", calendar="", pick=None) -> dict:
    names = [str(each.pk) for each in visits]
    return {
        "ids": names,
        "pick": picks(visits) if pick is None else pick,
        "count": count,
        "unit": unit,
        "calendar": calendar,
    }


def times(clinic) -> list:
    with clinic.scope():
        rows = Appointment.objects.exclude(status="cancelled").order_by("starts_at")
        return list(rows.values_list("calendar_id", "starts_at"))


def test_the_page_names_each_and_what_can_be_done(clinic, three):
    html = clinic.client.get(f"/appointments/chosen/?ids={ids(three)}").content.decode()

    assert "3 gewählte Termine" in html
    assert html.count("von Müller-Lüdenscheidt") == 3
    assert "3 Termine absagen …" in html


def test_the_plan_says_which_new_times_are_free_and_why_others_are_not(clinic, three, start):
    clinic.book(start + timedelta(days=1) + MINUTES)  # where the second would be

    answer = clinic.client.get(f"/appointments/chosen/?ids={ids(three)}&count=1&unit=days-later&calendar=")

    assert [line["is_free"] for line in answer.context["plan"]] == [True, False, True]
    assert "2 von 3 neuen Zeiten sind frei" in answer.content.decode()
    assert "Diese Zeit ist belegt" in answer.content.decode()
    assert times(clinic)[:3] == [(clinic.calendar.pk, start + number * MINUTES) for number in range(3)]


def test_by_one_step_of_their_own_they_are_not_in_each_others_way(clinic, three, start):
    """Each takes the time that the next one had."""
    with clinic.scope():
        other = factories.calendar()
        factories.offer(other, clinic.reason)
        factories.hours(other)

    clinic.client.post("/appointments/chosen/move/", shift(three, 1, "weeks-later", other.pk))

    assert times(clinic) == [(other.pk, start + timedelta(days=7) + number * MINUTES) for number in range(3)]


def test_all_are_moved_each_patient_is_told_and_one_undo_brings_all_back(clinic, three, start):
    answer = clinic.client.post("/appointments/chosen/move/", shift(three, 2), headers={"hx-request": "true"})

    assert (answer.status_code, answer["HX-Trigger"]) == (200, "appointments-changed")
    assert "3 Termine sind verschoben." in answer.content.decode()
    assert times(clinic) == [(clinic.calendar.pk, start + timedelta(days=2) + number * MINUTES) for number in range(3)]
    with clinic.scope():
        assert OutboxMessage.objects.filter(kind="appointment.moved", status="waiting").count() == 3
        assert AppointmentChange.objects.filter(part=0).count() == 1

    undone = clinic.client.post("/calendar/undo/", {}, headers={"accept": "application/json"}).json()

    assert undone == {"said": "Rückgängig gemacht: 3 Termine.", "change": None, "event": None}
    assert times(clinic) == [(clinic.calendar.pk, start + number * MINUTES) for number in range(3)]
    with clinic.scope():
        assert OutboxMessage.objects.filter(kind="appointment.moved").exclude(status="dropped").count() == 0


def test_who_was_told_already_is_told_where_it_was_and_is(clinic, three, start):
    clinic.client.post("/appointments/chosen/move/", shift(three[:1], 2))
    with clinic.scope():
        OutboxMessage.objects.update(status="sent", payload=None)

    clinic.client.post("/calendar/undo/")

    with clinic.scope():
        told = OutboxMessage.objects.get(kind="appointment.moved", status="waiting")
        was = datetime.fromisoformat(told.payload["starts_at"])
        assert (told.payload["calendar"], was) == (clinic.calendar.pk, start + timedelta(days=2))


def test_one_that_cannot_move_keeps_all_and_is_named(clinic, three, start):
    clinic.book(start + timedelta(days=1) + MINUTES)

    answer = clinic.client.post("/appointments/chosen/move/", shift(three))

    assert answer.status_code == 409
    assert "Es wurde nichts geändert." in answer.content.decode()
    assert times(clinic)[:3] == [(clinic.calendar.pk, start + number * MINUTES) for number in range(3)]


def test_one_that_somebody_else_has_changed_keeps_all(clinic, three):
    with clinic.scope():
        Appointment.objects.filter(pk=three[1].pk).update(version=2)
    before = times(clinic)

    answer = clinic.client.post("/appointments/chosen/move/", shift(three))

    assert (answer.status_code, times(clinic)) == (409, before)
    assert "Jemand hat diesen Termin inzwischen geändert" in answer.content.decode()


def test_all_are_cancelled_with_a_reason_and_come_back(clinic, three):
    answer = clinic.client.post("/appointments/chosen/cancel/", {"pick": picks(three), "reason": "Streik"})

    assert (answer.status_code, times(clinic)) == (303, [])
    with clinic.scope():
        assert {each.details["cancel_reason"] for each in Appointment.objects.all()} == {"Streik"}
        assert OutboxMessage.objects.filter(kind="appointment.cancelled").count() == 3

    page = clinic.client.get("/calendar/changes/").content.decode()
    assert "3 Termine: Abgesagt" in page
    clinic.client.post("/calendar/undo/")
    assert len(times(clinic)) == 3


@pytest.mark.parametrize("values", [{"count": "x"}, {"count": ""}, {"count": 0}, {"count": 367}, {"unit": "years"}])
def test_a_wrong_shift_is_said_and_moves_nothing(clinic, three, values):
    before = times(clinic)

    answer = clinic.client.post("/appointments/chosen/move/", shift(three) | values)

    assert (answer.status_code, times(clinic)) == (422, before)


def test_nothing_ticked_is_said(clinic, three):
    answer = clinic.client.post("/appointments/chosen/move/", shift(three, pick=[]))

    assert answer.status_code == 422
    assert "Wählen Sie mindestens einen Termin aus." in answer.content.decode()


def test_who_may_not_change_one_of_them_changes_none(clinic, three, start):
    with clinic.scope():
        other = factories.calendar()
        factories.offer(other, clinic.reason)
        factories.hours(other)
    read_only = clinic.book(start + timedelta(hours=2), calendar=other)
    account = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.right(clinic.calendar, account, Level.INSIDE)
        factories.right(other, account, Level.READ)
    client, before = pro.client_of(account), times(clinic)

    page = client.get(f"/appointments/chosen/?ids={ids([*three, read_only])}")
    assert [row["can_change"] for row in page.context["rows"]] == [True, True, True, False]
    refused = [
        client.post("/appointments/chosen/move/", shift([*three, read_only])),
        client.post("/appointments/chosen/cancel/", {"pick": picks([*three, read_only])}),
        client.post("/appointments/chosen/move/", shift(three, calendar=other.pk)),
    ]

    assert [answer.status_code for answer in refused] == [403, 403, 422]
    assert times(clinic) == before


def test_what_is_not_theirs_to_see_is_not_found(clinic, three):
    stranger = pro.clinic()
    theirs = stranger.book()

    asked = [
        clinic.client.get(f"/appointments/chosen/?ids={ids([three[0], theirs])}"),
        clinic.client.get("/appointments/chosen/"),
        clinic.client.get("/appointments/chosen/?ids=17"),
        clinic.client.post("/appointments/chosen/move/", shift([theirs])),
        clinic.client.post("/appointments/chosen/cancel/", {"pick": picks([theirs])}),
        clinic.client.post("/appointments/chosen/cancel/", {"pick": ["x:y"]}),
    ]

    assert [answer.status_code for answer in asked] == [404] * 6


def test_the_list_offers_to_tick_what_may_be_changed(clinic, three, start):
    html = clinic.client.get(f"/list/?calendars={clinic.calendar.pk}&date={start:%Y-%m-%d}").content.decode()

    assert html.count('name="ids"') == 3
    assert "Angekreuzte verschieben oder absagen …" in html


def test_the_list_offers_no_tick_for_what_is_over_or_came_to_nothing(clinic, three, start):
    with clinic.scope():
        Appointment.objects.filter(pk=three[0].pk).update(status="no_show")
        past = timezone.now() - timedelta(days=14)
        Appointment.objects.filter(pk=three[1].pk).update(starts_at=past, ends_at=past + timedelta(minutes=20))
    day, before = f"{start:%Y-%m-%d}", f"{timezone.localtime(past):%Y-%m-%d}"

    html = clinic.client.get(f"/list/?calendars={clinic.calendar.pk}&date={day}").content.decode()
    old = clinic.client.get(f"/list/?calendars={clinic.calendar.pk}&date={before}").content.decode()

    assert html.count('name="ids"') == 1
    assert f"/appointments/{three[1].pk}/" in old and 'name="ids"' not in old
    assert "Angekreuzte verschieben oder absagen …" not in old


@pytest.fixture
def today(clinic):
    """Three of this morning."""
    morning = timezone.make_aware(datetime.combine(timezone.localdate(), time(0)))
    return [clinic.book(morning + number * MINUTES) for number in range(3)]


def statuses(clinic) -> list[str]:
    with clinic.scope():
        return list(Appointment.objects.order_by("starts_at").values_list("status", flat=True))


def busy(clinic) -> list:
    with clinic.scope():
        return list(Occupancy.objects.order_by("starts_at").values_list("appointment_id", "starts_at", "status"))


def test_the_status_of_all_is_one_change_and_one_undo_brings_all_back(clinic, today):
    before = busy(clinic)
    page = clinic.client.get("/appointments/chosen/", {"ids": ids(today)}).content.decode()
    assert "Status von 3 setzen" in page

    done = clinic.client.post("/appointments/chosen/status/", {"pick": picks(today), "status": "no_show"}, follow=True)

    assert "3 Termine haben den Status: nicht erschienen." in done.content.decode()
    assert "3 Termine: Status geändert" in done.content.decode()
    assert statuses(clinic) == ["no_show"] * 3
    with clinic.scope():
        change = AppointmentChange.objects.get(part=0)
    undone = clinic.client.post("/calendar/undo/", {"change": change.pk}, follow=True)
    assert "3 Termine." in undone.content.decode()
    assert (statuses(clinic), busy(clinic)) == (["booked"] * 3, before)


def test_those_that_have_the_status_already_are_left_alone(clinic, today):
    url = f"/appointments/{today[0].pk}/status/"
    clinic.client.post(url, {"status": "arrived", "version": today[0].version})
    with clinic.scope():
        now = list(Appointment.objects.order_by("starts_at"))
        arrived_at = now[0].arrived_at
    fields = {"pick": picks(now), "status": "arrived"}

    answer = clinic.client.post("/appointments/chosen/status/", fields, headers={"Accept": "application/json"}).json()

    with clinic.scope():
        assert AppointmentChange.objects.filter(action__isnull=False).count() == 2
        assert Appointment.objects.order_by("starts_at").first().arrived_at == arrived_at
        fields["pick"] = picks(Appointment.objects.all())
    assert (answer["said"], answer["event"]) == ("3 Termine haben den Status: angekommen.", None)
    again = clinic.client.post("/appointments/chosen/status/", fields, headers={"Accept": "application/json"}).json()
    assert again["change"] is None
    panel = clinic.client.post("/appointments/chosen/status/", fields, headers={"HX-Request": "true"}).content.decode()
    assert "3 Termine haben den Status" in panel and "/calendar/undo/" not in panel  # that would be the change before


def test_a_status_before_the_day_of_one_of_them_or_of_an_old_version_is_nobody_s(clinic, today, start):
    later = clinic.book(start)
    stale = [f"{each.pk}:{each.version + 1}" for each in today]

    answers = [
        clinic.client.post("/appointments/chosen/status/", {"pick": pick, "status": "arrived"})
        for pick in (picks([*today, later]), stale)
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert "Der Termin ist erst am " in answers[0].content.decode()
    assert statuses(clinic) == ["booked"] * 4
    page = clinic.client.get("/appointments/chosen/", {"ids": ids([later, today[0]])}).content.decode()
    assert "Status von 1 setzen" in page  # only of whose day has come


@pytest.mark.parametrize(("status", "code"), [("cancelled", 422), ("", 422), ("somewhere", 422)])
def test_no_other_status_is_set(clinic, today, status, code):
    fields = {"pick": picks(today), "status": status}
    assert clinic.client.post("/appointments/chosen/status/", fields).status_code == code
    assert clinic.client.post("/appointments/chosen/status/", fields, headers={"Accept": "application/json"}).json()[
        "errors"
    ]
    assert statuses(clinic) == ["booked"] * 3


def test_who_may_only_read_one_of_them_sets_no_status(clinic, today):
    member = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.right(clinic.calendar, member, Level.READ)

    answer = pro.client_of(member).post("/appointments/chosen/status/", {"pick": picks(today), "status": "arrived"})

    assert (answer.status_code, statuses(clinic)) == (403, ["booked"] * 3)
