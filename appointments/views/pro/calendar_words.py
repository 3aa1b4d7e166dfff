"""The words of the calendar's scripts, and the addresses they ask."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from appointments.enums import Edge, OccupancyStatus
from doctolib.templatetags.ui import FLAGS, STATUS

from .colours import STATUS_EDGES


def grid_addresses() -> dict[str, str]:
    return {
        "events": reverse("calendar-events"),
        "appointments": "/appointments/",
        "create": reverse("appointment-new"),
        "preview": reverse("calendar-preview"),
        "undo": reverse("calendar-undo"),
        "changes": reverse("calendar-changes"),
        "chosen": reverse("appointments-chosen"),
        "chosen_status": reverse("appointments-status"),
    }


def grid_words() -> dict[str, Any]:
    return {**_of_cards(), **_of_times(), **_of_changes(), **_of_moving(), "menu": _of_menu()}


def _of_cards() -> dict[str, Any]:
    return {
        "calendar": _("Calendar"),
        "status": {
            status: {"icon": icon, "word": str(word), "edge": STATUS_EDGES.get(status, Edge.SKY)}
            for status, (icon, word) in STATUS.items()
        },
        "flags": {name: {"icon": icon, "word": str(word)} for name, (icon, word) in FLAGS.items()},
        "overbooked_mark": pgettext("letter that marks an overbooked appointment", "O"),
        "held": _("Held until %(time)s"),
        "occupied": pgettext("a room", "Occupied"),
        "blocked": str(OccupancyStatus.BLOCKED.label),
        "kis": str(OccupancyStatus.KIS.label),
        "absent": _("Absent"),
        "born": _("born %(date)s"),
        "count": {"one": _("%(count)s appointment"), "other": _("%(count)s appointments")},
        "failed": _("The calendar could not be loaded. Please check your connection and try again."),
        "panel_failed": _("The appointment could not be loaded. Please try again."),
    }


def _of_times() -> dict[str, str]:
    return {
        "range": pgettext("spoken time range", "%(start)s to %(end)s"),
        "clock": pgettext("spoken time", "%(time)s"),
        "minutes": _("%(count)s minutes"),
        "free": pgettext("time in the calendar", "free"),
        "outside_time": pgettext("time in the calendar", "outside opening hours"),
        "absent_time": pgettext("time in the calendar", "absent"),
        "read_only": pgettext("time in the calendar", "read only"),
        "read_only_said": _("You may look at this calendar, but not add appointments to it."),
    }


def _of_changes() -> dict[str, Any]:
    return {
        "close": _("Close"),
        "undo": _("Undo"),
        "undo_key": _("Undo with Ctrl+Z."),
        "changes": _("Recent changes"),
        "nearest": _("Nearest free times:"),
        "force": {
            "outside": _("Book outside opening hours"),
            "overbook": _("Overbook this time"),
            "absent": _("Book in spite of the absence"),
        },
        "stale_yours": _("Your change: %(what)s."),
        "stale_mine": _("Use my change"),
        "stale_theirs": _("Leave it as it is now"),
        "action_failed": _("That did not work. Nothing was changed."),
        "offline": _("There is no connection. Nothing was changed. Please try again."),
        "forbidden": _("You may see this appointment, but not change it."),
        "gone": _("This appointment is not there any more."),
    }


def _of_moving() -> dict[str, str]:
    return {
        "moving": _("Move %(name)s"),
        "moving_hint": _("Move %(name)s: click on the new time, or use the arrow keys and Enter."),
        "longer": _("Longer"),
        "shorter": _("Shorter"),
        "abort": pgettext("stop moving an appointment", "Cancel"),
        "aborted": _("Not moved."),
        "copied": _("Copied: %(name)s. Ctrl+V books it again at the cursor."),
        "cut": _("Cut: %(name)s. Ctrl+V moves it to the cursor."),
        "nothing_copied": _("Nothing has been copied yet."),
        "chosen": _("Selected: %(name)s. %(count)s selected."),
        "unchosen": _("No longer selected: %(name)s. %(count)s selected."),
        "none_chosen": _("Nothing is selected."),
        "chosen_count": _("%(count)s appointments selected."),
        "chosen_act": _("Move or cancel …"),
        "chosen_clear": _("Clear the selection"),
    }


def _of_menu() -> dict[str, str]:
    return {
        "label": _("Actions for %(name)s"),
        "open": pgettext("appointment's menu", "Open"),
        "move": pgettext("appointment's menu", "Move …"),
        "move_form": pgettext("appointment's menu", "Enter a new time …"),
        "longer": _("%(count)s minutes longer"),
        "shorter": _("%(count)s minutes shorter"),
        "copy": pgettext("appointment's menu", "Copy"),
        "copy_key": _("Ctrl+C"),
        "cut": pgettext("appointment's menu", "Cut"),
        "cut_key": _("Ctrl+X"),
        "duplicate": pgettext("appointment's menu", "Book again …"),
        "cancel": pgettext("appointment's menu", "Cancel appointment …"),
        "delete_key": pgettext("key", "Del"),
    }
