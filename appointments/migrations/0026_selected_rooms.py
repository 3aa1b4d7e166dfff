"""A selection may hold rooms and devices, too. The column keeps its name: old and new code run side by side."""

import django.db.models.deletion
from django.db import migrations, models

import doctolib.tenancy.models

RESOURCE = doctolib.tenancy.models.TenantForeignKey(
    db_column="calendar_id",
    db_constraint=False,
    db_index=False,
    on_delete=django.db.models.deletion.CASCADE,
    related_name="+",
    to="appointments.resource",
)


class Migration(migrations.Migration):
    dependencies = [("appointments", "0025_texts_isolated")]
    operations = [
        migrations.RemoveConstraint("selectioncalendar", "selection_calendar_once"),
        migrations.AlterField("selectioncalendar", "calendar", RESOURCE),
        migrations.RenameField("selectioncalendar", "calendar", "resource"),
        migrations.AddConstraint(
            "selectioncalendar",
            models.UniqueConstraint(
                fields=("organisation_id", "selection", "resource"), name="selection_calendar_once"
            ),
        ),
        migrations.AlterField(
            "appointmentchange",
            "kind",
            models.CharField(
                choices=[
                    ("created", "Booked"),
                    ("moved", "Moved"),
                    ("resized", "Length changed"),
                    ("room", "Room or device changed"),
                    ("status", "Status changed"),
                    ("cancelled", "Cancelled"),
                ],
                max_length=9,
            ),
        ),
    ]
