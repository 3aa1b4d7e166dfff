from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = _("Appointments")

    def ready(self) -> None:
        from accounts import links
        from accounts.enums import ProArea
        from accounts.pro_pages import ProPage, register_page
        from accounts.services.directory import register_offerings

        from . import patient_card
        from .messages import register_kinds
        from .selectors.directory import offerings
        from .services import persons

        register_kinds()
        register_offerings(offerings)
        patient_card.register()
        links.register(unlink=persons.unlink_person, coming=persons.has_coming)
        register_page(
            ProPage(
                ProArea.CLINIC,
                "calendar-why",
                _("Why is this time offered?"),
                _("Walk through the booking rules for one calendar, reason and time."),
            )
        )
