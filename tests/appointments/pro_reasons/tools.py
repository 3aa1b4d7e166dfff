"""Steps that several of these tests take."""

from datetime import time
from decimal import Decimal

from appointments.models import VisitReason
from doctolib.audit.models import AuditEvent


def actions(clinic) -> list[str]:
    with clinic.scope():
        return list(AuditEvent.objects.order_by("at").values_list("action", flat=True))


def path(clinic, part: str = "") -> str:
    return f"/settings/reasons/{clinic.reason.pk}/{part}"


def fresh(clinic) -> VisitReason:
    with clinic.scope():
        return VisitReason.objects.get(pk=clinic.reason.pk)


def names(clinic) -> list[str]:
    with clinic.scope():
        return list(VisitReason.objects.values_list("name_de", flat=True))


def text(answer) -> str:
    return answer.content.decode()


def new(clinic, **fields) -> dict:
    unit = clinic.calendar.unit_id
    return {"unit": unit, "name_de": "Kontrolle", "name_en": "Check-up", "code": "KO", "duration": "15", **fields}


SECTIONS = {
    "names": (
        {"name_de": "Gespräch", "name_en": "Talk", "code": "G", "edge": "rust"},
        {"name_de": "Gespräch", "name_en": "Talk", "code": "G", "edge": "rust"},
    ),
    "time": (
        {"duration": "45", "buffer_before": "5", "buffer_after": "10", "step": "30", "capacity": "8"},
        {"duration": 45, "buffer_before": 5, "buffer_after": 10, "step": 30, "capacity": 8},
    ),
    "online": (
        {"is_online": "on", "minimum_notice": "2880", "horizon": "3", "horizon_unit": "months", "opens_at": "08:00"},
        {"is_online": True, "minimum_notice": 2880, "horizon": 3, "horizon_unit": "months", "opens_at": time(8)},
    ),
    "who": (
        {
            "audience": "known",
            "seen_within": "6",
            "insurances": ["private", "self"],
            "age_from": "18",
            "age_until": "99",
        },
        {"audience": "known", "seen_within": 6, "insurances": ["private", "self"], "age_from": 18, "age_until": 99},
    ),
    "limits": (
        {"most_live": "1", "move_until": "1440", "cancel_until": "120", "most_moves": "2"},
        {"most_live": 1, "move_until": 1440, "cancel_until": 120, "most_moves": 2},
    ),
    "visit": (
        {"referral": "upload", "price": "19,50", "instructions_de": "Nüchtern.", "instructions_en": ""},
        {"referral": "upload", "price": Decimal("19.50"), "instructions_de": "Nüchtern.", "instructions_en": ""},
    ),
}
