"""Django's sessions in the database, looked up with a prepared statement: each request begins with one.

The row says whose session it is, with which sign-in it began and when it was last used, so that one's sessions can be
listed and ended. Deleting the row ends the session with the next request.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.exceptions import SessionInterrupted
from django.utils import timezone

from accounts.models import Session, User
from doctolib import prepared

LIVE = "this.session_key = $1 AND this.expire_date > $2"
View = TypeVar("View", bound=Callable[..., Any])
CONNECTION, BEGAN_AT = "connection", "began_at"  # keys of a signed-in session, beside Django's own


def without_session(view: View) -> View:
    """Mark a view that is the same for everybody: not even whose session it might be is looked up."""
    view.without_session = True  # type: ignore[attr-defined]
    return view


class SessionStore(db.SessionStore):
    seen_at: datetime | None = None  # of the row, once it is loaded
    account: User | None = None  # whose it is; came with the row

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    @property
    def began_at(self) -> datetime | None:
        return _instant(self.get(BEGAN_AT))

    def cycle_key(self) -> None:
        """Another key for the same row: Django's inserts a second one, which no sign-in may have (``connection``)."""
        if self.session_key is None:
            super().cycle_key()
            return
        key = self._get_new_session_key()
        if not self.model.objects.filter(session_key=self.session_key).update(session_key=key):
            raise SessionInterrupted("The session was ended before its key could be changed.")
        self._session_key, self.modified = key, True

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = super().create_model_instance(data)
        session.user_id = data.get(SESSION_KEY)
        session.connection_id = data.get(CONNECTION)
        session.began_at = _instant(data.get(BEGAN_AT))
        session.seen_at = self.seen_at or timezone.now()
        return session

    def _get_session_from_db(self):
        session = prepared.first(self.model, LIVE, [self.session_key, timezone.now()], related="user")
        if session is None:
            self._session_key = None
        else:
            self.seen_at, self.account = session.seen_at, session.user
        return session


def _instant(stamp: float | None) -> datetime | None:
    return None if stamp is None else datetime.fromtimestamp(stamp, UTC)
