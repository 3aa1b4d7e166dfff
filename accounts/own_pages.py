"""The pages of accounts in the pro portal: what professionals change of their own, and the clinic's rules of access."""

from django.utils.translation import gettext_lazy as _

from accounts.enums import ProArea
from accounts.models import Site, Unit, User
from accounts.pro_pages import ProPage, register_page
from accounts.rules import may_administer
from accounts.selectors_profile import anything_published
from accounts.set_up_steps import Step, register_step


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
    text = _("What patients read of your clinic, its units and people: drafts, preview, publishing.")
    register_page(ProPage(clinic, "clinic-profile", _("Web profile"), text, administers))
    register_page(ProPage(clinic, "sites", _("Sites"), _("Addresses, and the way in."), administers))
    text = _("Who patients are seen by: names, specialties, languages.")
    register_page(ProPage(clinic, "practitioners", _("Practitioners"), text, administers))
    text = _("The networks that professionals may come in from.")
    register_page(ProPage(clinic, "zones", _("Access zones"), text, administers))
    text = _("When your professionals give a second factor, which ones count, and when they are signed out.")
    register_page(ProPage(clinic, "sign-in-rules", _("Sign-in rules"), text, administers))


def register_steps() -> None:
    text = _("A place with an address.")
    register_step(Step(10, _("A site"), text, "sites", lambda: Site.objects.exists()))
    text = _("A department or out-patient clinic. A practice has one.")
    register_step(Step(20, _("A unit"), text, "clinic-units", lambda: Unit.objects.exists()))
    text = _("Write what patients read of you, and publish it.")
    register_step(Step(60, _("Your web profile"), text, "clinic-profile", anything_published))


def administers(user: User) -> bool:
    return may_administer(user, user.organisation_id)
