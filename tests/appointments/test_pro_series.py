"""The pages of series, visits of several parts and prescriptions: each step, each refusal, who is turned away."""

import re
from datetime import datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Level, UserKind
from appointments.models import Appointment, Prescription, Series
from doctolib.audit.models import AuditEvent
from doctolib.outbox.models import OutboxMessage
from tests import factories, pro

pytestmark = pytest.mark.django_db
HTMX = {"hx-request": "true"}
BERLIN = ZoneInfo("Europe/Berlin")
WEEK = timedelta(days=7)


def monday():
    """The Monday after next week: no matter when the tests run."""
    today = timezone.now().astimezone(BERLIN).date()
    return today + timedelta(days=14 - today.weekday())


def at(clock: str, day=None) -> datetime:
    return datetime.combine(day or monday(), time.fromisoformat(clock), tzinfo=BERLIN)


@pytest.fixture
def clinic():
    return pro.clinic(closed_on_holidays=False)


@pytest.fixture
def first(clinic):
    return clinic.book(at("09:00"))


def someone(clinic, level: Level | None):
    account = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    if level is not None:
        with clinic.scope():
            factories.right(clinic.calendar, account, level)
    return pro.client_of(account)


def rule(**fields) -> dict:
    return {"every": "1", "unit": "weeks", "count": "4", **fields}


def dates_page(client, appointment, **fields):
    return client.get(f"/series/new/?{urlencode({'appointment': appointment.pk, **rule(**fields)}, doseq=True)}")


def choice(weeks: int, clock: str = "09:00", day=None) -> tuple[str, str]:
    """A date's key and moment as the page's form sends it."""
    wanted = (day or monday()) + WEEK * weeks
    return f"date-{wanted.isoformat()}", at(clock, wanted).astimezone(ZoneInfo("UTC")).isoformat()


def chosen(*weeks: int, **fields) -> dict:
    return {**rule(), **dict(choice(number) for number in weeks), **fields}


def book(client, appointment, data, **options):
    return client.post(f"/series/new/?appointment={appointment.pk}", data, **options)


def times(clinic) -> list[str]:
    with clinic.scope():
        rows = Appointment.objects.exclude(status="cancelled").order_by("starts_at")
        return [
            f"{(start.astimezone(BERLIN).date() - monday()).days} {start.astimezone(BERLIN):%H:%M}"
            for start in rows.values_list("starts_at", flat=True)
        ]


def kinds(clinic) -> list[str]:
    with clinic.scope():
        return list(OutboxMessage.objects.order_by("created_at").values_list("kind", flat=True))


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# Planning and booking ------------------------------------------------------------------------------------------------


def test_the_panel_leads_to_a_series_and_the_form_says_with_what_it_begins(clinic, first):
    panel = clinic.client.get(f"/appointments/{first.pk}/", headers=HTMX).content.decode()
    answer = clinic.client.get(f"/series/new/?appointment={first.pk}")

    assert f'href="/series/new/?appointment={first.pk}"' in panel
    assert "Als Serie wiederholen" in panel
    assert answer.status_code == 200
    assert "Die Serie beginnt mit diesem Termin" in text(answer)


def test_all_dates_are_shown_with_their_state_and_suggestions(clinic, first):
    with clinic.scope():
        factories.busy(clinic.calendar, at("09:00", monday() + WEEK), at("09:20", monday() + WEEK))

    answer = dates_page(clinic.client, first)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert len(re.findall(r'<select name="date-', page)) == 3
    assert (page.count("> frei<") + text(answer).count(" frei "), " belegt " in text(answer)) >= (2, True)
    conflict = re.search(rf'<select name="{choice(1)[0]}".*?</select>', page, re.DOTALL)[0]
    assert re.findall(r">([^<]+)</option>", conflict)[0] == "Bitte wählen"
    assert len(re.findall("<option", conflict)) == 5  # please choose, three suggestions, leave out
    assert "wird der erste Termin der Serie" in text(answer)
    assert times(clinic) == ["0 09:00"]  # looking books nothing


def test_the_chosen_dates_are_booked_with_one_message(clinic, first):
    answer = book(clinic.client, first, chosen(1, 2, 3))

    assert (answer.status_code, answer["Location"]) == (303, f"/appointments/{first.pk}/series/")
    assert times(clinic) == ["0 09:00", "7 09:00", "14 09:00", "21 09:00"]
    assert kinds(clinic) == ["appointment.series_booked"]
    page = text(clinic.client.get(answer["Location"]))
    assert "4 Termine sind gebucht" in page and "Jede Woche, Montag, 4 Mal" in page


def test_a_date_that_is_left_out_is_not_booked(clinic, first):
    book(clinic.client, first, chosen(1, 3, **{choice(2)[0]: "-"}))
    assert times(clinic) == ["0 09:00", "7 09:00", "21 09:00"]


def test_a_conflict_without_a_choice_is_asked_for_and_the_other_choices_stay(clinic, first):
    with clinic.scope():
        factories.busy(clinic.calendar, at("09:00", monday() + WEEK), at("09:20", monday() + WEEK))

    answer = book(clinic.client, first, chosen(3, **{choice(1)[0]: "", choice(2)[0]: "-"}))

    assert answer.status_code == 422
    assert "Wählen Sie eine andere Zeit oder lassen Sie diesen Termin aus." in text(answer)
    kept = re.search(rf'<select name="{choice(2)[0]}".*?</select>', answer.content.decode(), re.DOTALL)[0]
    assert '<option value="-" selected>auslassen' in kept
    assert times(clinic) == ["0 09:00"]


def test_a_date_that_was_lost_meanwhile_refuses_all_and_shows_what_is_free_now(clinic, first):
    with clinic.scope():
        factories.busy(clinic.calendar, at("09:00", monday() + WEEK), at("09:20", monday() + WEEK))

    answer = book(clinic.client, first, chosen(1, 2, 3))

    assert answer.status_code == 409
    assert "Die gewählte Zeit ist nicht mehr frei." in text(answer)
    assert (times(clinic), kinds(clinic)) == (["0 09:00"], [])


def test_all_left_out_is_refused(clinic, first):
    answer = book(clinic.client, first, {**rule(), **{choice(number)[0]: "-" for number in (1, 2, 3)}})
    assert (answer.status_code, "Wählen Sie mindestens einen Termin." in text(answer)) == (409, True)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"count": ""}, "Geben Sie eine Anzahl oder einen letzten Tag an."),
        ({"count": "105"}, "104"),
        ({"every": "0"}, "1"),
        ({"every": "5", "count": "104"}, "Der letzte Termin liegt mehr als zwei Jahre nach dem ersten."),
        ({"until": "31.12.2099"}, "in den nächsten drei Jahren"),
        ({"weekdays": ["2", "4"]}, "Der erste Termin ist an einem Montag. Kreuzen Sie diesen Tag mit an."),
    ],
)
def test_a_rule_that_is_none_is_asked_again(clinic, first, fields, says):
    answer = dates_page(clinic.client, first, **fields)

    assert answer.status_code == 422
    assert says in text(answer)
    assert 'class="error-summary"' in answer.content.decode()


def test_the_way_back_to_the_rule_keeps_what_was_typed(clinic, first):
    page = dates_page(clinic.client, first, weekdays=["1", "3"], every="2").content.decode()
    back = re.search(r'href="(/series/new/[^"]+change=1)"', page)[1].replace("&amp;", "&")
    form = clinic.client.get(back).content.decode()

    assert 'name="every" value="2"' in form and 'name="count" value="4"' in form
    assert re.findall(r'name="weekdays" value="(\d)"[^>]*checked', form) == ["1", "3"]


def test_in_the_panel_the_steps_are_fragments_and_the_grid_hears_of_the_end(clinic, first):
    form = clinic.client.get(f"/series/new/?appointment={first.pk}", headers=HTMX)
    answer = book(clinic.client, first, chosen(1, 2, 3), headers=HTMX)

    for each in (form, answer):
        assert (each.status_code, "<html" in each.content.decode()) == (200, False)
        assert 'class="panel-head"' in each.content.decode()
    assert answer["HX-Trigger"] == "appointments-changed"


def test_a_new_series_for_a_patient_without_an_appointment(clinic):
    with clinic.scope():
        patient = factories.patient()
    fields = rule(offer=f"{clinic.calendar.pk}-{clinic.reason.pk}", first=f"{monday():%d.%m.%Y}", clock="09:00")
    form = clinic.client.get(f"/series/new/?patient={patient.pk}")
    answer = clinic.client.post(
        f"/series/new/?patient={patient.pk}", {**fields, **dict(choice(number) for number in (0, 1, 2, 3))}
    )

    assert "Kalender und Besuchsgrund" in text(form)
    assert answer.status_code == 303
    assert times(clinic) == ["0 09:00", "7 09:00", "14 09:00", "21 09:00"]


def test_the_form_of_a_new_appointment_leads_to_a_series_with_what_it_has(clinic):
    with clinic.scope():
        patient = factories.patient()
    sent = {"patient": patient.pk, "calendar": clinic.calendar.pk, "reason": clinic.reason.pk, "series": "1"}
    answer = clinic.client.post("/appointments/new/", {**sent, "start": at("09:00").strftime("%Y-%m-%dT%H:%M")})
    assert answer.status_code == 303
    page = clinic.client.get(answer["Location"]).content.decode()

    assert f'<option value="{clinic.calendar.pk}-{clinic.reason.pk}" selected>' in page
    assert f'value="{monday():%d.%m.%Y}"' in page and 'value="09:00"' in page
    assert times(clinic) == []


def test_an_appointment_of_a_series_leads_to_it(clinic, first):
    book(clinic.client, first, chosen(1, 2, 3))
    answer = clinic.client.get(f"/series/new/?appointment={first.pk}")
    assert (answer.status_code, answer["Location"]) == (303, f"/appointments/{first.pk}/series/")


@pytest.mark.parametrize(("level", "status"), [(None, 404), (Level.NONE, 404), (Level.READ, 403), (Level.INSIDE, 200)])
def test_who_may_plan_a_series(clinic, first, level, status):
    client = someone(clinic, level)
    assert dates_page(client, first).status_code == status
    assert book(client, first, chosen(1, 2, 3)).status_code == {200: 303}.get(status, status)


def test_strangers_are_turned_away(clinic, first):
    other = pro.clinic()
    book(clinic.client, first, chosen(1, 2, 3))
    addresses = [
        f"/series/new/?appointment={first.pk}",
        f"/series/new/?patient={first.patient_id}",
        f"/appointments/{first.pk}/series/",
        f"/appointments/{first.pk}/series/move/",
        f"/visits/new/?patient={first.patient_id}",
        f"/appointments/{first.pk}/visit/",
        f"/appointments/{first.pk}/prescription/",
        f"/patients/{first.patient_id}/prescriptions/new/",
        "/series/new/", "/series/new/?patient=x", "/visits/new/",
    ]  # fmt: skip
    assert {address: other.client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 404)
    assert other.client.post(f"/appointments/{first.pk}/series/cancel/", {"scope": "all"}).status_code == 404
    nobody = pro.client_of(None)
    assert {nobody.get(address).status_code for address in addresses} == {302}


def test_a_calendar_that_may_not_be_booked_is_no_choice(clinic, first):
    """Its number in the form is refused like any that is no choice."""
    client = someone(clinic, Level.INSIDE)
    with clinic.scope():
        other = factories.calendar()
        factories.offer(other, clinic.reason)
        factories.hours(other)
    fields = rule(offer=f"{other.pk}-{clinic.reason.pk}", first=f"{monday():%d.%m.%Y}", clock="09:00")
    answer = client.post(f"/series/new/?patient={first.patient_id}", {**fields, **dict([choice(0)])})
    assert answer.status_code == 422


def queries(client, address: str) -> int:
    client.get(address)
    counters = [CaptureQueriesContext(connections[alias]) for alias in ("default", "pool")]
    with counters[0], counters[1]:
        assert client.get(address).status_code == 200
    return sum(map(len, counters))


def test_the_dates_cost_as_many_queries_for_thirty_as_for_three(clinic, first):
    base = f"/series/new/?appointment={first.pk}&every=1&unit=weeks"
    with clinic.scope():
        for number in (1, 2):
            factories.busy(
                clinic.calendar, at("09:00", monday() + WEEK * number), at("09:20", monday() + WEEK * number)
            )
    assert queries(clinic.client, f"{base}&count=3") == queries(clinic.client, f"{base}&count=31")


# A series that is booked ---------------------------------------------------------------------------------------------


@pytest.fixture
def series(clinic, first):
    book(clinic.client, first, chosen(1, 2, 3))
    with clinic.scope():
        OutboxMessage.objects.all().delete()
        return list(Appointment.objects.order_by("starts_at"))


def test_the_panel_says_which_of_how_many(clinic, series):
    page = text(clinic.client.get(f"/appointments/{series[2].pk}/", headers=HTMX))
    assert "3 von 4" in page and "Serie zeigen oder ändern" in page
    assert "Als Serie wiederholen" not in page


def test_the_series_lists_its_appointments_and_looking_is_in_the_trail(clinic, series):
    answer = clinic.client.get(f"/appointments/{series[1].pk}/series/")

    assert len(re.findall(r'class="row-name"', answer.content.decode())) == 4
    with clinic.scope():
        assert AuditEvent.objects.filter(action="series.viewed").count() == 1
        Appointment.objects.filter(pk__in=[each.pk for each in series[2:]]).update(series=None)
    fewer = queries(clinic.client, f"/appointments/{series[1].pk}/series/")
    with clinic.scope():
        Appointment.objects.filter(pk__in=[each.pk for each in series[2:]]).update(series=Series.objects.get())
    assert queries(clinic.client, f"/appointments/{series[1].pk}/series/") == fewer


def shift(scope: str, day, clock: str = "09:00") -> dict:
    return {"scope": scope, "day": f"{day:%d.%m.%Y}", "clock": clock}


def moved(rows, days: int, clock: str = "09:00", base=None) -> dict:
    found = {}
    for each in rows:
        day = each.starts_at.astimezone(BERLIN).date() + timedelta(days=days)
        found[f"date-{each.pk}"] = at(clock, day).astimezone(ZoneInfo("UTC")).isoformat()
    return found


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("one", ["0 09:00", "8 09:40", "14 09:00", "21 09:00"]),
        ("following", ["0 09:00", "8 09:40", "15 09:40", "22 09:40"]),
        ("all", ["1 09:40", "8 09:40", "15 09:40", "22 09:40"]),
    ],
)
def test_one_the_following_or_all_move_by_the_same_shift(clinic, series, scope, expected):
    address = f"/appointments/{series[1].pk}/series/move/"
    form = shift(scope, monday() + WEEK + timedelta(days=1), "09:40")
    rows = {"one": series[1:2], "following": series[1:], "all": series}[scope]
    preview = clinic.client.get(f"{address}?{urlencode(form)}")

    answer = clinic.client.post(address, {**form, **moved(rows, 1, "09:40")})

    assert preview.status_code == 200
    assert len(re.findall(r'<select name="date-', preview.content.decode())) == len(rows)
    assert (answer.status_code, answer["Location"]) == (303, f"/appointments/{series[1].pk}/series/")
    assert times(clinic) == expected
    assert kinds(clinic) == ["appointment.series_moved"]


def test_a_preview_of_a_move_changes_nothing_and_does_not_stand_in_its_own_way(clinic, series):
    """Twenty minutes later each visit touches its own old time."""
    with clinic.scope():
        type(clinic.reason).objects.update(duration=40)
    form = shift("all", monday(), "09:20")
    answer = clinic.client.get(f"/appointments/{series[0].pk}/series/move/?{urlencode(form)}")

    assert "Alle sind frei." in text(answer)
    assert times(clinic) == ["0 09:00", "7 09:00", "14 09:00", "21 09:00"]
    with clinic.scope():
        assert Appointment.objects.filter(occupancy__isnull=False).count() == 4


def test_a_move_onto_what_was_taken_meanwhile_is_refused(clinic, series):
    with clinic.scope():
        day = monday() + WEEK * 2 + timedelta(days=1)
        factories.busy(clinic.calendar, at("09:00", day), at("09:20", day))
    form = shift("all", monday() + timedelta(days=1))
    answer = clinic.client.post(f"/appointments/{series[0].pk}/series/move/", {**form, **moved(series, 1)})

    assert answer.status_code == 409
    assert times(clinic) == ["0 09:00", "7 09:00", "14 09:00", "21 09:00"]


def test_a_wrong_day_is_said_and_the_form_is_open(clinic, series):
    address = f"/appointments/{series[0].pk}/series/move/?scope=all&day=gestern&clock=09:00"
    answer = clinic.client.get(address)
    assert answer.status_code == 422
    assert 'value="gestern"' in answer.content.decode()


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("one", ["0 09:00", "14 09:00", "21 09:00"]),
        ("following", ["0 09:00"]),
        ("all", []),
    ],
)
def test_one_the_following_or_all_are_cancelled(clinic, series, scope, expected):
    address = f"/appointments/{series[1].pk}/series/cancel/"
    answer = clinic.client.post(address, {"scope": scope, "reason": "Umzug"})

    assert answer.status_code == 303
    assert times(clinic) == expected
    assert kinds(clinic) == ["appointment.series_cancelled"]


def test_who_may_only_read_sees_the_series_and_changes_nothing(clinic, series):
    client = someone(clinic, Level.READ)
    page = client.get(f"/appointments/{series[0].pk}/series/")

    assert (page.status_code, "Absagen" in text(page)) == (200, False)
    assert client.post(f"/appointments/{series[0].pk}/series/cancel/", {"scope": "all"}).status_code == 403
    form = urlencode(shift("all", monday()))
    assert client.get(f"/appointments/{series[0].pk}/series/move/?{form}").status_code == 403
    assert len(times(clinic)) == 4


# Visits of several parts ---------------------------------------------------------------------------------------------


@pytest.fixture
def doctor(clinic):
    with clinic.scope():
        calendar = factories.calendar(name="EKG-Raum")
        factories.hours(calendar, starts="08:00", ends="09:00")
        return calendar, factories.reason(calendars=[calendar], name_de="EKG", duration=10, step=10)


def parts(clinic, doctor, **fields) -> dict:
    start = f"{monday():%d.%m.%Y}"
    return {"part-1": doctor[1].pk, "part-2": clinic.reason.pk, "from": start, "gap": "0", **fields}


def visit_value(clinic, doctor, ecg: str = "08:10", talk: str = "08:20") -> str:
    utc = ZoneInfo("UTC")
    pairs = ((doctor[0].pk, ecg), (clinic.calendar.pk, talk))
    return ",".join(f"{pk}@{at(clock).astimezone(utc).isoformat()}" for pk, clock in pairs)


def test_a_visit_is_found_booked_and_shown_as_parts(clinic, doctor):
    with clinic.scope():
        patient = factories.patient()
    query = urlencode({"patient": patient.pk, **parts(clinic, doctor)})
    listed = clinic.client.get(f"/visits/new/?{query}")
    value = visit_value(clinic, doctor)

    answer = clinic.client.post(f"/visits/new/?patient={patient.pk}", {**parts(clinic, doctor), "times": value})

    assert f'value="{value}"'.replace("+", "+") in listed.content.decode()
    assert answer.status_code == 303
    assert times(clinic) == ["0 08:10", "0 08:20"]
    assert kinds(clinic) == ["appointment.chain_booked"]
    with clinic.scope():
        second = Appointment.objects.get(calendar=clinic.calendar)
    assert "Teil 2 von 2" in text(clinic.client.get(f"/appointments/{second.pk}/", headers=HTMX))


@pytest.fixture
def visit(clinic, doctor):
    with clinic.scope():
        patient = factories.patient()
    data = {**parts(clinic, doctor), "times": visit_value(clinic, doctor)}
    clinic.client.post(f"/visits/new/?patient={patient.pk}", data)
    with clinic.scope():
        OutboxMessage.objects.all().delete()
        return list(Appointment.objects.order_by("starts_at"))


def test_cards_and_list_say_which_part_it_is(clinic, doctor, visit):
    ids = f"{clinic.calendar.pk},{doctor[0].pk}"
    day = monday().isoformat()
    clinic.book(at("10:00"))
    feed = clinic.client.get(
        f"/api/calendar/events?calendars={ids}&from={day}&to={monday() + timedelta(days=1)}"
    ).json()
    listed = text(clinic.client.get(f"/list/?date={day}&calendars={ids}"))

    assert [event.get("part", "") for event in feed["events"]] == ["Teil 1 von 2", "Teil 2 von 2", ""]
    assert "Teil 1 von 2" in listed and "Teil 2 von 2" in listed


def test_cards_of_a_series_are_marked(clinic, series):
    day, end = monday(), monday() + timedelta(days=1)
    address = f"/api/calendar/events?calendars={clinic.calendar.pk}&from={day}&to={end}"
    assert [event["flags"] for event in clinic.client.get(address).json()["events"]] == [["series", "new"]]


def test_a_visit_that_was_taken_meanwhile_is_refused_with_other_times(clinic, doctor, visit):
    data = {**parts(clinic, doctor), "times": visit_value(clinic, doctor)}
    with clinic.scope():
        patient = factories.patient()
    answer = clinic.client.post(f"/visits/new/?patient={patient.pk}", data)

    assert answer.status_code == 409
    assert "belegt" in text(answer) and "08:30–08:40" in text(answer)
    assert len(times(clinic)) == 2


def test_all_parts_move_and_are_cancelled_together(clinic, doctor, visit):
    address = f"/appointments/{visit[0].pk}/visit/"
    start = f"{monday():%d.%m.%Y}"
    listed = clinic.client.get(f"{address}move/?from={start}")
    moved = clinic.client.post(
        f"{address}move/", {"from": start, "times": visit_value(clinic, doctor, "08:30", "08:40")}
    )
    after = times(clinic)
    gone = clinic.client.post(f"{address}cancel/", {"reason": ""})

    assert "08:10–08:20" in text(listed)  # its own old time is free for it
    assert (moved.status_code, after) == (303, ["0 08:30", "0 08:40"])
    assert (gone.status_code, times(clinic)) == (303, [])
    assert kinds(clinic) == ["appointment.chain_moved", "appointment.chain_cancelled"]


@pytest.mark.parametrize(
    "times_sent",
    ["", "x", "1@x,2@y", "1@2026-11-26T08:00,2@2026-11-26T09:00", "1@9999-12-31T23:59Z,2@9999-12-31T23:59Z"],
)
def test_what_no_button_sends_is_not_found(clinic, doctor, visit, times_sent):
    data = {**parts(clinic, doctor), "times": times_sent}
    assert clinic.client.post(f"/visits/new/?patient={visit[0].patient_id}", data).status_code == 404


def test_a_part_in_a_calendar_that_may_not_be_changed_keeps_the_visit(clinic, doctor, visit):
    client = someone(clinic, Level.INSIDE)  # of the first calendar alone
    assert client.get(f"/appointments/{visit[0].pk}/visit/").status_code == 404
    page = client.get(f"/appointments/{visit[1].pk}/visit/")
    assert (page.status_code, "Alle Teile absagen" in text(page)) == (200, False)
    assert client.post(f"/appointments/{visit[1].pk}/visit/cancel/").status_code == 403
    data = {**parts(clinic, doctor), "part-1": clinic.reason.pk, "times": visit_value(clinic, doctor)}
    assert client.post(f"/visits/new/?patient={visit[0].patient_id}", data).status_code == 403


@pytest.mark.parametrize("fields", [{"part-2": ""}, {"gap": "61"}, {"from": "gestern"}, {"part-1": "999999"}])
def test_half_a_visit_is_asked_again(clinic, doctor, visit, fields):
    query = urlencode({"patient": visit[0].patient_id, **parts(clinic, doctor, **fields)})
    assert clinic.client.get(f"/visits/new/?{query}").status_code == 422


# Prescriptions -------------------------------------------------------------------------------------------------------


def written(**fields) -> dict:
    today = timezone.now().astimezone(BERLIN).date()
    values = {"what": "Manuelle Therapie", "sessions": "3", "a_week": "1"}
    days = {"issued_on": f"{today:%d.%m.%Y}", "valid_until": f"{today + WEEK * 20:%d.%m.%Y}"}
    return {**values, **days, **fields}


@pytest.fixture
def prescription(clinic, first):
    clinic.client.post(f"/patients/{first.patient_id}/prescriptions/new/", written())
    with clinic.scope():
        return Prescription.objects.get()


def test_a_prescription_is_on_the_card_with_what_is_left(clinic, first, prescription):
    card = clinic.client.get(f"/patients/{first.patient_id}/")

    assert "Manuelle Therapie" in text(card) and "0 von 3 verbraucht, 0 gebucht, 3 übrig" in text(card)
    assert f"/series/new/?patient={first.patient_id}&amp;prescription={prescription.pk}" in card.content.decode()


def test_a_series_takes_the_number_that_is_left_and_no_more(clinic, first, prescription):
    fields = rule(count="", prescription=str(prescription.pk))
    page = clinic.client.get(f"/series/new/?{urlencode({'appointment': first.pk, **fields})}")
    booked = book(clinic.client, first, chosen(1, 2, count="", prescription=str(prescription.pk)))

    assert len(re.findall(r'<select name="date-', page.content.decode())) == 2  # the first is there already
    assert booked.status_code == 303
    panel = text(clinic.client.get(f"/appointments/{first.pk}/", headers=HTMX))
    assert "0 von 3 verbraucht, 3 gebucht, 0 übrig" in panel


def test_a_series_beyond_the_prescription_is_refused_in_words(clinic, first, prescription):
    data = chosen(1, 2, 3, prescription=str(prescription.pk))
    answer = book(clinic.client, first, data)

    assert answer.status_code == 409
    assert "Von der Verordnung sind noch 3 Behandlungen übrig, gewählt sind 4." in text(answer)
    assert times(clinic) == ["0 09:00"]


@pytest.mark.parametrize("fields", [{"what": ""}, {"sessions": "0"}, {"sessions": "105"}, {"valid_until": "1.1.2020"}])
def test_a_wrong_prescription_is_asked_again_with_what_was_typed(clinic, first, fields):
    answer = clinic.client.post(f"/patients/{first.patient_id}/prescriptions/new/", written(a_week="3", **fields))

    assert answer.status_code == 422
    assert 'name="a_week" value="3"' in answer.content.decode()
    with clinic.scope():
        assert Prescription.objects.count() == 0


def test_a_prescription_is_corrected_but_not_below_what_is_booked(clinic, first, prescription):
    book(clinic.client, first, chosen(1, 2, count="", prescription=str(prescription.pk)))
    address = f"/prescriptions/{prescription.pk}/"

    assert 'value="Manuelle Therapie"' in clinic.client.get(address).content.decode()
    assert clinic.client.post(address, written(sessions="2")).status_code == 409
    assert clinic.client.post(address, written(sessions="6", counts_no_shows="on")).status_code == 303
    with clinic.scope():
        assert list(Prescription.objects.values_list("sessions", "counts_no_shows")) == [(6, True)]


def test_an_appointment_is_tied_from_its_panel(clinic, first, prescription):
    address = f"/appointments/{first.pk}/prescription/"
    answer = clinic.client.post(address, {"prescription": str(prescription.pk)}, headers=HTMX)

    assert (answer.status_code, "Gespeichert" in text(answer)) == (200, True)
    assert "1 gebucht" in text(clinic.client.get(f"/appointments/{first.pk}/"))
    assert clinic.client.post(address, {"prescription": "00000000-0000-0000-0000-000000000000"}).status_code == 422
    assert clinic.client.post(address, {"prescription": ""}).status_code == 303
    with clinic.scope():
        assert Appointment.objects.get(pk=first.pk).prescription_id is None


def test_prescriptions_are_for_those_who_may_open_patients(clinic, first, prescription):
    client = someone(clinic, Level.READ)
    addresses = {
        f"/patients/{first.patient_id}/prescriptions/new/": 404,
        f"/prescriptions/{prescription.pk}/": 404,
        f"/appointments/{first.pk}/prescription/": 403,
    }
    assert {address: client.get(address).status_code for address in addresses} == addresses


def test_the_card_costs_as_many_queries_for_three_prescriptions_as_for_one(clinic, first, prescription):
    address = f"/patients/{first.patient_id}/"
    one = queries(clinic.client, address)
    with clinic.scope():
        for _ in range(2):
            factories.prescription(first.patient)
    assert queries(clinic.client, address) == one
