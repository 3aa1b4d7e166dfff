"""Account pages of professionals, under /account/."""

from . import shared

urlpatterns = [*shared]
