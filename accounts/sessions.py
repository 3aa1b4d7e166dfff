"""Django's sessions in the database, looked up with a prepared statement: each request begins with one."""

from django.contrib.sessions.backends import db
from django.utils import timezone

from doctolib import prepared


class SessionStore(db.SessionStore):
    def _get_session_from_db(self):
        session = prepared.first(
            self.model, "session_key = $1 AND expire_date > $2", [self.session_key, timezone.now()]
        )
        if session is None:
            self._session_key = None
        return session
