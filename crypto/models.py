"""Data keys, wrapped: the only keys that reach the database."""

from django.db import models
from django.db.models import Q

from .enums import KeyState, Purpose


class DataKey(models.Model):
    """One wrapped data key. An owner is an organisation, or the platform (access.PLATFORM_OWNER)."""

    table_class = "identity"

    owner = models.UUIDField()
    purpose = models.CharField(max_length=8, choices=[(purpose.value, purpose.value) for purpose in Purpose])
    version = models.PositiveIntegerField()
    wrapped = models.BinaryField()
    state = models.CharField(max_length=9, choices=KeyState.choices, default=KeyState.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "purpose", "version"], name="data_key_version"),
            models.UniqueConstraint(
                fields=["owner", "purpose"], condition=Q(state=KeyState.ACTIVE), name="data_key_one_active"
            ),
            models.CheckConstraint(
                condition=Q(state=KeyState.DESTROYED, wrapped=b"") | (~Q(state=KeyState.DESTROYED) & ~Q(wrapped=b"")),
                name="data_key_destroyed_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.purpose} {self.version} ({self.state})"
