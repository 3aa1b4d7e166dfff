from django.core.management.base import BaseCommand, CommandError

from accounts.models import Organisation
from accounts.services.directory import publish


class Command(BaseCommand):
    help = "Copy the profiles of all published organisations, or of one, to the public directory."

    def add_arguments(self, parser):
        parser.add_argument("--organisation", metavar="SLUG", help="only this one")

    def handle(self, *, organisation, **options):
        chosen = Organisation.objects.order_by("slug")
        if organisation:
            chosen = chosen.filter(slug=organisation)
            if not chosen:
                raise CommandError(f"There is no organisation {organisation}.")
        for each in chosen:
            self.stdout.write(f"organisation={each.slug} units={publish(each)}")
