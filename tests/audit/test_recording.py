"""What was done is written beside the change, and by nobody changed."""

import pytest
from django.db import DatabaseError, ProgrammingError, connections, transaction

from crypto import keyring
from crypto.errors import CannotOpen
from doctolib import audit
from doctolib.audit.models import AuditEvent, AuditSeal, SubjectKey
from doctolib.audit.recording import read_details
from doctolib.logs import request_id
from doctolib.tenancy.scopes import (
    ScopeMissing,
    booking_scope,
    organisation_scope,
    patient_scope,
    support_scope,
    visitor_scope,
)
from tests import factories

pytestmark = pytest.mark.django_db
SOMEONE = "6a4c4a4e-4f43-4a5c-8d36-1f9a4f7a2b10"


@pytest.fixture
def patient(clinic):
    factories.agreement(clinic)
    with organisation_scope(clinic):
        return factories.patient()


def test_an_event_says_who_did_what_to_which_row_in_which_request(clinic, patient):
    reset = request_id.set("req-12345678")
    try:
        with organisation_scope(clinic, actor="professional:7"):
            audit.record("patient.created", patient, about=patient)
            event = AuditEvent.objects.get()
    finally:
        request_id.reset(reset)

    name = f"patient:{patient.pk}"
    assert (event.actor, event.action, event.subject, event.about, event.request, event.details) == (
        *("professional:7", "patient.created", name, name, "req-12345678", None),
    )


def test_nothing_is_recorded_outside_a_scope(clinic):
    with pytest.raises(ScopeMissing):
        audit.record("x", clinic)


def test_a_rolled_back_change_leaves_no_event(clinic):
    with pytest.raises(ZeroDivisionError), organisation_scope(clinic):
        audit.record("x", clinic)
        raise ZeroDivisionError
    with organisation_scope(clinic):
        assert not AuditEvent.objects.exists()


def test_details_are_sealed_with_a_key_of_the_patient_and_gone_with_it(clinic, patient):
    with organisation_scope(clinic):
        audit.record("patient.renamed", patient, about=patient, details={"before": "Müller-Lüdenscheidt"})
        event = AuditEvent.objects.get()
        assert read_details(event) == {"before": "Müller-Lüdenscheidt"}
        assert "Müller".encode() not in bytes(event.details)

        SubjectKey.objects.filter(subject=event.about).delete()
        assert read_details(event) is None


def test_details_stay_gone_when_a_new_key_was_made_for_the_same_patient(clinic, patient):
    with organisation_scope(clinic):
        audit.record("a", patient, about=patient, details={"n": 1})
        before = SubjectKey.objects.get()
        SubjectKey.objects.all().delete()
        audit.record("b", patient, about=patient, details={"n": 2})
        assert [read_details(event) for event in AuditEvent.objects.order_by("action")] == [None, {"n": 2}]

        # Nothing but the salt that was destroyed opens them.
        SubjectKey.objects.all().delete()
        SubjectKey.objects.create(pk=before.pk, subject=before.subject, key_version=before.key_version)
        with pytest.raises(CannotOpen):
            read_details(AuditEvent.objects.get(action="a"))


def test_one_patient_has_one_key_and_another_patient_another(clinic, patient):
    with organisation_scope(clinic):
        for subject in (patient, patient, factories.patient()):
            audit.record("x", subject, about=subject, details={})
        assert SubjectKey.objects.count() == 2


def test_details_of_one_event_do_not_open_in_another(clinic, patient):
    with organisation_scope(clinic):
        audit.record("a", patient, about=patient, details={"n": 1})
        audit.record("b", patient, about=patient, details={"n": 2})
        one, other = AuditEvent.objects.order_by("action")
        one.details = other.details
        with pytest.raises(CannotOpen):
            read_details(one)


def test_details_survive_a_new_audit_key(clinic, patient):
    with organisation_scope(clinic):
        audit.record("a", patient, about=patient, details={"n": 1})
    keyring.rotate(clinic.pk, "audit")
    with organisation_scope(clinic):
        audit.record("b", patient, about=patient, details={"n": 2})
        assert [read_details(event) for event in AuditEvent.objects.order_by("action")] == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    "scope",
    [lambda clinic: booking_scope(clinic, SOMEONE), lambda clinic: patient_scope(clinic, SOMEONE)],
    ids=["booking", "patient"],
)
def test_every_scope_that_changes_something_leaves_a_trail_that_it_cannot_read(clinic, patient, scope):
    with scope(clinic):
        audit.record("appointment.moved", patient, about=patient, details={"before": "08:00"})
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(using="pool"):
            AuditEvent.objects.exists()
    with organisation_scope(clinic):
        assert read_details(AuditEvent.objects.get()) == {"before": "08:00"}


def test_support_leaves_a_trail_and_a_visitor_changes_nothing(clinic):
    with support_scope(clinic, actor="platform:1"):
        audit.record("message.replayed", clinic)
    with pytest.raises(ProgrammingError, match="permission denied"), visitor_scope(clinic):
        audit.record("x", clinic)
    with organisation_scope(clinic):
        assert AuditEvent.objects.get().actor == "platform:1"


@pytest.mark.parametrize("scope", [organisation_scope, support_scope], ids=["organisation", "support"])
@pytest.mark.parametrize("model", [AuditEvent, AuditSeal])
@pytest.mark.parametrize("change", ["update", "delete", "truncate"])
def test_no_scope_can_change_the_trail(clinic, recorded, scope, model, change):
    recorded("a")
    table = model._meta.db_table
    statements = {
        "update": f"UPDATE {table} SET organisation_id = organisation_id",
        "delete": f"DELETE FROM {table}",
        "truncate": f"TRUNCATE {table}",
    }
    with pytest.raises(ProgrammingError, match="permission denied"), scope(clinic):
        with transaction.atomic(using="pool"), connections["pool"].cursor() as cursor:
            cursor.execute(statements[change])


def test_the_log_in_role_reaches_nothing_without_a_scope(clinic, recorded):
    recorded("a")
    for table in ("audit_auditevent", "audit_auditseal", "audit_subjectkey"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(using="pool"):
            with connections["pool"].cursor() as cursor:
                cursor.execute(f"SELECT 1 FROM {table}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["audit_auditevent", "audit_auditseal"])
def test_a_migration_cannot_change_the_trail_by_mistake(clinic, recorded, table):
    from django.utils import timezone

    from doctolib.audit.sealing import seal_due

    recorded("a")
    seal_due(clinic, now=timezone.now())
    with pytest.raises(DatabaseError, match="append-only"), connections["owner"].cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET organisation_id = gen_random_uuid()")
