"""Ids of messages sort by when they were made. Nothing changes in the database."""

from django.db import migrations, models

import doctolib.ids


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0003_priorities"),
    ]

    operations = [
        migrations.AlterField(
            model_name="outboxmessage",
            name="id",
            field=models.UUIDField(default=doctolib.ids.uuid7, editable=False, primary_key=True, serialize=False),
        ),
        migrations.AlterField(
            model_name="platformmessage",
            name="id",
            field=models.UUIDField(default=doctolib.ids.uuid7, editable=False, primary_key=True, serialize=False),
        ),
    ]
