"""Processing agreements, entered by platform staff."""

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crypto import keyring
from doctolib.platform_admin import TenantAdmin, TenantForm, chosen_organisation
from retention.models import ProcessingAgreement


class AgreementForm(TenantForm):
    """The signatory is written, never read here: the organisation's key only seals."""

    signed_by = forms.CharField(label=_("signatory"), max_length=120)

    class Meta:
        model = ProcessingAgreement
        fields = ["version", "signed_on", "valid_from", "valid_until"]

    def clean(self):
        cleaned = super().clean()
        valid_from, valid_until = cleaned.get("valid_from", self.instance.valid_from), cleaned.get("valid_until")
        if valid_from and valid_until and valid_until <= valid_from:
            self.add_error("valid_until", _("The end must be after the beginning."))
        elif valid_until and "valid_from" not in self.fields and valid_until < timezone.now():
            self.add_error("valid_until", _("The end must not be in the past: patients were booked under it."))
        return cleaned


@admin.register(ProcessingAgreement)
class ProcessingAgreementAdmin(TenantAdmin):
    called = _("processing agreement"), _("processing agreements")
    labels = {
        "version": _("version"),
        "signed_on": _("signed on"),
        "signatory": _("signatory"),
        "valid_from": _("valid from"),
        "valid_until": _("valid until"),
    }
    hints = {"valid_until": _("Empty: until further notice. From then on nothing can be booked.")}
    list_display = ["version", "signed_on", "valid_from", "valid_until", "signatory"]
    ordering = ["-valid_from"]
    form = AgreementForm

    def get_fields(self, request, obj=None):
        return ["version", "signed_on", "valid_from", "valid_until", "signatory" if obj else "signed_by"]

    def get_readonly_fields(self, request, obj=None):
        if obj is None:
            return []
        # What was signed stays as it was; only its end can still be set, until it has come.
        ended = obj.valid_until is not None and obj.valid_until <= timezone.now()
        return ["version", "signed_on", "valid_from", "signatory", *(["valid_until"] if ended else [])]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj:
            form.base_fields.pop("signed_by", None)
        return form

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        organisation = chosen_organisation(request)
        if request.method == "POST" and organisation is not None:
            keyring.warm(organisation.pk)  # no call to the key management inside the transaction
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request, obj, form, change):
        if change:
            obj.save(update_fields=["valid_until"])
            return
        obj.signatory = form.cleaned_data["signed_by"]
        with keyring.lend(keyring.Access.sealing(obj.organisation_id)):
            obj.save(force_insert=True)
