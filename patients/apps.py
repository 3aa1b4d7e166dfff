from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PatientsConfig(AppConfig):
    name = "patients"
    verbose_name = _("Patients")

    def ready(self) -> None:
        from accounts import links

        from . import consent_section, document_section, messages
        from .services import documents, records

        messages.register_kinds()
        document_section.register()
        consent_section.register()
        links.register(unlink=records.unlink_person)
        links.register(unlink=documents.unlink_person)
