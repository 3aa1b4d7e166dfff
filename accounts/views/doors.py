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
from accounts.selectors import contact_of
from accounts.services import resets, signin
from accounts.throttling import Throttled, network_of

from .common import next_path, page, throttled, with_next

LANDING = {"www": "/my/appointments/", "pro": "/"}
# The link's account and token for the form behind it, so that no address, history or log keeps a link that works.
LINK_COOKIE = "password_reset"
# Where to go on after the new password; not in the e-mail, which may be read by others.
NEXT_COOKIE = "password_reset_next"


def landing(request: HttpRequest) -> str:
    return next_path(request) or LANDING[request.door]


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
    signin.sign_in(request, user)
    return HttpResponseRedirect(landing(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    signin.sign_out(request)
    messages.success(request, _("You are signed out."))
    return HttpResponseRedirect("/" if request.door == "www" else reverse("sign-in"))


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
    _set(response, NEXT_COOKIE, next_path(request), seconds=settings.PASSWORD_RESET_TIMEOUT)
    return response


@require_safe
def password_reset_sent(request: HttpRequest) -> HttpResponse:
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    return page(request, "accounts/password_reset_sent.html", {"minutes": minutes})


@require_safe
def password_reset_link(request: HttpRequest, user_id: UUID, token: str) -> HttpResponse:
    """The e-mail's link: goes on to an address without the token. Looking at it, as mail programs do, uses nothing."""
    response = HttpResponseRedirect(reverse("password-reset-new"))
    _set(response, LINK_COOKIE, f"{user_id}:{token}", seconds=settings.PASSWORD_RESET_TIMEOUT)
    return response


def password_reset_new(request: HttpRequest) -> HttpResponse:
    user_id, _colon, token = _get(request, LINK_COOKIE).partition(":")
    path = _get(request, NEXT_COOKIE)
    try:
        user = resets.owner_of_link(door=request.door, user_id=UUID(user_id), token=token)
    except (ValueError, resets.LinkWorn):
        return page(request, "accounts/password_reset_worn.html", {}, status=410, path=path)
    contact = contact_of(user)
    form = NewPasswordForm(request.POST or None, known=[contact.email, contact.email.split("@")[0], contact.phone])
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return page(request, "accounts/password_reset_new.html", {"form": form}, status=status, path=path)
    try:
        resets.set_password(door=request.door, user_id=user.pk, token=token, password=form.cleaned_data["password"])
    except resets.LinkWorn:
        return page(request, "accounts/password_reset_worn.html", {}, status=410, path=path)
    signin.forget_failures(request, contact.email)
    messages.success(request, _("Your new password is saved. Sign in with it now."))
    response = HttpResponseRedirect(with_next("sign-in", path))
    response.delete_cookie(LINK_COOKIE, path=reverse("password-reset"))
    response.delete_cookie(NEXT_COOKIE, path=reverse("password-reset"))
    return response


def _set(response: HttpResponse, name: str, value: str, *, seconds: int) -> None:
    response.set_signed_cookie(
        name,
        value,
        salt=name,
        max_age=seconds,
        path=reverse("password-reset"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _get(request: HttpRequest, name: str) -> str:
    return request.get_signed_cookie(name, default="", salt=name, max_age=settings.PASSWORD_RESET_TIMEOUT) or ""
