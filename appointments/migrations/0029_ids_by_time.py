"""Ids of holds and appointments sort by when they were made. Nothing changes in the database."""

from django.db import migrations, models

import doctolib.ids


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0028_look_before_releasing"),
    ]

    operations = [
        migrations.AlterField(
            model_name="appointment",
            name="id",
            field=models.UUIDField(default=doctolib.ids.uuid7, editable=False, primary_key=True, serialize=False),
        ),
        migrations.AlterField(
            model_name="hold",
            name="id",
            field=models.UUIDField(default=doctolib.ids.uuid7, editable=False, primary_key=True, serialize=False),
        ),
    ]
