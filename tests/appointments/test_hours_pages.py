"""The editor of opening hours: who may open it, what it shows, what it refuses, and that nothing typed is lost."""

from datetime import date, timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Level, UserKind
from appointments.models import OpeningHours
from tests import factories, pro

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    """The calendar is open on weekdays from 8 to 16."""
    return pro.clinic()


def base(clinic) -> str:
    return f"/calendars/{clinic.calendar.pk}/hours/"


def pages(clinic) -> list[str]:
    with clinic.scope():
        block = OpeningHours.objects.filter(weekday=1).get()
    return [base(clinic) + tail for tail in ("", "add/", "extra/", "copy/", f"{block.pk}/", f"{block.pk}/end/")]


def block_of(clinic, weekday: int = 1) -> OpeningHours:
    with clinic.scope():
        return OpeningHours.objects.filter(weekday=weekday).earliest("valid_from")


def next_monday(weeks: int = 1) -> date:
    today = timezone.localdate()
    return today + timedelta(days=7 * weeks - today.weekday())


def blocks(clinic, **which) -> list[tuple]:
    with clinic.scope():
        found = OpeningHours.objects.filter(calendar=clinic.calendar, **which).order_by(
            "weekday", "starts", "valid_from"
        )
        return [(b.weekday, f"{b.starts:%H:%M}", f"{b.ends:%H:%M}", b.valid_from, b.valid_until) for b in found]


def typed(**fields) -> dict:
    return {"starts": "17:00", "ends": "19:00", "is_online": "on", **fields}


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("level", [Level.NONE, Level.READ, Level.ABSENCES, Level.FULL])
def test_whoever_has_full_access_opens_the_pages(clinic, level):
    someone = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.right(clinic.calendar, someone, level)
    client = pro.client_of(someone)

    wanted = {Level.NONE: 404, Level.FULL: 200}.get(level, 403)
    assert [client.get(page).status_code for page in pages(clinic)] == [wanted] * 6
    assert client.get("/settings/hours/").status_code == (200 if level >= Level.ABSENCES else 403)
    assert ("/settings/hours/" in client.get("/settings/").content.decode()) is (level >= Level.ABSENCES)


def test_administrators_open_them_strangers_do_not_and_nobody_signs_in_first(clinic):
    stranger = pro.clinic().client

    assert [clinic.client.get(page).status_code for page in pages(clinic)] == [200] * 6
    assert [stranger.get(page).status_code for page in pages(clinic)] == [404] * 6
    assert [pro.client_of(None).get(page).status_code for page in pages(clinic)] == [302] * 6


def test_the_week_draws_each_block_and_lists_it(clinic):
    page = text(clinic.client.get(base(clinic)))

    assert page.count('class="hours-block from-h-8 from-m-0 to-h-16 to-m-0"') == 5
    assert page.count("8:00 bis 16:00 Uhr") == 10
    assert f"/{clinic.organisation.slug}/book/?unit={clinic.calendar.unit.slug}&amp;reason={clinic.reason.pk}" in page
    assert f"/why/?calendar={clinic.calendar.pk}" in page
    assert clinic.client.get(f"/why/?calendar={clinic.calendar.pk}").status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_blocks(clinic):
    def count() -> int:
        with CaptureQueriesContext(connections["pool"]) as queries:
            assert clinic.client.get(base(clinic)).status_code == 200
        return len(queries)

    with clinic.scope():
        OpeningHours.objects.exclude(weekday=1).delete()
        for block in OpeningHours.objects.all():
            block.allowed.create(reason=clinic.reason)
    one = count()
    with clinic.scope():
        factories.hours(clinic.calendar, weekdays=[2, 3], reasons=[clinic.reason], share=20)
    assert count() == one


def test_hours_are_added_on_several_days_with_all_their_rules(clinic):
    first = next_monday()
    sent = typed(
        weekdays=["1", "3"],
        valid_from=first.isoformat(),
        every_weeks="2",
        reasons=[str(clinic.reason.pk)],
        **{f"share-{clinic.reason.pk}": "50"},
        late_share="25",
        late_hours="24",
    )
    answer = clinic.client.post(base(clinic) + "add/", sent)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{base(clinic)}?week={first}")
    assert blocks(clinic, starts__hour=17) == [(day, "17:00", "19:00", first, None) for day in (1, 3)]
    with clinic.scope():
        block = OpeningHours.objects.get(weekday=1, starts__hour=17)
        assert (block.every_weeks, block.late_share, block.allowed.get().share) == (2, 25, 50)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"weekdays": []}, "Wählen Sie mindestens einen Wochentag."),
        ({"ends": "16:00"}, "Das Ende muss nach dem Anfang liegen, am selben Tag."),
        ({"valid_until": "2020-01-01"}, "Der letzte Tag darf nicht vor dem ersten liegen."),
        ({"every_weeks": "0"}, "1"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(clinic, fields, message):
    answer = clinic.client.post(
        base(clinic) + "add/", typed(weekdays=["6"], valid_from=next_monday().isoformat()) | fields
    )

    assert answer.status_code == 422
    assert message in text(answer)
    assert 'value="17:00"' in text(answer)
    assert blocks(clinic, starts__hour=17) == []


def test_hours_that_overlap_are_refused_with_the_day_and_what_was_typed_stays(clinic):
    sent = typed(weekdays=["1"], starts="15:00", valid_from=next_monday().isoformat())
    answer = clinic.client.post(base(clinic) + "add/", sent)

    assert answer.status_code == 409
    assert "schon von 08:00 bis 16:00 Uhr für dieselben Gründe offen" in text(answer)
    assert 'value="15:00"' in text(answer)
    assert len(blocks(clinic)) == 5


def test_extra_hours_are_a_block_of_that_day(clinic):
    saturday = next_monday() + timedelta(days=5)
    clinic.client.post(base(clinic) + "extra/", typed(day=saturday.isoformat()))

    assert blocks(clinic, weekday=6) == [(6, "17:00", "19:00", saturday, saturday)]
    assert "Zusätzliche Sprechzeiten" in text(clinic.client.get(base(clinic)))


def test_what_was_drawn_fills_the_form(clinic):
    page = text(clinic.client.get(base(clinic) + "add/?weekday=2&starts=17:15&ends=18:45"))
    block = text(clinic.client.get(f"{base(clinic)}{block_of(clinic).pk}/?starts=09:00&ends=17:30"))

    assert 'value="2" id="id_weekdays_1"' in page and page.count("checked") == 2
    assert ('value="17:15"' in page, 'value="18:45"' in page) == (True, True)
    assert ('value="09:00"' in block, 'value="17:30"' in block) == (True, True)


def test_a_change_lists_the_appointments_outside_and_saves_when_they_were_seen(clinic):
    monday = next_monday(2)
    struck = clinic.book(timezone.make_aware(timezone.datetime(monday.year, monday.month, monday.day, 8)))
    address = f"{base(clinic)}{block_of(clinic).pk}/"
    sent = typed(weekday="1", starts="10:00", ends="16:00", since=monday.isoformat(), every_weeks="1")

    asked = clinic.client.post(address, sent)
    assert asked.status_code == 409
    assert "von Müller-Lüdenscheidt, Änne" in text(asked)
    assert f'name="outside" value="{struck.pk}"' in text(asked)
    assert len(blocks(clinic, weekday=1)) == 1

    saved = clinic.client.post(address, {**sent, "outside": [str(struck.pk)]}, follow=True)
    assert "1 Termin bleibt außerhalb der Sprechzeiten." in text(saved)
    assert blocks(clinic, weekday=1) == [
        (1, "08:00", "16:00", factories.LONG_AGO, monday - timedelta(days=1)),
        (1, "10:00", "16:00", monday, None),
    ]


def test_hours_that_are_over_are_shown_and_not_changed(clinic):
    block = block_of(clinic)
    with clinic.scope():
        OpeningHours.objects.filter(pk=block.pk).update(valid_until=date(2020, 1, 1))

    assert "1 Block ist vorbei" in text(clinic.client.get(base(clinic)))
    assert clinic.client.get(f"{base(clinic)}{block.pk}/").status_code == 403


def test_a_block_of_another_calendar_is_not_found(clinic):
    with clinic.scope():
        other = factories.calendar()
        (block,) = factories.hours(other, weekdays=[1])

    assert clinic.client.get(f"{base(clinic)}{block.pk}/").status_code == 404


def test_a_block_ends(clinic):
    monday = next_monday()
    clinic.client.post(f"{base(clinic)}{block_of(clinic).pk}/end/", {"since": monday.isoformat()})

    assert blocks(clinic, weekday=1)[0][4] == monday - timedelta(days=1)


def test_hours_are_copied_into_calendars_that_one_may_set(clinic):
    someone = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        mine, read = factories.calendar(name="Meiner"), factories.calendar(name="Fremder")
        for calendar, level in ((clinic.calendar, Level.FULL), (mine, Level.FULL), (read, Level.ABSENCES)):
            factories.right(calendar, someone, level)
    client, address = pro.client_of(someone), base(clinic) + "copy/"
    sent = {"what": "week", "since": next_monday().isoformat()}

    assert ("Meiner" in text(client.get(address)), "Fremder" in text(client.get(address))) == (True, False)
    assert client.post(address, {**sent, "targets": [str(read.pk)]}).status_code == 422
    assert client.post(address, {**sent, "targets": [str(mine.pk)]}).status_code == 303
    with clinic.scope():
        assert OpeningHours.objects.filter(calendar=mine).count() == 5
        assert OpeningHours.objects.filter(calendar=read).count() == 0


def test_the_calendar_leads_to_its_hours_for_whoever_may_set_them(clinic):
    someone = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.right(clinic.calendar, someone, Level.ABSENCES)
    day = f"/day/?calendars={clinic.calendar.pk}"
    ways = (base(clinic), "/settings/hours/")

    pages = [text(client.get(day)) for client in (clinic.client, pro.client_of(someone))]
    assert [[f'href="{way}"' in page for way in ways] for page in pages] == [[True, True], [False, True]]
