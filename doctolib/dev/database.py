"""``python -m doctolib.dev.database [--demo]``: migrations on every owner alias, then demo data where there is none.

A process of its own, because the owner's addresses must not reach web and worker.
"""

import os
import signal
import sys
from io import StringIO

from doctolib.dev.paths import LOGINS, say


def main() -> int:
    """Bring all databases to the state of the migrations, in one Django process (its start is most of the time)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doctolib.settings")
    import django
    from django.core.management import call_command

    django.setup()
    try:
        call_command("migrate_all", verbosity=0)
        if "--demo" in sys.argv:
            _demo()
        LOGINS.write_text(_logins())
    except KeyboardInterrupt:
        return 130
    return 0


def _logins() -> str:
    """The demo accounts, for `make run` to show: asked here, because another Django process takes seconds."""
    from django.core.management import call_command

    lines = StringIO()
    call_command("demo", show_logins=True, stdout=lines)
    return lines.getvalue()


def _demo() -> None:
    """Demo data for a platform without organisations: all of it, or none when it is interrupted."""
    from django.core.management import call_command
    from django.db import connections

    from accounts.models import Organisation
    from doctolib.dev import rows

    if Organisation.objects.exists():
        return
    say("demo hospital (about a minute)")
    owners = [alias for alias in connections if alias == "owner" or alias.endswith("_owner")]
    before = {alias: rows.filled_tables(alias) for alias in owners}
    try:
        call_command("demo", stdout=StringIO())
    except BaseException:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        connections.close_all()
        for alias in owners:
            rows.empty_tables(alias, keep=before[alias])
        raise


if __name__ == "__main__":
    sys.exit(main())
