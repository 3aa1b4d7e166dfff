"""How the mail to an organisation's administrators reads, for each critical action."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import CriticalAction


class Words(NamedTuple):
    """The subject, what was done, and what the administrator should do about it."""

    subject: Promise
    done: Promise
    advice: Promise


WORDS = {
    CriticalAction.ACCOUNT_CREATED: Words(
        _("A new account was created"),
        _("Someone new can work at your clinic."),
        _("Do you not know this person? Then lock the account."),
    ),
    CriticalAction.ACCOUNT_LOCKED: Words(
        _("An account was locked"),
        _("This account is locked. Nobody can sign in with it, and all its sessions were ended."),
        _(
            "After 10 wrong passwords an account locks itself; its owner got an email with a link to unlock it. "
            "Ask the person whether they typed them. If not, someone tried to get in."
        ),
    ),
    CriticalAction.ACCOUNT_CLOSED: Words(
        _("An administrator locked an account"),
        _("This account is locked. Nobody can sign in with it, and all its sessions were ended."),
        _("Is that not right? Then unlock the account."),
    ),
    CriticalAction.ACCOUNT_UNLOCKED: Words(
        _("An account was unlocked"),
        _("This account works again."),
        _("Is that not right? Then lock the account again."),
    ),
    CriticalAction.ACCOUNT_UNUSED: Words(
        _("An account was locked because nobody used it"),
        _("Nobody signed in with this account for 2 months. It is locked now."),
        _("Is it still needed? Then unlock it. If not, delete it."),
    ),
    CriticalAction.ACCOUNT_DELETION_PROPOSED: Words(
        _("An account should be deleted"),
        _("Nobody signed in with this account for 6 months."),
        _("Delete it if nobody needs it any more. What the person did stays in the audit trail."),
    ),
    CriticalAction.ACCOUNT_DELETED: Words(
        _("An account was deleted"),
        _("Nobody can sign in with this account any more. What the person did stays in the audit trail."),
        _("Is that not right? Then invite the person again."),
    ),
    CriticalAction.PASSWORD_CHANGED: Words(
        _("A password was changed"),
        _("The password of this account was changed. Its other sessions were ended."),
        _("Ask the person whether it was them. If not, lock the account."),
    ),
    CriticalAction.ADMINISTRATOR_ADDED: Words(
        _("Your clinic has a new administrator"),
        _("This account may now change accounts, rights and settings of your clinic."),
        _("Is that not right? Then take the administrator rights away and lock the account."),
    ),
    CriticalAction.ADMINISTRATOR_REMOVED: Words(
        _("An administrator was removed"),
        _("This account no longer has administrator rights."),
        _("Is that not right? Then give the rights back."),
    ),
    CriticalAction.ZONE_ADDED: Words(
        _("A new access zone was added"),
        _("Your clinic has a new place from which one can sign in."),
        _("Do you not know this place? Then remove the access zone."),
    ),
    CriticalAction.ZONE_CHANGED: Words(
        _("An access zone was changed"),
        _("The networks or the people of an access zone were changed."),
        _("Is that not right? Then change it back."),
    ),
    CriticalAction.ZONE_REMOVED: Words(
        _("An access zone was removed"),
        _("Nobody can sign in from this place any more, unless another access zone allows it."),
        _("Is that not right? Then add it again."),
    ),
    CriticalAction.PATIENTS_EXPORTED: Words(
        _("Patients were exported"),
        _("Patient data has left Doctolib as a file."),
        _("Ask the person what the file is for. If you do not know of it, lock the account."),
    ),
    CriticalAction.RIGHTS_REVIEW_DUE: Words(
        _("It is time to review who may do what"),
        _("The rights of all accounts have to be looked through once a year."),
        _("Open the review in the settings of your clinic."),
    ),
}
