from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "appointments"

    def ready(self) -> None:
        from . import patient_card
        from .messages import register_kinds

        register_kinds()
        patient_card.register()
