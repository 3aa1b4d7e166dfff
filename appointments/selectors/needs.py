"""What calendars and a visit reason agreed on, as plain values that can be compared."""

from dataclasses import dataclass

from appointments.models import VisitReason


@dataclass(frozen=True, slots=True)
class Terms:
    """How a calendar offers a reason; None: as the reason says, without a limit."""

    duration: int | None = None  # minutes
    most_a_day: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """``quantity`` of these rooms or devices."""

    name: str
    quantity: int
    resources: frozenset[int]


def offers_of(reason: VisitReason) -> dict[int, Terms]:
    """By calendar id."""
    return {offer.calendar_id: Terms(offer.duration, offer.most_a_day) for offer in reason.offers.all()}


def needs_of(reason: VisitReason) -> list[Need]:
    """In the order in which they were entered. Two queries."""
    rows = reason.requirements.order_by("pk").prefetch_related("alternatives")
    return [
        Need(row.name, row.quantity, frozenset(each.resource_id for each in row.alternatives.all())) for row in rows
    ]
