"""What an account's owner allows, shown to that account alone; and the work that a deletion leaves."""

import uuid

import doctolib.tenancy.models
from django.db import migrations, models
from django.db.models import Q

from doctolib.tenancy.isolation import isolate_person


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_directory")]
    operations = [
        migrations.CreateModel(
            name="AccountConsent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account_id", models.UUIDField(default=doctolib.tenancy.models.scope_account_id, editable=False)),
                (
                    "purpose",
                    models.CharField(choices=[("past_appointments", "Past appointments")], max_length=30),
                ),
                ("version", models.CharField(max_length=20)),
                ("given_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("account_id", "id"), name="accounts_accountconsent_in_account"),
                    models.UniqueConstraint(
                        fields=("account_id", "purpose"), condition=Q(withdrawn_at=None), name="account_consent_once"
                    ),
                ],
            },
        ),
        isolate_person("accounts_accountconsent"),
        migrations.CreateModel(
            name="Unlinking",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("is_whole_account", models.BooleanField()),
                ("links", models.JSONField()),
                ("requested_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["requested_at"], name="unlinking_by_age")]},
        ),
    ]
