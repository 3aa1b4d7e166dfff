"""What browser tests share: Chromium, and a visit to the staff's door.

Playwright's own event loop runs in the test's thread; Django would refuse database calls beside it.
"""

import os
from collections.abc import Iterable, Iterator
from urllib.parse import urljoin

import pytest
from django.conf import settings
from playwright.sync_api import Page

from .tools import chromium, opened


@pytest.fixture(scope="session", autouse=True)
def allow_database_beside_playwright():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="package")
def browser():
    """One Chromium a process: each test has a context of its own, and starting it takes seconds."""
    with chromium() as started:
        yield started


@pytest.fixture
def visit(browser, live_server, clinic):
    """Open a page of the pro door, signed in; options as for Playwright's contexts."""
    open_pages = []

    def go(path: str, *, signed_in: bool = True, **options) -> Page:
        manager = opened(browser, **options)
        page = manager.__enter__()
        open_pages.append(manager)
        base = f"http://{settings.PRO_HOST.split(':')[0]}:{live_server.thread.port}"
        if signed_in:
            name = settings.DOOR_SESSION_COOKIES["pro"]
            page.context.add_cookies([{"name": name, "value": clinic.client.cookies[name].value, "url": base}])
        page.goto(base + path)
        return page

    yield go
    for manager in reversed(open_pages):
        manager.__exit__(None, None, None)


@pytest.fixture
def walk(visit):
    """Pages of the pro door one after the other in one window, which has its files already: paths in, pages out."""

    def go(paths: Iterable[str], **options) -> Iterator[tuple[str, Page]]:
        page = None
        for path in paths:
            if page is None:
                page = visit(path, **options)
            else:
                page.complaints = []
                page.goto(urljoin(page.url, path))
            yield path, page

    return go
