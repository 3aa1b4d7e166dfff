"""``python -m doctolib.dev.database [--demo]``: migrations on every owner alias, then demo data where there is none.

A process of its own, because the owner's addresses must not reach web and worker.
"""

import os
import sys

from doctolib.dev.paths import say


def main() -> None:
    """Bring all databases to the state of the migrations, in one Django process (its start is most of the time)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doctolib.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate_all", verbosity=1)
    if "--demo" in sys.argv:
        from accounts.models import Organisation

        if not Organisation.objects.exists():
            say("demo hospital")
            call_command("demo")


if __name__ == "__main__":
    main()
