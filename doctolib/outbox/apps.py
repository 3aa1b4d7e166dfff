from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    name = "doctolib.outbox"
    label = "outbox"
    verbose_name = _("Messages on their way out")

    def ready(self) -> None:
        from . import checks  # noqa: F401  registers the check
