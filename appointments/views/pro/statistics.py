"""Statistics of the clinic: the page, and the same as a file."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.selectors import led_units
from accounts.staff import staff_page
from appointments.enums import Breakdown
from appointments.forms_statistics import StatisticsForm
from appointments.rules import may_open_statistics
from appointments.selectors.statistics import Question, statistics
from appointments.selectors.statistics_charts import charts
from appointments.selectors.statistics_pages import file_rows, overview, table_of_rows, table_of_steps
from appointments.selectors.statistics_words import period_name
from appointments.selectors.visible import counted_calendars
from appointments.table_files import XLSX, csv_file, xlsx_file
from doctolib import audit


@staff_page
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The form and, when it is right, what it asks for. Without a question: this month."""
    form = _form(request)
    if not form.is_valid():
        return _show(request, form, status=422)
    found = statistics(_question(request, form))
    context: dict[str, Any] = {
        "found": found,
        "period": period_name(found.asked.period),
        "before": period_name(found.asked.period.before),
        "query": request.GET.urlencode(),
    }
    if not found.is_empty:
        tables = [table_of_steps(found), table_of_rows(found)]
        context |= {"overview": overview(found), "charts": charts(found), "tables": tables}
    return _show(request, form, **context)


@staff_page
@require_safe
def file(request: HttpRequest, form: str) -> HttpResponse:
    """The same figures, as numbers. What the page would refuse is a wrong request here."""
    asked = _form(request)
    if not asked.is_valid():
        wrong = _("The address of this file is not right. Open the statistics and save it from there.")
        return HttpResponse(wrong, "text/plain; charset=utf-8", status=400)
    found = statistics(_question(request, asked))
    name = f"{request.user.organisation.slug}-{found.asked.period.first}-{found.asked.period.last}.{form}"
    audit.record("statistics.exported", request.user.organisation)
    content = csv_file(file_rows(found)) if form == "csv" else xlsx_file(file_rows(found), title=_("Statistics"))
    kind = "text/csv; charset=utf-8" if form == "csv" else XLSX
    return HttpResponse(content, kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _form(request: HttpRequest) -> StatisticsForm:
    """Raises PermissionDenied for someone who has no calendar to count."""
    leads = led_units(request.user)
    if not may_open_statistics(request.user, request.user.organisation_id, leads=leads):
        raise PermissionDenied(_("You see figures of calendars in which you may book. So far that is none."))
    calendars = counted_calendars(request.user, leads)
    return StatisticsForm(request.GET, calendars=calendars, today=timezone.localdate())


def _question(request: HttpRequest, form: StatisticsForm) -> Question:
    asked = form.cleaned_data
    return Question(
        organisation=request.user.organisation,
        period=asked["chosen_period"],
        step=asked["chosen_step"],
        by=Breakdown(asked["by"]),
        calendars=form.counted(),
        reason=asked["reason"].pk if asked["reason"] else None,
        now=timezone.now(),
    )


def _show(request: HttpRequest, form: StatisticsForm, *, status: int = 200, **context: Any) -> HttpResponse:
    shared = {"section": "statistics", "organisation": request.user.organisation, "form": form}
    return render(request, "pro/statistics.html", {**shared, **context}, status=status)
