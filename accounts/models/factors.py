"""Second factors: what an account has, attempts to give one, and browsers that gave one before.

The devices are django-otp's by their base class, for its fields and ``devices_for_user``. Its own SMS, TOTP and static
devices keep their secrets in clear, so ours are these. Passkeys are django-otp-webauthn's: public keys only.
"""

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django_otp.models import Device, DeviceManager

from accounts.enums import AttemptPurpose
from crypto.fields import SealedTextField
from doctolib.tenancy.classes import TableClass

from .users import User


class PhoneDevice(Device):
    """The account confirmed its mobile number (``User.contact``) and takes codes there."""

    table_class = TableClass.IDENTITY

    objects = DeviceManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user"], name="phone_device_once")]


class AuthenticatorDevice(Device):
    """An authenticator app (TOTP, RFC 6238). Not ``confirmed`` until it gave a first code."""

    table_class = TableClass.IDENTITY

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    secret = SealedTextField(label="accounts.authenticator.secret")  # Base32, 160 bits
    last_step = models.BigIntegerField(default=0)  # of 30 seconds; a code of this or an earlier one was used
    created_at = models.DateTimeField()

    objects = DeviceManager()


class RecoveryCode(models.Model):
    """One of the codes that stand in for a lost device: 120 random bits, of which only a keyed hash is kept."""

    table_class = TableClass.IDENTITY

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    mac = models.BinaryField(unique=True)
    used_at = models.DateTimeField(null=True)


class FactorAttempt(models.Model):
    """Someone whose password was right, or who is signed in, is asked for a second factor. Not a session.

    The browser knows it by a random cookie, of which only the hash is here.
    """

    table_class = TableClass.IDENTITY

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=10, choices=AttemptPurpose.choices)
    cookie_hash = models.BinaryField(unique=True)  # SHA-256
    phone = SealedTextField(label="accounts.factorattempt.phone", null=True)  # E.164, a number that is to be added
    if TYPE_CHECKING:
        phone_sealed: bytes | None
    tries = models.PositiveSmallIntegerField(default=0)  # since the last code was sent
    code_sent_at = models.DateTimeField(null=True)
    passkey = models.JSONField(null=True)  # what django-otp-webauthn keeps of a challenge, until it is answered
    expires_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="factor_attempt_by_end")]

    def __str__(self) -> str:
        return f"attempt {str(self.id)[:8]}"


class FactorCode(models.Model):
    """One SMS code that was sent for an attempt: an HMAC of attempt, number and code."""

    table_class = TableClass.IDENTITY

    attempt = models.ForeignKey(FactorAttempt, models.CASCADE, related_name="codes")
    mac = models.BinaryField()
    expires_at = models.DateTimeField()


class KnownDevice(models.Model):
    """A browser in which this account gave a second factor. It has a random cookie, of which the hash is here."""

    table_class = TableClass.IDENTITY

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    cookie_hash = models.BinaryField(unique=True)  # SHA-256
    kind = models.CharField(max_length=80)  # "Firefox, Windows"
    is_strong = models.BooleanField()  # by more than a text message
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="known_device_by_end")]

    def __str__(self) -> str:
        return f"known device {str(self.id)[:8]}"
