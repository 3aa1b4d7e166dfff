"""Organisations, their set-up, and accounts, for platform staff."""

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.models import Organisation, Practitioner, Site, Specialty, Unit, User
from crypto import keyring
from doctolib import audit
from doctolib.platform_admin import CHOSEN, DiscreetAdmin, ReadOnlyAdmin, ReadOnlyTenantAdmin, TenantAdmin
from doctolib.tenancy.scopes import support_scope

admin.site.unregister(Group) if admin.site.is_registered(Group) else None


@admin.register(Organisation)
class OrganisationAdmin(DiscreetAdmin):
    list_display = ["name", "slug", "kind", "federal_state", "database", "is_published", "choose"]
    list_filter = ["kind", "federal_state", "is_published"]
    search_fields = ["name", "slug"]
    change_form_template = "admin/accounts/organisation/change_form.html"

    def has_delete_permission(self, request, obj=None):
        return False  # an organisation ends by its retention rules

    def get_readonly_fields(self, request, obj=None):
        # A clinic moves between databases by an operation that takes its rows along, not by an edit.
        return ["database"] if obj else []

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            keyring.create_keys(obj.pk)

    @admin.display(description=_("Support"))
    def choose(self, organisation: Organisation) -> str:
        address = reverse("admin:accounts_organisation_change", args=[organisation.pk])
        return format_html('<a href="{}#choose">{}</a>', address, _("Open"))

    def get_urls(self):
        chosen = path(
            "<uuid:organisation_id>/choose/",
            self.admin_site.admin_view(require_POST(self.choose_organisation)),
            name="accounts_organisation_choose",
        )
        return [chosen, *super().get_urls()]

    def choose_organisation(self, request: HttpRequest, organisation_id) -> HttpResponse:
        """Look at one organisation's rows from now on; the organisation's own trail says who did."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        organisation = get_object_or_404(Organisation, pk=organisation_id)
        with support_scope(organisation, actor=request.user.actor):
            audit.record("support.entered", organisation)
        request.session[CHOSEN] = str(organisation.pk)
        messages.success(request, _("You now see rows of %(name)s, with pseudonyms.") % {"name": organisation})
        return HttpResponseRedirect(reverse("admin:index"))


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Accounts, without names and addresses. An account can be locked and unlocked."""

    list_display = ["short_id", "kind", "organisation", "is_active", "last_login", "date_joined"]
    list_filter = ["kind", "is_active", "organisation"]
    fields = [
        "id",
        "kind",
        "organisation",
        "is_organisation_admin",
        "language",
        "is_active",
        "last_login",
        "date_joined",
    ]
    search_fields = ["id"]
    actions = ["lock", "unlock"]

    def has_change_permission(self, request, obj=None):
        return False

    @admin.display(description="id")
    def short_id(self, user: User) -> str:
        return str(user.pk)[:8]

    @admin.action(description=_("Lock accounts"), permissions=["view"])
    def lock(self, request, queryset):
        self._set_active(request, queryset.exclude(pk=request.user.pk), active=False)

    @admin.action(description=_("Unlock accounts"), permissions=["view"])
    def unlock(self, request, queryset):
        self._set_active(request, queryset, active=True)

    def _set_active(self, request, queryset, *, active: bool) -> None:
        users = list(queryset)
        queryset.update(is_active=active)
        for user in users:
            self.log_change(request, user, "")


@admin.register(Specialty)
class SpecialtyAdmin(ReadOnlyAdmin):
    list_display = ["code", "name_de", "name_en"]
    search_fields = ["code", "name_de", "name_en"]


@admin.register(Site)
class SiteAdmin(TenantAdmin):
    list_display = ["name", "street", "postal_code", "city"]


@admin.register(Unit)
class UnitAdmin(TenantAdmin):
    list_display = ["name_de", "slug", "specialty", "site", "position"]
    list_select_related = ["site"]


@admin.register(Practitioner)
class PractitionerAdmin(ReadOnlyTenantAdmin):
    list_display = ["__str__", "specialty", "languages"]
