"""Values everyone may import."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ResourceKind(TextChoices):
    CALENDAR = "calendar", _("Calendar")
    ROOM = "room", _("Room")
    DEVICE = "device", _("Device")


class OccupancyStatus(TextChoices):
    HELD = "held", _("Held")
    BOOKED = "booked", _("Booked")
    BLOCKED = "blocked", _("Blocked")
    KIS = "kis", _("Hospital information system")


class AppointmentStatus(TextChoices):
    BOOKED = "booked", _("Booked")
    ARRIVED = "arrived", _("Arrived")
    IN_TREATMENT = "in_treatment", _("In treatment")
    DONE = "done", _("Done")
    NO_SHOW = "no_show", _("Did not come")
    CANCELLED = "cancelled", _("Cancelled")


class Origin(TextChoices):
    ONLINE = "online", _("Booked online")
    STAFF = "staff", _("Booked by the clinic")


class Edge(TextChoices):
    """Calendar colours by name; the values are design tokens."""

    SKY = "sky", _("Sky")
    AMBER = "amber", _("Amber")
    INDIGO = "indigo", _("Indigo")
    PLUM = "plum", _("Plum")
    MAUVE = "mauve", _("Mauve")
    RUST = "rust", _("Rust")
    SAGE = "sage", _("Sage")
    OLIVE = "olive", _("Olive")
