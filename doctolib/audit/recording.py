"""Write an audit row beside the change it tells of, in the same transaction."""

import json
import os
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Model

from crypto.envelope import open_with, seal_with
from doctolib.logs import request_id
from doctolib.tenancy.scopes import require_scope

if TYPE_CHECKING:
    from .models import AuditEvent


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
        event.details = seal_with(_subject_key(event.about), json.dumps(details).encode(), event.subject.encode())
    event.save(force_insert=True)


def read_details(event: "AuditEvent") -> dict[str, Any] | None:
    """The details of an event, or None when there were none or their key was destroyed. Needs an organisation scope."""
    key = _model("SubjectKey").objects.filter(subject=event.about).first() if event.details else None
    if key is None:
        return None
    return json.loads(open_with(bytes.fromhex(key.key["key"]), bytes(event.details), event.subject.encode()))


def _subject_key(subject: str) -> bytes:
    found = _model("SubjectKey").objects.filter(subject=subject).first()
    if found is None:
        try:
            with transaction.atomic(using=require_scope().database):
                found = _model("SubjectKey").objects.create(subject=subject, key={"key": os.urandom(32).hex()})
        except IntegrityError:  # someone else made it meanwhile
            found = _model("SubjectKey").objects.get(subject=subject)
    return bytes.fromhex(found.key["key"])
