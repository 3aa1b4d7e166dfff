"""The Celery app. Redis may lose everything: whatever matters is a row in PostgreSQL that beat finds again."""

import os

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doctolib.settings")

app = Celery("doctolib")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def refuse_to_start(**_: object) -> None:
    """As the web process does (wsgi.py)."""
    from crypto import kms
    from doctolib.tenancy.checks import refuse_privileged_role

    try:
        kms.service()
        refuse_privileged_role()
    except Exception as error:
        # Celery logs what a receiver raises and starts all the same; only this stops it.
        raise SystemExit(f"The worker does not start: {type(error).__name__}: {error}") from None
