from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = _("Appointments")

    def ready(self) -> None:
        from accounts import links
        from accounts.rights import Entries, register_entries
        from accounts.services.directory import register_offerings

        from . import messages_notices, messages_reminders, messages_series, patient_card
        from .messages import register_kinds
        from .selectors.directory import offerings
        from .selectors.rights import levels_of, summaries
        from .services import persons
        from .services.rights import forget_entries
        from .settings_pages import register_pages, register_steps

        register_kinds()
        messages_reminders.register_kinds()
        messages_series.register_kinds()
        messages_notices.register_kinds()
        register_offerings(offerings)
        register_entries(Entries(levels_of, summaries, forget_entries))
        patient_card.register()
        links.register(unlink=persons.unlink_person, coming=persons.has_coming)
        register_pages()
        register_steps()
