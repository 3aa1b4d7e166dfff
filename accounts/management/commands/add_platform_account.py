import sys
from getpass import getpass

import segno
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.enums import UserKind
from accounts.models import User
from accounts.services import authenticators
from accounts.services.roles import ROLES, give_roles
from crypto import keyring
from crypto.normalise import normalise_email
from doctolib import audit


class Command(BaseCommand):
    help = (
        "Make an account for platform staff (Django admin). The password is asked for, or read from standard input."
        " Shows the QR code of an authenticator app once: without that second factor nobody gets in."
    )

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument(
            "--role",
            action="append",
            choices=sorted(ROLES),
            default=[],
            help="what the account may do, repeatable; without one it may do everything, which one person needs",
        )

    def handle(self, *, email, role, **options):
        try:
            normalise_email(email)
        except ValueError:
            raise CommandError("This is not an e-mail address.") from None
        password = getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        try:
            validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        keyring.create_keys(keyring.PLATFORM_OWNER)
        try:
            with keyring.platform_keys(), transaction.atomic(using="default"):
                user = User.objects.create_account(
                    kind=UserKind.PLATFORM, email=email, password=password, is_staff=True, is_superuser=not role
                )
                give_roles(user, role)
                device = authenticators.add(user, now=timezone.now(), confirmed=True)
                audit.record_platform("user.added", user, actor="operator")
        except IntegrityError:
            raise CommandError("There is a platform account with this e-mail address already.") from None
        self.stdout.write(f"added {user.actor}")
        self._show(authenticators.address_of(device), authenticators.secret_of(device))

    def _show(self, address: str, secret: str) -> None:
        self.stdout.write("Scan this with the authenticator app of the person, now: it is not shown again.")
        segno.make(address, error="m").terminal(out=self.stdout, compact=True)
        self.stdout.write(f"\nor type the key {secret}")
