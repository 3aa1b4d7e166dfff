"""Tell the people who must know. Each message is a row of the caller's transaction and is written when it is sent."""

from datetime import datetime

from accounts.enums import CriticalAction
from accounts.models import Organisation, User
from crypto.keyring import platform_keys
from doctolib import outbox


def tell_administrators(
    organisation: Organisation, action: CriticalAction, *, about: User | str, by: User | None = None, now: datetime
) -> None:
    """Queue a mail to each active administrator of the organisation: what was done, to whom, by whom, when.

    ``about`` is the account it happened to, whose name is looked up when the mail is written, or a few words: a
    zone's name, how many patients. ``by`` is left out when nobody signed in did it. Whoever did it is told as well: it
    may have been someone else at their desk. Lends itself the platform's keys; the rows are in alias ``default``, so
    the transaction that causes the message should be one there, or be over.
    """
    subject = {"account": str(about.pk)} if isinstance(about, User) else {"words": about}
    payload = {**subject, "action": action, "by": str(by.pk) if by else "", "at": now.isoformat()}
    with platform_keys():
        for administrator in organisation.professionals.filter(is_organisation_admin=True, is_active=True):
            outbox.queue_platform("account.critical_action", about=administrator, payload=payload)
