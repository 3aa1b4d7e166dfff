"""Signing in and out, and a new password by e-mail: the same at the patients' and the professionals' door."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import NOT_RIGHT, NewPasswordForm, ResetForm, SignInForm
from accounts.selectors import contact_of, known_of
from accounts.services import locking, resets, signin
from accounts.throttling import Throttled, network_of

from .common import landing, next_path, page, throttled, with_next
from .factor import after_password
from .mail_links import KeptCookie
from .refusals import outside_zone

RESET = KeptCookie("password_reset", "password-reset", settings.PASSWORD_RESET_TIMEOUT)  # account and token
# Where to go on after the new password; not in the e-mail, which may be read by others.
RESET_NEXT = KeptCookie("password_reset_next", "password-reset", settings.PASSWORD_RESET_TIMEOUT)
UNLOCK = KeptCookie("unlock", "unlock", settings.PASSWORD_RESET_TIMEOUT)


def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated and request.method != "POST":
        return HttpResponseRedirect(landing(request))
    form = SignInForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return page(request, "accounts/sign_in.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        user = signin.check_credentials(request, **form.cleaned_data, now=timezone.now())
    except Throttled as refusal:
        return throttled(request, refusal, _("There were too many tries to sign in."))
    except signin.SignInRefused:
        form.add_error(None, NOT_RIGHT)
        return page(request, "accounts/sign_in.html", {"form": form}, status=422)
    except signin.OutsideZone as refusal:
        return outside_zone(request, refusal.user)
    return after_password(request, user)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Nothing stays on the device but the language, and that the device is known (docs/access.md says why)."""
    signin.sign_out(request)
    messages.success(request, _("You are signed out."))
    response = HttpResponseRedirect("/" if request.door == "www" else reverse("sign-in"))
    response["Clear-Site-Data"] = '"cache", "storage"'
    # What a visit to the account pages may have left; cookies of a booking end with the day.
    response.delete_cookie("sign_up", path="/account/sign-up/")
    RESET.drop(response)
    return response


def password_reset(request: HttpRequest) -> HttpResponse:
    form = ResetForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return page(request, "accounts/password_reset.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        resets.request_reset(
            door=request.door,
            email=form.cleaned_data["email"],
            network=network_of(request),
            now=timezone.now(),
        )
    except Throttled as refusal:
        return throttled(request, refusal, _("There were too many requests for a new password."))
    response = HttpResponseRedirect(with_next("password-reset-sent", next_path(request)))
    RESET_NEXT.put(response, next_path(request))
    return response


@require_safe
def password_reset_sent(request: HttpRequest) -> HttpResponse:
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    return page(request, "accounts/password_reset_sent.html", {"minutes": minutes})


@require_safe
def password_reset_link(request: HttpRequest, user_id: UUID, token: str) -> HttpResponse:
    """The e-mail's link: goes on to an address without the token. Looking at it, as mail programs do, uses nothing."""
    return RESET.opened(f"{user_id}:{token}", page="password-reset-new")


def password_reset_new(request: HttpRequest) -> HttpResponse:
    user_id, _colon, token = RESET.read(request).partition(":")
    path = RESET_NEXT.read(request)
    try:
        user = resets.owner_of_link(door=request.door, user_id=UUID(user_id), token=token)
    except (ValueError, resets.LinkWorn):
        return page(request, "accounts/password_reset_worn.html", {}, status=410, path=path)
    contact = contact_of(user)
    form = NewPasswordForm(request.POST or None, known=known_of(user))
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return page(request, "accounts/password_reset_new.html", {"form": form}, status=status, path=path)
    try:
        resets.set_password(
            door=request.door,
            user_id=user.pk,
            token=token,
            password=form.cleaned_data["password"],
            now=timezone.now(),
        )
    except resets.LinkWorn:
        return page(request, "accounts/password_reset_worn.html", {}, status=410, path=path)
    signin.forget_failures(request, contact.email)
    messages.success(request, _("Your new password is saved. Sign in with it now."))
    response = HttpResponseRedirect(with_next("sign-in", path))
    RESET.drop(response)
    RESET_NEXT.drop(response)
    return response


@require_safe
def unlock_link(request: HttpRequest, user_id: UUID, token: str) -> HttpResponse:
    return UNLOCK.opened(f"{user_id}:{token}", page="unlock")


def unlock(request: HttpRequest) -> HttpResponse:
    """A locked account's owner says with a button that they want it back."""
    user_id, _colon, token = UNLOCK.read(request).partition(":")
    try:
        link = {"door": request.door, "user_id": UUID(user_id), "token": token}
        locking.owner_of_link(**link)
        if request.method != "POST":
            return page(request, "accounts/unlock.html", {})
        user = locking.unlock_by_link(**link)
    except (ValueError, locking.LinkWorn):
        return page(request, "accounts/unlock_worn.html", {}, status=410)
    signin.forget_failures(request, contact_of(user).email)
    messages.success(request, _("Your account is unlocked. Sign in now."))
    response = HttpResponseRedirect(reverse("sign-in"))
    UNLOCK.drop(response)
    return response
