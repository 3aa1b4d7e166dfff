"""Choosing an organisation, and what platform staff may change: each time a row in the organisation's own trail."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from accounts.models import Organisation, Site, Unit, User
from crypto.models import DataKey
from doctolib import audit
from doctolib.audit.models import AuditEvent
from doctolib.outbox.enums import MessageStatus
from doctolib.outbox.models import OutboxMessage, PlatformMessage
from doctolib.tenancy.scopes import organisation_scope
from retention.models import ProcessingAgreement
from tests import factories
from tests.admin.conftest import choose
from tests.pro import client_of

ADDRESS = {"name": "Haus B", "street": "Weg 2", "postal_code": "10117", "city": "Berlin"}
AGREEMENT = {
    "version": "2.0",
    "signed_on": "2026-11-01",
    "valid_from_0": "2026-11-02",
    "valid_from_1": "08:00:00",
    "valid_until_0": "",
    "valid_until_1": "",
    "signed_by": "Dr. Ada Vertrag",
}
TENANT_PAGES = [
    "/patients/patient/",
    "/appointments/appointment/",
    "/accounts/site/",
    "/accounts/site/add/",
    "/accounts/unit/",
    "/accounts/practitioner/",
    "/outbox/outboxmessage/",
    "/retention/processingagreement/",
    "/retention/processingagreement/add/",
    "/accounts/site/1/change/",
    "/accounts/site/1/delete/",
    "/accounts/site/1/history/",
]


@pytest.fixture
def clinic(db, database) -> Organisation:
    return factories.organisation(name="Klinik am See", database=database)


def trail(clinic) -> list[tuple[str, str]]:
    with organisation_scope(clinic):
        return list(AuditEvent.objects.order_by("at").values_list("actor", "action"))


def logged() -> list[tuple[str, str]]:
    return list(LogEntry.objects.order_by("pk").values_list("object_repr", "change_message"))


@pytest.mark.parametrize("page", TENANT_PAGES)
def test_without_an_organisation_the_way_leads_to_choosing_one(admin, page):
    response = admin.get(page, follow=True)
    assert response.redirect_chain == [("/accounts/organisation/", 302)]
    assert "Wählen Sie zuerst eine Einrichtung" in response.content.decode()


def test_choosing_an_organisation_is_told_in_its_trail(admin, staff, clinic):
    assert admin.get(f"/accounts/organisation/{clinic.pk}/choose/").status_code == 405
    choose(admin, clinic)
    assert "Klinik am See" in admin.get("/").content.decode()
    assert admin.post("/accounts/organisation/leave/").status_code == 302
    assert admin.get("/patients/patient/").status_code == 302
    assert trail(clinic) == [(staff.actor, "support.entered"), (staff.actor, "support.left")]


def test_an_organisation_that_is_gone_is_not_chosen_any_more(admin, clinic):
    choose(admin, clinic)
    Organisation.objects.filter(pk=clinic.pk).delete()
    assert admin.get("/patients/patient/").status_code == 302


def test_no_such_organisation_can_be_chosen(admin):
    assert admin.post("/accounts/organisation/00000000-0000-0000-0000-000000000009/choose/").status_code == 404


def organisation_fields(**fields) -> dict:
    return {
        "slug": "neue-praxis", "name": "Neue Praxis", "kind": "practice", "phone": "030 1",
        "time_zone": "Europe/Berlin", "federal_state": "BE", "database": "pool", **fields,
    }  # fmt: skip


def test_an_organisation_is_added_with_keys_of_its_own(admin, staff, database):
    response = admin.post("/accounts/organisation/add/", organisation_fields(database=database))
    assert response.status_code == 302
    made = Organisation.objects.get(slug="neue-praxis")
    assert (made.database, DataKey.objects.filter(owner=made.pk).count()) == (database, 4)
    assert trail(made) == [(staff.actor, "organisation.added")]
    assert logged() == [(f"organisation {made.pk}", "")]


@pytest.mark.parametrize("wrong", [{"database": "default"}, {"slug": "Ä"}, {"time_zone": "Mars"}, {"slug": "account"}])
def test_a_wrong_organisation_is_not_added(admin, wrong):
    response = admin.post("/accounts/organisation/add/", organisation_fields(**wrong))
    assert (response.status_code, Organisation.objects.count()) == (200, 0)
    assert "errorlist" in response.content.decode()


def test_an_organisation_is_changed_but_not_moved_to_another_database(admin, staff, clinic):
    fields = organisation_fields(name="Umbenannt", slug=clinic.slug, database="default")
    assert admin.post(f"/accounts/organisation/{clinic.pk}/change/", fields).status_code == 302
    changed = Organisation.objects.get(pk=clinic.pk)
    assert (changed.name, changed.database) == ("Umbenannt", clinic.database)
    assert trail(clinic) == [(staff.actor, "organisation.changed")]


def test_a_site_and_a_unit_are_added_to_the_chosen_organisation(admin, clinic):
    choose(admin, clinic)
    assert admin.post("/accounts/site/add/", ADDRESS).status_code == 302
    with organisation_scope(clinic):
        site = Site.objects.get()
    unit = {"site": site.pk, "slug": "kardio", "name_de": "Kardiologie", "specialty": "KARD", "position": 0}
    assert admin.post("/accounts/unit/add/", unit).status_code == 302
    again = admin.post("/accounts/unit/add/", unit)
    assert (again.status_code, "errorlist" in again.content.decode()) == (200, True)
    with organisation_scope(clinic):
        assert list(Unit.objects.values_list("organisation_id", "slug")) == [(clinic.pk, "kardio")]
    assert [action for _, action in trail(clinic)] == ["support.entered", "site.added", "unit.added"]
    assert [text for _, text in logged()] == ["", ""]


def test_a_post_that_fails_leaves_no_row(admin, clinic, monkeypatch):
    choose(admin, clinic)
    admin.raise_request_exception = False

    def refuse(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(audit, "record", refuse)
    assert admin.post("/accounts/site/add/", ADDRESS).status_code == 500
    assert admin.post("/accounts/organisation/add/", organisation_fields()).status_code == 500
    assert admin.post("/retention/processingagreement/add/", AGREEMENT).status_code == 500
    with organisation_scope(clinic):
        assert (Site.objects.count(), ProcessingAgreement.objects.count()) == (0, 0)
    assert (Organisation.objects.count(), DataKey.objects.filter(owner=clinic.pk).count()) == (1, 4)
    assert LogEntry.objects.count() == 0


def test_an_agreement_is_added_and_only_its_end_can_be_set(admin, staff, clinic):
    choose(admin, clinic)
    assert admin.post("/retention/processingagreement/add/", AGREEMENT).status_code == 302
    with organisation_scope(clinic):
        made = ProcessingAgreement.objects.get()
        assert (made.version, made.signatory, made.valid_until) == ("2.0", "Dr. Ada Vertrag", None)
        factories.patient()  # the database lets patients in
    address = f"/retention/processingagreement/{made.pk}/change/"
    late = {
        **AGREEMENT,
        "version": "9.9",
        "signed_by": "Jemand",
        "valid_until_0": "2020-01-01",
        "valid_until_1": "00:00",
    }
    assert admin.post(address, late).status_code == 200  # before its beginning
    past = {**late, "valid_until_0": "2026-11-03"}
    assert admin.post(address, past).status_code == (200 if timezone.now().date().isoformat() > "2026-11-03" else 302)
    assert admin.post(address, {**late, "valid_until_0": "2126-12-31"}).status_code == 302
    with organisation_scope(clinic):
        changed = ProcessingAgreement.objects.get()
        assert (changed.version, changed.signatory, changed.valid_until.year) == ("2.0", "Dr. Ada Vertrag", 2126)
    assert trail(clinic)[1:] == [
        (staff.actor, "processingagreement.added"),
        (staff.actor, "processingagreement.changed"),
    ]
    assert logged() == [(f"processingagreement {made.pk}", "")] * 2


def test_an_agreement_that_ended_stays_ended(admin, clinic):
    ended = factories.agreement(clinic, valid_until=timezone.now() - timedelta(days=1))
    choose(admin, clinic)
    admin.post(f"/retention/processingagreement/{ended.pk}/change/", AGREEMENT)
    with organisation_scope(clinic):
        assert ProcessingAgreement.objects.get().valid_until == ended.valid_until


def test_accounts_are_locked_and_unlocked(admin, staff, filled):
    professional = client_of(filled.professional, door="pro")
    chosen = [str(user.pk) for user in (filled.professional, filled.patient, staff)]
    admin.post("/accounts/user/", {"action": "lock", "_selected_action": chosen})
    assert set(User.objects.filter(is_active=True)) == {staff}  # nobody locks their own account
    assert professional.get("/").status_code == 302
    assert trail(filled.clinic)[1:] == [(staff.actor, "account.locked")]
    admin.post("/accounts/user/", {"action": "unlock", "_selected_action": chosen})
    assert User.objects.filter(is_active=False).count() == 0
    assert trail(filled.clinic)[2:] == [(staff.actor, "account.unlocked")]
    assert {text for _, text in logged()} == {""}


def test_a_lock_that_fails_locks_nobody(admin, filled, monkeypatch):
    monkeypatch.setattr(audit, "record", lambda *args, **kwargs: 1 / 0)
    admin.raise_request_exception = False
    chosen = [str(filled.professional.pk), str(filled.patient.pk)]
    assert admin.post("/accounts/user/", {"action": "lock", "_selected_action": chosen}).status_code == 500
    assert User.objects.filter(is_active=False).count() == LogEntry.objects.count() == 0


def test_dead_letters_are_sent_again(admin, staff, filled):
    message = filled.rows["outbox.OutboxMessage"]
    with organisation_scope(filled.clinic):
        OutboxMessage.objects.update(status=MessageStatus.DEAD, attempts=8)
        waiting = OutboxMessage.objects.create(kind="test", about="x", payload={})
    choose(admin, filled.clinic)
    chosen = {"action": "replay", "_selected_action": [str(message.pk), str(waiting.pk)]}
    assert admin.post("/outbox/outboxmessage/", chosen).status_code == 302
    with organisation_scope(filled.clinic):
        assert set(OutboxMessage.objects.values_list("status", flat=True)) == {MessageStatus.WAITING}
        assert OutboxMessage.objects.get(pk=message.pk).payload == {"note": "x"}
    assert trail(filled.clinic)[-2:] == [(staff.actor, "support.entered"), (staff.actor, "message.replayed")]
    assert logged() == [(f"outboxmessage {message.pk}", "")]


def test_messages_of_the_platform_leave_no_trace_in_an_organisations_trail(admin, filled):
    PlatformMessage.objects.update(status=MessageStatus.DEAD)
    choose(admin, filled.clinic)
    before = trail(filled.clinic)
    chosen = {"action": "replay", "_selected_action": [str(filled.rows["outbox.PlatformMessage"].pk)]}
    assert admin.post("/outbox/platformmessage/", chosen).status_code == 302
    assert PlatformMessage.objects.get().status == MessageStatus.WAITING
    assert trail(filled.clinic) == before


def test_staff_with_the_right_to_look_may_not_lock_or_replay(filled):
    from django.contrib.auth.models import Permission

    from tests.admin.conftest import platform_account

    clerk = platform_account("clerk@example.org", is_superuser=False)
    views = ["view_user", "view_platformmessage", "view_organisation"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=views))
    PlatformMessage.objects.update(status=MessageStatus.DEAD)
    client = client_of(clerk, door="admin")
    client.post("/accounts/user/", {"action": "lock", "_selected_action": [str(filled.professional.pk)]})
    message = str(filled.rows["outbox.PlatformMessage"].pk)
    client.post("/outbox/platformmessage/", {"action": "replay", "_selected_action": [message]})
    assert User.objects.filter(is_active=False).count() == 0
    assert PlatformMessage.objects.get().status == MessageStatus.DEAD
