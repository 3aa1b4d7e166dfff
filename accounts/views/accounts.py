"""The accounts of an organisation, for its administrators."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.enums import AccountState
from accounts.forms_staff import EndForm, InviteForm, NameForm
from accounts.models import Unit, User
from accounts.selectors import professional_view, professionals_of, rights_in_words, unit_names
from accounts.services import invitations, professionals
from accounts.staff import administrator_page
from accounts.verified import fresh_factor

REFUSALS: dict[type[professionals.Refused], Promise] = {
    professionals.LastAdministrator: gettext_lazy(
        "This is the last administrator without an end date. Make someone else an administrator first."
    ),
    professionals.Yourself: gettext_lazy("This is your own account. Another administrator can do that."),
}


@administrator_page
@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    units, words = unit_names(), rights_in_words()
    people = professionals_of(request.user.organisation, now=timezone.now())
    rows = [{"person": each, "units": units.get(each.id, []), "rights": words.get(each.id, "")} for each in people]
    return _render(request, "pro/accounts.html", {"rows": rows})


@administrator_page
def invite(request: HttpRequest) -> HttpResponse:
    form = InviteForm(request.POST or None, units=Unit.objects.all())
    if request.method != "POST" or not form.is_valid():
        return _render(request, "pro/account_invite.html", {"form": form}, status=422 if form.is_bound else 200)
    data = {name: form.cleaned_data[name] for name in ("email", "first_name", "last_name", "language")}
    try:
        user = invitations.invite(
            organisation=request.user.organisation,
            units=form.chosen_units(),
            by=request.user,
            now=timezone.now(),
            **data,
        )
    except invitations.AddressTaken:
        form.add_error("email", _("This address cannot be invited: there is an account with it already."))
        return _render(request, "pro/account_invite.html", {"form": form}, status=422)
    messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": data["email"]})
    return HttpResponseRedirect(reverse("staff-account", args=[user.pk]))


@administrator_page
@require_safe
def account(request: HttpRequest, user_id: UUID) -> HttpResponse:
    return _show(request, user_id)


@administrator_page
@require_POST
def rename(request: HttpRequest, user_id: UUID) -> HttpResponse:
    form = NameForm(request.POST)
    if not form.is_valid():
        return _show(request, user_id, name_form=form, form=form, status=422)
    return _act(request, user_id, professionals.rename, _("The name is saved."), **form.cleaned_data)


@administrator_page
@require_POST
def end(request: HttpRequest, user_id: UUID) -> HttpResponse:
    form = EndForm(request.POST)
    if not form.is_valid():
        return _show(request, user_id, end_form=form, form=form, status=422)
    return _act(request, user_id, professionals.end_on, _("The last day is saved."), **form.cleaned_data)


@administrator_page
@require_POST
def lock(request: HttpRequest, user_id: UUID) -> HttpResponse:
    done = _("The account is locked. Nobody can work with it any more.")
    return _act(request, user_id, professionals.lock, done, by=request.user, now=timezone.now())


@administrator_page
@require_POST
def unlock(request: HttpRequest, user_id: UUID) -> HttpResponse:
    done = _("The account is unlocked.")
    return _act(request, user_id, professionals.unlock, done, by=request.user, now=timezone.now())


@administrator_page
@fresh_factor(back=lambda user_id: reverse("staff-account", args=[user_id]))
@require_POST
def administrator(request: HttpRequest, user_id: UUID) -> HttpResponse:
    value = request.POST.get("value") == "on"
    done = _("The person is an administrator now.") if value else _("The person is no administrator any more.")
    facts = {"value": value, "by": request.user, "now": timezone.now()}
    return _act(request, user_id, professionals.set_administrator, done, **facts)


@administrator_page
@require_POST
def invite_again(request: HttpRequest, user_id: UUID) -> HttpResponse:
    user = _user(request, user_id)
    try:
        invitations.invite_again(user=user, now=timezone.now())
    except invitations.InvitationWorn:
        return _show(request, user_id, problem=_("The person has set up the account already."), status=409)
    messages.success(request, _("A new link is on its way. The one before no longer works."))
    return HttpResponseRedirect(reverse("staff-account", args=[user_id]))


@administrator_page
def delete(request: HttpRequest, user_id: UUID) -> HttpResponse:
    person = professional_view(_user(request, user_id), now=timezone.now())
    if request.method != "POST":
        return _render(request, "pro/account_delete.html", {"person": person})
    return _act(
        request,
        user_id,
        professionals.delete,
        _("The account of %(name)s is deleted.") % {"name": person.name},
        to=reverse("staff-accounts"),
        by=request.user,
        now=timezone.now(),
    )


def _act(
    request: HttpRequest, user_id: UUID, change: Callable[..., None], done: str, *, to: str = "", **facts: Any
) -> HttpResponse:
    """Change the account and go back to its page, or say why not."""
    try:
        change(organisation=request.user.organisation, user_id=user_id, **facts)
    except professionals.Gone:
        raise Http404 from None
    except professionals.Refused as refusal:
        return _show(request, user_id, problem=REFUSALS[type(refusal)], status=409)
    messages.success(request, done)
    return HttpResponseRedirect(to or reverse("staff-account", args=[user_id]))


def _user(request: HttpRequest, user_id: UUID) -> User:
    return get_object_or_404(User, pk=user_id, organisation=request.user.organisation)


def _show(request: HttpRequest, user_id: UUID, *, status: int = 200, **context: Any) -> HttpResponse:
    person = professional_view(_user(request, user_id), now=timezone.now())
    shared = {
        "person": person,
        "is_self": user_id == request.user.pk,
        "is_open": person.state in (AccountState.INVITED, AccountState.EXPIRED),
        "units": unit_names().get(user_id, []),
        "rights": rights_in_words().get(user_id, ""),
        "name_form": NameForm(initial={"first_name": person.first_name, "last_name": person.last_name}),
        "end_form": EndForm(initial={"last_day": person.access_until}),
    }
    return _render(request, "pro/staff_account.html", {**shared, **context}, status=status)


def _render(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    shared = {"section": "settings", "organisation": request.user.organisation}
    return render(request, template, {**shared, **context}, status=status)
