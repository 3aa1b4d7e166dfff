"""Somebody's own last changes, in words. Runs in an organisation scope."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import User
from appointments.enums import AppointmentStatus, ChangeKind
from appointments.models import AppointmentChange, Resource
from doctolib.templatetags.ui import STATUS, clock_text, day_short
from patients.selectors import Name, name_of

SHOWN = 20


@dataclass(frozen=True, slots=True)
class ChangeView:
    id: UUID
    appointment_id: UUID
    kind: str
    what: str
    made_at: datetime
    name: Name
    before: str
    after: str
    undone_at: datetime | None
    is_stale: bool  # something has happened to the appointment since


def last_changes(user: User) -> list[ChangeView]:
    """The last ones first. Two queries."""
    rows = AppointmentChange.objects.filter(user_id=user.pk).select_related("appointment__patient")
    names = dict(Resource.objects.values_list("pk", "name"))
    return [_view(change, names) for change in rows.order_by("-made_at", "-version")[:SHOWN]]


def _view(change: AppointmentChange, names: dict[int, str]) -> ChangeView:
    return ChangeView(
        id=change.pk,
        appointment_id=change.appointment_id,
        kind=change.kind,
        what=str(ChangeKind(change.kind).label),
        made_at=change.made_at,
        name=name_of(change.appointment.patient.name),
        before=_words(change.kind, change.before, names),
        after=_words(change.kind, change.after, names),
        undone_at=change.undone_at,
        is_stale=change.appointment.version != change.version,
    )


def _words(kind: str, state: dict | None, names: dict[int, str]) -> str:
    """What matters of a state: the status, the rooms, or day, time, length and calendar."""
    if state is None:
        return ""
    if kind == ChangeKind.STATUS:
        return str(STATUS[AppointmentStatus(state["status"])][1])
    if kind == ChangeKind.ROOM:
        return ", ".join(filter(None, (names.get(room) for room in state.get("rooms", ()))))
    starts_at, ends_at = datetime.fromisoformat(state["starts_at"]), datetime.fromisoformat(state["ends_at"])
    if kind == ChangeKind.RESIZED:
        return f"{int((ends_at - starts_at).total_seconds() // 60)} min"
    return ", ".join([day_short(starts_at), clock_text(starts_at), names.get(state["calendar_id"], "")])
