"""Accounts: who signs in, at which door."""

import uuid
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from accounts.enums import ContactStep, LockReason, UserKind
from crypto.fields import SealedJSONField
from crypto.keyring import PLATFORM_OWNER
from crypto.normalise import normalise_email
from crypto.tokens import blind_token
from doctolib.tenancy.classes import TableClass

from .organisations import Organisation

INVITATION = timedelta(hours=72)  # how long its link works


def login_token(kind: str, email: str) -> str:
    """What stands for an e-mail address of one kind of account: 128 bits, hex. Needs the platform's index key."""
    return blind_token(f"login:{kind}", normalise_email(email), owner=PLATFORM_OWNER).hex()


class UserManager(BaseUserManager):
    def create_account(
        self, *, kind: UserKind, email: str, password: str = "", password_hash: str = "", **fields
    ) -> "User":
        """A new account: of the e-mail address only token and sealed contact are stored.

        Give the password, or its hash when it was hashed before. Needs the platform's keys. Raises IntegrityError when
        an account of this kind has the address.
        """
        contact = {"email": email, **fields.pop("contact", {})}
        user = self.model(kind=kind, login_token=login_token(kind, email), contact=contact, **fields)
        if password_hash:
            user.password = password_hash
        else:
            user.set_password(password)
        user.save(using=self._db, force_insert=True)
        return user

    def with_email(self, kind: UserKind, email: str) -> "User | None":
        return self.filter(login_token=login_token(kind, email)).first()


class User(AbstractBaseUser, PermissionsMixin):
    """An account of a patient, a professional or the platform's staff. The same e-mail may have one of each kind."""

    table_class = TableClass.IDENTITY
    key_subject = "pk"  # in an account's own scope its own row opens
    USERNAME_FIELD = "login_token"
    REQUIRED_FIELDS: list[str] = []

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=UserKind.choices)
    login_token = models.CharField(max_length=32, unique=True, editable=False)
    # {"email": …, "phone": … (E.164, patients), "first_name": …, "last_name": … (professionals)}
    contact = SealedJSONField(label="accounts.user.contact")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="professionals")
    is_organisation_admin = models.BooleanField(default=False)
    language = models.CharField(max_length=2, default="de")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)  # neither locked nor waiting for an answer to an invitation
    invited_at = models.DateTimeField(null=True, blank=True, help_text="Empty once the invitation was taken up.")
    access_until = models.DateField(null=True, blank=True)  # the last day, in the organisation's time zone
    last_seen_on = models.DateField(null=True, blank=True)  # the last day of use, or the day of unlocking
    deletion_proposed_on = models.DateField(null=True, blank=True)  # after six months without use
    date_joined = models.DateTimeField(auto_now_add=True)
    # Tries to sign in since the last right password, counted before the password is looked at (services.locking).
    failed_tries = models.PositiveSmallIntegerField(default=0)
    last_try_at = models.DateTimeField(null=True, blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    lock_reason = models.CharField(max_length=13, choices=LockReason.choices, blank=True)
    session_generation = models.PositiveIntegerField(default=0)  # one more ends every session there is

    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="user_professional_has_organisation",
                condition=Q(kind=UserKind.PROFESSIONAL, organisation__isnull=False)
                | (~Q(kind=UserKind.PROFESSIONAL) & Q(organisation__isnull=True)),
            ),
            models.CheckConstraint(
                name="user_staff_is_platform",
                condition=Q(kind=UserKind.PLATFORM) | Q(is_staff=False, is_superuser=False),
            ),
            models.CheckConstraint(
                name="user_locked_is_not_active",
                condition=Q(locked_at=None, lock_reason="") | (Q(is_active=False, locked_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="user_invited_is_not_active", condition=Q(invited_at__isnull=True) | Q(is_active=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {str(self.id)[:8]}"

    @property
    def invitation_ends_at(self) -> datetime | None:
        return self.invited_at and self.invited_at + INVITATION

    @property
    def actor(self) -> str:
        """How audit rows name this account."""
        return f"{self.kind}:{self.id}"

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session is good for one password and one generation; Django compares on each request."""
        value = f"{self.password}:{self.session_generation}"
        return salted_hmac("accounts.models.User.session", value, secret=secret, algorithm="sha256").hexdigest()


class ContactChange(models.Model):
    """A new e-mail address or number that its owner has not confirmed yet, or a former address that can come back."""

    table_class = TableClass.IDENTITY

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="contact_changes")
    step = models.CharField(max_length=10, choices=ContactStep.choices)
    value = SealedJSONField(label="accounts.contactchange.value")  # {"email": …} or {"phone": … (E.164)}
    mac = models.BinaryField(default=bytes)  # of the code that was sent to a number: no code is stored
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="contact_change_by_end")]
        constraints = [
            # The newest wish counts. Former addresses stay side by side: a thief's second change hides nothing.
            models.UniqueConstraint(
                fields=["user", "step"], condition=~Q(step=ContactStep.EMAIL_UNDO), name="contact_change_once"
            )
        ]

    def __str__(self) -> str:
        return f"change of {self.step} {str(self.id)[:8]}"
