import django.db.models.deletion
import doctolib.tenancy.models
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_terms_accepted_once"),
    ]

    operations = [
        migrations.AddField(
            model_name="practitioner",
            name="sex",
            field=models.CharField(
                choices=[("female", "Female"), ("male", "Male"), ("other", "Diverse"), ("unknown", "Not given")],
                default="unknown",
                max_length=7,
            ),
        ),
        migrations.CreateModel(
            name="TravelTime",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "organisation_id",
                    models.UUIDField(default=doctolib.tenancy.models.scope_organisation_id, editable=False),
                ),
                ("minutes", models.PositiveSmallIntegerField()),
                (
                    "other",
                    doctolib.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.site",
                    ),
                ),
                (
                    "site",
                    doctolib.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.site",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation_id", "id"), name="accounts_traveltime_in_organisation"
                    ),
                    models.UniqueConstraint(fields=("organisation_id", "site", "other"), name="travel_time_once"),
                    models.CheckConstraint(
                        condition=models.Q(("site__lt", models.F("other"))), name="travel_time_in_order"
                    ),
                ],
            },
        ),
    ]
