import sys
from getpass import getpass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from accounts.enums import UserKind
from accounts.models import User
from crypto import keyring
from crypto.normalise import normalise_email


class Command(BaseCommand):
    help = "Make an account for platform staff (Django admin). The password is asked for, or read from standard input."

    def add_arguments(self, parser):
        parser.add_argument("email")

    def handle(self, *, email, **options):
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
            with keyring.platform_keys():
                user = User.objects.create_account(
                    kind=UserKind.PLATFORM, email=email, password=password, is_staff=True, is_superuser=True
                )
        except IntegrityError:
            raise CommandError("There is a platform account with this e-mail address already.") from None
        self.stdout.write(f"added {user.actor}")
