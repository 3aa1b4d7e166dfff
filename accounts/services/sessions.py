"""A session begins, is used, and ends: by its owner, by idleness, by age. Rows end it with the next request."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.enums import Ending, Outcome
from accounts.models import Session, User
from accounts.rules import idle_limit
from accounts.services.connections import record_connection
from accounts.sessions import BEGAN_AT, CONNECTION, SessionStore

logger = logging.getLogger(__name__)

NOTED_EVERY = timedelta(minutes=1)  # a session's use is written down this often at most


def begin(sender: object, request: HttpRequest, user: User, **signal: object) -> None:
    """Receiver of Django's ``user_logged_in``: however someone signs in, the session knows when and from where."""
    now = timezone.now()
    assert isinstance(request.session, SessionStore)
    request.session[CONNECTION] = str(record_connection(request, user, Outcome.SIGNED_IN).pk)
    request.session[BEGAN_AT] = now.timestamp()
    request.session.seen_at = now
    _seen_today(user, now)


def ends_at(session: SessionStore, user: User) -> tuple[datetime, Ending]:
    """When the account is signed out if nothing happens any more, and why then.

    To the minute: use is noted once a minute, so the end may come up to a minute early, never late.
    """
    began, seen = session.began_at, session.seen_at
    assert began and seen, "every signed-in session begins with begin()"
    idle, old = seen + idle_limit(user), began + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return (idle, Ending.IDLE) if idle < old else (old, Ending.OLD)


def seconds_left(session: SessionStore, user: User, *, now: datetime) -> int:
    end, _ending = ends_at(session, user)
    return max(0, int((end - now).total_seconds()))


def note_use(session: SessionStore, user: User, *, now: datetime) -> None:
    """Remember that the session was used just now, and the account today."""
    if session.seen_at is None or session.seen_at > now - NOTED_EVERY:
        return
    session.seen_at = now
    Session.objects.filter(pk=session.session_key).update(seen_at=now)
    _seen_today(user, now)


def end(user: User, connection_id: UUID) -> bool:
    """End one of the account's own sessions; False when there is none with this sign-in."""
    ended, _ = Session.objects.filter(user=user, connection=connection_id).delete()
    if ended:
        logger.info("session ended: %s", user.actor)
    return bool(ended)


def end_others(user: User, current: SessionStore) -> int:
    """End all of the account's sessions but this one; returns how many."""
    ended, _ = Session.objects.filter(user=user).exclude(pk=current.session_key).delete()
    logger.info("other sessions ended: %s count=%d", user.actor, ended)
    return ended


def _seen_today(user: User, now: datetime) -> None:
    today = timezone.localdate(now)
    if user.last_seen_on != today:
        User.objects.filter(pk=user.pk).update(last_seen_on=today, deletion_proposed_on=None)
