"""Somebody's own last changes, in words. Runs in an organisation scope."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import ngettext

from accounts.models import User
from appointments.enums import AppointmentStatus, ChangeKind, Whole
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
    is_stale: bool  # something has happened to the appointment, or to one of several, since
    count: int  # appointments that it was about


def last_changes(user: User) -> list[ChangeView]:
    """The last ones first. Two queries."""
    rows = AppointmentChange.objects.filter(user_id=user.pk, part=0).select_related("appointment__patient")
    together = AppointmentChange.objects.filter(action=OuterRef("action")).order_by().values("action")
    fresh = together.filter(version=F("appointment__version"))
    rows = rows.annotate(
        count=Coalesce(Subquery(together.annotate(n=Count("pk")).values("n")), 1),
        fresh=Coalesce(Subquery(fresh.annotate(n=Count("pk")).values("n")), 0),
    )
    names = dict(Resource.objects.values_list("pk", "name"))
    return [_view(change, names) for change in rows.order_by("-made_at", "-version")[:SHOWN]]


def _view(change: AppointmentChange, names: dict[int, str]) -> ChangeView:
    return ChangeView(
        id=change.pk,
        appointment_id=change.appointment_id,
        kind=change.kind,
        what=_what(change),
        made_at=change.made_at,
        name=name_of(change.appointment.patient.name),
        before=_words(change.kind, change.before, names),
        after=_words(change.kind, change.after, names),
        undone_at=change.undone_at,
        is_stale=change.fresh != change.count if change.action else change.appointment.version != change.version,
        count=change.count,
    )


def _what(change: AppointmentChange) -> str:
    """``Moved``, or ``Series, 12 appointments: Moved``."""
    done = str(ChangeKind(change.kind).label)
    if not change.action:
        return done
    words = {
        Whole.SERIES: ngettext("Series, %(count)d appointment", "Series, %(count)d appointments", change.count),
        Whole.CHAIN: ngettext("Visit, %(count)d appointment", "Visit, %(count)d appointments", change.count),
        Whole.CHOSEN: ngettext("%(count)d appointment", "%(count)d appointments", change.count),
    }[Whole(change.whole)]
    return f"{words % {'count': change.count}}: {done}"


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
