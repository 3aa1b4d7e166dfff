from django.core.management.base import BaseCommand

from accounts.services.roles import ROLES, write_roles


class Command(BaseCommand):
    help = "Make the groups of platform staff what the code says (accounts/services/roles.py)."

    def handle(self, **options):
        write_roles()
        for name, rights in ROLES.items():
            self.stdout.write(f"role={name} rights={len(rights)}")
