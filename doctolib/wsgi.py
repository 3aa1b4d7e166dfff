"""The web process. It refuses to start with a database role that could go around row-level security."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doctolib.settings")
application = get_wsgi_application()

from doctolib.tenancy.checks import refuse_privileged_role  # noqa: E402  needs the apps

refuse_privileged_role()
