"""Which messages a clinic may put into its own words, and what may stand in them. docs/message-texts.md

A placeholder is one word in braces; it has one spelling in each language of a text. No other markup exists.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patients.enums import Channel

LANGUAGES = {"de": _("German"), "en": _("English")}
# How each is spelled in a text of that language, and what stands there in the end.
SPELLINGS = {
    "clinic": {"de": "Klinik", "en": "clinic"},
    "date": {"de": "Datum", "en": "date"},
    "time": {"de": "Uhrzeit", "en": "time"},
    "place": {"de": "Ort", "en": "place"},
    "phone": {"de": "Telefon", "en": "phone"},
    "link": {"de": "Link", "en": "link"},
    "cancel_link": {"de": "Absagelink", "en": "cancel_link"},
    "stop_link": {"de": "Abmeldelink", "en": "stop_link"},
    "instructions": {"de": "Hinweise", "en": "instructions"},
    "deadline": {"de": "Frist", "en": "deadline"},
    "desk": {"de": "Anmeldung", "en": "desk"},
    "reason": {"de": "Grund", "en": "reason"},
    "specialty": {"de": "Fachgebiet", "en": "specialty"},
}
MEANINGS = {
    "clinic": _("The clinic's name; in text messages cut when it is too long"),
    "date": _("The day"),
    "time": _("The time"),
    "place": _("Site and address"),
    "phone": _("The clinic's phone number"),
    "link": _("Link to the page of this message"),
    "cancel_link": _("Link that cancels without signing in, where you allow it"),
    "stop_link": _("Link that stops these messages"),
    "instructions": _("Instructions before the visit, where you allow it"),
    "deadline": _("Until when the time is kept"),
    "desk": _("Where to report"),
    "reason": _("Reason of the visit"),
    "specialty": _("Specialty of the unit"),
}
LINKS = frozenset({"link", "cancel_link", "stop_link"})
NAMES_VISIT = ("reason", "specialty")  # only where the clinic has switched it on
NOT_IN_SUBJECTS = LINKS | {"instructions"}
NOT_IN_SMS = frozenset({"instructions"})  # too long
LINK_WORDS = {"cancel_link": _("Cancel without signing in"), "stop_link": _("Stop these messages")}


@dataclass(frozen=True, slots=True)
class TextKind:
    """One kind of message. ``title`` begins a standard mail's subject.

    ``needs``: what a text must hold, by channel. ``may_lack``: placeholders that may have no value; then their
    paragraph (in an SMS: their line) is left out. ``button``: the words of a link that stands alone in a mail.
    """

    kind: str
    title: Promise
    holds: tuple[str, ...]
    needs: dict[Channel, tuple[str, ...]]
    may_lack: frozenset[str] = frozenset()
    button: Promise = _("Open")

    @property
    def template(self) -> str:
        """The name of the standard texts' files."""
        return self.kind.replace(".", "_")

    def words_of(self, link: str) -> str:
        return str(LINK_WORDS.get(link, self.button))


def _both(*names: str) -> dict[Channel, tuple[str, ...]]:
    return dict.fromkeys(Channel, names)


WHEN = ("date", "time")
VISIT = ("clinic", *WHEN, "place", "phone", "link")
SHOW = _("Show my appointment")
BOOK = _("Book an appointment")
FOUND = (
    TextKind(
        "appointment.confirmed",
        _("Your appointment is booked"),
        (*VISIT, "instructions", *NAMES_VISIT),
        _both(*WHEN),
        may_lack=frozenset({"instructions"}),
        button=SHOW,
    ),
    TextKind(
        "appointment.moved",
        _("Your appointment has a new time"),
        (*VISIT, "instructions", *NAMES_VISIT),
        _both(*WHEN),
        may_lack=frozenset({"instructions"}),
        button=SHOW,
    ),
    TextKind(
        "appointment.cancelled",
        _("Your appointment is cancelled"),
        ("clinic", *WHEN, "phone", "link", *NAMES_VISIT),
        _both(*WHEN),
        button=_("Find a new time"),
    ),
    TextKind(
        "appointment.reminder",
        _("Reminder of your appointment"),
        (*VISIT, "cancel_link", "stop_link", "instructions", *NAMES_VISIT),
        {Channel.SMS: WHEN, Channel.EMAIL: (*WHEN, "stop_link")},
        may_lack=frozenset({"link", "cancel_link", "instructions"}),
        button=_("View, move or cancel"),
    ),
    TextKind(
        "appointment.check_in",
        _("Please check in"),
        (*VISIT, "desk", "stop_link", *NAMES_VISIT),
        {Channel.SMS: ("time", "desk"), Channel.EMAIL: ("time", "desk", "stop_link")},
        may_lack=frozenset({"link"}),
        button=SHOW,
    ),
    TextKind(
        "appointment.follow_up",
        _("After your visit"),
        ("clinic", "date", "phone", "link", "stop_link", *NAMES_VISIT),
        _both("stop_link"),
        button=BOOK,
    ),
    TextKind(
        "appointment.recall",
        _("Time for your next appointment"),
        ("clinic", "phone", "link", "stop_link", *NAMES_VISIT),
        _both("stop_link"),
        button=BOOK,
    ),
    TextKind(
        "waiting.offered",
        _("A time is free for you"),
        ("clinic", *WHEN, "phone", "link", "deadline", *NAMES_VISIT),
        _both("link", "deadline"),
        button=_("Show the offer"),
    ),
    TextKind(
        "waiting.paused",
        _("Are you still waiting?"),
        ("clinic", "phone", "link", *NAMES_VISIT),
        _both("link"),
        button=_("I am still waiting"),
    ),
)
KINDS = {kind.kind: kind for kind in FOUND}
