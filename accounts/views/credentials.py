"""What one signs in with, changed by its owner at either door: password, e-mail address, mobile number."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.enums import ContactStep, UserKind
from accounts.forms import SignUpCodeForm
from accounts.forms_credentials import ChangeEmailForm, ChangePasswordForm, ChangePhoneForm, CurrentPasswordForm
from accounts.models import User
from accounts.phone_numbers import phone_text
from accounts.selectors import contact_of, known_of
from accounts.services import contact_changes, own_password, signin
from accounts.throttling import Throttled, network_of
from accounts.verified import fresh_factor

from .common import page, throttled
from .mail_links import KeptCookie

asks = require_http_methods(["GET", "HEAD", "POST"])
CONFIRM = KeptCookie("email_confirm", "email-confirm", int(contact_changes.LINK_LIFETIME.total_seconds()))
UNDO = KeptCookie("email_undo", "email-undo", int(contact_changes.UNDO_LIFETIME.total_seconds()))


@login_required
@asks
def password(request: HttpRequest) -> HttpResponse:
    email = contact_of(request.user).email
    form = ChangePasswordForm(_posted(request), known=known_of(request.user))
    try:
        owner = _with_current_password(request, form)
        if owner is not None:
            changed = own_password.change_password(owner, password=form.cleaned_data["new"], now=timezone.now())
            signin.keep_session(request, changed)
            messages.success(request, _("Your password is changed. All other devices are signed out."))
            return _go("account")
    except Throttled as refusal:
        return _wait(request, refusal)
    except own_password.PasswordStale:  # in another window; this session is over by now
        return _go("account")
    return _page(request, "change_password", form, email=email)


@login_required
@asks
def email(request: HttpRequest) -> HttpResponse:
    """The new address gets a link; nothing is changed until it is used."""
    current = contact_of(request.user).email
    form = ChangeEmailForm(_posted(request), current_email=current)
    try:
        owner = _with_current_password(request, form)
        if owner is not None:
            contact_changes.ask_for_email(owner, email=form.cleaned_data["email"], now=timezone.now())
            return _go("account-email-sent")
    except Throttled as refusal:
        return _wait(request, refusal)
    return _page(request, "change_email", form, current=current)


@login_required
@require_safe
def email_sent(request: HttpRequest) -> HttpResponse:
    hours = contact_changes.LINK_LIFETIME.total_seconds() // 3600
    return page(request, "accounts/change_email_sent.html", {"hours": int(hours)})


def _factor_too(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a page about the number: it is a professional's second factor, so the password alone does not change it."""
    asked_again = fresh_factor(view)

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        return (asked_again if request.user.kind == UserKind.PROFESSIONAL else view)(request)

    return guarded


@login_required
@_factor_too
@asks
def phone(request: HttpRequest) -> HttpResponse:
    """The new number gets a code."""
    current = contact_of(request.user).phone
    form = ChangePhoneForm(_posted(request))
    try:
        owner = _with_current_password(request, form)
        if owner is not None:
            contact_changes.ask_for_phone(
                owner, phone=form.cleaned_data["phone"], network=network_of(request), now=timezone.now()
            )
            return _go("account-phone-code")
    except Throttled as refusal:
        return _wait(request, refusal)
    return _page(request, "change_phone", form, current=phone_text(current) if current else "")


@login_required
@_factor_too
@asks
def phone_code(request: HttpRequest) -> HttpResponse:
    number = contact_changes.waiting_phone(request.user, now=timezone.now())
    if not number:
        messages.info(request, _("There is no code that still works. Enter the number again."))
        return _go("account-phone")
    form = SignUpCodeForm(_posted(request))
    if form.is_valid():
        try:
            changed = contact_changes.confirm_phone(request.user, form.cleaned_data["code"], now=timezone.now())
        except contact_changes.WrongCode:
            form.add_error("code", _("The code is not right. Check the text message or ask for a new code."))
        except contact_changes.CodeGone:
            form.add_error("code", _("There were too many wrong codes. Ask for a new code."))
        else:
            signin.keep_session(request, changed)
            messages.success(request, _("Your mobile number is changed. All other devices are signed out."))
            return _go("account")
    return _page(request, "change_phone_code", form, phone=phone_text(number))


@require_safe
def email_confirm_link(request: HttpRequest, signed: str) -> HttpResponse:
    return CONFIRM.opened(signed, page="email-confirm")


@asks
def email_confirm(request: HttpRequest) -> HttpResponse:
    """For whoever reads the new mailbox, signed in here or not."""
    signed, here = CONFIRM.read(request), request.user.is_authenticated  # asked before sessions end
    try:
        change = contact_changes.waiting(ContactStep.EMAIL, signed, now=timezone.now())
        if request.method != "POST":
            return page(request, "accounts/email_confirm.html", {"email": contact_changes.email_of(change)})
        user = contact_changes.confirm_email(signed, now=timezone.now())
    except contact_changes.ChangeRefused as refusal:
        return _refused(request, refusal)
    kept = here and signin.keep_session(request, user)
    messages.success(request, _("Your email address is changed. From now on you sign in with it."))
    response = HttpResponseRedirect(reverse("account" if kept else "sign-in"), status=303)
    CONFIRM.drop(response)
    return response


@require_safe
def email_undo_link(request: HttpRequest, signed: str) -> HttpResponse:
    return UNDO.opened(signed, page="email-undo")


@asks
def email_undo(request: HttpRequest) -> HttpResponse:
    """For whoever reads the former mailbox and did not change anything."""
    signed = UNDO.read(request)
    try:
        change = contact_changes.waiting(ContactStep.EMAIL_UNDO, signed, now=timezone.now())
        if request.method != "POST":
            return page(request, "accounts/email_undo.html", {"email": contact_changes.email_of(change)})
        contact_changes.undo_email(signed, now=timezone.now())
    except contact_changes.ChangeRefused as refusal:
        return _refused(request, refusal)
    signin.sign_out(request)
    response = HttpResponseRedirect(reverse("email-undone"), status=303)
    UNDO.drop(response)
    return response


@require_safe
def email_undone(request: HttpRequest) -> HttpResponse:
    return page(request, "accounts/email_undone.html", {})


def _with_current_password(request: HttpRequest, form: CurrentPasswordForm) -> User | None:
    """The account, when the form is right and so is its current password; else the form says what is not.

    Counted like a sign-in: whoever finds an open browser cannot guess. Raises Throttled.
    """
    if not form.is_valid():
        return None
    try:
        return signin.check_credentials(
            request,
            email=contact_of(request.user).email,
            password=form.cleaned_data["current"],
            now=timezone.now(),
        )
    except signin.SignInRefused:
        form.add_error("current", _("The password is not right."))
        return None


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _page(request: HttpRequest, name: str, form: Any, **context: Any) -> HttpResponse:
    return page(request, f"accounts/{name}.html", {"form": form, **context}, status=422 if form.errors else 200)


def _wait(request: HttpRequest, refusal: Throttled) -> HttpResponse:
    return throttled(request, refusal, _("There were too many tries."))


def _refused(request: HttpRequest, refusal: contact_changes.ChangeRefused) -> HttpResponse:
    if isinstance(refusal, contact_changes.AddressTaken):
        return page(request, "accounts/email_taken.html", {}, status=409)
    return page(request, "accounts/link_worn.html", {}, status=410)


def _go(name: str) -> HttpResponse:
    return HttpResponseRedirect(reverse(name), status=303)
