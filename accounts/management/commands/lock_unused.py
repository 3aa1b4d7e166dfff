from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.services import unused


class Command(BaseCommand):
    help = "Lock professionals' accounts unused for 2 months, propose those of 6 for deletion. Counts, unless --apply."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="do it; beat does it twice a day")

    def handle(self, *args: Any, apply: bool, **options: Any) -> None:
        for due in unused.go_over_all(now=timezone.now(), apply=apply):
            counts = f"lock={len(due.to_lock)} propose={len(due.to_propose)}"
            self.stdout.write(f"organisation={due.organisation.slug} {counts}{'' if apply else ' (dry run)'}")
