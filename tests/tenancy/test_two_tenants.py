"""Two clinics, a row of every model in each, and whatever one of them tries on the other's rows."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connections, transaction
from django.db.models import Count

from accounts.enums import UserKind
from accounts.models import User
from crypto import keyring
from doctolib.tenancy.classes import TableClass, models_of
from doctolib.tenancy.scopes import organisation_scope, patient_scope, person_scope
from tests import factories

from . import every_model

TENANT_MODELS = sorted(model._meta.label for model in models_of(TableClass.TENANT))
PERSON_MODELS = sorted(model._meta.label for model in models_of(TableClass.PERSON))


@pytest.fixture
def clinics(db):
    """Both in the shared pool: a clinic in a database of its own is out of reach anyhow."""
    mine, theirs = factories.organisation(), factories.organisation()
    return mine, theirs, every_model.fill(mine), every_model.fill(theirs)


def test_every_tenant_model_has_a_maker(clinics):
    _mine, _theirs, rows, _others = clinics
    assert sorted(rows) == TENANT_MODELS


@pytest.mark.parametrize("label", TENANT_MODELS)
def test_the_other_clinic_s_row_is_out_of_reach(clinics, label):
    mine, theirs, rows, others = clinics
    model, row, other = apps.get_model(label), rows[label], others[label]
    table = model._meta.db_table

    with organisation_scope(mine):
        assert model.objects.filter(pk=row.pk).count() == 1
        assert set(model.objects.values_list("organisation_id", flat=True)) == {mine.pk}
        assert model.objects.filter(pk=other.pk).first() is None
        assert model.objects.filter(organisation_id=theirs.pk).aggregate(n=Count("pk"))["n"] == 0
        assert list(model.objects.raw(f"SELECT * FROM {table} WHERE organisation_id = %s", [theirs.pk])) == []
        for sql in (
            f"UPDATE {table} SET organisation_id = organisation_id WHERE id = %s",
            f"DELETE FROM {table} WHERE id = %s",
        ):
            try:
                with transaction.atomic(using="pool"), connections["pool"].cursor() as cursor:
                    cursor.execute(sql, [other.pk])
                    assert cursor.rowcount == 0
            except DatabaseError as error:
                assert "permission denied" in str(error)
        with pytest.raises(DatabaseError, match="row-level security|permission denied|no processing agreement"):
            with transaction.atomic(using="pool"), connections["pool"].cursor() as cursor:
                columns = ", ".join(f.column for f in model._meta.concrete_fields if not f.primary_key)
                stolen = columns.replace("organisation_id", f"'{theirs.pk}'::uuid", 1)
                cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {stolen} FROM {table} WHERE id = %s", [row.pk])
    with organisation_scope(theirs):
        assert model.objects.filter(pk=other.pk).count() == 1


@pytest.mark.parametrize("label", TENANT_MODELS)
def test_a_row_cannot_point_to_another_clinic_s(clinics, label):
    mine, _theirs, rows, others = clinics
    model = apps.get_model(label)
    for field in [f for f in model._meta.concrete_fields if f.is_relation]:
        target = others.get(field.related_model._meta.concrete_model._meta.label)
        with (
            organisation_scope(mine),
            pytest.raises(DatabaseError, match="foreign key|check constraint|denied|append-only|exclusion"),
        ):
            with transaction.atomic(using="pool"), connections["pool"].cursor() as cursor:
                cursor.execute(
                    f"UPDATE {model._meta.db_table} SET {field.column} = %s WHERE id = %s", [target.pk, rows[label].pk]
                )


def test_a_clinic_in_its_own_database_is_apart(db):
    pool, apart = factories.organisation(), factories.organisation(database="dedicated")
    every_model.fill(pool)
    rows = every_model.fill(apart)
    for label in TENANT_MODELS:
        with organisation_scope(apart):
            assert apps.get_model(label).objects.filter(pk=rows[label].pk).using("dedicated").count() == 1
            assert set(apps.get_model(label).objects.values_list("organisation_id", flat=True)) == {apart.pk}


@pytest.fixture
def accounts(db):
    keyring.create_keys(keyring.PLATFORM_OWNER)
    with keyring.platform_keys():
        users = [
            User.objects.create_account(kind=UserKind.PATIENT, email=f"{name}@example.org", password="x" * 12)
            for name in ("ada", "grace")
        ]
    filled = []
    for user in users:
        with person_scope(user.pk):
            filled.append(every_model.fill_account(user))
    return users, filled


def test_every_person_model_has_a_maker(accounts):
    assert sorted(accounts[1][0]) == PERSON_MODELS


@pytest.mark.parametrize("label", PERSON_MODELS)
def test_the_other_account_s_row_is_out_of_reach(accounts, label):
    (ada, grace), (rows, others) = accounts
    model = apps.get_model(label)
    with person_scope(ada.pk):
        assert list(model.objects.values_list("pk", flat=True)) == [rows[label].pk]
        assert model.objects.filter(pk=others[label].pk).delete()[0] == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic(using="pool"):
            with connections["pool"].cursor() as cursor:
                cursor.execute(
                    f"UPDATE {model._meta.db_table} SET account_id = %s WHERE id = %s", [grace.pk, rows[label].pk]
                )


def test_a_person_sees_own_rows_at_a_clinic_and_no_one_else_s(db, accounts):
    _users, (rows, others) = accounts
    clinic = factories.organisation()
    person, stranger = rows["accounts.Person"].pk, others["accounts.Person"].pk
    made = every_model.fill(clinic, person_id=person)

    def counts():
        found = {}
        for label in TENANT_MODELS:
            try:
                with transaction.atomic(using="pool"):
                    found[label] = apps.get_model(label).objects.values("pk").filter(pk=made[label].pk).count()
            except DatabaseError:
                found[label] = "denied"
        return found

    with patient_scope(clinic, person):
        own = counts()
    with patient_scope(clinic, stranger):
        foreign = counts()
    personal = {
        "patients.Patient": (1, 0),
        "patients.Document": (1, 0),
        "patients.PatientConsent": (1, 0),
        "appointments.Appointment": (1, 0),
        "appointments.AppointmentChange": ("denied", "denied"),
        "appointments.Occupancy": (1, 0),
        "appointments.Hold": ("denied", "denied"),
        "appointments.WaitingEntry": (1, 0),
        "appointments.WaitingOffer": (1, 0),
        "appointments.FreedTime": ("denied", "denied"),
        "appointments.Reminder": ("denied", "denied"),
        "appointments.Recall": ("denied", "denied"),
        "appointments.Series": ("denied", "denied"),
        "appointments.Chain": ("denied", "denied"),
        "appointments.Prescription": ("denied", "denied"),
        "audit.AuditEvent": ("denied", "denied"),
        "audit.AuditSeal": ("denied", "denied"),
        "outbox.OutboxMessage": ("denied", "denied"),
        "patients.PatientToken": ("denied", "denied"),
    }
    assert {label: (own[label], foreign[label]) for label in personal} == personal
