"""Processing agreements, entered by platform staff."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from crypto import keyring
from doctolib import audit
from doctolib.platform_admin import TenantAdmin
from retention.models import ProcessingAgreement


class AgreementForm(forms.ModelForm):
    """The signatory is written, never read here: the organisation's key only seals."""

    signed_by = forms.CharField(label=_("Signatory"), max_length=120)

    class Meta:
        model = ProcessingAgreement
        fields = ["version", "signed_on", "valid_from", "valid_until"]

    def clean(self):
        cleaned = super().clean()
        valid_from, valid_until = cleaned.get("valid_from"), cleaned.get("valid_until")
        if valid_from and valid_until and valid_until <= valid_from:
            self.add_error("valid_until", _("The end must be after the beginning."))
        return cleaned


@admin.register(ProcessingAgreement)
class ProcessingAgreementAdmin(TenantAdmin):
    list_display = ["version", "signed_on", "valid_from", "valid_until", "signatory"]
    form = AgreementForm

    def get_fields(self, request, obj=None):
        return ["version", "signed_on", "valid_from", "valid_until", "signatory" if obj else "signed_by"]

    def get_readonly_fields(self, request, obj=None):
        # What was signed stays as it was; only its end can still be set.
        return ["version", "signed_on", "valid_from", "signatory"] if obj else []

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj:
            form.base_fields.pop("signed_by", None)
        return form

    def save_model(self, request, obj, form, change):
        if change:
            obj.save(update_fields=["valid_until"])
        else:
            obj.signatory = form.cleaned_data["signed_by"]
            with keyring.lend(keyring.Access.sealing(obj.organisation_id)):
                obj.save(force_insert=True)
        audit.record("agreement.changed" if change else "agreement.added", obj)
