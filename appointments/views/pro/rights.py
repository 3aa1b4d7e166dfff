"""Who may do what in which calendar: the matrix, one row of it open for changes."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Unit, User
from accounts.staff import staff_page
from appointments.forms_rights import RowForm
from appointments.selectors.board import Board, NoSuchUnit, NotForYou, Row, board
from appointments.services.rights import ChangedMeanwhile, set_levels
from doctolib.numbers import row_number

PEOPLE = 60  # a page


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def rights(request: HttpRequest) -> HttpResponse:
    shown = _board(request)
    row = _open_row(request, shown)
    if request.method != "POST":
        return _show(request, shown, row and RowForm(row=row))
    if row is None:
        raise Http404
    form = RowForm(request.POST, row=row)
    if not form.is_valid():
        return _show(request, shown, RowForm(row=row), status=422, problem=_("Choose one of the levels."))
    try:
        set_levels(holder=_holder(request, row), changes=form.changes())
    except ChangedMeanwhile:
        problem = _("Someone else changed this row meanwhile. Nothing was saved. This is how it is now.")
        return _show(request, shown, RowForm(row=row), status=409, problem=problem)
    messages.success(request, _("Saved: %(name)s. It counts at once.") % {"name": row.name})
    return HttpResponseRedirect(f"{_address(request)}#{row.key}")


def _board(request: HttpRequest) -> Board:
    text = request.GET.get("unit", "")
    unit_id = row_number(text)
    if text and unit_id is None:
        raise Http404
    try:
        return board(request.user, unit_id=unit_id, now=timezone.now())
    except NoSuchUnit:
        raise Http404 from None
    except NotForYou:
        raise PermissionDenied(_("Administrators give rights.")) from None


def _open_row(request: HttpRequest, shown: Board) -> Row | None:
    key = request.GET.get("row", "")
    if not key:
        return None
    row = shown.row(key)
    if row is None:
        raise Http404
    if not row.may_edit:
        raise PermissionDenied(_("You may see these rights, but not change them."))
    return row


def _holder(request: HttpRequest, row: Row) -> User | Unit:
    if isinstance(row.holder, Unit):
        return row.holder
    return get_object_or_404(User, pk=row.holder.id, organisation=request.user.organisation)


def _address(request: HttpRequest) -> str:
    """This page with its filter, no row open."""
    kept = {name: request.GET[name] for name in ("unit", "page") if request.GET.get(name)}
    return f"{reverse('rights')}?{urlencode(kept)}" if kept else reverse("rights")


def _show(
    request: HttpRequest, shown: Board, form: RowForm | None, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    number: Any = request.GET.get("page")
    if form and form.row in shown.person_rows:
        number = shown.person_rows.index(form.row) // PEOPLE + 1
    context = {
        "board": shown,
        "page": Paginator(shown.person_rows, PEOPLE).get_page(number),
        "query": f"unit={shown.unit.pk}&" if shown.unit else "",
        "row_form": form,
        "problem": problem,
        "closed_address": _address(request),
        "section": "settings",
        "organisation": request.user.organisation,
    }
    return render(request, "pro/rights.html", context, status=status)
