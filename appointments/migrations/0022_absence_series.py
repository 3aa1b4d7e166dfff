"""Absences that were entered together share the id of their series."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0021_selections_isolated")]

    operations = [
        migrations.AddField(
            model_name="absence",
            name="series_id",
            field=models.UUIDField(
                blank=True, help_text="Of absences entered together: every week, or of several calendars.", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="absence",
            index=models.Index(
                fields=["organisation_id", "series_id"],
                name="absence_of_series",
                condition=models.Q(("series_id__isnull", False)),
            ),
        ),
    ]
