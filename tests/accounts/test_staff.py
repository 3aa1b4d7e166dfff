"""Who gets the scope of the pro door."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from accounts.enums import UserKind
from accounts.staff import staff_scope
from doctolib.tenancy.scopes import current_scope
from tests import factories, pro

pytestmark = pytest.mark.django_db


def test_a_professional_works_in_the_scope_of_their_organisation():
    clinic = factories.organisation()
    professional = pro.user(UserKind.PROFESSIONAL, organisation=clinic)

    with staff_scope(SimpleNamespace(user=professional)):
        scope = current_scope()

    assert (scope.kind, scope.organisation_id, scope.actor) == ("organisation", clinic.id, professional.actor)


@pytest.mark.parametrize("kind", [UserKind.PATIENT, UserKind.PLATFORM])
def test_another_kind_of_account_is_refused_even_behind_the_door(kind):
    with pytest.raises(PermissionDenied):
        staff_scope(SimpleNamespace(user=pro.user(kind)))


def test_nobody_gets_no_scope():
    with staff_scope(SimpleNamespace(user=AnonymousUser())):
        assert current_scope() is None
