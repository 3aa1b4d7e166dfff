"""Several codes of one sign-up at a time, each with its own end; counters of one row a key, with an exact end."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_specialties")]
    operations = [
        migrations.RemoveField("signup", "code_mac"),
        migrations.RemoveField("signup", "code_expires_at"),
        migrations.AddField("signup", "terms_accepted_at", models.DateTimeField(null=True)),
        migrations.AddField("signup", "verified_at", models.DateTimeField(null=True)),
        migrations.AlterField("signup", "created_at", models.DateTimeField()),
        migrations.AddIndex("signup", models.Index(fields=["created_at"], name="signup_by_age")),
        migrations.CreateModel(
            name="SignUpCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mac", models.BinaryField()),
                ("expires_at", models.DateTimeField()),
                (
                    "signup",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="codes", to="accounts.signup"
                    ),
                ),
            ],
        ),
        migrations.DeleteModel("Throttle"),
        migrations.CreateModel(
            name="Throttle",
            fields=[
                ("key", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("started_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("count", models.PositiveIntegerField()),
            ],
            options={"indexes": [models.Index(fields=["ends_at"], name="throttle_by_end")]},
        ),
    ]
