"""A text as the patient sees it, with values that are nobody's. In an organisation scope."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Organisation, Site
from appointments.message_values import clinic_values, moment_values, page_of
from appointments.models import MessageSettings
from appointments.selectors.reminders import reminder_settings
from appointments.text_filling import Rules, Unusable, fill, fill_subject, plain, problems
from appointments.text_kinds import KINDS
from appointments.writing import Words, one_part, paragraphs
from doctolib.outbox.segments import Segments, segments_of
from patients.enums import Channel

NOBODY = "00000000-0000-4000-8000-000000000000"
# As long as real ones, and signed by nobody.
LINK_OF_STOP, LINK_OF_CANCEL = "r/s000.00.xxxxxxxxxxxx/", "r/c000.00.xxxxxxxxxxxx/"
LINKS = {
    "appointment.cancelled": "",
    "appointment.follow_up": "",
    "appointment.recall": "",
    "waiting.offered": f"o/{'x' * 30}",
    "waiting.paused": f"waiting/{NOBODY}/",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """One text with sample values, or what keeps it from being sent."""

    channel: Channel
    problems: list[str] = field(default_factory=list)
    body: str = ""
    subject: str = ""
    paragraphs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def segments(self) -> Segments:
        return segments_of(self.body)


def sample_values(
    kind: str, language: str, organisation: Organisation, settings: MessageSettings, *, now: datetime
) -> dict[str, str]:
    """The clinic's own name, number and first site; a day next week; nobody's links. What the clinic does not allow has
    no value, as when it is sent."""
    allowed = reminder_settings()
    day = timezone.localdate(now, organisation.zone) + timedelta(days=7)
    starts_at = datetime.combine(day, time(9), organisation.zone)
    site = Site.objects.first()
    with translation.override(language), timezone.override(organisation.zone):
        moment = moment_values(starts_at)
        english = language == "en" and settings.desk_en
        return {
            **clinic_values(organisation),
            **moment,
            "place": f"{site.name}, {site.address}" if site else _("Main building, Sample Street 1, 12345 Sample Town"),
            "link": page_of(organisation, LINKS.get(kind, f"appointments/{NOBODY}/")),
            "cancel_link": page_of(organisation, LINK_OF_CANCEL) if allowed.may_cancel else "",
            "stop_link": page_of(organisation, LINK_OF_STOP),
            "instructions": _("Please come ten minutes earlier.") if allowed.names_instructions else "",
            "deadline": ", ".join(moment.values()),
            "desk": (settings.desk_en if english else settings.desk_de) or _("Registration, ground floor"),
            "reason": _("Consultation"),
            "specialty": _("General medicine"),
        }


def preview(words: Words, rules: Rules, values: dict[str, str]) -> Preview:
    with translation.override(rules.language):
        try:
            blocks = fill(words.body, rules, values)
            if rules.channel == Channel.SMS:
                return Preview(rules.channel, body=one_part(plain(blocks, rules), values["clinic"]))
            title = fill_subject(words.subject, rules, values)
            return Preview(rules.channel, subject=title, paragraphs=paragraphs(blocks, KINDS[rules.kind.kind]))
        except Unusable:
            pass
    found = problems(words.subject, rules, subject=True) if rules.channel == Channel.EMAIL else []
    return Preview(rules.channel, problems=[*found, *problems(words.body, rules)])
