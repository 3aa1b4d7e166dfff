"""The floor under our HTTP figures: bare Django views on the same database, as a WSGI application.

``/json/`` and ``/html/`` select 16 rows of one calendar for a signed-in user (sessions, auth, CSRF, messages: the usual
middleware); ``/book/`` writes one row under the same exclusion constraint and nothing else. Run by benchmarks/web.py.
"""

import os
import sys
from urllib.parse import urlsplit

from django.conf import settings

_url = urlsplit(os.environ["FLOOR_DATABASE_URL"])

settings.configure(
    SECRET_KEY="floor",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                    "django.contrib.messages"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth"]}}],
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": _url.path[1:], "USER": _url.username,
                           "PASSWORD": _url.password, "HOST": _url.hostname, "PORT": _url.port, "CONN_MAX_AGE": None}},
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)  # fmt: skip

import django  # noqa: E402

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse, JsonResponse  # noqa: E402
from django.template import Context, Template  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402

ROWS = "SELECT id, resource_id, starts_at, ends_at FROM floor_slot WHERE resource_id = %s ORDER BY starts_at LIMIT 16"
BOOK = """
INSERT INTO floor_slot (organisation_id, resource_id, lane, starts_at, ends_at, status)
VALUES (%s, %s, 0, %s, %s::timestamptz + interval '15 min', 'blocked') ON CONFLICT DO NOTHING
"""
PAGE = Template(
    "<!doctype html><html lang='de'><title>{{ user.username }}</title><table>{% for id, resource, start, end in rows %}"
    "<tr><td>{{ id }}<td>{{ resource }}<td>{{ start|date:'j. F Y H:i' }}<td>{{ end|time:'H:i' }}{% endfor %}</table>"
)


def rows(request):
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [int(request.GET.get("resource", 1))])
        return cursor.fetchall()


def as_json(request):
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    found = [{"id": i, "resource": r, "start": s, "end": e} for i, r, s, e in rows(request)]
    return JsonResponse({"rows": found})


def as_html(request):
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    return HttpResponse(PAGE.render(Context({"user": request.user, "rows": rows(request)})))


@csrf_exempt
def book(request):
    with connection.cursor() as cursor:
        cursor.execute(BOOK, ["00000000-0000-0000-0000-0000000000be", int(request.POST["resource"]),
                              *[request.POST["start"]] * 2])  # fmt: skip
        return HttpResponse(status=201 if cursor.rowcount else 409)


urlpatterns = [path("json/", as_json), path("html/", as_html), path("book/", book)]
application = get_wsgi_application()


def prepare() -> str:
    """Tables and a signed-in session; prints the session's key."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    user, _made = get_user_model().objects.get_or_create(username="floor", defaults={"password": "!"})
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


if __name__ == "__main__" and sys.argv[1:] == ["prepare"]:
    print(prepare())
