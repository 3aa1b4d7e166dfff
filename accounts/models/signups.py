"""Sign-ups under way, and counters that hold them back."""

import uuid

from django.db import models

from crypto.fields import SealedJSONField
from doctolib.tenancy.classes import TableClass


class SignUp(models.Model):
    """A sign-up that waits for its SMS code. Its id becomes the account's. Removed when done or a day old."""

    table_class = TableClass.IDENTITY

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact = SealedJSONField(label="accounts.signup.contact")  # {"email", "phone" (E.164)}
    password = models.CharField(max_length=128, blank=True)  # hashed
    terms_version = models.CharField(max_length=20, blank=True)
    terms_accepted_at = models.DateTimeField(null=True)
    language = models.CharField(max_length=2, default="de")
    code_sent_at = models.DateTimeField(null=True)
    code_failures = models.PositiveSmallIntegerField(default=0)  # since the last code was sent
    verified_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="signup_by_age")]

    def __str__(self) -> str:
        return f"sign-up {str(self.id)[:8]}"


class SignUpCode(models.Model):
    """One code that was sent. A text message may be late, so an older code works until its own end."""

    table_class = TableClass.IDENTITY

    signup = models.ForeignKey(SignUp, models.CASCADE, related_name="codes")
    mac = models.BinaryField()  # HMAC of sign-up, number and code: no code is stored
    expires_at = models.DateTimeField()


class Throttle(models.Model):
    """How often something happened since its window began. The key is a keyed hash: no number or address is stored."""

    table_class = TableClass.IDENTITY

    key = models.CharField(max_length=80, primary_key=True)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["ends_at"], name="throttle_by_end")]
