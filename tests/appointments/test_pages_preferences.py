"""With anyone, but rather with a woman, or with someone who speaks Turkish."""

import pytest

from appointments.models import Appointment
from doctolib.tenancy.scopes import organisation_scope
from tests import factories
from tests.appointments.pages import TOMORROW_AT_NINE, ada, at_nine, clinic, queries, text, visitor

__all__ = ["ada", "at_nine", "clinic"]
FEMALE_SPEAKS_TURKISH = {"sex": "female", "languages": "de tr"}
MALE_SPEAKS_GERMAN = {"sex": "male", "languages": "de"}


def person(clinic, name: str, *, starts: str = "08:00", **fields):
    """Somebody else who takes the reason; their calendar."""
    with organisation_scope(clinic.organisation):
        practitioner = factories.practitioner(last_name=name, **fields)
        calendar = factories.calendar(unit=clinic.reason.unit, practitioner=practitioner)
        factories.offer(calendar, clinic.reason)
        factories.hours(calendar, starts=starts, ends="12:00")
    return calendar


def describe_kaya(clinic, **fields) -> None:
    with organisation_scope(clinic.organisation):
        kaya = clinic.calendar.practitioner
        for name, value in fields.items():
            setattr(kaya, name, value)
        kaya.save()


@pytest.fixture
def noether(clinic):
    """Dr. Kaya is a woman who speaks Turkish, Dr. Noether, from ten on, a man who does not."""
    describe_kaya(clinic, **FEMALE_SPEAKS_TURKISH)
    return person(clinic, "Noether", starts="10:00", **MALE_SPEAKS_GERMAN)


def times(clinic, browser=None, **query):
    return (browser or visitor()).get(clinic.url("book/times/"), reason=clinic.reason.pk, **query)


@pytest.mark.parametrize(
    ("other", "shown"),
    [
        (None, (False, False)),
        (FEMALE_SPEAKS_TURKISH, (False, False)),
        ({"sex": "male", "languages": "de tr"}, (True, False)),
        ({"sex": "female", "languages": "de"}, (False, True)),
        ({"sex": "unknown", "languages": ""}, (True, True)),
    ],
    ids=["alone", "alike", "other sex", "other language", "not told"],
)
def test_it_is_asked_only_where_people_differ(clinic, other, shown):
    describe_kaya(clinic, **FEMALE_SPEAKS_TURKISH)
    if other:
        person(clinic, "Noether", **other)

    html = times(clinic).content.decode()

    assert ('<select name="sex"' in html, '<select name="language"' in html) == shown


@pytest.mark.parametrize(("wish", "first"), [({"sex": "male"}, "10:00"), ({"language": "tr"}, "08:00")])
def test_only_times_of_those_who_suit_are_shown(clinic, noether, wish, first):
    page = times(clinic, **wish)

    shown = text(page)
    assert f"Dienstag, 24. November 2026 {'6' if first == '10:00' else '12'} freie Zeiten" in shown
    assert "Ihr Wunsch: " in shown and "Wunsch entfernen" in shown
    assert f'href="{clinic.url("book/times/")}?reason={clinic.reason.pk}"' in page.content.decode()


def test_the_next_free_time_is_that_of_those_who_suit(clinic, noether):
    person(clinic, "Curie", starts="11:00", **MALE_SPEAKS_GERMAN)

    first = "Nächste freie Zeit: Montag, 23. November, "
    men = f"Dr. Grace Noether {first}10:00 Uhr Dr. Grace Curie {first}11:00 Uhr Möchten Sie"
    assert f"Egal, bei wem {first}10:00 Uhr {men}" in text(times(clinic, sex="male"))


def test_a_wish_goes_on_with_the_addresses(clinic, noether):
    html = times(clinic, sex="male", insurance="private").content.decode()

    assert "insurance=private&amp;sex=male" in html  # later days, back
    assert '<input type="hidden" name="sex" value="male">' in html  # the buttons


def test_whoever_suits_gets_the_booking(clinic, ada, noether):
    time = f"any@{TOMORROW_AT_NINE.replace(hour=9).isoformat()}"  # ten in Berlin: both are free
    for _ in range(2):  # by load alone it would be one each
        ada.post(clinic.url("book/hold/"), {"reason": clinic.reason.pk, "time": time, "sex": "male"})
        ada.post(clinic.url("book/check/"), {"insurance": "statutory"})
        time = time.replace("09:00:00", "09:20:00")

    with organisation_scope(clinic.organisation):
        assert list(Appointment.objects.values_list("calendar_id", flat=True)) == [noether.pk, noether.pk]


def test_where_nobody_suits_the_page_says_so_and_the_wish_can_be_removed(clinic, noether):
    page = times(clinic, language="fr")

    assert page.status_code == 200
    assert "Zu Ihrem Wunsch gibt es hier niemanden Ihr Wunsch: Französisch." in text(page)
    assert "Wunsch entfernen und alle Zeiten ansehen" in text(page)
    assert 'class="btn time-button"' not in page.content.decode()


def test_a_time_of_nobody_who_suits_is_not_given(clinic, noether):
    time = f"any@{TOMORROW_AT_NINE.isoformat()}"

    answer = visitor().post(clinic.url("book/hold/"), {"reason": clinic.reason.pk, "time": time, "language": "fr"})

    assert answer.status_code == 409
    assert f"{clinic.url('book/times/')}?reason={clinic.reason.pk}&amp;language=fr" in answer.content.decode()


def test_who_chooses_a_person_has_that_person_s_times(clinic, noether):
    page = times(clinic, calendar=clinic.calendar.pk, sex="male")

    assert "Bei Dr. Selin Kaya." in text(page)
    assert "Ihr Wunsch:" not in text(page)


@pytest.mark.parametrize("wish", [{"sex": "unknown"}, {"sex": "x"}, {"language": "x; --"}])
def test_what_is_no_wish_counts_as_none(clinic, noether, wish):
    assert "Ihr Wunsch:" not in text(times(clinic, **wish))


def test_after_a_lost_time_the_wish_is_still_there(clinic, ada, noether):
    ada.post(clinic.url("book/hold/"), {**clinic.chosen(), "sex": "female"})

    page = ada.get(clinic.url("book/check/")).content.decode()

    assert f"{clinic.url('book/times/')}?reason={clinic.reason.pk}&amp;sex=female" in page


def test_a_wish_costs_no_query(clinic, noether):
    plain = queries(lambda: times(clinic))

    assert queries(lambda: times(clinic, language="tr")) == plain
