from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Organisation
from doctolib.demo.loading import load, logins


class Command(BaseCommand):
    help = "Load the demo hospital and practice into an empty platform. --show-logins only prints the demo accounts."

    def add_arguments(self, parser):
        parser.add_argument("--show-logins", action="store_true", help="print the demo accounts and stop")

    def handle(self, *, show_logins, **options):
        if not show_logins:
            if Organisation.objects.exists():
                raise CommandError("There are organisations already; the demo is for an empty platform.")
            counts = load(today=timezone.localdate())
            self.stdout.write(" ".join(f"{name}={count}" for name, count in counts.items()))
        for door, email, password in logins():
            self.stdout.write(f"{door:6}{email:34}{password}")
