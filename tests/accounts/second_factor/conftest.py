"""What these tests begin with."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from tests.pro import client_of

from .tools import with_number


@pytest.fixture
def colleague(professional) -> User:
    """A professional who takes codes by text message."""
    return with_number(professional)


@pytest.fixture
def somewhere_else() -> Client:
    return Client(HTTP_HOST=settings.PRO_HOST)


@pytest.fixture
def page(colleague) -> Client:
    return client_of(colleague)
