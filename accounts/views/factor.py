"""The second factor, asked for: after the password, and again before what must not be done by a stranger."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import verified
from accounts.enums import AttemptPurpose, Factor, Outcome, UserKind
from accounts.forms_factor import FORMS, NumberForm
from accounts.models import FactorAttempt, User
from accounts.rules import may_enter, strong_required
from accounts.selectors import recovery_codes_left
from accounts.services import authenticators, codes, devices, factors, passkeys, recovery, signin
from accounts.services.connections import record_connection
from accounts.throttling import Throttled, network_of
from doctolib import audit

from .common import landing, next_path, page, throttled, with_next

COOKIE = "factor_attempt"
asks = require_http_methods(["GET", "HEAD", "POST"])
View = Callable[..., HttpResponse]


def after_password(request: HttpRequest, user: User) -> HttpResponse:
    """The password was right: sign in, or ask for the second factor first."""
    now = timezone.now()
    if devices.second_factor_due(request, user, now=now):
        return ask(request, user, AttemptPurpose.SIGN_IN)
    signin.sign_in(request, user)
    if strong_required(user):
        request.session[verified.GIVEN] = verified.KNOWN_STRONG
    return HttpResponseRedirect(landing(request))


def ask(request: HttpRequest, user: User, purpose: AttemptPurpose, *, phone: str = "") -> HttpResponse:
    """Begin an attempt in this browser; a code is sent where that is the first thing to ask for."""
    attempt, token = factors.begin(user, purpose, now=timezone.now(), phone=phone)
    if factors.choices(attempt)[:1] == [Factor.SMS]:
        try:
            _send(request, attempt)
        except Throttled as refusal:
            return _too_many_messages(request, refusal)
    response = HttpResponseRedirect(with_next("factor", next_path(request)))
    response.set_cookie(
        COOKIE,
        token,
        max_age=factors.LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def in_attempt(view: View) -> View:
    """Mark a view for an attempt that this browser began: whoever has none begins again."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        try:
            attempt = factors.find(request.COOKIES.get(COOKIE, ""), now=timezone.now())
            own = attempt.purpose == AttemptPurpose.SIGN_IN or request.user == attempt.user
            if not may_enter(attempt.user, request.door) or not own:
                raise factors.AttemptGone
            return view(request, attempt)
        except factors.AttemptGone:
            messages.info(request, _("That took too long or was done already. Please start again."))
            return HttpResponseRedirect(with_next("sign-in", next_path(request)), status=303)

    return guarded


@asks
@in_attempt
def factor(request: HttpRequest, attempt: FactorAttempt) -> HttpResponse:
    """One of the account's second factors; ``?with=`` chooses another one than the best."""
    options = factors.choices(attempt)
    if not options:
        if factors.may_add_number(attempt):
            return HttpResponseRedirect(with_next("factor-number", next_path(request)), status=303)
        return page(request, "accounts/factor_none.html", {}, status=403)
    chosen = next((one for one in options if one == request.GET.get("with")), options[0])
    form = FORMS[chosen](request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            user = _verify(request, attempt, chosen, form.cleaned_data["code"])
            return _met(request, attempt, user, chosen)
        except factors.WrongCode:
            record_connection(request, attempt.user, Outcome.FACTOR_FAILED)
            form.add_error("code" if chosen != Factor.PASSKEY else None, _not_right(chosen))
        except codes.CodeExpired:
            form.add_error("code", _("The code has expired. Ask for a new one."))
        except factors.TooManyTries:
            form.add_error(None, _("There were too many wrong codes. Sign in again or ask for a new code."))
        except Throttled as refusal:
            return throttled(request, refusal, _("There were too many wrong codes."))
    context = {
        "form": form,
        "factor": chosen,
        "others": [one for one in options if one != chosen],
        "phone_end": codes.number_of(attempt)[-3:] if chosen == Factor.SMS else "",
        "sent": attempt.code_sent_at is not None,
        "may_change_number": factors.may_add_number(attempt),
        "stepping_up": attempt.purpose == AttemptPurpose.STEP_UP,
    }
    return page(request, "accounts/factor.html", context, status=422 if form.errors else 200)


@require_POST
@in_attempt
def send(request: HttpRequest, attempt: FactorAttempt) -> HttpResponse:
    """A code by text message: the first, or another one."""
    if Factor.SMS not in factors.choices(attempt):
        raise factors.AttemptGone
    try:
        _send(request, attempt)
        messages.success(request, _("We have sent you a code. It works for 10 minutes."))
    except codes.TooSoon:
        messages.info(request, _("Your code is on its way. You can ask for another one after 30 seconds."))
    except Throttled as refusal:
        return _too_many_messages(request, refusal)
    return HttpResponseRedirect(_with_sms(request), status=303)


@asks
@in_attempt
def number(request: HttpRequest, attempt: FactorAttempt) -> HttpResponse:
    """The first sign-in of a professional: the mobile number, to which the code goes at once."""
    if not factors.may_add_number(attempt):
        return HttpResponseRedirect(with_next("factor", next_path(request)))
    form = NumberForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return page(request, "accounts/factor_number.html", {"form": form}, status=422 if form.errors else 200)
    now = timezone.now()
    factors.add_number(attempt, form.cleaned_data["phone"], now=now)
    try:
        _send(request, factors.find(request.COOKIES[COOKIE], now=now))
    except codes.TooSoon:
        pass  # the same number again: the code is on its way
    except Throttled as refusal:
        return _too_many_messages(request, refusal)
    return HttpResponseRedirect(with_next("factor", next_path(request)))


@require_POST
@in_attempt
def passkey_options(request: HttpRequest, attempt: FactorAttempt) -> HttpResponse:
    if Factor.PASSKEY not in factors.choices(attempt):
        raise factors.AttemptGone
    return JsonResponse(passkeys.challenge(request, attempt))


@login_required
@asks
def step_up(request: HttpRequest) -> HttpResponse:
    """Something is about to happen that asks for the second factor again: why, and the way on."""
    if request.method == "POST":
        return ask(request, request.user, AttemptPurpose.STEP_UP)
    return page(request, "accounts/step_up.html", {})


def _verify(request: HttpRequest, attempt: FactorAttempt, chosen: Factor, typed: str) -> User:
    now = timezone.now()
    if chosen == Factor.PASSKEY:
        return passkeys.verify(request, attempt, typed.encode(), now=now)
    checks = {Factor.APP: authenticators.verify, Factor.SMS: codes.verify, Factor.RECOVERY: recovery.verify}
    return checks[chosen](attempt, typed, now=now)


def _met(request: HttpRequest, attempt: FactorAttempt, user: User, given: Factor) -> HttpResponse:
    """Go on with what the attempt was for."""
    now = timezone.now()
    if attempt.purpose == AttemptPurpose.SIGN_IN:
        signin.sign_in(request, user)
    else:
        request.session.cycle_key()
    verified.note(request, given, now=now)
    if given == Factor.RECOVERY:
        left = recovery_codes_left(user)
        messages.warning(request, _("Recovery codes left: %(left)d. Add your new device soon.") % {"left": left})
    response = HttpResponseRedirect(landing(request))
    response.delete_cookie(COOKIE)
    if user.kind == UserKind.PLATFORM:
        audit.record_platform("platform.signed_in", user, actor=user.actor)
    elif attempt.purpose == AttemptPurpose.SIGN_IN:
        _keep_device(response, user, devices.remember(request, user, given, now=now))
    return response


def _keep_device(response: HttpResponse, user: User, token: str) -> None:
    response.set_cookie(
        devices.cookie_name(user),
        token,
        max_age=devices.LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _send(request: HttpRequest, attempt: FactorAttempt) -> None:
    codes.send(attempt, door=request.door, network=network_of(request), now=timezone.now())


def _with_sms(request: HttpRequest) -> str:
    address = with_next("factor", next_path(request))
    return f"{address}{'&' if '?' in address else '?'}with={Factor.SMS}"


def _not_right(chosen: Factor) -> str:
    if chosen == Factor.PASSKEY:
        return _("The passkey was not accepted. Try again, or choose another way.")
    if chosen == Factor.APP:
        return _("The code is not right or was used already. Wait for the next one in your app.")
    return _("The code is not right. Check it and try again.")


def _too_many_messages(request: HttpRequest, refusal: Throttled) -> HttpResponse:
    return throttled(request, refusal, _("We cannot send another code right now: there were too many text messages."))
