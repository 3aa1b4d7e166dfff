from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Organisation
from doctolib.demo.loading import load
from doctolib.demo.people import AUTHENTICATOR, logins, platform_code


class Command(BaseCommand):
    help = "Load the demo hospital and practice into an empty platform. --show-logins only prints the demo accounts."

    def add_arguments(self, parser):
        parser.add_argument("--show-logins", action="store_true", help="print the demo accounts and stop")
        parser.add_argument("--code", action="store_true", help="print what the platform account's app shows, and stop")

    def handle(self, *, show_logins, code, **options):
        if code:
            self.stdout.write(platform_code(timezone.now()))
            return
        if not show_logins:
            if Organisation.objects.exists():
                raise CommandError("There are organisations already; the demo is for an empty platform.")
            counts = load(today=timezone.localdate())
            self.stdout.write(" ".join(f"{name}={count}" for name, count in counts.items()))
        for door, email, password in logins():
            self.stdout.write(f"{door:6}{email:34}{password}")
        self.stdout.write(
            "\nSecond step of clinic staff: the code is on the phone page. Of the platform: an authenticator app with"
            f"\nthe key {AUTHENTICATOR}, or what this shows: .venv/bin/python manage.py demo --code"
        )
