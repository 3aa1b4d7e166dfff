"""Show a clinic's calendars to it, their set-up to visitors, a hold to its holder, an appointment to its patient."""

from django.db import migrations

from doctolib.tenancy.isolation import ALL, HOLD, ORGANISATION, composite_key, isolate_tenant, policy, tenant_sql

SET_UP = dict(visitor="SELECT", booking="SELECT", patient="SELECT", support="SELECT", person_rows=False)
OWN_HOLD = f"{ORGANISATION} AND id = (SELECT sec.scope('hold'))"
ABSENCE_TIMES = "SELECT (id, organisation_id, resource_id, starts_at, ends_at)"  # why someone is away is not public

OCCUPANCY = (
    policy("appointments_occupancy", "scope_booking", f"{ORGANISATION} AND {HOLD}", name="booking_held")
    + policy(
        "appointments_occupancy",
        "scope_booking",
        f"{ORGANISATION} AND appointment_id = (SELECT sec.scope('hold'))",  # an appointment takes its hold's id
        name="booking_booked",
    )
    + policy("appointments_occupancy", "sec_busy", ORGANISATION, command="SELECT", check=None)
    + policy(
        "appointments_occupancy",
        "sec_busy",
        f"{ORGANISATION} AND status = 'held'",
        name="sec_busy_release",
        command="DELETE",
        check=None,
    )
    + "GRANT SELECT, DELETE ON appointments_occupancy TO sec_busy;"
)

# Expired holds give way to the next booker, whose own role sees no one else's. Only the times asked for.
RELEASE = """
CREATE FUNCTION sec.release_expired(resources bigint[], from_at timestamptz, to_at timestamptz, moment timestamptz)
RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
    WITH gone AS (
        DELETE FROM public.appointments_occupancy
        WHERE organisation_id = (SELECT sec.scope('organisation'))
          AND resource_id = ANY (resources)
          AND starts_at < to_at AND starts_at > from_at - interval '25 hours' AND ends_at > from_at
          AND status = 'held' AND expires_at <= moment
        RETURNING 1)
    SELECT count(*) FROM gone
$$;
ALTER FUNCTION sec.release_expired OWNER TO sec_busy;
REVOKE ALL ON FUNCTION sec.release_expired FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sec.release_expired TO scope_organisation, scope_booking, scope_patient;
"""


class Migration(migrations.Migration):
    dependencies = [("appointments", "0001_initial"), ("tenancy", "0001_scopes")]
    operations = [
        *(
            isolate_tenant(f"appointments_{table}", **SET_UP)
            for table in (
                "resource",
                "visitreason",
                "calendarreason",
                "requirement",
                "requiredresource",
                "openinghours",
                "openinghoursreason",
            )
        ),
        isolate_tenant(
            "appointments_absence",
            visitor=ABSENCE_TIMES,
            booking=ABSENCE_TIMES,
            patient=ABSENCE_TIMES,
            support="SELECT",
            person_rows=False,
        ),
        isolate_tenant(
            "appointments_hold",
            booking=ALL,
            own_policies=("booking",),
            extra=policy("appointments_hold", "scope_booking", OWN_HOLD),
        ),
        isolate_tenant(
            "appointments_appointment",
            booking="SELECT, INSERT",
            patient="SELECT, UPDATE",
            support="SELECT",
            own_policies=("booking",),
            extra=policy("appointments_appointment", "scope_booking", OWN_HOLD),
        ),
        isolate_tenant(
            "appointments_occupancy",
            booking=ALL,
            patient="SELECT, INSERT, DELETE",
            own_policies=("booking",),
            extra=OCCUPANCY,
        ),
        tenant_sql(RELEASE, "DROP FUNCTION sec.release_expired;"),
        composite_key("appointments_resource", "site_id", "accounts_site"),
        composite_key("appointments_resource", "unit_id", "accounts_unit"),
        composite_key("appointments_resource", "practitioner_id", "accounts_practitioner"),
        composite_key("appointments_visitreason", "unit_id", "accounts_unit"),
        composite_key("appointments_calendarreason", "calendar_id", "appointments_resource", on_delete="CASCADE"),
        composite_key("appointments_calendarreason", "reason_id", "appointments_visitreason", on_delete="CASCADE"),
        composite_key("appointments_requirement", "reason_id", "appointments_visitreason", on_delete="CASCADE"),
        composite_key(
            "appointments_requiredresource", "requirement_id", "appointments_requirement", on_delete="CASCADE"
        ),
        composite_key("appointments_requiredresource", "resource_id", "appointments_resource", on_delete="CASCADE"),
        composite_key("appointments_openinghours", "calendar_id", "appointments_resource", on_delete="CASCADE"),
        composite_key("appointments_openinghoursreason", "hours_id", "appointments_openinghours", on_delete="CASCADE"),
        composite_key("appointments_openinghoursreason", "reason_id", "appointments_visitreason", on_delete="CASCADE"),
        composite_key("appointments_absence", "resource_id", "appointments_resource", on_delete="CASCADE"),
        composite_key("appointments_hold", "calendar_id", "appointments_resource", on_delete="CASCADE"),
        composite_key("appointments_hold", "reason_id", "appointments_visitreason", on_delete="CASCADE"),
        composite_key("appointments_appointment", "calendar_id", "appointments_resource"),
        composite_key("appointments_appointment", "reason_id", "appointments_visitreason"),
        composite_key("appointments_appointment", "patient_id", "patients_patient"),
        composite_key("appointments_occupancy", "resource_id", "appointments_resource"),
        composite_key("appointments_occupancy", "hold_id", "appointments_hold", on_delete="CASCADE"),
        composite_key("appointments_occupancy", "appointment_id", "appointments_appointment", on_delete="CASCADE"),
    ]
