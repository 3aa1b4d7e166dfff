"""The catalogue of the database: isolation is complete, and each policy counts."""

import pytest
from django.db import connections, transaction

from .catalogue import ask, isolated_tables, policy_problems, problems

OWNERS = ["owner", "dedicated_owner"]


@pytest.mark.parametrize("alias", OWNERS)
def test_every_isolated_table_is_isolated(db, alias):
    assert problems(alias) == []


@pytest.mark.parametrize("alias", OWNERS)
def test_each_policy_that_is_dropped_is_missed(db, alias):
    unnoticed, isolated = [], isolated_tables(alias)
    for table, policy in ask(alias, "SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public'"):
        with transaction.atomic(using=alias):
            ask_nothing(alias, f"DROP POLICY {policy} ON {table}")
            if not policy_problems(alias, isolated):
                unnoticed.append(f"{table}.{policy}")
            transaction.set_rollback(True, using=alias)
    # An occupancy row is its holder's by the hold's id, then by the appointment's: either policy alone covers the
    # right in the catalogue. test_two_tenants and the booking tests go red without one of them.
    assert sorted(unnoticed) == ["appointments_occupancy.booking_booked", "appointments_occupancy.booking_held"]


@pytest.mark.parametrize(
    "break_it",
    [
        "ALTER TABLE patients_patient NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE patients_patient DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE patients_patient ALTER organisation_id DROP NOT NULL",
        "CREATE POLICY wide ON patients_patient TO PUBLIC USING (true)",
        "CREATE POLICY wide ON patients_patient TO scope_visitor USING (true)",
        "GRANT SELECT ON patients_patient TO scope_visitor",
        "GRANT SELECT ON patients_patient TO doctolib_app",
        "GRANT TRUNCATE ON patients_patient TO scope_organisation",
        "GRANT SELECT ON sec.token_key TO scope_organisation",
        "CREATE VIEW everyone AS SELECT * FROM patients_patient",
        "CREATE INDEX by_language ON patients_patient (language)",
        "ALTER TABLE patients_patient ADD CONSTRAINT oracle UNIQUE (person_id)",
        "ALTER TABLE patients_patienttoken DROP CONSTRAINT patients_patienttoken_patient_id_composite",
        "ALTER TABLE patients_patienttoken ADD CONSTRAINT plain"
        " FOREIGN KEY (patient_id) REFERENCES patients_patient (id)",
        "CREATE FUNCTION public.peek() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "GRANT EXECUTE ON FUNCTION sec.scope(text) TO PUBLIC",
        "CREATE TABLE stray (id int); ALTER TABLE stray ENABLE ROW LEVEL SECURITY",
    ],
)
def test_a_hole_is_found(db, break_it):
    with transaction.atomic(using="owner"):
        ask_nothing("owner", break_it)
        found = problems("owner")
        transaction.set_rollback(True, using="owner")
    assert found


def ask_nothing(alias: str, sql: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql)
