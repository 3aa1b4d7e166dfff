"""Signing in at the platform's own door: the admin's log-in page, then the second factor."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts import verified
from accounts.forms import EmailAuthenticationForm

from .common import landing
from .factor import after_password


class SignIn(LoginView):
    """Django's, which asks for the password only."""

    template_name = "admin/login.html"
    authentication_form = EmailAuthenticationForm

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**admin.site.each_context(self.request), title=_("Log in"), **context)

    def form_valid(self, form: EmailAuthenticationForm) -> HttpResponse:
        return after_password(self.request, form.get_user())


@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method == "GET" and admin.site.has_permission(request) and verified.is_strong(request):
        return HttpResponseRedirect(landing(request))
    return SignIn.as_view()(request)
