"""The Django admin for platform staff: organisations, accounts, agreements, outbox. Personal data only as pseudonyms.

No page is lent a key, so sealed fields read as pseudonyms. Pages about a clinic's rows run in the support scope of the
organisation that was chosen first. Not a filter that someone can forget: the key is not to be had.
"""

from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import URLField
from django.forms import ModelForm, SplitDateTimeField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts import verified
from crypto import keyring
from doctolib import audit
from doctolib.tenancy.scopes import support_scope
from doctolib.tenancy.tenants import UnknownTenant, tenant

CHOSEN = "support_organisation"  # session key


class PlatformAdminSite(admin.AdminSite):
    site_header = site_title = "Doctolib"
    index_title = _("Platform")
    login_template = "admin/login.html"
    site_url = None  # patients' pages are at another host

    def has_permission(self, request: HttpRequest) -> bool:
        """The password alone opens nothing."""
        return super().has_permission(request) and verified.is_strong(request)

    def register(self, model_or_iterable, admin_class=None, **options) -> None:
        """Only ours: what another package would show here has not been looked at."""
        if admin_class is not None and issubclass(admin_class, DiscreetAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view, cacheable=False):
        """No key is lent to any page, and none raises for it, rendering included."""
        checked = super().admin_view(view, cacheable)

        @wraps(checked)
        def pseudonymous(request: HttpRequest, *args, **kwargs):
            request.scope_stack.enter_context(keyring.lend(keyring.Access.pseudonymous()))
            return checked(request, *args, **kwargs)

        return pseudonymous

    def get_urls(self):
        # Django's way to an object's public page looks rows of any table up, outside every scope.
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def each_context(self, request: HttpRequest) -> dict:
        return {**super().each_context(request), "chosen_organisation": chosen_organisation(request)}


def chosen_organisation(request: HttpRequest) -> Any:
    """The organisation that a member of support looks at; chosen on its page. None: not chosen."""
    if not hasattr(request, "_chosen_organisation"):
        chosen = request.session.get(CHOSEN) if request.user.is_authenticated else None
        try:
            request._chosen_organisation = tenant(id=UUID(chosen)) if chosen else None
        except UnknownTenant:
            request._chosen_organisation = None
    return request._chosen_organisation


class DiscreetAdmin(admin.ModelAdmin):
    """Django's admin log names model and id, never a value.

    ``called`` (one, many) and ``labels`` (by field) are the words of these pages. They are set on the model from here:
    no other page needs them, and migrations do not see them.
    """

    called: tuple[Any, Any] | None = None
    labels: dict[str, Any] = {}
    hints: dict[str, Any] = {}
    view_on_site = False

    def __init__(self, model, admin_site) -> None:
        super().__init__(model, admin_site)
        if self.called:
            model._meta.verbose_name, model._meta.verbose_name_plural = self.called
        for name, label in self.labels.items():
            model._meta.get_field(name).verbose_name = label

    def formfield_for_dbfield(self, db_field, request, **options):
        options.setdefault("help_text", self.hints.get(db_field.name, ""))
        if isinstance(db_field, URLField):
            options.setdefault("assume_scheme", "https")
        field = super().formfield_for_dbfield(db_field, request, **options)
        if isinstance(field, SplitDateTimeField):  # two inputs under one label, which Django ties to neither
            for part, word in zip(field.widget.widgets, (_("Date:"), _("Time:")), strict=True):
                part.attrs["aria-label"] = format_lazy("{} {}", word, field.label)
        return field

    def log_addition(self, request, obj, message):
        return log(request, obj, ADDITION)

    def log_change(self, request, obj, message):
        return log(request, obj, CHANGE)

    def log_deletions(self, request, queryset):
        return [log(request, obj, DELETION) for obj in queryset]


class ReadOnlyAdmin(DiscreetAdmin):
    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class TenantForm(ModelForm):
    """Constraints name the organisation, which no form shows: without it they would be checked by the database only."""

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"organisation_id"}


class TenantAdmin(DiscreetAdmin):
    """Rows of the chosen organisation. Without one, the way to choose it. Its audit trail says what was done."""

    form = TenantForm
    show_full_result_count = False

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        return self._enter(request) or super().changelist_view(request, extra_context)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        return self._enter(request) or super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request, object_id, extra_context=None):
        return self._enter(request) or super().delete_view(request, object_id, extra_context)

    def history_view(self, request, object_id, extra_context=None):
        return self._enter(request) or super().history_view(request, object_id, extra_context)

    def log_addition(self, request, obj, message):
        audit.record(f"{self.opts.model_name}.added", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        audit.record(f"{self.opts.model_name}.changed", obj)
        return super().log_change(request, obj, message)

    def _enter(self, request: HttpRequest) -> HttpResponse | None:
        """The support scope until the answer is rendered (ScopeMiddleware rolls back at 400 or more), or a redirect."""
        organisation = chosen_organisation(request)
        if organisation is None:
            messages.info(request, _("Choose an organisation first: its rows are kept apart from all others."))
            return HttpResponseRedirect(reverse("admin:accounts_organisation_changelist"))
        request.scope = request.scope_stack.enter_context(support_scope(organisation, actor=request.user.actor))
        return None


class ReadOnlyTenantAdmin(ReadOnlyAdmin, TenantAdmin):
    pass


VERBS = {ADDITION: "added", CHANGE: "changed", DELETION: "deleted"}


def log(request: HttpRequest, obj, flag: int) -> LogEntry:
    """Django's admin log, and the platform's own trail, which nobody can change."""
    entry = LogEntry.objects.create(
        user_id=request.user.pk,
        content_type_id=ContentType.objects.get_for_model(obj, for_concrete_model=False).pk,
        object_id=str(obj.pk),
        object_repr=f"{obj._meta.model_name} {obj.pk}",
        action_flag=flag,
        change_message="",
    )
    # Last: the trail is on another connection and does not roll back with this one.
    audit.record_platform(f"{obj._meta.model_name}.{VERBS[flag]}", obj, actor=request.user.actor)
    return entry
