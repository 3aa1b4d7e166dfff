"""The calendar's JSON: what its pages fetch when staff turn a page."""

from datetime import date, timedelta
from typing import Any

import orjson
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.enums import UserKind
from accounts.rights import rights_of
from accounts.staff import staff_scope
from appointments.selectors.availability import free_slots
from appointments.selectors.calendar import Span, calendar_data, span_text
from appointments.selectors.calendar_tag import calendar_tag
from appointments.selectors.public import agreement_in_force, offer_of
from appointments.selectors.visible import visible_calendars, visible_equipment
from appointments.views.patient.frame import visiting
from doctolib.numbers import row_number

MOST_CALENDARS = 60
FORTNIGHT = timedelta(days=13)
LONGEST = 42  # days: six weeks, what a month's page shows


class IsProfessional(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.is_authenticated and request.user.kind == UserKind.PROFESSIONAL


class NumberList(serializers.CharField):
    """Numbers separated by commas, each once, in the order given."""

    default_error_messages = {"numbers": _("Give the numbers of calendars, separated by commas.")}

    def to_internal_value(self, data: Any) -> list[int]:
        numbers = [row_number(part) for part in super().to_internal_value(data).split(",")]
        if None in numbers:
            self.fail("numbers")
        return list(dict.fromkeys(number for number in numbers if number is not None))


class EventsQuery(serializers.Serializer):
    """``from`` is the first day, ``to`` the day after the last one."""

    calendars = NumberList()
    to = serializers.DateField()

    def get_fields(self) -> dict[str, serializers.Field]:
        return {**super().get_fields(), "from": serializers.DateField()}  # `from` cannot be an attribute

    def validate_calendars(self, value: list[int]) -> list[int]:
        if len(value) > MOST_CALENDARS:
            raise serializers.ValidationError(_("These are too many calendars at once."))
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not timedelta() < attrs["to"] - attrs["from"] <= timedelta(days=LONGEST):
            raise serializers.ValidationError({"to": [_("Ask for one day to six weeks.")]})
        if not date(1900, 1, 2) < attrs["from"] < date(9000, 1, 1):
            raise serializers.ValidationError({"from": [_("This day is too far away.")]})
        return attrs


class FreeTimesQuery(serializers.Serializer):
    """``from`` and ``to`` are the first and the last day; without them the next fortnight."""

    reason = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    calendar = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    to = serializers.DateField(required=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {**super().get_fields(), "from": serializers.DateField(required=False)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        first = attrs.setdefault("from", timezone.localdate())
        if not date(1900, 1, 2) < first < date(9000, 1, 1):
            raise serializers.ValidationError({"from": [_("This day is too far away.")]})
        last = attrs.setdefault("to", first + FORTNIGHT)
        if not timedelta() <= last - first < timedelta(days=LONGEST):
            raise serializers.ValidationError({"to": [_("Ask for one day to six weeks.")]})
        return attrs


class FreeTimes(APIView):
    """GET: when a reason may be booked online, by calendar; what the page of times shows, for a clinic's own website.

    400 with the reasons, 404 when the clinic does not offer that online. Times are ISO 8601 with their offset.
    """

    authentication_classes = ()
    permission_classes = ()
    scope_of = staticmethod(visiting)

    def get(self, request: Request, slug: str) -> HttpResponseBase:
        query = FreeTimesQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        now = timezone.now()
        offer = offer_of(asked["reason"]) if agreement_in_force(now) else None
        is_public = offer is not None and not offer.rules.only_as_follow_up
        people = [each for each in offer.calendars if asked.get("calendar", each.id) == each.id] if is_public else []
        if not people:
            return Response({"reason": [_("This cannot be booked online.")]}, status=404)
        found = free_slots(
            reason_id=asked["reason"],
            calendar_ids=[each.id for each in people],
            first_day=asked["from"],
            last_day=asked["to"],
            now=now,
        )
        zone = request.organisation.zone
        return JsonResponse(
            {
                "from": asked["from"],
                "to": asked["to"],
                "calendars": [
                    {"id": each.id, "name": each.who, "times": [t.astimezone(zone).isoformat() for t in found[each.id]]}
                    for each in people
                ],
            },
            json_dumps_params={"ensure_ascii": False},
        )


class CalendarEvents(APIView):
    """GET: appointments (names open), taken times, hours, absences of some calendars, rooms and devices (``calendars``)
    for some days; local times.

    400 with the reasons, 403 for anybody but professionals, 404 when one of them is not theirs to see. 304
    when ``If-None-Match`` names the answer's ETag: browsers keep nothing of it, so the script sends it.
    """

    authentication_classes = (SessionAuthentication,)
    permission_classes = (IsProfessional,)
    scope_of = staticmethod(staff_scope)

    def get(self, request: Request) -> HttpResponseBase:
        query = EventsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        organisation = request.user.organisation
        wanted = asked["calendars"]
        calendars = set(visible_calendars(request.user).filter(pk__in=wanted).values_list("pk", flat=True))
        others = [pk for pk in wanted if pk not in calendars]
        if others and visible_equipment(request.user).filter(pk__in=others).count() != len(others):
            return Response({"calendars": [_("There is no such calendar.")]}, status=404)
        shown = {
            "calendar_ids": [pk for pk in wanted if pk in calendars],
            "equipment_ids": others,
            "span": Span(asked["from"], asked["to"] - timedelta(days=1), organisation.zone),
            "now": timezone.now(),
            "rights": rights_of(request.user, organisation.pk),
        }
        tag = f'W/"{calendar_tag(**shown, language=get_language() or "")}"'
        if request.headers.get("If-None-Match") == tag:
            return HttpResponse(status=304, headers={"ETag": tag})
        # Plain rows of text and numbers: DRF's renderer takes ten times as long.
        content = {"title": span_text(shown["span"]), **calendar_data(organisation=organisation, **shown)}
        text = orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)
        return HttpResponse(text, content_type="application/json", headers={"ETag": tag})
