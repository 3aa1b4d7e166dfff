"""Every scope that causes a message queues it; the dispatcher sees the queue of all organisations, and no payload."""

from django.db import migrations

from doctolib.tenancy.isolation import isolate_tenant, policy

QUEUE = "id, organisation_id, kind, status, due_at, attempts, leased_until"
REPLAY = "status, due_at, leased_until, finished_at"  # never what the message says, nor about whom


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial"), ("tenancy", "0001_scopes")]
    operations = [
        isolate_tenant(
            "outbox_outboxmessage",
            booking="INSERT",
            patient="INSERT",
            support=f"SELECT, UPDATE ({REPLAY})",
            dispatcher=f"SELECT ({QUEUE}), UPDATE (leased_until)",
            person_rows=False,
            extra=policy("outbox_outboxmessage", "scope_dispatcher", "true"),
        ),
    ]
