"""Isolate agreements, and refuse patient and appointment rows of an organisation without one in force."""

from django.db import migrations

from doctolib.tenancy.isolation import isolate_tenant, tenant_sql

GATE = """
-- Runs with the rights of whoever writes: the scope's own policy shows the agreement, or there is none.
CREATE FUNCTION sec.require_agreement() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.retention_processingagreement a
        WHERE a.organisation_id = NEW.organisation_id
          AND a.valid_from <= statement_timestamp()
          AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
    ) THEN
        RAISE EXCEPTION 'no processing agreement in force' USING ERRCODE = 'DP001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER require_agreement BEFORE INSERT ON patients_patient
    FOR EACH ROW EXECUTE FUNCTION sec.require_agreement();
CREATE TRIGGER require_agreement BEFORE INSERT ON appointments_hold
    FOR EACH ROW EXECUTE FUNCTION sec.require_agreement();
CREATE TRIGGER require_agreement BEFORE INSERT ON appointments_appointment
    FOR EACH ROW EXECUTE FUNCTION sec.require_agreement();
"""
UNGATE = """
DROP TRIGGER require_agreement ON appointments_hold;
DROP TRIGGER require_agreement ON appointments_appointment;
DROP TRIGGER require_agreement ON patients_patient;
DROP FUNCTION sec.require_agreement();
"""
IN_FORCE = "SELECT (id, organisation_id, version, valid_from, valid_until)"


class Migration(migrations.Migration):
    dependencies = [
        ("retention", "0001_initial"),
        ("patients", "0002_isolation"),
        ("appointments", "0002_isolation"),
    ]
    operations = [
        isolate_tenant(
            "retention_processingagreement",
            organisation="SELECT",
            visitor=IN_FORCE,
            booking=IN_FORCE,
            patient=IN_FORCE,
            support="SELECT, INSERT, UPDATE",
            person_rows=False,
        ),
        tenant_sql(GATE, UNGATE),
    ]
