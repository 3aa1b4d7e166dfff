"""Account pages of patients: signing up, step by step. A signed cookie holds the sign-up's id and nothing else."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import terms
from accounts.forms import ContactForm, PersonForm, PhoneForm, SignUpCodeForm, SignUpPasswordForm
from accounts.models import SignUp
from accounts.phone_numbers import phone_text
from accounts.services import signin, signup
from accounts.throttling import Throttled, network_of
from crypto.keyring import platform_keys

from .common import landing, next_path, page, throttled, with_next

COOKIE = "sign_up"


def sign_up(request: HttpRequest) -> HttpResponse:
    """Step 1: e-mail address and mobile number. What was typed before in this browser is shown again."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(landing(request))
    previous = _current(request)
    form = ContactForm(request.POST or None, initial=_as_typed(previous))
    if request.method != "POST" or not form.is_valid():
        return page(request, "accounts/sign_up.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        current = signup.start(
            **form.cleaned_data,
            language=(get_language() or "de")[:2],
            network=network_of(request),
            now=timezone.now(),
            previous=previous,
        )
    except Throttled as refusal:
        return throttled(request, refusal, _("There were too many sign-ups from your connection."))
    response = HttpResponseRedirect(with_next("sign-up-password", next_path(request)))
    response.set_signed_cookie(
        COOKIE,
        str(current.pk),
        salt=COOKIE,
        path=reverse("sign-up"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def step(name: str) -> Callable:
    """A later step: whoever is not there yet, or past it, is sent to where they are."""

    def mark(view: Callable[[HttpRequest, SignUp], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            if request.user.is_authenticated:
                return HttpResponseRedirect(landing(request))
            current = _current(request)
            if current is None:
                return HttpResponseRedirect(with_next("sign-up", next_path(request)))
            if name not in _open_steps(current):
                return HttpResponseRedirect(with_next(_open_steps(current)[-1], next_path(request)))
            return view(request, current)

        return guarded

    return mark


@step("sign-up-password")
def sign_up_password(request: HttpRequest, current: SignUp) -> HttpResponse:
    """Step 2: password and terms; then the code is sent."""
    contact = _contact(current)
    form = SignUpPasswordForm(request.POST or None, known=[contact["email"], contact["phone"]])
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "email": contact["email"], "valid_from": terms.VALID_FROM}
        return page(request, "accounts/sign_up_password.html", context, status=422 if form.is_bound else 200)
    try:
        signup.choose_password(
            current,
            password=form.cleaned_data["password"],
            terms_version=terms.VERSION,
            network=network_of(request),
            now=timezone.now(),
        )
    except Throttled as refusal:
        return _too_many_codes(request, refusal)
    return HttpResponseRedirect(with_next("sign-up-code", next_path(request)))


@step("sign-up-code")
def sign_up_code(request: HttpRequest, current: SignUp) -> HttpResponse:
    """Step 3: the code from the text message."""
    form = SignUpCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            signup.verify(current, form.cleaned_data["code"], now=timezone.now())
            return HttpResponseRedirect(with_next("sign-up-person", next_path(request)))
        except signup.WrongCode:
            form.add_error("code", _("The code is not right. Check the text message or ask for a new code."))
        except signup.TooManyTries:
            form.add_error("code", _("There were too many wrong codes. Ask for a new code."))
        except signup.CodeExpired:
            form.add_error("code", _("The code has expired. We have sent you a new one."))
            try:
                signup.send_code(current, network=network_of(request), now=timezone.now())
            except Throttled as refusal:
                return _too_many_codes(request, refusal)
            except signup.TooSoon:
                pass  # the new one is on its way
    context = {"form": form, "phone": phone_text(_contact(current)["phone"])}
    return page(request, "accounts/sign_up_code.html", context, status=422 if form.is_bound else 200)


@require_POST
@step("sign-up-code")
def sign_up_resend(request: HttpRequest, current: SignUp) -> HttpResponse:
    try:
        signup.send_code(current, network=network_of(request), now=timezone.now())
        messages.success(request, _("We have sent you a new code. An older code works until its 10 minutes are over."))
    except signup.TooSoon:
        messages.info(request, _("Your code is on its way. You can ask for another one after 30 seconds."))
    except Throttled as refusal:
        return _too_many_codes(request, refusal)
    return HttpResponseRedirect(with_next("sign-up-code", next_path(request)))


@step("sign-up-phone")
def sign_up_phone(request: HttpRequest, current: SignUp) -> HttpResponse:
    """Correct the number; the code goes there."""
    form = PhoneForm(request.POST or None, initial=_as_typed(current))
    if request.method != "POST" or not form.is_valid():
        return page(request, "accounts/sign_up_phone.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        signup.change_phone(current, phone=form.cleaned_data["phone"], network=network_of(request), now=timezone.now())
    except signup.TooSoon:
        messages.info(request, _("You can ask for another code after 30 seconds."))
    except signup.SignUpGone:
        pass  # confirmed in another window: the next page knows
    except Throttled as refusal:
        return _too_many_codes(request, refusal)
    return HttpResponseRedirect(with_next("sign-up-code", next_path(request)))


def sign_up_person(request: HttpRequest) -> HttpResponse:
    """Step 4: who it is. The account is made and signed in; a second click finds it made."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(landing(request))
    signup_id, form = _cookie(request), PersonForm(request.POST or None)
    current = _current(request)
    if current is not None and current.verified_at is None:
        return HttpResponseRedirect(with_next(_open_steps(current)[-1], next_path(request)))
    if signup_id is None or (current is None and request.method != "POST"):
        return HttpResponseRedirect(with_next("sign-up", next_path(request)))
    if request.method != "POST" or not form.is_valid():
        return page(request, "accounts/sign_up_person.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        user = signup.finish(signup_id, **form.cleaned_data, now=timezone.now())
    except signup.AccountExists:
        messages.info(request, _("There is an account with this email address already. Sign in with it."))
        response = HttpResponseRedirect(with_next("sign-in", next_path(request)))
    except signup.SignUpRefused:
        response = HttpResponseRedirect(with_next("sign-up", next_path(request)))
    else:
        signin.sign_in(request, user)
        response = HttpResponseRedirect(landing(request))
    response.delete_cookie(COOKIE, path=reverse("sign-up"))
    return response


@require_safe
def terms_of_use(request: HttpRequest) -> HttpResponse:
    return page(request, "accounts/terms.html", {"valid_from": terms.VALID_FROM, "version": terms.VERSION})


def _open_steps(current: SignUp) -> tuple[str, ...]:
    """The steps that may be opened now; the last one is where it goes on."""
    if current.verified_at:
        return ("sign-up-person",)
    if not current.password:
        return ("sign-up-password",)
    return ("sign-up-password", "sign-up-phone", "sign-up-code")


def _cookie(request: HttpRequest) -> UUID | None:
    value = request.get_signed_cookie(COOKIE, default=None, salt=COOKIE, max_age=signup.LIFETIME)
    return UUID(value) if value else None


def _current(request: HttpRequest) -> SignUp | None:
    signup_id = _cookie(request)
    try:
        return signup.live(signup_id, now=timezone.now()) if signup_id else None
    except signup.SignUpGone:
        return None


def _contact(current: SignUp | None) -> dict[str, str]:
    if current is None:
        return {}
    with platform_keys():
        return dict(current.contact)


def _as_typed(current: SignUp | None) -> dict[str, str]:
    contact = _contact(current)
    return {**contact, "phone": phone_text(contact["phone"])} if contact else {}


def _too_many_codes(request: HttpRequest, refusal: Throttled) -> HttpResponse:
    return throttled(request, refusal, _("We cannot send another code right now: there were too many text messages."))
