"""The pages on which professionals change what they sign in with."""

from django.utils.translation import gettext_lazy as _

from accounts.enums import ProArea
from accounts.pro_pages import ProPage, register_page


def register_pages() -> None:
    own = ProArea.OWN
    register_page(ProPage(own, "account-password", _("Password"), _("Choose a new one.")))
    register_page(ProPage(own, "account-email", _("Email address"), _("The address you sign in with.")))
    register_page(ProPage(own, "account-phone", _("Mobile number"), _("Where codes and warnings go.")))
