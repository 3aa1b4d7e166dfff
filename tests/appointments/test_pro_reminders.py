"""Setting reminders and recalls up, and consent on the patient's card."""

from datetime import time

import pytest
from django.db import IntegrityError

from accounts.enums import UserKind
from appointments.models import ReminderRule, ReminderSettings, VisitReason
from doctolib.audit.models import AuditEvent
from doctolib.tenancy.scopes import organisation_scope
from patients.models import PatientConsent
from tests import factories, pro

pytestmark = pytest.mark.django_db
SETTINGS = {"quiet_from": "21:00", "quiet_until": "7:30", "may_cancel": "on"}


@pytest.fixture
def clinic():
    return pro.clinic()


@pytest.fixture
def colleague(clinic):
    """Not an administrator, and without any right."""
    return pro.client_of(pro.user(UserKind.PROFESSIONAL, organisation=clinic.organisation))


def sent(*rules: tuple[str, str, str, bool], **settings) -> dict[str, str]:
    data = {**SETTINGS, **settings}
    for position in range(6):
        amount, unit, channel, active = rules[position] if position < len(rules) else ("", "days", "email", True)
        data |= {f"amount-{position}": amount, f"unit-{position}": unit, f"channel-{position}": channel}
        data |= {f"active-{position}": "on"} if active else {}
    return data


def rules(clinic) -> list[tuple]:
    with clinic.scope():
        return list(ReminderRule.objects.values_list("position", "amount", "unit", "channel", "is_active"))


def test_the_page_shows_the_defaults_and_saves_what_is_chosen(clinic):
    page = clinic.client.get("/settings/reminders/").content.decode()
    assert [f'value="{value}"' in page for value in ("7", "48", "24", "20:00", "08:00")] == [True] * 5

    answer = clinic.client.post(
        "/settings/reminders/",
        sent(("3", "days", "email", True), ("", "hours", "sms", True), ("5", "hours", "sms", False)),
    )

    assert (answer.status_code, answer["Location"]) == (303, "/settings/reminders/")
    assert rules(clinic) == [(0, 3, "days", "email", True), (2, 5, "hours", "sms", False)]
    with clinic.scope():
        found = ReminderSettings.objects.get()
        assert (found.quiet_from, found.quiet_until) == (time(21), time(7, 30))
        assert (found.may_cancel, found.names_instructions) == (True, False)
        assert AuditEvent.objects.filter(action="reminders.set_up").count() == 1
    shown = clinic.client.get("/settings/reminders/").content.decode()
    assert 'value="48"' not in shown
    assert clinic.client.post("/settings/reminders/", sent()).status_code == 303
    assert rules(clinic) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (sent(("61", "days", "email", True)), "Höchstens 60 Tage oder 96 Stunden vorher."),
        (sent(("97", "hours", "sms", True)), "Höchstens 60 Tage oder 96 Stunden vorher."),
        (sent(("0", "hours", "sms", True)), "1"),
        (sent(("2", "days", "sms", True), ("48", "hours", "sms", True)), "Eine solche Erinnerung gibt es schon."),
        (sent(("1", "weeks", "sms", True)), "weeks"),
        (sent(quiet_from="spät"), "Uhrzeit"),
    ],
)
def test_a_wrong_value_is_said_and_nothing_is_saved(clinic, data, said):
    answer = clinic.client.post("/settings/reminders/", data)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert rules(clinic) == []


@pytest.mark.parametrize("url", ["/settings/reminders/", "/settings/recalls/"])
def test_only_administrators_set_up(clinic, colleague, url):
    assert (colleague.get(url).status_code, colleague.post(url, sent()).status_code) == (403, 403)
    assert rules(clinic) == []
    assert [f'href="{url}"' in who.get("/settings/").content.decode() for who in (clinic.client, colleague)] == [
        True,
        False,
    ]


def test_recalls_are_set_for_each_reason_of_the_own_clinic(clinic):
    other = pro.clinic(slug="andere")
    field = f"months-{clinic.reason.pk}"
    assert clinic.reason.name in clinic.client.get("/settings/recalls/").content.decode()

    assert clinic.client.post("/settings/recalls/", {field: "12", f"months-{other.reason.pk}": "6"}).status_code == 303
    assert clinic.client.post("/settings/recalls/", {field: "0"}).status_code == 422

    for place, months in ((clinic, 12), (other, None)):
        with place.scope():
            assert VisitReason.objects.get(pk=place.reason.pk).recall_after == months


# The patient's card --------------------------------------------------------------------------------------------------


def consents(clinic) -> list[tuple]:
    with clinic.scope():
        return list(PatientConsent.objects.filter(withdrawn_at=None).values_list("purpose", "channel", "source"))


def test_staff_write_down_what_a_patient_told_them(clinic):
    with clinic.scope():
        patient = factories.patient()
    card, url = f"/patients/{patient.pk}/", f"/patients/{patient.pk}/consents/"
    assert "Erinnerungen sind nicht erlaubt." in clinic.client.get(card).content.decode()

    assert clinic.client.post(url, {"reminder": ["sms"]})["Location"] == card
    assert consents(clinic) == [("reminder", "sms", "staff")]
    assert "Erinnerungen an Termine: SMS" in clinic.client.get(card).content.decode()

    assert clinic.client.post(url, {}).status_code == 303
    assert consents(clinic) == []
    with clinic.scope():
        done = AuditEvent.objects.filter(action__startswith="consent.").order_by("at")
        assert list(done.values_list("action", flat=True)) == ["consent.given", "consent.withdrawn"]


def test_who_may_not_open_patients_does_not_find_their_consent(clinic, colleague):
    with clinic.scope():
        patient = factories.patient()
    other = pro.clinic(slug="andere")
    for client in (colleague, other.client):
        url = f"/patients/{patient.pk}/consents/"
        assert (client.get(url).status_code, client.post(url, {"reminder": ["sms"]}).status_code) == (404, 404)
    assert consents(clinic) == []


def test_the_database_keeps_it_at_six_rules(clinic):
    with pytest.raises(IntegrityError), organisation_scope(clinic.organisation):
        ReminderRule.objects.create(position=6, amount=1, unit="days", channel="sms")
