"""Whether a hold has expired is read from the index alone; hardly ever there is one to take away.

The DELETE had to visit every row of these days to see its status: 50 pages of a busy calendar, for each booking.
"""

from importlib import import_module

from django.db import migrations

from doctolib.tenancy.isolation import tenant_sql

BEFORE = import_module("appointments.migrations.0002_isolation").RELEASE

EXPIRED = """organisation_id = (SELECT sec.scope('organisation'))
          AND resource_id = ANY (resources)
          AND starts_at < to_at AND starts_at > from_at - interval '25 hours' AND ends_at > from_at
          AND expires_at <= moment"""  # all in the index occupancy_of_resource
RELEASE = f"""
CREATE OR REPLACE FUNCTION sec.release_expired(
    resources bigint[], from_at timestamptz, to_at timestamptz, moment timestamptz
)
RETURNS bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    gone bigint := 0;
BEGIN
    IF EXISTS (SELECT FROM public.appointments_occupancy WHERE {EXPIRED}) THEN
        DELETE FROM public.appointments_occupancy WHERE {EXPIRED} AND status = 'held';
        GET DIAGNOSTICS gone = ROW_COUNT;
    END IF;
    RETURN gone;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("appointments", "0027_change_actions")]
    operations = [tenant_sql(RELEASE, "DROP FUNCTION sec.release_expired;" + BEFORE)]
