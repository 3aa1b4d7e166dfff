"""The Celery app. Redis may lose everything: whatever matters is a row in PostgreSQL that beat finds again."""

import os

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doctolib.settings")

app = Celery("doctolib")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def check_database_role(**_: object) -> None:
    from doctolib.tenancy.checks import refuse_privileged_role

    refuse_privileged_role()
