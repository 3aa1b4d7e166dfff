"""The public directory: a copy of what published clinics show, for the search over clinics."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_travel_isolated")]
    operations = [
        migrations.CreateModel(
            name="DirectoryEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("unit_slug", models.CharField(max_length=60)),
                ("unit_de", models.CharField(max_length=120)),
                ("unit_en", models.CharField(blank=True, max_length=120)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("is_only", models.BooleanField(default=False, help_text="The organisation has no other unit.")),
                ("specialty", models.CharField(max_length=8)),
                ("specialty_de", models.CharField(blank=True, max_length=100)),
                ("specialty_en", models.CharField(blank=True, max_length=100)),
                ("phone", models.CharField(max_length=30)),
                ("street", models.CharField(max_length=120)),
                ("postal_code", models.CharField(max_length=5)),
                ("city", models.CharField(max_length=80)),
                (
                    "federal_state",
                    models.CharField(
                        choices=[
                            ("BW", "Baden-Württemberg"),
                            ("BY", "Bayern"),
                            ("BE", "Berlin"),
                            ("BB", "Brandenburg"),
                            ("HB", "Bremen"),
                            ("HH", "Hamburg"),
                            ("HE", "Hessen"),
                            ("MV", "Mecklenburg-Vorpommern"),
                            ("NI", "Niedersachsen"),
                            ("NW", "Nordrhein-Westfalen"),
                            ("RP", "Rheinland-Pfalz"),
                            ("SL", "Saarland"),
                            ("SN", "Sachsen"),
                            ("ST", "Sachsen-Anhalt"),
                            ("SH", "Schleswig-Holstein"),
                            ("TH", "Thüringen"),
                        ],
                        max_length=2,
                    ),
                ),
                ("access_de", models.TextField(blank=True)),
                ("access_en", models.TextField(blank=True)),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        default=list,
                        help_text="Codes of ISO 639-1.",
                        size=None,
                    ),
                ),
                (
                    "insurances",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=10),
                        default=list,
                        help_text="Accepted by any online reason.",
                        size=None,
                    ),
                ),
                ("people", models.JSONField(default=list, help_text="[id, name] of each practitioner, by surname.")),
                ("words", models.TextField(help_text="Of names, specialty, people, city.")),
                ("place_words", models.TextField(help_text="Of city and federal state.")),
                ("published_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="directory",
                        to="accounts.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "directory entries",
                "ordering": ["organisation", "position", "unit_slug"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "unit_slug"), name="directory_unit_once")
                ],
            },
        ),
    ]
