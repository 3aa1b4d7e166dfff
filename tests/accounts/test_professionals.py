"""What administrators do to accounts: pages, refusals, the trail, the mails to administrators."""

from datetime import date, timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.utils import timezone

from accounts.enums import Level, UserKind
from accounts.models import User
from accounts.selectors import contact_of
from appointments.models import CalendarRight
from crypto import keyring
from doctolib.audit.models import AuditEvent
from doctolib.audit.recording import read_details
from doctolib.outbox.models import PlatformMessage
from tests import factories, pro

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(BCryptSHA256PasswordHasher, "rounds", 4)
    monkeypatch.setattr("doctolib.outbox.kicking._ask", lambda wait: None)


@pytest.fixture
def clinic():
    return pro.clinic()


@pytest.fixture
def colleague(clinic):
    return pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation)


def page(user) -> str:
    return f"/settings/accounts/{user.pk}/"


def fresh(user) -> User:
    return User.objects.get(pk=user.pk)


def actions(clinic) -> list[str]:
    with clinic.scope():
        return list(AuditEvent.objects.order_by("at").values_list("action", flat=True))


def told() -> list[str]:
    """Critical actions that administrators are told of."""
    with keyring.platform_keys():
        messages = PlatformMessage.objects.filter(kind="account.critical_action")
        return sorted(message.payload["action"] for message in messages)


def test_the_list_names_everybody_with_state_units_and_rights(clinic, colleague):
    with clinic.scope():
        factories.member(clinic.calendar.unit, colleague)
        factories.right(clinic.calendar, colleague, Level.APPOINTMENTS)

    rows = clinic.client.get("/settings/accounts/").context["rows"]

    assert {(row["person"].id, row["person"].state, row["rights"], *row["units"]) for row in rows} == {
        (clinic.professional.pk, "active", ""),
        (colleague.pk, "active", "1 Kalender, höchstens: Termine", clinic.calendar.unit.name),
    }


def test_a_name_is_changed(clinic, colleague):
    clinic.client.post(f"{page(colleague)}name/", {"first_name": "Ayşe", "last_name": "Öztürk"})

    assert contact_of(fresh(colleague)).name == "Ayşe Öztürk"
    assert actions(clinic) == ["account.renamed"]


def test_a_name_that_is_missing_is_asked_for(clinic, colleague):
    answer = clinic.client.post(f"{page(colleague)}name/", {"first_name": "", "last_name": "Öztürk"})

    assert (answer.status_code, contact_of(fresh(colleague)).last_name) == (422, "Empfang")


def test_locking_ends_the_next_request_and_unlocking_lets_in_again(clinic, colleague):
    client = pro.client_of(colleague)
    statuses = [client.get("/account/").status_code]
    clinic.client.post(f"{page(colleague)}lock/")
    statuses.append(client.get("/account/").status_code)
    clinic.client.post(f"{page(colleague)}unlock/")

    assert statuses == [200, 302]
    assert fresh(colleague).is_active
    assert actions(clinic) == ["account.locked", "account.unlocked"]
    assert len(told()) == 2


def test_the_last_day_is_the_last_day(clinic, colleague):
    client, today = pro.client_of(colleague), timezone.localdate()
    statuses = []
    for last_day in (today, today - timedelta(days=1), ""):
        clinic.client.post(f"{page(colleague)}end/", {"last_day": last_day})
        statuses.append(client.get("/account/").status_code)

    assert statuses == [200, 302, 302]  # its session is gone for good
    assert fresh(colleague).access_until is None


def test_a_last_day_that_is_no_date_is_refused(clinic, colleague):
    answer = clinic.client.post(f"{page(colleague)}end/", {"last_day": "31.02."})

    assert (answer.status_code, fresh(colleague).access_until) == (422, None)


def test_administrator_rights_are_given_and_taken_and_everyone_hears_of_it(clinic, colleague):
    clinic.client.post(f"{page(colleague)}administrator/", {"value": "on"})
    given = fresh(colleague).is_organisation_admin
    clinic.client.post(f"{page(colleague)}administrator/")

    assert (given, fresh(colleague).is_organisation_admin) == (True, False)
    assert actions(clinic) == ["administrator.added", "administrator.removed"]
    assert told() == ["administrator_added"] * 2 + ["administrator_removed"]


def test_giving_administrator_rights_asks_for_the_second_factor_again(clinic, colleague):
    answer = pro.stale(clinic.client).post(f"{page(colleague)}administrator/", {"value": "on"})

    assert (answer.status_code, answer.url) == (303, f"/account/confirm/?next={quote(page(colleague), safe='')}")
    assert not fresh(colleague).is_organisation_admin


@pytest.mark.parametrize("last_day", [None, date(2099, 1, 1)])
def test_the_last_administrator_stays(clinic, colleague, last_day):
    """Someone with an end date in sight does not count as another one."""
    if last_day:
        User.objects.filter(pk=colleague.pk).update(is_organisation_admin=True, access_until=last_day)
    mine = page(clinic.professional)

    answers = [
        clinic.client.post(f"{mine}administrator/").status_code,
        clinic.client.post(f"{mine}end/", {"last_day": "2099-01-01"}).status_code,
    ]

    assert answers == [409, 409]
    assert fresh(clinic.professional).is_organisation_admin
    assert (fresh(clinic.professional).access_until, actions(clinic)) == (None, [])


def test_nobody_locks_or_deletes_their_own_account(clinic, colleague):
    User.objects.filter(pk=colleague.pk).update(is_organisation_admin=True)
    mine = page(clinic.professional)

    answers = [clinic.client.post(f"{mine}{what}/").status_code for what in ("lock", "delete")]

    assert answers == [409, 409]
    assert fresh(clinic.professional).is_active


def test_deleting_takes_the_rights_and_keeps_the_trail(clinic, colleague):
    client = pro.client_of(colleague)
    with clinic.scope():
        factories.member(clinic.calendar.unit, colleague)
        factories.right(clinic.calendar, colleague, Level.FULL)
        own = factories.practitioner(user_id=colleague.pk)
    appointment = clinic.book()
    client.get(f"/appointments/{appointment.pk}/")

    question = clinic.client.get(f"{page(colleague)}delete/").content.decode()
    answer = clinic.client.post(f"{page(colleague)}delete/")

    assert "Das Konto von Ute Empfang löschen?" in question
    assert (answer.status_code, answer["Location"]) == (302, "/settings/accounts/")
    assert not User.objects.filter(pk=colleague.pk).exists()
    assert client.get("/account/").status_code == 302
    with clinic.scope():
        assert not CalendarRight.objects.exists()
        assert not clinic.calendar.unit.members.exists()
        own.refresh_from_db()
        assert own.user_id is None
        rows = list(AuditEvent.objects.order_by("at"))
        assert [(row.actor, row.action) for row in rows] == [
            (colleague.actor, "appointment.viewed"),
            (clinic.professional.actor, "account.deleted"),
        ]
        assert read_details(rows[1]) == {"name": "Ute Empfang"}
    assert told() == ["account_deleted"]


PATHS = ["", "name/", "end/", "lock/", "unlock/", "administrator/", "invite-again/", "delete/"]


@pytest.mark.parametrize("path", PATHS)
def test_another_clinics_account_is_not_there(clinic, path):
    stranger = pro.clinic()
    address = f"{page(stranger.professional)}{path}"
    data = {"first_name": "A", "last_name": "B", "last_day": "", "value": "on"}

    answer = clinic.client.post(address, data) if path else clinic.client.get(address)

    assert answer.status_code == 404
    assert clinic.client.get(f"/settings/accounts/{uuid4()}/").status_code == 404
    assert (actions(clinic), actions(stranger)) == ([], [])


@pytest.mark.parametrize("path", PATHS)
def test_nobody_but_administrators_changes_accounts(clinic, colleague, path):
    address = f"{page(clinic.professional)}{path}"
    client = pro.client_of(colleague)

    answer = client.post(address) if path else client.get(address)

    assert answer.status_code == 403
    assert "Diese Seite ist für die Administration." in answer.content.decode()
    assert actions(clinic) == []


def test_name_and_contact_are_seen_at_once(clinic):
    data = {"name": "Klinik am See", "phone": "030 1", "email": "", "website": "https://see.example"}

    answer = clinic.client.post("/settings/profile/contact/", data)

    clinic.organisation.refresh_from_db()
    assert answer.status_code == 303
    assert (clinic.organisation.name, clinic.organisation.website) == ("Klinik am See", "https://see.example")
    assert set(clinic.organisation.directory.values_list("phone", flat=True)) == {"030 1"}
    assert actions(clinic) == ["organisation.contact_changed"]


def test_a_clinic_without_a_name_is_refused(clinic):
    answer = clinic.client.post("/settings/profile/contact/", {"name": "", "phone": "030 1"})

    assert (answer.status_code, fresh(clinic.professional).organisation.name) == (422, clinic.organisation.name)
