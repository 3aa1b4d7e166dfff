"""Reminders and recalls, for administrators."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.staff import administrator_page
from appointments.forms_reminders import RecallsForm, RemindersForm
from appointments.models import VisitReason
from appointments.selectors.reminders import reminder_rules, reminder_settings
from appointments.services.reminders import set_recalls, set_reminders


@administrator_page
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = RemindersForm(data, rules=reminder_rules(), settings=reminder_settings())
    if form.is_valid():
        set_reminders(rules=form.rules(), **form.settings())
        return _saved(request, "reminders")
    return _show(request, "reminders", form)


@administrator_page
@require_http_methods(["GET", "HEAD", "POST"])
def recalls(request: HttpRequest) -> HttpResponse:
    live = VisitReason.objects.filter(is_archived=False).select_related("unit")
    reasons = list(live.order_by("unit__position", "position", "name_de", "pk"))
    form = RecallsForm(request.POST if request.method == "POST" else None, reasons=reasons)
    if form.is_valid():
        set_recalls(form.months())
        return _saved(request, "recalls")
    return _show(request, "recalls", form)


def _saved(request: HttpRequest, name: str) -> HttpResponse:
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse(name), status=303)


def _show(request: HttpRequest, name: str, form: Any) -> HttpResponse:
    context = {"form": form, "section": "settings", "organisation": request.user.organisation}
    return render(request, f"pro/{name}.html", context, status=422 if form.errors else 200)
