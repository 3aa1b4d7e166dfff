"""The main menu of the pro portal shows what would not be refused."""

from django import template
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from appointments.rules import may_steer
from appointments.selectors.visible import shows_figures
from doctolib.tenancy.scopes import current_scope

register = template.Library()


@register.simple_tag
def shows_waiting_list(user: User | AnonymousUser) -> bool:
    """Whether there is a way to the waiting list."""
    return _can_tell(user) and may_steer(user)


@register.simple_tag
def shows_statistics(user: User | AnonymousUser) -> bool:
    """Whether there is a way to the statistics."""
    return _can_tell(user) and shows_figures(user)


def _can_tell(user: User | AnonymousUser) -> bool:
    """On a page outside any scope, such as an error's, rights are known only if they were asked for before."""
    if not user.is_authenticated:
        return False
    return user.is_organisation_admin or hasattr(user, "_rights") or current_scope() is not None
