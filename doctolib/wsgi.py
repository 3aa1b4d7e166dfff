"""The web process. It refuses to start with a database role that could go around row-level security, or without the
key management that it was told to use."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doctolib.settings")
application = get_wsgi_application()

from crypto import kms  # noqa: E402  needs the apps
from doctolib.tenancy.checks import refuse_privileged_role  # noqa: E402

kms.service()
refuse_privileged_role()

# What start-up has made stays: the collector need not walk through all of it again and again while requests are served.
gc.collect()
gc.freeze()
