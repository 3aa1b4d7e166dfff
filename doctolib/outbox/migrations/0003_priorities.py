"""Codes before reminders; what is being handed over; what the provider says became of it."""

from django.db import migrations, models

from doctolib.tenancy.isolation import tenant_sql

GRANT = """
GRANT SELECT (priority) ON outbox_outboxmessage TO scope_dispatcher;
GRANT UPDATE (sending) ON outbox_outboxmessage TO scope_support;  -- replaying
"""
REVOKE = """
REVOKE SELECT (priority) ON outbox_outboxmessage FROM scope_dispatcher;
REVOKE UPDATE (sending) ON outbox_outboxmessage FROM scope_support;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0002_isolation"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="outboxmessage",
            name="outbox_due",
        ),
        migrations.RemoveIndex(
            model_name="platformmessage",
            name="platform_outbox_due",
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("accepted", "Taken by the provider"),
                    ("delivered", "Delivered"),
                    ("failed", "Not delivered"),
                ],
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="priority",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "Someone waits for it"), (1, "Soon"), (2, "In its turn")], default=1
            ),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="provider_id",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="sending",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="platformmessage",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("accepted", "Taken by the provider"),
                    ("delivered", "Delivered"),
                    ("failed", "Not delivered"),
                ],
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="platformmessage",
            name="priority",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "Someone waits for it"), (1, "Soon"), (2, "In its turn")], default=1
            ),
        ),
        migrations.AddField(
            model_name="platformmessage",
            name="provider_id",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="platformmessage",
            name="sending",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AlterField(
            model_name="outboxmessage",
            name="status",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("unknown", "Unknown whether it was sent"),
                    ("sent", "Sent"),
                    ("dropped", "Not sent: no longer true, or no consent"),
                    ("dead", "Given up"),
                ],
                default="waiting",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="platformmessage",
            name="status",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("unknown", "Unknown whether it was sent"),
                    ("sent", "Sent"),
                    ("dropped", "Not sent: no longer true, or no consent"),
                    ("dead", "Given up"),
                ],
                default="waiting",
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("status__in", ("waiting", "unknown"))),
                fields=["priority", "due_at"],
                name="outbox_due",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(fields=["organisation_id", "about"], name="outbox_about"),
        ),
        migrations.AddIndex(
            model_name="platformmessage",
            index=models.Index(
                condition=models.Q(("status__in", ("waiting", "unknown"))),
                fields=["priority", "due_at"],
                name="platform_outbox_due",
            ),
        ),
        tenant_sql(GRANT, REVOKE),
    ]
