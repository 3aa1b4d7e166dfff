"""Write an audit row beside the change it tells of, in the same transaction."""

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model

from crypto import keyring
from crypto.enums import Purpose
from crypto.envelope import open_with, seal_with
from doctolib import prepared
from doctolib.logs import request_id
from doctolib.tenancy.scopes import require_scope

if TYPE_CHECKING:
    from .models import AuditEvent, SubjectKey


def _model(name: str) -> Any:
    """The package's models, which are not loaded yet when the package is."""
    return apps.get_model("audit", name)


def name_of(row: Model) -> str:
    return f"{row._meta.model_name}:{row.pk}"


def record(action: str, subject: Model, *, about: Model | None = None, details: dict[str, Any] | None = None) -> None:
    """Record that the scope's actor did ``action`` to ``subject``, which holds personal data of ``about``.

    ``details`` (JSON) is sealed with the key of ``about``, made on first use. Raises ScopeMissing outside a scope.
    """
    scope = require_scope()
    event = _model("AuditEvent")(
        actor=scope.actor or scope.kind,
        action=action,
        subject=name_of(subject),
        about=name_of(about) if about else "",
        request=request_id.get(),
    )
    if details is not None:
        assert about is not None, "details are sealed with the key of the one they are about"
        version = {"key_version": keyring.active_version(event.organisation_id, Purpose.AUDIT)}
        key, _ = _model("SubjectKey").objects.get_or_create(subject=event.about, defaults=version)
        event.details = key.id.bytes + seal_with(_details_key(key), json.dumps(details).encode(), event.id.bytes)
    prepared.insert(event)


def read_details(event: "AuditEvent") -> dict[str, Any] | None:
    """The details of an event, or None when there were none or their key was destroyed. Needs an organisation scope."""
    if event.details is None:
        return None
    key_id, sealed = bytes(event.details[:16]), bytes(event.details[16:])
    key = _model("SubjectKey").objects.filter(pk=UUID(bytes=key_id)).first()
    return json.loads(open_with(_details_key(key), sealed, event.id.bytes)) if key else None


def _details_key(key: "SubjectKey") -> bytes:
    message = bytes(key.salt) + key.subject.encode()
    return keyring.mac(key.organisation_id, Purpose.AUDIT, message, use="details", version=key.key_version)
