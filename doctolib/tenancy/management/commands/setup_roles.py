from django.conf import settings
from django.core.management.base import BaseCommand

from doctolib import env
from doctolib.tenancy.bootstrap import apply_roles, create_database
from doctolib.tenancy.router import OWNER


class Command(BaseCommand):
    help = (
        "Make the PostgreSQL roles and the databases on that server. DATABASE_ADMIN_URL is a superuser's address; "
        "passwords and names come from the other addresses. May be run again."
    )
    requires_system_checks = []

    def handle(self, **options):
        admin_url = env.required("DATABASE_ADMIN_URL")
        platform = settings.DATABASES[OWNER]
        apply_roles(
            admin_url,
            app_password=settings.DATABASES["default"]["PASSWORD"],
            owner_password=platform["PASSWORD"],
        )
        for alias, database in settings.DATABASES.items():
            same_server = (database["HOST"], database["PORT"]) == (platform["HOST"], platform["PORT"])
            if same_server and (alias == OWNER or alias.endswith("_owner")):
                create_database(admin_url, database["NAME"])
        self.stdout.write("roles and databases ready")
