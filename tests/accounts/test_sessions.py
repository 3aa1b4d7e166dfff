"""Sessions: listed, ended one by one, by idleness, by age, by what happens to the account."""

from datetime import date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Organisation, Session, User
from tests.accounts.access import ELSEWHERE, HERE, browser, clinic, member, signed_in
from tests.accounts.conftest import EMAIL, PASSWORD
from tests.pro import client_of

pytestmark = pytest.mark.django_db

PAGE = "/account/connections/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def house():
    return clinic()


@pytest.fixture
def ada(house):
    return member(house, "Ada", admin=True)


@pytest.fixture
def at_home(patient):
    """A patient, signed in."""
    client = browser(door="www")
    assert client.post("/account/sign-in/", {"email": EMAIL, "password": PASSWORD}).status_code == 302
    return client


def is_signed_in(client) -> bool:
    return client.get("/account/").status_code == 200


def rest(user: User, by: timedelta) -> None:
    """The session was last used so long ago."""
    Session.objects.filter(user=user).update(seen_at=timezone.now() - by)


def began(user: User, ago: timedelta) -> None:
    """The session began so long ago."""
    for row in Session.objects.filter(user=user):
        store = Session.get_session_store_class()(row.session_key)
        store["began_at"] = (timezone.now() - ago).timestamp()
        store.save()


def aside(response) -> str:
    """What the page says to its reader, without blanks."""
    return " ".join(response.content.decode().split())


# Listed and ended


def test_a_session_knows_whose_it_is_since_when_and_from_where(ada):
    before = timezone.now()
    signed_in("Ada")

    row = Session.objects.get(user=ada)
    assert before <= row.began_at <= row.seen_at <= timezone.now()
    assert row.connection.user == ada


def test_ones_sessions_are_listed_with_this_one_marked(ada, house):
    here = signed_in("Ada", agent=FIREFOX)
    signed_in("Ada", ELSEWHERE, agent=SAFARI)
    signed_in_other = member(house, "Bob")

    page = here.get(PAGE)

    listed = [(each.connection.device, each.connection.address, each.is_current) for each in page.context["sessions"]]
    assert sorted(listed) == [("Firefox unter Windows", HERE, True), ("Mobile Safari unter iOS", ELSEWHERE, False)]
    assert page.content.decode().count("dieses Gerät") == 1
    assert signed_in_other.sessions.count() == 0


def test_the_pages_never_show_a_sessions_key(ada):
    here, there = signed_in("Ada"), signed_in("Ada", ELSEWHERE)

    page = here.get(PAGE).content.decode()

    assert all(client.cookies["pro_session"].value not in page for client in (here, there))


def test_ending_one_takes_effect_on_its_next_request(ada):
    here, there = signed_in("Ada"), signed_in("Ada", ELSEWHERE)
    other = next(each for each in here.get(PAGE).context["sessions"] if not each.is_current)

    ended = here.post(f"{PAGE}{other.connection.id}/end/")

    assert ended["Location"] == PAGE
    assert (is_signed_in(here), is_signed_in(there)) == (True, False)


def test_ending_all_others_leaves_this_one(ada):
    here, one, two = (signed_in("Ada", address) for address in (HERE, ELSEWHERE, "192.0.2.1"))

    page = here.post(f"{PAGE}end/", follow=True)

    assert "2 andere Geräte sind abgemeldet." in page.content.decode()
    assert [is_signed_in(client) for client in (here, one, two)] == [True, False, False]


def test_somebody_elses_session_is_not_to_be_found(ada, house):
    bob = member(house, "Bob")
    theirs, mine = signed_in("Bob"), signed_in("Ada")
    connection = Session.objects.get(user=bob).connection_id

    assert mine.post(f"{PAGE}{connection}/end/").status_code == 404
    assert mine.post(f"{PAGE}end/").status_code == 303
    assert is_signed_in(theirs)


def test_patients_have_the_same_page(at_home):
    page = at_home.get(PAGE)

    assert [each.is_current for each in page.context["sessions"]] == [True]
    assert "Wo Sie angemeldet sind" in page.content.decode()


@pytest.mark.parametrize("door", ["pro", "www"])
def test_a_stranger_is_sent_to_sign_in(db, door):
    stranger = browser(door=door)

    assert stranger.get(PAGE)["Location"] == f"/account/sign-in/?next={PAGE}"
    assert stranger.post(f"{PAGE}end/").status_code == 302
    assert stranger.get("/account/session/").status_code == 401


def test_the_page_takes_as_many_queries_for_three_sessions_as_for_one(ada):
    here = signed_in("Ada")

    def count() -> int:
        with CaptureQueriesContext(connections["default"]) as caught:
            assert here.get(PAGE).status_code == 200
        return len(caught)

    count()
    one = count()
    for address in (ELSEWHERE, "192.0.2.1"):
        signed_in("Ada", address)

    assert count() == one


# Idle


@pytest.mark.parametrize(("idle", "kept"), [(timedelta(minutes=29), True), (timedelta(minutes=30), False)])
def test_a_professional_is_signed_out_after_thirty_minutes_without_use(ada, idle, kept):
    client = signed_in("Ada")
    rest(ada, idle)

    assert is_signed_in(client) is kept


def test_what_the_clinic_chose_holds_from_the_next_request(ada):
    client = signed_in("Ada")
    rest(ada, timedelta(minutes=10))
    Organisation.objects.update(idle_minutes=60)
    assert is_signed_in(client)
    rest(ada, timedelta(minutes=10))
    Organisation.objects.update(idle_minutes=9)

    assert not is_signed_in(client)


@pytest.mark.parametrize(("idle", "kept"), [(timedelta(minutes=119), True), (timedelta(minutes=120), False)])
def test_a_patient_is_signed_out_after_two_hours_without_use(patient, at_home, idle, kept):
    rest(patient, idle)

    assert is_signed_in(at_home) is kept


@pytest.mark.parametrize(("age", "kept"), [(timedelta(hours=11, minutes=59), True), (timedelta(hours=12), False)])
def test_nobody_stays_for_more_than_twelve_hours(ada, age, kept):
    client = signed_in("Ada")
    Organisation.objects.update(idle_minutes=720)
    began(ada, age)

    assert is_signed_in(client) is kept


def test_saving_the_session_does_not_make_it_younger(ada):
    client = signed_in("Ada")
    Organisation.objects.update(idle_minutes=720)
    began(ada, timedelta(hours=11))
    client.post(f"{PAGE}end/")  # its message is kept in the session
    began_at = Session.objects.get(user=ada).began_at

    assert timedelta(hours=11) <= timezone.now() - began_at < timedelta(hours=11, minutes=1)


def test_the_next_page_says_why_and_leads_back(ada):
    client = signed_in("Ada")
    rest(ada, timedelta(minutes=31))

    answer = client.get("/account/connections/", follow=True)

    assert answer.redirect_chain == [("/account/sign-in/?next=/account/connections/", 302)]
    assert "Sie wurden abgemeldet, weil 30 Minuten lang nichts geschehen ist." in aside(answer)
    again = client.post(answer.redirect_chain[0][0], {"email": "ada@example.org", "password": PASSWORD})
    assert again["Location"] == "/account/connections/"


def test_a_patient_reads_hours(patient, at_home):
    rest(patient, timedelta(hours=3))

    assert "weil 2 Stunden lang nichts geschehen ist" in aside(at_home.get("/account/", follow=True))


def test_after_twelve_hours_the_page_says_that(ada):
    client = signed_in("Ada")
    Organisation.objects.update(idle_minutes=720)
    began(ada, timedelta(hours=13))

    assert "weil Ihre Anmeldung 12 Stunden her ist" in aside(client.get("/account/", follow=True))


def test_what_was_sent_too_late_leads_back_to_the_page_it_was_sent_from(ada):
    client = signed_in("Ada")
    rest(ada, timedelta(minutes=31))

    late = client.post(f"{PAGE}end/", HTTP_REFERER=f"http://{settings.PRO_HOST}{PAGE}?a=1")

    assert late["Location"] == f"/account/sign-in/?next={PAGE}%3Fa%3D1"


def test_the_ended_session_is_gone(ada):
    client = signed_in("Ada")
    key = client.cookies["pro_session"].value
    rest(ada, timedelta(minutes=31))
    client.get("/account/")
    Organisation.objects.update(idle_minutes=720)  # would let it in again
    client.cookies["pro_session"] = key

    assert not is_signed_in(client)


# Use


def test_use_is_noted_once_a_minute(ada):
    client = signed_in("Ada")
    rest(ada, timedelta(seconds=50))
    before = Session.objects.get(user=ada).seen_at
    client.get("/account/")
    assert Session.objects.get(user=ada).seen_at == before

    rest(ada, timedelta(seconds=70))
    client.get("/account/")

    assert timezone.now() - Session.objects.get(user=ada).seen_at < timedelta(seconds=30)


def test_what_scripts_ask_by_themselves_keeps_nobody_signed_in(ada):
    client = signed_in("Ada")
    rest(ada, timedelta(minutes=20))
    before = Session.objects.get(user=ada).seen_at

    client.get("/account/", headers={"X-Background": "1"})

    assert Session.objects.get(user=ada).seen_at == before


def test_the_warnings_question_says_what_is_left_and_its_answer_stays(ada):
    client = signed_in("Ada")
    rest(ada, timedelta(minutes=29))

    left = client.get("/account/session/", headers={"X-Background": "1"}).json()["seconds"]
    stayed = client.post("/account/session/").json()["seconds"]

    assert 50 <= left <= 60
    assert stayed == pytest.approx(1800, abs=5)


def test_a_session_s_row_brings_its_account_and_one_more_query_the_organisation(ada):
    client = signed_in("Ada")
    client.get("/account/session/")

    with CaptureQueriesContext(connections["default"]) as caught:
        client.get("/account/session/")

    tables = [sql.split("FROM ")[1].split()[0].strip('"') for sql in (query["sql"] for query in caught)]
    assert tables == ["accounts_session", "accounts_organisation"]
    assert 'JOIN "accounts_user"' in caught[0]["sql"]


def test_the_day_of_use_is_kept(ada):
    client = signed_in("Ada")
    assert User.objects.get(pk=ada.pk).last_seen_on == timezone.localdate()
    User.objects.filter(pk=ada.pk).update(last_seen_on=date(2026, 1, 1), deletion_proposed_on=date(2026, 8, 1))
    rest(ada, timedelta(minutes=2))

    client.get("/account/")

    kept = User.objects.get(pk=ada.pk)
    assert (kept.last_seen_on, kept.deletion_proposed_on) == (timezone.localdate(), None)


# The account itself


def test_locking_takes_effect_on_the_next_request_and_ends_the_session_for_good(ada):
    client = signed_in("Ada")
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert not is_signed_in(client)

    User.objects.filter(pk=ada.pk).update(is_active=True)

    assert not is_signed_in(client)
    assert not Session.objects.filter(user=ada).exists()


@pytest.mark.parametrize(
    ("now", "kept"),
    [
        (datetime.fromisoformat("2026-11-30T23:30+01:00"), True),
        (datetime.fromisoformat("2026-12-01T00:00+01:00"), False),
    ],
)
def test_an_access_ends_with_its_last_day_where_the_clinic_is(ada, monkeypatch, now, kept):
    monkeypatch.setattr(timezone, "now", lambda: now)
    client = signed_in("Ada")
    User.objects.filter(pk=ada.pk).update(access_until=date(2026, 11, 30))

    assert is_signed_in(client) is kept


def test_after_its_last_day_nobody_signs_in(ada):
    User.objects.filter(pk=ada.pk).update(access_until=timezone.localdate() - timedelta(days=1))
    client = browser()

    refused = client.post("/account/sign-in/", {"email": "ada@example.org", "password": PASSWORD})

    assert refused.status_code == 422


# Sign-in rules


def test_an_administrator_sets_the_idle_time(ada):
    client = client_of(ada)

    assert client.post("/settings/sign-in/", {"idle_minutes": "45"}).status_code == 303

    assert Organisation.objects.get(pk=ada.organisation_id).idle_minutes == 45
    assert 'value="45"' in client.get("/settings/sign-in/").content.decode()


@pytest.mark.parametrize("typed", ["4", "721", "", "half an hour", "-30", "30.5"])
def test_other_idle_times_are_refused(ada, typed):
    refused = client_of(ada).post("/settings/sign-in/", {"idle_minutes": typed})

    assert refused.status_code == 422
    assert "Geben Sie eine ganze Zahl von 5 bis 720 ein." in refused.content.decode()
    assert Organisation.objects.get(pk=ada.organisation_id).idle_minutes == 30


# Signing out


def test_signing_out_clears_what_the_device_keeps(ada):
    client = signed_in("Ada")
    client.cookies["password_reset"] = "left"

    answer = client.post("/account/sign-out/")

    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    gone = {name for name, morsel in answer.cookies.items() if morsel["max-age"] == 0}
    assert gone >= {"password_reset", "sign_up"}
    assert not Session.objects.filter(user=ada).exists()
