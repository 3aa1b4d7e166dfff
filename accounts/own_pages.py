"""The pages of accounts in the pro portal: what professionals change of their own, and the clinic's rules of access."""

from django.utils.translation import gettext_lazy as _

from accounts.enums import ProArea
from accounts.models import User
from accounts.pro_pages import ProPage, register_page
from accounts.rules import may_administer


def register_pages() -> None:
    own, clinic = ProArea.OWN, ProArea.CLINIC
    register_page(ProPage(own, "account-password", _("Password"), _("Choose a new one.")))
    register_page(ProPage(own, "account-email", _("Email address"), _("The address you sign in with.")))
    register_page(ProPage(own, "account-phone", _("Mobile number"), _("Where codes and warnings go.")))
    text = _("Authenticator app, passkeys, recovery codes, and the devices that are known.")
    register_page(ProPage(own, "second-factor", _("Second factor"), text))
    text = _("Where you are signed in, and who tried to be you.")
    register_page(ProPage(own, "connections", _("Sign-ins and devices"), text))
    text = _("Who works here: invite, lock, delete, make administrators.")
    register_page(ProPage(clinic, "staff-accounts", _("Accounts"), text, administers))
    text = _("What patients read of your clinic.")
    register_page(ProPage(clinic, "clinic-profile", _("Profile"), text, administers))
    text = _("The networks that professionals may come in from.")
    register_page(ProPage(clinic, "zones", _("Access zones"), text, administers))
    text = _("When your professionals give a second factor, which ones count, and when they are signed out.")
    register_page(ProPage(clinic, "sign-in-rules", _("Sign-in rules"), text, administers))


def administers(user: User) -> bool:
    return may_administer(user, user.organisation_id)
