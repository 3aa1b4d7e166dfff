"""Pages of patients: a clinic, its free times, the booking, their own appointments."""

from .booking import check, done, give_up, hold, longer, who, whom
from .choosing import reasons, times
from .clinics import organisation, organisations, photo, practitioner, ranking, unit
from .crawlers import robots, sitemap
from .documents import delete_document, document, my_documents, shared_documents
from .embed import embed
from .own import appointment, calendar_file, cancel, move, move_check, my
from .reminders import by_message_link, my_reminders
from .waiting import accept, by_link, change, go_on, join, leave, own, refuse

__all__ = [
    "refuse",
    "own",
    "leave",
    "join",
    "go_on",
    "change",
    "by_link",
    "accept",
    "appointment",
    "calendar_file",
    "cancel",
    "check",
    "delete_document",
    "document",
    "done",
    "embed",
    "give_up",
    "hold",
    "longer",
    "move",
    "move_check",
    "my",
    "by_message_link",
    "my_reminders",
    "my_documents",
    "organisation",
    "organisations",
    "photo",
    "practitioner",
    "ranking",
    "reasons",
    "robots",
    "shared_documents",
    "sitemap",
    "times",
    "unit",
    "who",
    "whom",
]
