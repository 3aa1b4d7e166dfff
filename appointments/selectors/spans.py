"""Spans of time in words."""

from typing import Any

from django.utils.translation import ngettext_lazy


def minutes_text(minutes: int) -> str:
    """A time before a visit in words: ``24 Stunden``, ``3 Tage``, ``90 Minuten``."""
    if minutes % 1440 == 0 and minutes > 1440:
        return counted(minutes // 1440, ngettext_lazy("%(count)d day", "%(count)d days", "count"))
    if minutes % 60 == 0 and minutes:
        return counted(minutes // 60, ngettext_lazy("%(count)d hour", "%(count)d hours", "count"))
    return counted(minutes, ngettext_lazy("%(count)d minute", "%(count)d minutes", "count"))


def counted(count: int, words: Any) -> str:
    return words % {"count": count}
