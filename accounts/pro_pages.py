"""What "My account" and "Settings" of the pro portal lead to. Every app registers its own pages when it is ready."""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.functional import Promise

from accounts.enums import ProArea
from accounts.models import User


def everybody(user: User) -> bool:
    return True


class ProPage(NamedTuple):
    """One page: the name of its address, what it is called and good for, and who sees the way to it.

    ``may`` only hides the way; the page itself asks again.
    """

    area: ProArea
    url_name: str
    title: Promise | str
    text: Promise | str
    may: Callable[[User], bool] = everybody


_pages: dict[str, ProPage] = {}


def register_page(page: ProPage) -> None:
    """Add a page; called by AppConfig.ready. The same address replaces it."""
    _pages[page.url_name] = page


def pages_for(user: User, area: ProArea) -> list[ProPage]:
    """The pages of an area that this professional may open, in the order they were registered."""
    return [page for page in _pages.values() if page.area == area and page.may(user)]
