"""Organisations, their set-up, and accounts, for platform staff."""

import logging

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.enums import LockReason, UserKind
from accounts.models import Organisation, Practitioner, Site, Specialty, Unit, User
from accounts.services import devices, directory, professionals
from accounts.services.invitations import AddressTaken, invite
from accounts.services.locking import lock_account, unlock_account
from crypto import keyring
from doctolib import audit
from doctolib.platform_admin import (
    CHOSEN,
    DiscreetAdmin,
    ReadOnlyAdmin,
    ReadOnlyTenantAdmin,
    TenantAdmin,
    chosen_organisation,
)
from doctolib.tenancy.router import IDENTITY
from doctolib.tenancy.scopes import support_scope
from doctolib.tenancy.tenants import tenant_databases

logger = logging.getLogger(__name__)


@admin.register(Organisation)
class OrganisationAdmin(DiscreetAdmin):
    called = _("organisation"), _("organisations")
    labels = {
        "slug": _("address part"),
        "name": _("name"),
        "kind": _("kind"),
        "phone": _("phone"),
        "email": _("email"),
        "website": _("website"),
        "time_zone": _("time zone"),
        "federal_state": _("federal state"),
        "closed_on_holidays": _("closed on public holidays"),
        "database": _("database"),
        "is_published": _("published"),
        "frame_origins": _("websites that may show the booking page"),
    }
    hints = {
        "frame_origins": _("At most 10, separated by commas, like https://www.example.org. Only these may embed it."),
        "slug": _("The first part of the organisation's public address: lower-case letters, digits and hyphens."),
        "federal_state": _("Decides which days are public holidays."),
    }
    # The clinic's own decisions; its profile's text is a copy of what it published.
    exclude = ["factor_every_time", "factor_strong", "idle_minutes", "profile_de", "profile_en"]
    list_display = ["name", "choose", "slug", "kind", "database", "is_published"]
    list_filter = ["kind", "is_published"]
    search_fields = ["name", "slug"]
    change_form_template = "admin/accounts/organisation/change_form.html"

    def has_delete_permission(self, request, obj=None):
        return False  # an organisation ends by its retention rules

    def get_readonly_fields(self, request, obj=None):
        # A clinic moves between databases by an operation that takes its rows along, not by an edit.
        return ["database"] if obj else []

    def formfield_for_dbfield(self, db_field, request, **options):
        if db_field.name == "database":
            databases = [(alias, alias) for alias in tenant_databases()]
            return forms.ChoiceField(choices=databases, label=db_field.verbose_name, initial=db_field.default)
        return super().formfield_for_dbfield(db_field, request, **options)

    def save_model(self, request, obj, form, change):
        if not change:
            keyring.create_keys(obj.pk)  # first: it asks the key management, and no lock is held yet
        super().save_model(request, obj, form, change)
        if "is_published" in form.changed_data and not obj.is_published:
            directory.withdraw(obj)
        elif change and form.changed_data:
            directory.publish(obj)  # what changed may stand in the directory

    def log_addition(self, request, obj, message):
        _record(request, obj, "organisation.added", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        _record(request, obj, "organisation.changed", obj)
        return super().log_change(request, obj, message)

    @admin.display(description=_("Support"))
    def choose(self, organisation: Organisation) -> str:
        address = reverse("admin:accounts_organisation_change", args=[organisation.pk])
        return format_html('<a href="{}#choose">{}</a>', address, _("See rows"))

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path(
                "<uuid:organisation_id>/choose/",
                view(require_POST(self.choose_organisation)),
                name="accounts_organisation_choose",
            ),
            path("leave/", view(require_POST(self.leave_organisation)), name="accounts_organisation_leave"),
            *super().get_urls(),
        ]

    def choose_organisation(self, request: HttpRequest, organisation_id) -> HttpResponse:
        """Look at one organisation's rows from now on; the organisation's own trail says who did."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        organisation = get_object_or_404(Organisation, pk=organisation_id)
        _record(request, organisation, "support.entered", organisation)
        audit.record_platform("support.entered", organisation, actor=request.user.actor)
        request.session[CHOSEN] = str(organisation.pk)
        messages.success(request, _("You now see rows of %(name)s, with pseudonyms.") % {"name": organisation})
        return HttpResponseRedirect(reverse("admin:index"))

    def leave_organisation(self, request: HttpRequest) -> HttpResponse:
        organisation = chosen_organisation(request)
        if organisation is not None:
            _record(request, organisation, "support.left", organisation)
            audit.record_platform("support.left", organisation, actor=request.user.actor)
            del request.session[CHOSEN]
        return HttpResponseRedirect(reverse("admin:accounts_organisation_changelist"))


class InvitationForm(forms.Form):
    """A professional of the chosen organisation: a member of some of its units, or its administrator."""

    email = forms.EmailField(label=_("email"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    first_name = forms.CharField(label=_("First name"), max_length=100)
    last_name = forms.CharField(label=_("Last name"), max_length=100)
    language = forms.ChoiceField(label=_("language"), choices=[("de", "Deutsch"), ("en", "English")])
    units = forms.ModelMultipleChoiceField(
        label=_("units"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The person has what these units were given."),
    )
    is_administrator = forms.BooleanField(label=_("administrator of the organisation"), required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["units"].queryset = Unit.objects.all()


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Accounts, under pseudonyms. An account can be locked and unlocked.

    Professionals of the chosen organisation are invited here, and deleted; nobody needs to see a patient for that.
    """

    called = _("account"), _("accounts")
    labels = {
        "kind": _("kind"),
        "organisation": _("organisation"),
        "is_organisation_admin": _("administrator of the organisation"),
        "language": _("language"),
        "is_active": _("not locked"),
        "last_login": _("last sign-in"),
        "date_joined": _("created"),
        "invited_at": _("invited"),
        "access_until": _("last day"),
    }
    list_display = ["short_id", "kind", "email", "organisation", "is_active", "last_login"]
    list_filter = ["kind", "is_active", "organisation"]
    list_select_related = ["organisation"]
    fields = [
        "id", "kind", "pseudonym", "email", "phone", "organisation", "is_organisation_admin", "language", "is_active",
        "invited_at", "access_until", "last_login", "date_joined",
    ]  # fmt: skip
    ordering = ["-date_joined"]
    search_fields = ["id"]
    actions = ["lock", "unlock", "reset_factor"]

    @admin.display(description=_("account"))
    def short_id(self, user: User) -> str:
        return str(user.pk)[:8]

    @admin.display(description=_("name"))
    def pseudonym(self, user: User) -> str:
        return "{first_name} {last_name}".format_map(user.contact)

    @admin.display(description=_("email"))
    def email(self, user: User) -> str:
        return user.contact["email"]

    @admin.display(description=_("phone"))
    def phone(self, user: User) -> str:
        return user.contact["phone"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.add_user")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Patients delete their own accounts; platform staff is locked."""
        return request.user.has_perm("accounts.delete_user") and (obj is None or obj.kind == UserKind.PROFESSIONAL)

    def get_actions(self, request: HttpRequest) -> dict:
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Invite a professional of the chosen organisation."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        organisation = chosen_organisation(request)
        if organisation is None:
            messages.info(request, _("Choose an organisation first: its rows are kept apart from all others."))
            return HttpResponseRedirect(reverse("admin:accounts_organisation_changelist"))
        request.scope = request.scope_stack.enter_context(support_scope(organisation, actor=request.user.actor))
        form = InvitationForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                user = invite(organisation=organisation, by=request.user, now=timezone.now(), **form.cleaned_data)
            except AddressTaken:
                form.add_error("email", _("There is an account with this address already."))
            else:
                self.log_addition(request, user, "")
                messages.success(request, _("The invitation is on its way."))
                return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[user.pk]))
        context = {**self.admin_site.each_context(request), "form": form, "organisation": organisation}
        context |= {"title": _("Invite a professional"), "opts": self.opts}
        return TemplateResponse(request, "admin/accounts/user/invite.html", context)

    def get_deleted_objects(self, objs, request):
        return [str(each) for each in objs], {}, set(), []

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict | None = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except professionals.LastAdministrator:
            messages.error(request, _("This is the organisation's last administrator."))
            return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[object_id]))

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        with support_scope(obj.organisation, actor=request.user.actor):
            professionals.delete(organisation=obj.organisation, user_id=obj.pk, by=request.user, now=timezone.now())

    def has_lock_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_user")

    @admin.action(description=_("Lock accounts"), permissions=["lock"])
    def lock(self, request, queryset):
        self._set_active(request, queryset.exclude(pk=request.user.pk), active=False)

    @admin.action(description=_("Unlock accounts"), permissions=["lock"])
    def unlock(self, request, queryset):
        self._set_active(request, queryset, active=True)

    @admin.action(description=_("Reset the second factor"), permissions=["lock"])
    def reset_factor(self, request, queryset):
        """For someone who lost every device: the next sign-in adds a new one. Never for the platform's own people."""
        users = list(queryset.exclude(kind=UserKind.PLATFORM))
        for user in users:
            with transaction.atomic(using=IDENTITY):
                devices.reset(user)
                self.log_change(request, user, "")
                if user.organisation:
                    _record(request, user.organisation, "account.factor_reset", user)
        messages.success(request, _("Accounts changed: %(count)d") % {"count": len(users)})

    def _change(self, user: User, *, active: bool, by: User) -> bool:
        if active:
            return unlock_account(user, now=timezone.now(), by=by)
        return lock_account(user, reason=LockReason.ADMINISTRATOR, now=timezone.now(), by=by)

    def _set_active(self, request, queryset, *, active: bool) -> None:
        action = "account.unlocked" if active else "account.locked"
        with transaction.atomic(using=IDENTITY):
            waiting = queryset.filter(invited_at__isnull=True)  # an invitation is neither locked nor unlocked
            users = [user for user in waiting if self._change(user, active=active, by=request.user)]
            for user in users:
                self.log_change(request, user, "")
            for user in users:  # last: a trail in another database does not roll back with this one
                if user.organisation:
                    _record(request, user.organisation, action, user)
        for user in users:
            logger.info("%s: %s by %s", action, user.actor, request.user.actor)
        messages.success(request, _("Accounts changed: %(count)d") % {"count": len(users)})


@admin.register(Specialty)
class SpecialtyAdmin(ReadOnlyAdmin):
    called = _("specialty"), _("specialties")
    labels = {
        "code": _("code"),
        "name_de": _("name in German"),
        "name_en": _("name in English"),
        "is_deprecated": _("no longer offered"),
    }
    list_display = ["code", "name_de", "name_en", "is_deprecated"]
    search_fields = ["code", "name_de", "name_en"]


@admin.register(Site)
class SiteAdmin(TenantAdmin):
    called = _("site"), _("sites")
    labels = {
        "name": _("name"),
        "street": _("street"),
        "postal_code": _("postal code"),
        "city": _("city"),
        "access_de": _("way in, in German"),
        "access_en": _("way in, in English"),
    }
    list_display = ["name", "street", "postal_code", "city"]


@admin.register(Unit)
class UnitAdmin(TenantAdmin):
    called = _("unit"), _("units")
    labels = {
        "site": _("site"),
        "slug": _("address part"),
        "name_de": _("name in German"),
        "name_en": _("name in English"),
        "specialty": _("specialty"),
        "phone": _("phone"),
        "position": _("position in lists"),
    }
    list_display = ["name_de", "slug", "specialty", "site", "position"]
    list_select_related = ["site"]

    def formfield_for_dbfield(self, db_field, request, **options):
        if db_field.name == "specialty":  # a code, because a reference table is never joined
            offered = [(each.code, str(each)) for each in Specialty.objects.filter(is_deprecated=False)]
            return forms.ChoiceField(choices=offered, label=db_field.verbose_name)
        return super().formfield_for_dbfield(db_field, request, **options)


@admin.register(Practitioner)
class PractitionerAdmin(ReadOnlyTenantAdmin):
    called = _("practitioner"), _("practitioners")
    labels = {
        "title": _("title"),
        "first_name": _("first name"),
        "last_name": _("last name"),
        "specialty": _("specialty"),
        "languages": _("languages"),
    }
    list_display = ["__str__", "specialty", "languages"]
    fields = ["title", "first_name", "last_name", "specialty", "languages"]


def _record(request: HttpRequest, organisation: Organisation, action: str, subject) -> None:
    """An audit row in the organisation's own trail."""
    with support_scope(organisation, actor=request.user.actor):
        audit.record(action, subject)
