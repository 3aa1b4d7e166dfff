"""Ids of audit events sort by when they were made. Nothing changes in the database."""

from django.db import migrations, models

import doctolib.ids


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_isolation"),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditevent",
            name="id",
            field=models.UUIDField(default=doctolib.ids.uuid7, editable=False, primary_key=True, serialize=False),
        ),
    ]
