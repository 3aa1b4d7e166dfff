"""Playwright's own event loop runs in the test's thread; Django would refuse database calls beside it."""

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def allow_database_beside_playwright():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield
