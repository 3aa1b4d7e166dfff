"""One scope a request, and no row left by a view that fails."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.http import Http404, HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import RequestFactory, override_settings
from django.urls import path
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Organisation, Site
from doctolib.tenancy.middleware import in_scope
from doctolib.tenancy.scopes import organisation_scope
from tests import factories


def scope_of(request, slug, **_):
    return organisation_scope(Organisation.objects.get(slug=slug))


def write():
    Site.objects.create(name="written", street="Weg 1", postal_code="10115", city="Berlin")


@in_scope(scope_of)
def well(request, slug):
    write()
    template = engines["django"].from_string("{{ sites.count }} {{ sites.first.name }}")
    return TemplateResponse(request, template, {"sites": Site.objects.filter(name="written")})


@in_scope(scope_of)
def crash(request, slug):
    write()
    raise ZeroDivisionError


@in_scope(scope_of)
def missing(request, slug):
    write()
    raise Http404


@in_scope(scope_of)
def forbidden(request, slug):
    write()
    raise PermissionDenied


@in_scope(scope_of)
def answers_500(request, slug):
    write()
    return HttpResponse(status=500)


@in_scope(scope_of)
def refused(request, slug):
    write()
    return HttpResponse(status=409)


class Drf(APIView):
    scope_of = staticmethod(scope_of)
    authentication_classes = permission_classes = []

    def get(self, request, slug):
        write()
        if "bad" in request.GET:
            raise ValidationError({"name": "bad"})
        return Response({"sites": Site.objects.count()})


urlpatterns = [
    path("<slug>/well", well),
    path("<slug>/crash", crash),
    path("<slug>/missing", missing),
    path("<slug>/forbidden", forbidden),
    path("<slug>/answers-500", answers_500),
    path("<slug>/refused", refused),
    path("<slug>/drf", Drf.as_view()),
]


@pytest.fixture
def clinic(transactional_db, client, monkeypatch):
    monkeypatch.setattr("doctolib.hosts.DoorMiddleware.__call__", _this_urlconf)
    client.raise_request_exception = False
    return factories.organisation()


def _this_urlconf(self, request):
    request.door, request.urlconf = "www", __name__
    return self.get_response(request)


def written(clinic) -> int:
    with organisation_scope(clinic):
        return Site.objects.filter(name="written").count()


def test_a_view_that_works_keeps_its_rows_and_renders_inside_the_scope(clinic, client):
    assert client.get(f"/{clinic.slug}/well", headers={"host": "localhost"}).content == b"1 written"
    assert written(clinic) == 1


@pytest.mark.parametrize(
    ("address", "status"),
    [("crash", 500), ("missing", 404), ("forbidden", 403), ("answers-500", 500), ("refused", 409), ("drf?bad=1", 400)],
)
def test_a_view_that_fails_leaves_no_row(clinic, client, address, status):
    with override_settings(DEBUG_PROPAGATE_EXCEPTIONS=False):
        response = client.get(f"/{clinic.slug}/{address}", headers={"host": "localhost"})
    assert response.status_code == status
    assert written(clinic) == 0
    with connections["pool"].cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("doctolib_app",)


def test_a_drf_view_that_works_keeps_its_rows(clinic, client):
    assert client.get(f"/{clinic.slug}/drf", headers={"host": "localhost"}).json() == {"sites": 1}
    assert written(clinic) == 1


def test_a_plain_atomic_would_have_kept_the_row(clinic):
    """Why the middleware looks at the answer: Django and DRF have made a response of the exception by then."""
    from django.db import transaction

    with transaction.atomic(using="pool"), organisation_scope(clinic):
        response = Drf.as_view()(RequestFactory().get("/?bad=1"), slug=clinic.slug)
    assert response.status_code == 400
    assert written(clinic) == 1
