"""The page "Second factor": what one has, what may be added or removed, and the devices that are known."""

from uuid import UUID

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import verified
from accounts.enums import AttemptPurpose, Factor, UserKind
from accounts.forms_factor import AppCodeForm, NewPasskeyForm, NumberForm
from accounts.phone_numbers import phone_text
from accounts.rules import strong_required
from accounts.selectors import contact_of, devices_of, factors_of, known_devices_of, recovery_codes_left
from accounts.services import authenticators, devices, factors, passkeys, recovery
from accounts.throttling import Throttled
from accounts.verified import fresh_factor

from .common import page, throttled
from .factor import ask

asks = require_http_methods(["GET", "HEAD", "POST"])
PASSKEY_STATE = "passkey_state"  # session key: the challenge of a passkey that is being made


@login_required
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    user = request.user
    phone = contact_of(user).phone
    context = {
        "devices": devices_of(user),
        "phone": phone_text(phone) if phone else "",
        "codes_left": recovery_codes_left(user),
        "codes_made": recovery.COUNT,
        "known": known_devices_of(user),
        "takes_sms": user.kind == UserKind.PROFESSIONAL,
        "needs_stronger": strong_required(user) and not verified.is_strong(request),
    }
    return page(request, "accounts/second_factor.html", context)


@login_required
@fresh_factor(back="second-factor")
@require_POST
def app_add(request: HttpRequest) -> HttpResponse:
    device = authenticators.add(request.user, now=timezone.now())
    return HttpResponseRedirect(reverse("second-factor-app", args=[device.pk]), status=303)


@login_required
@fresh_factor(back="second-factor")
@asks
def app(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """The secret as QR code and as text, and the first code that shows that it has arrived."""
    device = authenticators.begun(request.user, device_id)
    if device is None:
        raise Http404
    form = AppCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        now = timezone.now()
        try:
            authenticators.confirm(device, form.cleaned_data["code"], now=now)
        except factors.WrongCode:
            form.add_error("code", _("The code is not right. Check that the clock of your phone is right."))
        except Throttled as refusal:
            return throttled(request, refusal, _("There were too many wrong codes."))
        else:
            verified.note(request, Factor.APP, now=now)
            messages.success(request, _("Your authenticator app is added."))
            return _done()
    secret = authenticators.secret_of(device)
    code = segno.make(authenticators.address_of(device), error="m")
    context = {
        "form": form,
        "image": code.svg_data_uri(scale=5, border=4, dark="#000", light="#fff"),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    }
    return page(request, "accounts/second_factor_app.html", context, status=422 if form.errors else 200)


@login_required
@fresh_factor
@asks
def passkey_add(request: HttpRequest) -> HttpResponse:
    form = NewPasskeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        state = request.session.pop(PASSKEY_STATE, {})
        answer, name = form.cleaned_data["answer"].encode(), form.cleaned_data["name"]
        try:
            passkeys.add(request, request.user, state=state, answer=answer, name=name)
        except passkeys.NotAPasskey:
            form.add_error(None, _("The passkey was not accepted. Try again."))
        else:
            verified.note(request, Factor.PASSKEY, now=timezone.now())
            messages.success(request, _("Your passkey is added."))
            return _done()
    return page(request, "accounts/second_factor_passkey.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@fresh_factor(back="second-factor-passkey")
@require_POST
def passkey_options(request: HttpRequest) -> HttpResponse:
    options, request.session[PASSKEY_STATE] = passkeys.registration(request, request.user)
    return JsonResponse(options)


@login_required
@fresh_factor
@asks
def number(request: HttpRequest) -> HttpResponse:
    """Add a mobile number; it counts once the code that goes there is typed. Not for platform staff."""
    if request.user.kind != UserKind.PROFESSIONAL:
        raise Http404
    if Factor.SMS in factors_of(request.user):
        return HttpResponseRedirect(reverse("account-phone"))  # the former number and the mailbox hear of a change
    form = NumberForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return ask(request, request.user, AttemptPurpose.ADD_PHONE, phone=form.cleaned_data["phone"])
    return page(request, "accounts/second_factor_number.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@fresh_factor
@asks
def remove(request: HttpRequest, factor: str, device_id: str) -> HttpResponse:
    found = [each for each in devices_of(request.user) if each[0] == factor and str(each[1].pk) == device_id]
    if not found:
        raise Http404
    refused = False
    if request.method == "POST":
        try:
            devices.remove(request.user, found[0][0], device_id)
        except devices.LastFactor:
            refused = True
        else:
            messages.success(request, _("It is removed. Known devices must give a second factor again."))
            return _done()
    context = {"factor": found[0][0], "device": found[0][1], "refused": refused}
    return page(request, "accounts/second_factor_remove.html", context, status=409 if refused else 200)


@login_required
@fresh_factor(back="second-factor")
@require_POST
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """A new set, shown this once."""
    if not devices_of(request.user):
        raise Http404
    return page(request, "accounts/recovery_codes.html", {"codes": recovery.make(request.user)})


@login_required
@require_POST
def forget_device(request: HttpRequest, device_id: UUID) -> HttpResponse:
    if not devices.revoke(request.user, device_id):
        raise Http404
    messages.success(request, _("The device must give a second factor again."))
    return _done()


@login_required
@require_POST
def forget_devices(request: HttpRequest) -> HttpResponse:
    devices.revoke(request.user)
    messages.success(request, _("All devices must give a second factor again."))
    return _done()


def _done() -> HttpResponse:
    return HttpResponseRedirect(reverse("second-factor"), status=303)
