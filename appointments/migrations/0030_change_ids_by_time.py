"""Ids of changes by staff sort by when they were made. Nothing changes in the database."""

from django.db import migrations, models

import doctolib.ids


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0029_ids_by_time"),
    ]

    operations = [
        migrations.AlterField(
            model_name="appointmentchange",
            name="id",
            field=models.UUIDField(default=doctolib.ids.uuid7, editable=False, primary_key=True, serialize=False),
        ),
    ]
