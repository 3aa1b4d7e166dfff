"""The yearly review: who may what, as a page and as a file."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.selectors import contact_of
from accounts.services.review import reviewed
from accounts.staff import administrator_page
from accounts.verified import fresh_factor
from appointments.selectors.review import table, who_may_what
from appointments.table_files import XLSX, csv_file, xlsx_file
from doctolib import audit


@administrator_page
@require_safe
def review(request: HttpRequest) -> HttpResponse:
    organisation = request.user.organisation
    by = User.objects.filter(pk=organisation.rights_reviewed_by).first() if organisation.rights_reviewed_by else None
    context = {
        "rows": who_may_what(organisation, now=timezone.now()),
        "reviewed_by": contact_of(by).name if by else "",
        "section": "settings",
        "organisation": organisation,
    }
    return render(request, "pro/review.html", context)


@administrator_page
@fresh_factor(back="rights-review")
@require_safe
def review_file(request: HttpRequest, form: str) -> HttpResponse:
    organisation, now = request.user.organisation, timezone.now()
    rows = table(who_may_what(organisation, now=now))
    content = csv_file(rows) if form == "csv" else xlsx_file(rows, title=_("Who may what"))
    audit.record("rights.exported", organisation)
    name = f"{organisation.slug}-{timezone.localdate(now)}.{form}"
    kind = "text/csv; charset=utf-8" if form == "csv" else XLSX
    return HttpResponse(content, kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@administrator_page
@require_POST
def review_done(request: HttpRequest) -> HttpResponse:
    reviewed(organisation=request.user.organisation, by=request.user, now=timezone.now())
    messages.success(request, _("The review is recorded. You will be reminded in a year."))
    return HttpResponseRedirect(reverse("rights-review"))
