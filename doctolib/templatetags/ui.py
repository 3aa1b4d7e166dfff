"""Template tags of the design system. A built-in library of the template engine: no ``{% load %}`` is needed.

What each one looks like is on /styleguide/, how to call it in docs/design-system.md.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BaseForm
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, time_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, npgettext, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from doctolib.outbox.enums import Channel, Fate
from doctolib.outbox.history import Part

register = template.Library()

NOTICE_ICONS = {
    "info": "info-circle",
    "success": "check-circle",
    "warning": "exclamation-triangle",
    "danger": "exclamation-circle",
}
# One icon and one word for each status. Source: docs/design-system.md, "Status".
STATUS = {
    "booked": ("calendar-check", pgettext_lazy("appointment status", "booked")),
    "arrived": ("person-check", pgettext_lazy("appointment status", "arrived")),
    "in_treatment": ("hourglass-split", pgettext_lazy("appointment status", "in treatment")),
    "done": ("check2-all", pgettext_lazy("appointment status", "done")),
    "no_show": ("person-x", pgettext_lazy("appointment status", "did not come")),
    "cancelled": ("x-circle", pgettext_lazy("appointment status", "cancelled")),
    "held": ("hourglass", pgettext_lazy("appointment status", "held")),
}
FLAGS = {
    "new": ("stars", pgettext_lazy("appointment flag", "new patient")),
    "online": ("globe", pgettext_lazy("appointment flag", "booked online")),
    "overbooked": ("exclamation-triangle", pgettext_lazy("appointment flag", "overbooked")),
    "outside": ("moon", pgettext_lazy("appointment flag", "outside opening hours")),
    "series": ("arrow-repeat", pgettext_lazy("appointment flag", "series")),
    "interpreter": ("translate", pgettext_lazy("appointment flag", "interpreter")),
    "access": ("universal-access", pgettext_lazy("appointment flag", "wheelchair")),
    "unread": ("chat-dots", pgettext_lazy("appointment flag", "unread message")),
    "note": ("file-earmark-text", pgettext_lazy("appointment flag", "note")),
}
FATES = {
    "waiting": "hourglass",
    "sent": "check-lg",
    "delivered": "check2-all",
    "not_delivered": "exclamation-circle",
    "unknown": "question-circle",
    "given_up": "exclamation-circle",
    "dropped": "dash-lg",
}
TIMES_SHOWN = 12  # a half day with more folds the rest away


def hidden(text: object) -> SafeString:
    """Text that is read out, not shown."""
    return format_html('<span class="visually-hidden">{}</span>', text)


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon of the sprite (assets/icons.json). Decoration, unless ``label`` says what it means."""
    classes = f"icon {css}".strip()
    href = f"{static('build/icons.svg')}#{name}"
    svg = format_html('<svg class="{}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', classes, href)
    return format_html("{}{}", svg, hidden(f"{label} ")) if label else svg


# Dates and times -----------------------------------------------------------------------------------------------------


def _local(value: date | datetime | time) -> date | datetime | time:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


@register.filter
def day_text(value: date | datetime) -> str:
    """``Donnerstag, 26. November 2026``; an aware instant is taken in the current time zone."""
    return date_format(_local(value), pgettext("date format: weekday, day, month, year", "l j F Y"))


@register.filter
def day_short(value: date | datetime) -> str:
    """``Donnerstag, 26. November``."""
    return date_format(_local(value), pgettext("date format: weekday, day, month", "l j F"))


@register.filter
def date_text(value: date | datetime) -> str:
    """``26. November 2026``, for birth dates and deadlines."""
    return date_format(_local(value), pgettext("date format: day, month, year", "j F Y"))


@register.filter
def day_month(value: date | datetime) -> str:
    """``26. November``."""
    return date_format(_local(value), pgettext("date format: day and month", "j F"))


@register.filter
def clock_text(value: datetime | time) -> str:
    """``14:30 Uhr``, in English ``14:30``; 24 hours in both languages."""
    local = _local(value)
    return _clock(local.hour, local.minute, get_language())


@lru_cache(maxsize=2 * 24 * 60)  # a page of times says hundreds of the same few
def _clock(hour: int, minute: int, language: str | None) -> str:
    return time_format(time(hour, minute), pgettext("time format", "H:i"))


@register.filter
def moment_text(value: datetime) -> str:
    """``Donnerstag, 26. November 2026, 14:30 Uhr``."""
    return f"{day_text(value)}, {clock_text(value)}"


@register.filter
def weekday_name(number: int) -> str:
    """``Montag`` for 1, as ISO 8601 counts."""
    return str(WEEKDAYS[int(number) - 1])


@register.filter
def moment_short(value: datetime) -> str:
    """``Do 26.11.2026, 14:30`` where many moments stand together; in English ``Thu 26 Nov 2026, 14:30``."""
    return date_format(_local(value), pgettext("date format: short weekday, day, month, year, time", "D j M Y, H:i"))


@register.filter
def moment_brief(value: datetime) -> str:
    """``Do 26.11., 14:30``, where the year is clear; in English ``Thu 26 Nov, 14:30``."""
    return date_format(_local(value), pgettext("date format: short weekday, day, month, time", "D j M, H:i"))


def _time(value: date | datetime, text: str, stamp: str = "") -> SafeString:
    value = _local(value)
    stamp = stamp or (value.isoformat(timespec="minutes") if isinstance(value, datetime) else value.isoformat())
    return format_html('<time datetime="{}">{}</time>', stamp, _unbroken(text))


def _unbroken(text: str) -> str:
    """A line ends after the weekday or a comma, never within ``26. November 2026`` or ``14:30 Uhr``."""
    return re.sub(r"(?<=\d) |(?<=\d\.) | (?=\d{4}\b)", "\u00a0", text)


@register.simple_tag
def day_long(value: date | datetime) -> SafeString:
    """``day_text`` inside ``<time>``."""
    return _time(value, day_text(value), date_format(_local(value), "Y-m-d"))


@register.simple_tag
def clock(value: datetime) -> SafeString:
    """``clock_text`` inside ``<time>``."""
    return _time(value, clock_text(value))


@register.simple_tag
def moment(value: datetime) -> SafeString:
    """``moment_text`` inside ``<time>``."""
    return _time(value, moment_text(value))


@register.simple_tag
def clock_range(start: datetime | time, end: datetime | time) -> SafeString:
    """``14:30 bis 15:00 Uhr``: no dash, screen readers drop it."""
    text = pgettext("time range", "%(start)s to %(end)s") % {
        "start": time_format(_local(start), "H:i"),
        "end": clock_text(end),
    }
    return mark_safe(f"<span>{conditional_escape(text)}</span>")


@register.simple_tag
def phone_link(number: str) -> SafeString:
    """A number to tap, written as the clinic wrote it; a national German number is dialled with +49."""
    digits = re.sub(r"[^\d+]", "", number)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    elif digits.startswith("0"):
        digits = f"+49{digits[1:]}"
    return format_html('<a class="phone-link" href="tel:{}">{}{}</a>', digits, icon("telephone", _("Phone")), number)


# Words with icons ----------------------------------------------------------------------------------------------------


@register.simple_tag
def status_word(status: str) -> SafeString:
    """Icon and word of an appointment's status."""
    name, word = STATUS[status]
    return format_html('<span class="status status-{}">{} <span>{}</span></span>', status, icon(name), word)


@register.simple_tag
def fate_word(part: Part) -> SafeString:
    """``SMS: zugestellt`` with an icon: what became of one part of a message."""
    words = [str(Channel(part.channel).label)] if part.channel else []
    text = ": ".join([*words, str(part.fate.label)])
    return format_html('<span class="fate fate-{}">{} <span>{}</span></span>', part.fate, icon(FATES[part.fate]), text)


TO_PATIENTS = {
    Fate.WAITING: pgettext_lazy("to the patient", "%(what)s: being sent"),
    Fate.SENT: pgettext_lazy("to the patient", "%(what)s, %(way)s: sent, %(at)s"),
    Fate.DELIVERED: pgettext_lazy("to the patient", "%(what)s, %(way)s: delivered, %(at)s"),
    Fate.NOT_DELIVERED: pgettext_lazy("to the patient", "%(what)s, %(way)s: did not arrive"),
    Fate.GIVEN_UP: pgettext_lazy("to the patient", "%(what)s: could not be sent"),
}


@register.simple_tag
def told_to_patient(part: Any) -> SafeString:
    """``Bestätigung per SMS zugestellt, 10:03 Uhr`` with an icon; another day than today stands before the time."""
    today = timezone.localdate() == _local(part.at).date()
    way = str(Channel(part.channel).label) if part.channel else ""
    shown = {"what": str(part.title), "way": way, "at": clock_text(part.at) if today else moment_text(part.at)}
    text = str(TO_PATIENTS[part.fate]) % shown
    return format_html('<span class="fate fate-{}">{} <span>{}</span></span>', part.fate, icon(FATES[part.fate]), text)


@register.simple_tag
def flag(name: str) -> SafeString:
    """A flag's icon with hidden words, for calendar cards."""
    symbol, word = FLAGS[name]
    return icon(symbol, str(word))


@register.simple_tag
def status_icon(status: str) -> SafeString:
    name, word = STATUS[status]
    return icon(name, str(word))


# Blocks --------------------------------------------------------------------------------------------------------------


@register.simple_block_tag
def notice(content: str, kind: str = "info", title: str = "", role: str = "") -> SafeString:
    """A framed message: info, success, warning, danger. The kind is also said in hidden words."""
    words = {
        "info": gettext_lazy("Information"),
        "success": gettext_lazy("Done"),
        "warning": gettext_lazy("Important"),
        "danger": gettext_lazy("Problem"),
    }
    head = format_html('<p class="notice-title">{}</p>', title) if title else ""
    attribute = format_html(' role="{}"', role) if role else ""
    return format_html(
        '<div class="notice notice-{}"{}>{}<div>{}{}</div></div>',
        kind,
        attribute,
        icon(NOTICE_ICONS[kind], words[kind] if not title else ""),
        head,
        content,
    )


@register.simple_block_tag
def confirmation(content: str, title: str, level: int = 1) -> SafeString:
    """The green panel at the end of a task: holds the page's h1 (leave the heading block empty). No links inside."""
    return _headed("confirmation", "check-circle", title, content, level)


@register.simple_block_tag
def interruption(content: str, title: str, level: int = 1) -> SafeString:
    """One question before something is lost: holds the page's h1 (leave the heading block empty)."""
    return _headed("interruption", "question-circle", title, content, level)


def _headed(css: str, symbol: str, title: str, content: str, level: int) -> SafeString:
    focus = mark_safe(' tabindex="-1" autofocus') if level == 1 else ""
    tag = mark_safe(f"h{int(level)}")
    parts = (css, icon(symbol), tag, focus, title, tag, content)
    return format_html('<div class="{}">{}<{} class="headline"{}>{}</{}>{}</div>', *parts)


@register.simple_block_tag
def empty_state(content: str, title: str, symbol: str = "calendar3", level: int = 2) -> SafeString:
    """Nothing to show: what, until when, and the ways on."""
    tag = mark_safe(f"h{int(level)}")
    return format_html('<div class="empty">{}<div><{}>{}</{}>{}</div></div>', icon(symbol), tag, title, tag, content)


@register.simple_block_tag
def summary_list(content: str) -> SafeString:
    return format_html('<dl class="summary-list">{}</dl>', content)


@register.simple_block_tag
def summary_row(content: str, label: str, href: str = "", change: str = "") -> SafeString:
    """A row of a summary list. ``change`` is the hidden noun behind "Ändern"; it defaults to the label."""
    link: str | SafeString = ""
    if href:
        link = format_html(
            '<dd class="summary-change"><a href="{}">{}{}</a></dd>', href, _("Change"), hidden(f" {change or label}")
        )
    return format_html(
        '<div class="summary-row"><dt>{}</dt><dd class="summary-value">{}</dd>{}</div>', label, content, link
    )


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: BaseForm, focus: bool = True) -> dict[str, Any]:
    """All errors of a form, above the h1, focused. Needs a form of doctolib.forms."""
    return {"errors": form.summary(), "focus": focus}


TIME_BUTTON = """
<li><button type="submit" class="btn time-button" name="{}" value="{}">{}<span class="visually-hidden">, {}</span>\
</button></li>"""


@register.inclusion_tag("components/day_times.html")
def day_times(day: date, slots: Iterable[Any], who: str = "", name: str = "start", level: int = 2) -> dict[str, Any]:
    """A day's free times as submit buttons of the form around it.

    ``slots``: aware instants, or objects with ``starts_at``, ``value`` (what the button sends; default the instant in
    ISO 8601) and ``who``. The day and who follow the time in hidden words; ``who=`` is for slots without their own.
    """
    on_day = day_short(day)
    morning: list[SafeString] = []
    afternoon: list[SafeString] = []
    for slot in slots:  # more than a hundred a page: rendered here, not by a template each
        starts_at = slot if isinstance(slot, datetime) else slot.starts_at
        value = getattr(slot, "value", None) or starts_at.isoformat()
        after = ", ".join(part for part in (on_day, getattr(slot, "who", "") or who) if part)
        half = morning if _local(starts_at).hour < 12 else afternoon
        half.append(format_html(TIME_BUTTON, name, value, clock_text(starts_at), after))
    halves = [(pgettext("half of a day", "Morning"), morning), (pgettext("half of a day", "Afternoon"), afternoon)]
    count = len(morning) + len(afternoon)
    return {
        "day": day,
        "count": npgettext("free times of a day", "%d free time", "%d free times", count) % count,
        "halves": [(title, part[:TIMES_SHOWN], part[TIMES_SHOWN:]) for title, part in halves if part],
        "heading": f"h{int(level)}",
        "subheading": f"h{int(level) + 1}",
    }


@register.filter
def notice_kind(level_tag: str) -> str:
    """A Django message's level as a kind of notice."""
    return {"error": "danger", "debug": "info"}.get(level_tag, level_tag or "info")
