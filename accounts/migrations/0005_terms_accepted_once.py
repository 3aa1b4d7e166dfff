"""One row for each version of a document that an account's owner accepted, however often they click."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_sign_up_codes")]
    operations = [
        migrations.AddConstraint(
            "termsacceptance",
            models.UniqueConstraint(fields=["account_id", "document", "version"], name="terms_accepted_once"),
        ),
    ]
