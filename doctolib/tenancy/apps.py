from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenancyConfig(AppConfig):
    name = "doctolib.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        from . import checks  # noqa: F401  registers the checks
        from .grants import finish_migration

        post_migrate.connect(finish_migration, sender=self)
