"""Sessions that know whose they are, the history of connections, access zones, the end of an access."""

import crypto.fields
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_lock_out"),
    ]

    operations = [
        migrations.RunSQL("DROP TABLE IF EXISTS django_session", migrations.RunSQL.noop),  # everybody signs in again
        migrations.CreateModel(
            name="AccessZone",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
                ("networks", models.JSONField()),
                ("is_for_everybody", models.BooleanField(default=True)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Connection",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("signed_in", "Signed in"),
                            ("wrong_password", "Wrong password"),
                            ("locked", "Refused: the account is locked"),
                            ("zone_refused", "Refused: outside the access zones"),
                            ("factor_failed", "Second step failed"),
                        ],
                        max_length=14,
                    ),
                ),
                ("origin", crypto.fields.SealedJSONField(label="accounts.connection.origin")),
            ],
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("began_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="organisation",
            name="has_zones",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="organisation",
            name="idle_minutes",
            field=models.PositiveSmallIntegerField(default=30),
        ),
        migrations.AddField(
            model_name="user",
            name="access_until",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="deletion_proposed_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="last_seen_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(("idle_minutes__range", (5, 720))), name="organisation_idle_minutes"
            ),
        ),
        migrations.AddField(
            model_name="accesszone",
            name="members",
            field=models.ManyToManyField(blank=True, related_name="zones", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="accesszone",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="zones", to="accounts.organisation"
            ),
        ),
        migrations.AddField(
            model_name="connection",
            name="user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="connections",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="connection",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="session",
                to="accounts.connection",
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sessions",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="accesszone",
            constraint=models.UniqueConstraint(fields=("organisation", "name"), name="zone_name_in_organisation"),
        ),
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(fields=["user", "-at"], name="connection_of_user"),
        ),
        migrations.AddIndex(
            model_name="connection",
            index=models.Index(fields=["at"], name="connection_by_age"),
        ),
    ]
