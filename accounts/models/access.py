"""From where people come in: sessions, the history of connections, and the networks an organisation allows."""

import uuid
from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from accounts.enums import Outcome
from crypto.fields import SealedJSONField
from doctolib.tenancy.classes import TableClass

from .organisations import Organisation
from .users import User


class AccessZone(models.Model):
    """A named place whose networks an organisation's professionals may come in from.

    It binds everybody or its members. Whom no zone binds may come from anywhere; whom any binds, from one of those.
    """

    table_class = TableClass.IDENTITY

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="zones")
    name = models.CharField(max_length=60)
    networks = models.JSONField()  # ["203.0.113.0/24", "2001:db8::/48", …], as networks.read_network writes them
    is_for_everybody = models.BooleanField(default=True)
    members = models.ManyToManyField(User, related_name="zones", blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="zone_name_in_organisation")]

    def __str__(self) -> str:
        return self.name


class Connection(models.Model):
    """One try to sign in, whatever became of it. Each account keeps its last ones (services.connections)."""

    table_class = TableClass.IDENTITY

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # NULL for a moment: a try with an unknown address is written and removed again, so that it takes as long.
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="connections")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=14, choices=Outcome.choices)
    # {"address", "browser", "system", and of the place "zone" or "city" and "country", each by language}
    origin = SealedJSONField(label="accounts.connection.origin")

    class Meta:
        indexes = [
            models.Index(fields=["user", "-at"], name="connection_of_user"),
            models.Index(fields=["at"], name="connection_by_age"),
        ]


class Session(AbstractBaseSession):
    """Django's session, which knows whose it is. What is in the columns comes from the data (accounts.sessions)."""

    table_class = TableClass.IDENTITY

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    # The sign-in it began with: device and place, and the id by which pages name the session. Its key is a secret.
    connection = models.OneToOneField(Connection, models.SET_NULL, null=True, related_name="session")
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()

    @classmethod
    def get_session_store_class(cls) -> Any:
        from accounts.sessions import SessionStore

        return SessionStore
