from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from doctolib.tenancy.router import OWNER


class Command(BaseCommand):
    help = "Migrate the platform's database, then every dedicated one, each as its owner."

    def handle(self, *, verbosity, **options):
        aliases = [alias for alias in connections if alias == OWNER or alias.endswith("_owner")]
        if OWNER not in aliases:
            raise CommandError("DATABASE_OWNER_URL is missing: only the owner may migrate.")
        for alias in sorted(aliases, key=lambda alias: alias != OWNER):
            if verbosity:
                self.stdout.write(f"database={alias}")
            call_command("migrate", database=alias, interactive=False, verbosity=max(0, verbosity - 1))
