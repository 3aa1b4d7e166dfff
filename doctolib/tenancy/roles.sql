-- The cluster's roles. Run by an administrator through `manage.py setup_roles`; may be run again.
-- Only the two log-in roles have passwords. Scope roles are entered with SET LOCAL ROLE, never inherited.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['doctolib_owner', 'doctolib_app', 'doctolib_backup', 'sec_keeper', 'sec_busy',
                                'scope_organisation', 'scope_patient', 'scope_booking', 'scope_visitor', 'scope_person',
                                'scope_support', 'scope_dispatcher'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        END IF;
    END LOOP;
    FOREACH name IN ARRAY ARRAY['scope_organisation', 'scope_patient', 'scope_booking', 'scope_visitor',
                                'scope_person', 'scope_support', 'scope_dispatcher'] LOOP
        EXECUTE format('GRANT %I TO doctolib_app', name);
    END LOOP;
END $$;
ALTER ROLE doctolib_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE;
ALTER ROLE doctolib_app LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB;
-- Backups read everything and change nothing: the one role that row-level security does not hold.
ALTER ROLE doctolib_backup NOLOGIN BYPASSRLS;
GRANT pg_read_all_data TO doctolib_backup;
-- The owner of the tables hands its two guarded functions over to these.
GRANT sec_keeper, sec_busy TO doctolib_owner;
