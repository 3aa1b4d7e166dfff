"""Sign-ups under way, and counters that hold them back."""

import uuid

from django.db import models

from crypto.fields import SealedJSONField
from doctolib.tenancy.classes import TableClass


class SignUp(models.Model):
    """A sign-up that waits for its SMS code. Removed when done or a day old."""

    table_class = TableClass.IDENTITY

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact = SealedJSONField(label="accounts.signup.contact")  # {"email", "phone" (E.164)}
    password = models.CharField(max_length=128, blank=True)  # hashed
    terms_version = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=2, default="de")
    code_mac = models.BinaryField(null=True)  # HMAC of attempt id and code: no code is stored
    code_expires_at = models.DateTimeField(null=True)
    code_sent_at = models.DateTimeField(null=True)
    code_failures = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)


class Throttle(models.Model):
    """How often something happened in one window. The key is a keyed hash: no number or address is stored."""

    table_class = TableClass.IDENTITY

    key = models.CharField(max_length=80)
    window = models.DateTimeField(help_text="When the window began.")
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="throttle_key_window")]
