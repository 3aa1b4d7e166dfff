from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "doctolib.outbox"
    label = "outbox"

    def ready(self) -> None:
        from . import checks  # noqa: F401  registers the check
