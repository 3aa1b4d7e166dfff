"""Take a server away: an address where nobody listens, in place of the real one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from tests.outbox.tools import free_port

Away = Callable[..., Any]


@pytest.fixture
def postgres_away(transactional_db: None) -> Away:
    """``with postgres_away("pool"):`` nobody answers under these aliases; all of the runtime's unless named."""

    @contextmanager
    def away(*aliases: str) -> Iterator[None]:
        chosen = [connections[alias] for alias in aliases or ("default", "pool", "dedicated")]
        ports = [connection.settings_dict["PORT"] for connection in chosen]
        for connection in chosen:
            connection.close()
            connection.settings_dict["PORT"] = str(free_port())
        try:
            yield
        finally:
            for connection, port in zip(chosen, ports, strict=True):
                connection.close()
                connection.settings_dict["PORT"] = port

    return away


@pytest.fixture
def browser(client: Any, settings: Any) -> Any:
    """A test client that sees what a person would: an answer, never an exception."""
    client.raise_request_exception = False
    settings.SECURE_SSL_REDIRECT = False
    return client
