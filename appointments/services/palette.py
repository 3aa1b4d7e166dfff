"""What the command palette remembers, and the note that somebody looked for patients. In the organisation's scope."""

from datetime import datetime

from accounts.models import User
from appointments.models import PaletteUse
from appointments.selectors.palette import Option
from doctolib import audit

KEPT = 20  # of each professional


def remember(*, user: User, option: Option, now: datetime) -> None:
    """Keep a page or a patient's card that was chosen; days and selections are not worth it."""
    kind, _colon, key = option.value.partition(":")
    if kind not in ("page", "patient"):
        return
    what = {"target": key, "patient_id": None} if kind == "page" else {"target": "", "patient_id": option.patient_id}
    PaletteUse.objects.update_or_create(user_id=user.pk, **what, defaults={"used_at": now})
    uses = PaletteUse.objects.filter(user_id=user.pk)
    kept = list(uses.order_by("-used_at").values_list("pk", flat=True)[:KEPT])
    uses.exclude(pk__in=kept).delete()


def note_search(*, user: User) -> None:
    """Somebody looked for patients by name. What was typed is nobody's business, and is not kept."""
    audit.record("patients.searched", user)
