from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0002_isolation"),
    ]

    operations = [
        migrations.AddField(
            model_name="patient",
            name="is_blocked_online",
            field=models.BooleanField(default=False),
        ),
    ]
