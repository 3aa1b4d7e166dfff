"""One scope around a whole request, rendering included, and no half-written rows.

A view says which scope it runs in (``@in_scope``). Django and DRF turn exceptions into responses before a middleware
sees them, so a plain ``atomic()`` would commit what a failing view wrote; any answer of 400 or more rolls back.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from .scopes import Scope

ScopeOf = Callable[..., AbstractContextManager[Scope]]


def in_scope(scope_of: ScopeOf):
    """Mark a view: ``scope_of(request, **url_arguments)`` gives the scope, or raises Http404 or PermissionDenied."""

    def mark(view):
        view.scope_of = scope_of
        return view

    return mark


def asking(ask: Callable[..., None]):
    """Mark a ``scope_of``: what ``ask(request, **url_arguments)`` asks for goes in one message with the session."""

    def mark(scope_of):
        scope_of.ask = ask
        return scope_of

    return mark


def ask_ahead(request: HttpRequest, view: Any, kwargs: dict[str, Any]) -> None:
    """Ask for what the scope of this view will need."""
    ask = getattr(scope_of(view), "ask", None)
    if ask is not None:
        ask(request, **kwargs)


def scope_of(view: Any) -> ScopeOf | None:
    return getattr(view, "scope_of", None) or getattr(getattr(view, "cls", None), "scope_of", None)


class ScopeMiddleware:
    """Must be the innermost middleware: sessions and messages are written outside, on their own connection."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.scope_failed = False
        with ExitStack() as request.scope_stack:
            response = self.get_response(request)
            scope = getattr(request, "scope", None)
            failed = request.scope_failed or response.status_code >= 400 or getattr(response, "exception", False)
            if scope and failed:
                transaction.set_rollback(True, using=scope.database)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: tuple, kwargs: dict) -> None:
        enter = scope_of(view)
        if enter is not None:
            request.scope = request.scope_stack.enter_context(enter(request, **kwargs))

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        request.scope_failed = True
