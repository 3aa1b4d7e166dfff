"""What someone who comes should know, from the profiles."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import ProfileContent
from accounts.models.profiles import Words


@dataclass(frozen=True, slots=True)
class Arrival:
    icon: str
    label: str
    words: Words


def arrival_of(*those: ProfileContent | None) -> tuple[Arrival, ...]:
    """Each fact from the first profile that has it: the unit's, else the clinic's."""
    kinds = (
        ("accessibility", "universal-access", _("Accessibility")),
        ("directions", "signpost-split", _("Getting there and parking")),
        ("hours", "clock", _("About the opening hours")),
    )
    found = []
    for name, icon, label in kinds:
        words = next((words for each in those if each and (words := getattr(each, name)).text), None)
        if words:
            found.append(Arrival(icon, label, words))
    return tuple(found)
