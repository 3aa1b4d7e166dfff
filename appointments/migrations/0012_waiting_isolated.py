"""Isolate the waiting list: a clinic sees its own, a patient their own rows. Triggers note which times got free."""

from django.db import migrations

from doctolib.tenancy.isolation import ORGANISATION, composite_key, isolate_tenant, policy, tenant_sql

# What frees a time does not know who waits for it, and is often not allowed to: the function's owner is. Only a row
# of its own organisation, and only while somebody waits. An offer's hold that goes is a freed time, a visitor's is not.
NOTE_FREED = """
CREATE FUNCTION sec.note_freed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    organisation uuid; resource bigint; begins timestamptz; ends timestamptz; block bigint;
BEGIN
    IF TG_TABLE_NAME = 'appointments_openinghours' THEN
        organisation := NEW.organisation_id;
        resource := NEW.calendar_id;
        block := NEW.id;
        begins := NEW.valid_from::timestamp AT TIME ZONE 'UTC' - interval '1 day';  -- whatever the clinic's zone
        ends := NEW.valid_until::timestamp AT TIME ZONE 'UTC' + interval '2 days';
    ELSE
        organisation := OLD.organisation_id;
        resource := OLD.resource_id;
        begins := OLD.starts_at;
        ends := OLD.ends_at;
    END IF;
    IF NOT EXISTS (SELECT FROM appointments_waitingentry
                   WHERE organisation_id = organisation AND closed_at IS NULL) THEN
        RETURN NULL;
    END IF;
    IF TG_TABLE_NAME = 'appointments_occupancy' THEN
        IF OLD.status = 'held' AND NOT EXISTS (SELECT FROM appointments_waitingoffer
                                               WHERE organisation_id = organisation AND id = OLD.hold_id) THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO appointments_freedtime (organisation_id, resource_id, starts_at, ends_at, hours_id)
    VALUES (organisation, resource, begins, ends, block);
    RETURN NULL;
END $$;
CREATE TRIGGER note_freed AFTER DELETE OR UPDATE OF resource_id, starts_at, ends_at ON appointments_occupancy
    FOR EACH ROW EXECUTE FUNCTION sec.note_freed();
CREATE TRIGGER note_freed AFTER DELETE OR UPDATE OF resource_id, starts_at, ends_at ON appointments_absence
    FOR EACH ROW EXECUTE FUNCTION sec.note_freed();
CREATE TRIGGER note_freed AFTER INSERT OR UPDATE ON appointments_openinghours
    FOR EACH ROW EXECUTE FUNCTION sec.note_freed();
ALTER FUNCTION sec.note_freed OWNER TO sec_busy;
REVOKE ALL ON FUNCTION sec.note_freed FROM PUBLIC;
"""
NOT_NOTED = """
DROP TRIGGER note_freed ON appointments_openinghours;
DROP TRIGGER note_freed ON appointments_absence;
DROP TRIGGER note_freed ON appointments_occupancy;
DROP FUNCTION sec.note_freed;
"""


def for_sec_busy(table: str, grant: str, command: str = "SELECT", check: str | None = None) -> str:
    return (
        policy(table, "sec_busy", ORGANISATION, command=command, check=check) + f"GRANT {grant} ON {table} TO sec_busy;"
    )


class Migration(migrations.Migration):
    dependencies = [("appointments", "0011_waiting_list")]
    operations = [
        isolate_tenant(
            "appointments_waitingentry",
            patient="SELECT, INSERT, UPDATE",
            extra=for_sec_busy("appointments_waitingentry", "SELECT (organisation_id, closed_at)"),
        ),
        isolate_tenant(
            "appointments_waitingoffer",
            patient="SELECT, UPDATE",
            extra=for_sec_busy("appointments_waitingoffer", "SELECT (organisation_id, id)"),
        ),
        isolate_tenant(
            "appointments_freedtime", extra=for_sec_busy("appointments_freedtime", "INSERT", command="ALL", check="")
        ),
        composite_key("appointments_waitingentry", "patient_id", "patients_patient"),
        composite_key("appointments_waitingentry", "reason_id", "appointments_visitreason"),
        composite_key(
            "appointments_waitingentry",
            "appointment_id",
            "appointments_appointment",
            on_delete="SET NULL (appointment_id)",
        ),
        composite_key("appointments_waitingoffer", "entry_id", "appointments_waitingentry", on_delete="CASCADE"),
        composite_key("appointments_waitingoffer", "calendar_id", "appointments_resource", on_delete="CASCADE"),
        composite_key("appointments_freedtime", "resource_id", "appointments_resource", on_delete="CASCADE"),
        composite_key("appointments_freedtime", "hours_id", "appointments_openinghours", on_delete="CASCADE"),
        tenant_sql(NOTE_FREED, NOT_NOTED),
    ]
