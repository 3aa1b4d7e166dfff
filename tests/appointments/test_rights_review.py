"""Who may what: the page, the files, "reviewed", the yearly reminder. Units and calendars, by administrators."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from accounts.enums import Level, UserKind
from accounts.models import Organisation, UnitMember
from accounts.services import review
from accounts.tasks import remind_of_reviews
from appointments.models import Resource
from appointments.table_files import csv_file, xlsx_file
from crypto import keyring
from doctolib.audit.models import AuditEvent
from doctolib.outbox.models import PlatformMessage
from tests import factories, pro

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("doctolib.outbox.kicking._ask", lambda wait: None)


@pytest.fixture
def clinic():
    made = pro.clinic()
    with made.scope():
        made.calendar.unit.name_de = "Kardiologie"
        made.calendar.unit.save()
    return made


@pytest.fixture
def colleague(clinic):
    """Reads one calendar through a unit, and has another in full."""
    user = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    with clinic.scope():
        factories.member(clinic.calendar.unit, user)
        factories.right(clinic.calendar, clinic.calendar.unit, Level.READ)
        factories.right(factories.calendar(name="Echo"), user, Level.FULL)
    return user


def actions(clinic) -> list[str]:
    with clinic.scope():
        return list(AuditEvent.objects.order_by("at").values_list("action", flat=True))


def lines(clinic, colleague) -> list[list[str]]:
    mail = f"{colleague.pk}@example.org"
    boss = ["Empfang, Ute", f"{clinic.professional.pk}@example.org", "Aktiv", "nie", ""]
    head = ["Name", "E-Mail-Adresse", "Zustand", "Letzte Anmeldung", "Einheiten", "Kalender", "Stufe", "Herkunft"]
    about = ["Empfang, Ute", mail, "Aktiv", "nie", "Kardiologie"]
    people = [
        [*about, "Echo", "Alles", "eigener Eintrag"],
        [*about, "Sprechstunde Dr. Kaya", "Nur lesen", "aus Einheit Kardiologie"],
        [*boss, "", "Administration: darf alles", ""],
    ]
    return [head, *sorted(people)]


def without_sign_in(rows):
    """Signing in by the test is a sign-in: when it was is not asked here."""
    return [rows[0], *sorted([*row[:3], "nie", *row[4:]] for row in rows[1:])]


def test_the_files_name_every_person_calendar_level_and_source(clinic, colleague):
    as_csv = clinic.client.get("/settings/review/who-may-what.csv")
    as_xlsx = clinic.client.get("/settings/review/who-may-what.xlsx")

    text = as_csv.content.decode("utf-8-sig")
    sheet = load_workbook(io.BytesIO(as_xlsx.content)).active
    cells = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert without_sign_in(list(csv.reader(io.StringIO(text), delimiter=";"))) == lines(clinic, colleague)
    assert without_sign_in(cells) == lines(clinic, colleague)
    assert f"{clinic.organisation.slug}-{timezone.localdate()}.csv" in as_csv["Content-Disposition"]
    assert actions(clinic) == ["rights.exported"] * 2


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_a_text_that_a_spreadsheet_would_calculate_is_only_a_text(text):
    sheet = load_workbook(io.BytesIO(xlsx_file([[text]], title="x"))).active

    assert csv_file([[text]]).decode("utf-8-sig").strip("\r\n").strip('"') == f"'{text}"
    assert sheet["A1"].data_type == "s"


def test_the_page_says_who_reviewed_and_when(clinic, colleague):
    before = clinic.client.get("/settings/review/").content.decode()
    clinic.client.post("/settings/review/done/")
    after = clinic.client.get("/settings/review/").content.decode()

    assert "Die Rechte hat noch niemand durchgesehen." in before
    assert "Zuletzt durchgesehen am" in after
    assert "<bdi>Ute Empfang</bdi>" in after
    assert actions(clinic) == ["rights.reviewed"]


def reminded(clinic) -> list[str]:
    with keyring.platform_keys():
        found = PlatformMessage.objects.filter(kind="account.critical_action", about=str(clinic.professional.pk))
        return [message.payload["action"] for message in found]


def age(clinic, *, created=None, reviewed=None) -> None:
    now = timezone.now()
    Organisation.objects.filter(pk=clinic.organisation.pk).update(
        created_at=now - created, rights_reviewed_at=reviewed and now - reviewed
    )


YEAR = timedelta(days=365)


@pytest.mark.parametrize(
    ("created", "reviewed", "due"),
    [
        (YEAR, None, 1),
        (YEAR - timedelta(hours=1), None, 0),
        (3 * YEAR, YEAR - timedelta(hours=1), 0),
        (3 * YEAR, YEAR, 1),
    ],
)
def test_administrators_are_reminded_when_the_last_review_is_a_year_old(clinic, created, reviewed, due):
    age(clinic, created=created, reviewed=reviewed)

    remind_of_reviews()

    assert reminded(clinic) == ["rights_review_due"] * due


def test_the_reminder_comes_again_after_a_month_and_ends_with_a_review(clinic):
    now = timezone.now()
    age(clinic, created=YEAR + timedelta(days=1))
    counts = [review.remind_all(now=now + timedelta(days=days)) for days in (0, 29, 30)]
    clinic.client.post("/settings/review/done/")
    counts.append(review.remind_all(now=now + timedelta(days=90)))

    assert counts == [1, 0, 1, 0]


def test_two_reminders_at_once_are_one(clinic):
    """The second one looks again when it writes."""
    age(clinic, created=YEAR)
    now = timezone.now()
    (seen,) = review.due(now=now)

    assert [review._remind(seen, now=now), review._remind(seen, now=now)] == [True, False]


# Units and calendars --------------------------------------------------------------------------------------------------


def test_members_come_go_and_lead(clinic):
    user = pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)
    unit = f"/settings/units/{clinic.calendar.unit_id}/"
    found = []
    for path, data in (
        ("members/", {"person": user.pk}),
        (f"members/{user.pk}/lead/", {"value": "on"}),
        (f"members/{user.pk}/lead/", {}),
        (f"members/{user.pk}/remove/", {}),
    ):
        assert clinic.client.post(unit + path, data).status_code == 302
        with clinic.scope():
            found.append(list(UnitMember.objects.values_list("user_id", "is_unit_admin")))

    assert found == [[(user.pk, False)], [(user.pk, True)], [(user.pk, False)], []]
    assert actions(clinic) == ["unit.member_added", "unit.leader_added", "unit.leader_removed", "unit.member_removed"]


def test_a_unit_takes_only_the_clinics_own_people(clinic):
    stranger = pro.clinic()
    mine, theirs = (f"/settings/units/{each.calendar.unit_id}/members/" for each in (clinic, stranger))

    answers = [
        clinic.client.post(mine, {"person": stranger.professional.pk}).status_code,
        clinic.client.post(theirs, {"person": clinic.professional.pk}).status_code,
        clinic.client.post(f"{mine}{stranger.professional.pk}/lead/", {"value": "on"}).status_code,
        clinic.client.post(f"{theirs}{clinic.professional.pk}/remove/").status_code,
    ]

    assert answers == [422, 404, 404, 404]
    assert actions(clinic) == actions(stranger) == []


def resource(clinic, **fields) -> dict:
    unit = clinic.calendar.unit
    return {"kind": "calendar", "name": "Rhythmus", "unit": unit.pk, "site": unit.site_id, "practitioner": "", **fields}


def test_a_new_calendar_is_seen_by_administrators_alone(clinic, colleague):
    answer = clinic.client.post("/settings/calendars/add/", resource(clinic))
    with clinic.scope():
        made = Resource.objects.get(name="Rhythmus")

    assert (answer.status_code, answer["Location"]) == (302, f"/settings/rights/?unit={made.unit_id}")
    assert clinic.client.get(f"/day/?calendars={made.pk}").status_code == 200
    assert pro.client_of(colleague).get(f"/day/?calendars={made.pk}").status_code == 404
    assert actions(clinic) == ["resource.added"]


@pytest.mark.parametrize("wrong", [{"name": ""}, {"kind": "x"}, {"unit": 0}, {"site": ""}])
def test_a_calendar_that_is_not_complete_is_not_made(clinic, wrong):
    assert clinic.client.post("/settings/calendars/add/", resource(clinic, **wrong)).status_code == 422
    assert actions(clinic) == []


def test_a_room_belongs_to_no_practitioner_and_nothing_to_another_clinic(clinic):
    stranger = pro.clinic()
    practitioner = clinic.calendar.practitioner_id

    answers = [
        clinic.client.post("/settings/calendars/add/", resource(clinic, kind="room", practitioner=practitioner)),
        clinic.client.post("/settings/calendars/add/", resource(clinic, unit=stranger.calendar.unit_id)),
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
