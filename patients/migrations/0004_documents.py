import crypto.fields
import django.db.models.deletion
import doctolib.tenancy.models
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0003_blocked"),
    ]

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "organisation_id",
                    models.UUIDField(default=doctolib.tenancy.models.scope_organisation_id, editable=False),
                ),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "person_id",
                    models.UUIDField(blank=True, help_text="The patient account's person who may see it.", null=True),
                ),
                ("appointment_id", models.UUIDField(blank=True, null=True)),
                (
                    "kind",
                    models.CharField(choices=[("referral", "Referral"), ("other", "Other document")], max_length=8),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[("patient", "From the patient"), ("clinic", "From the clinic")], max_length=7
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Being checked"), ("ready", "Ready"), ("harmful", "Harmful, deleted")],
                        max_length=7,
                    ),
                ),
                ("details", crypto.fields.SealedJSONField(label="patients.document.details")),
                ("file_key", models.BinaryField()),
                ("storage_name", models.CharField(max_length=80)),
                (
                    "uploaded_by",
                    models.UUIDField(blank=True, help_text="The professional, of what is from the clinic.", null=True),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "patient",
                    doctolib.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["organisation_id", "patient", "created_at"], name="document_of_patient"),
                    models.Index(
                        condition=models.Q(("person_id__isnull", False)),
                        fields=["organisation_id", "person_id", "created_at"],
                        name="document_of_person",
                    ),
                    models.Index(
                        condition=models.Q(("appointment_id__isnull", False)),
                        fields=["organisation_id", "appointment_id"],
                        name="document_of_appointment",
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["organisation_id", "created_at"],
                        name="document_waiting",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation_id", "id"), name="patients_document_in_organisation"),
                    models.UniqueConstraint(fields=("organisation_id", "storage_name"), name="document_has_own_file"),
                ],
            },
        ),
    ]
