"""What a page knows of the feed when it is made: its script asks only for what came afterwards."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from accounts.rights import rights_of
from appointments.selectors.calendar_tag import calendar_tag

from .page import CalendarPage


def live_tag(request: HttpRequest, page: CalendarPage) -> str:
    """The feed's ETag for these calendars and days. Asked before the page's own data, so that nothing is missed."""
    tag = calendar_tag(
        calendar_ids=page.calendar_ids,
        equipment_ids=page.equipment_ids,
        span=page.span,
        rights=rights_of(request.user, page.organisation.pk),
        language=get_language() or "",
        now=timezone.now(),
    )
    return f'W/"{tag}"'
