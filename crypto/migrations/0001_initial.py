from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="DataKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", models.UUIDField()),
                (
                    "purpose",
                    models.CharField(
                        max_length=8,
                        choices=[("data", "data"), ("index", "index"), ("file", "file"), ("audit", "audit")],
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("wrapped", models.BinaryField()),
                (
                    "state",
                    models.CharField(
                        max_length=9,
                        choices=[("active", "Active"), ("retired", "Retired"), ("destroyed", "Destroyed")],
                        default="active",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "purpose", "version"), name="data_key_version"),
                    models.UniqueConstraint(
                        condition=Q(state="active"), fields=("owner", "purpose"), name="data_key_one_active"
                    ),
                    models.CheckConstraint(
                        condition=Q(state="destroyed", wrapped=b"") | (~Q(state="destroyed") & ~Q(wrapped=b"")),
                        name="data_key_destroyed_is_empty",
                    ),
                ],
            },
        ),
    ]
