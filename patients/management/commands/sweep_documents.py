"""Files in the storage of documents that no row names."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from doctolib.tenancy.tenants import tenants
from patients.services.documents import orphans, remove_orphans


class Command(BaseCommand):
    help = "Delete files of documents that no row names any more. Only counts them, unless --apply."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="Delete them.")

    def handle(self, *args: Any, apply: bool, **options: Any) -> None:
        for organisation in tenants():
            orphaned = len(orphans(organisation))
            deleted = remove_orphans(organisation) if apply else 0
            self.stdout.write(f"organisation={organisation.slug} orphaned={orphaned} deleted={deleted}")
