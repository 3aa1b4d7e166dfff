from django.conf import settings
from django.core.management.base import BaseCommand

from doctolib import env
from doctolib.tenancy.bootstrap import apply_roles


class Command(BaseCommand):
    help = "Make the PostgreSQL roles. DATABASE_ADMIN_URL is a superuser's address; passwords come from the other addresses."
    requires_system_checks = []

    def handle(self, **options):
        apply_roles(
            env.required("DATABASE_ADMIN_URL"),
            app_password=settings.DATABASES["default"]["PASSWORD"],
            owner_password=settings.DATABASES["owner"]["PASSWORD"],
        )
        self.stdout.write("roles ready")
