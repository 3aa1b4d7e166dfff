"""The account's own area: who one is, relatives, what one allows, and the way out."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.enums import ConsentPurpose, Sex
from accounts.forms_account import DeleteAccountForm, RelativeForm
from accounts.phone_numbers import phone_text
from accounts.selectors import PersonView, contact_of, factors_of, has_consent, persons_of
from accounts.services import codes, deletion, persons, signin
from accounts.throttling import Throttled

from .common import next_path, page, throttled

PAST = ConsentPurpose.PAST_APPOINTMENTS
asks = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    contact = contact_of(request.user)
    everyone = persons_of(request.user.pk)
    context = {
        "owner": next((person for person in everyone if person.is_owner), None),
        "email": contact.email,
        "phone": phone_text(contact.phone) if contact.phone else "",
        "language": get_language_info(request.user.language)["name_local"],
        "relatives": sum(not person.is_owner for person in everyone),
    }
    return page(request, "accounts/account.html", context)


@login_required
@require_safe
def relatives(request: HttpRequest) -> HttpResponse:
    found = [person for person in persons_of(request.user.pk) if not person.is_owner]
    context = {"relatives": found, "full": len(found) >= persons.MOST_RELATIVES, "most": persons.MOST_RELATIVES}
    return page(request, "accounts/relatives.html", context)


@login_required
@asks
def relative_add(request: HttpRequest) -> HttpResponse:
    form = RelativeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            persons.add_relative(request.user.pk, **form.cleaned_data)
        except persons.TooManyRelatives:
            most = persons.MOST_RELATIVES
            form.add_error(None, _("You have added %(most)d relatives. There cannot be more.") % {"most": most})
        else:
            messages.success(request, _("%(name)s is added.") % {"name": form.cleaned_data["first_name"]})
            return HttpResponseRedirect(next_path(request) or reverse("relatives"), status=303)  # the booking goes on
    return page(request, "accounts/relative.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@asks
def relative_change(request: HttpRequest, person_id: UUID) -> HttpResponse:
    relative = _relative(request, person_id)
    initial = {name: getattr(relative, name) for name in ("first_name", "last_name", "birth_date")}
    initial["sex"] = "" if relative.sex == Sex.UNKNOWN else relative.sex
    form = RelativeForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            persons.change_relative(request.user.pk, person_id, **form.cleaned_data)
        except persons.NoSuchRelative:  # removed in another window
            raise Http404 from None
        messages.success(request, _("The details of %(name)s are saved.") % {"name": form.cleaned_data["first_name"]})
        return _go("relatives")
    context = {"form": form, "relative": relative}
    return page(request, "accounts/relative.html", context, status=422 if form.errors else 200)


@login_required
@asks
def relative_remove(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Ask once, then remove; refused with words while a clinic expects them. A second click finds nobody: the list."""
    if request.method == "POST" and all(person.id != person_id for person in persons_of(request.user.pk)):
        return _go("relatives")
    relative = _relative(request, person_id)
    context: dict[str, Any] = {"relative": relative}
    if request.method == "POST":
        try:
            persons.remove_relative(request.user.pk, person_id, now=timezone.now())
            messages.success(request, _("%(name)s is removed.") % {"name": relative.first_name})
            return _go("relatives")
        except persons.NoSuchRelative:
            return _go("relatives")
        except (persons.HasAppointments, persons.ClinicAway) as refusal:
            context |= {"clinic": refusal.clinic, "away": isinstance(refusal, persons.ClinicAway)}
    return page(request, "accounts/relative_remove.html", context, status=409 if "clinic" in context else 200)


@login_required
@require_safe
def choices(request: HttpRequest) -> HttpResponse:
    context = {"past": has_consent(request.user.pk, PAST), "second_factor": bool(factors_of(request.user))}
    return page(request, "accounts/choices.html", context)


@login_required
@require_POST
def past_appointments(request: HttpRequest) -> HttpResponse:
    """On or off, at once."""
    if request.POST.get("show") == "on":
        persons.give_consent(request.user.pk, PAST, now=timezone.now())
        messages.success(request, _("Past appointments are shown from now on."))
    else:
        persons.withdraw_consent(request.user.pk, PAST, now=timezone.now())
        messages.success(request, _("Past appointments are no longer shown."))
    return _go("account-choices")


@login_required
@require_POST
def second_factor_on(request: HttpRequest) -> HttpResponse:
    """Codes on new devices, from now on; they are turned off where all second factors are."""
    codes.turn_on(request.user)
    messages.success(request, _("From now on we ask for a code on new devices. Make recovery codes now."))
    return _go("second-factor")


@login_required
@asks
def delete(request: HttpRequest) -> HttpResponse:
    """What goes and what stays, the password again, then the account is closed at once."""
    form = DeleteAccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        email = contact_of(request.user).email
        try:
            user = signin.check_credentials(
                request, email=email, password=form.cleaned_data["password"], now=timezone.now()
            )
        except Throttled as refusal:
            return throttled(request, refusal, _("There were too many tries with a wrong password."))
        except signin.SignInRefused:
            form.add_error("password", _("The password is not right."))
        else:
            deletion.delete_account(user, now=timezone.now())
            signin.sign_out(request)
            return _go("account-deleted")
    return page(request, "accounts/delete.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    return page(request, "accounts/deleted.html", {})


def _relative(request: HttpRequest, person_id: UUID) -> PersonView:
    """A relative of this account, or 404: the owner is none, nor is anybody else's."""
    for person in persons_of(request.user.pk):
        if person.id == person_id and not person.is_owner:
            return person
    raise Http404


def _go(name: str) -> HttpResponse:
    return HttpResponseRedirect(reverse(name), status=303)
