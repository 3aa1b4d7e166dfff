"""The Django admin for platform staff: organisations, accounts, agreements, outbox. Personal data only as pseudonyms.

Pages about a clinic's rows run in the support scope of the organisation that was chosen first: its rows are there, its
keys are not, so sealed fields read as pseudonyms. Not a filter that someone can forget: the key is not to be had.
"""

from functools import wraps
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from doctolib.tenancy.scopes import support_scope

CHOSEN = "support_organisation"  # session key


class PlatformAdminSite(admin.AdminSite):
    site_header = site_title = "Doctolib"
    index_title = _("Platform")
    login_template = "admin/login.html"

    @property
    def login_form(self):
        from accounts.forms import EmailAuthenticationForm  # forms need the apps

        return EmailAuthenticationForm

    @login_form.setter
    def login_form(self, value) -> None:
        """AdminSite's own default is not taken."""

    def admin_view(self, view, cacheable=False):
        """Every page runs in the chosen organisation's support scope, through ScopeMiddleware's stack: an answer of
        400 or more rolls back, rendering happens inside."""
        checked = super().admin_view(view, cacheable)

        @wraps(checked)
        def scoped(request: HttpRequest, *args, **kwargs):
            organisation = chosen_organisation(request)
            if organisation is not None and self.has_permission(request):
                scope = support_scope(organisation, actor=request.user.actor)
                request.scope = request.scope_stack.enter_context(scope)
            return checked(request, *args, **kwargs)

        return scoped

    def each_context(self, request: HttpRequest) -> dict:
        return {**super().each_context(request), "chosen_organisation": chosen_organisation(request)}


def chosen_organisation(request: HttpRequest):
    """The organisation that a member of support looks at; chosen on the list of organisations."""
    from accounts.models import Organisation

    if not hasattr(request, "_chosen_organisation"):
        chosen = request.session.get(CHOSEN)
        request._chosen_organisation = Organisation.objects.filter(pk=UUID(chosen)).first() if chosen else None
    return request._chosen_organisation


class DiscreetAdmin(admin.ModelAdmin):
    """Django's admin log names model and id, never a value."""

    def log_addition(self, request, obj, message):
        return _log(request, obj, ADDITION)

    def log_change(self, request, obj, message):
        return _log(request, obj, CHANGE)

    def log_deletions(self, request, queryset):
        return [_log(request, obj, DELETION) for obj in queryset]


class ReadOnlyAdmin(DiscreetAdmin):
    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class TenantAdmin(DiscreetAdmin):
    """Rows of the chosen organisation. Without one, the way to choose it."""

    show_full_result_count = False

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        return self._choose_first(request) or super().changelist_view(request, extra_context)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        return self._choose_first(request) or super().changeform_view(request, object_id, form_url, extra_context)

    def history_view(self, request, object_id, extra_context=None):
        return self._choose_first(request) or super().history_view(request, object_id, extra_context)

    def _choose_first(self, request: HttpRequest) -> HttpResponseRedirect | None:
        if chosen_organisation(request) is not None:
            return None
        messages.info(request, _("Choose an organisation first: its rows are kept apart from all others."))
        return HttpResponseRedirect(reverse("admin:accounts_organisation_changelist"))


class ReadOnlyTenantAdmin(ReadOnlyAdmin, TenantAdmin):
    pass


def _log(request: HttpRequest, obj, flag: int) -> LogEntry:
    return LogEntry.objects.create(
        user_id=request.user.pk,
        content_type_id=ContentType.objects.get_for_model(obj, for_concrete_model=False).pk,
        object_id=str(obj.pk),
        object_repr=f"{obj._meta.model_name} {obj.pk}",
        action_flag=flag,
        change_message="",
    )
