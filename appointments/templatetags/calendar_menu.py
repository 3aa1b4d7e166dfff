"""The main menu of the pro portal shows what would not be refused."""

from django import template
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from appointments.rules import may_steer
from doctolib.tenancy.scopes import current_scope

register = template.Library()


@register.simple_tag
def shows_waiting_list(user: User | AnonymousUser) -> bool:
    """Whether there is a way to the waiting list. On a page outside any scope, such as an error's, as far as known."""
    if not user.is_authenticated:
        return False
    known = user.is_organisation_admin or hasattr(user, "_rights")
    return (known or current_scope() is not None) and may_steer(user)
