"""What every test stands on: the databases. Tests of an app have their own conftest beside them."""

import os
from collections.abc import Iterator

import pytest
from django.test import TransactionTestCase
from django.utils import translation
from hypothesis import settings as hypothesis_settings
from whitenoise.middleware import WhiteNoiseMiddleware

from tests import databases


def pytest_configure() -> None:
    """Tests run with DEBUG off, where a master key in a file must be allowed by name."""
    from django.conf import settings

    settings.KMS_ALLOW_LOCAL = True
    # What is slow on a busy machine is not wrong.
    hypothesis_settings.register_profile("untimed", deadline=None)
    hypothesis_settings.load_profile("untimed")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that may use the database may use every alias: scopes choose one by themselves."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        fixtures = set(getattr(item, "fixturenames", ()))
        if marker is None and not fixtures & {"db", "transactional_db", "live_server"}:
            continue
        options = dict(marker.kwargs) if marker else {}
        options.setdefault("databases", "__all__")
        item.add_marker(pytest.mark.django_db(*(marker.args if marker else ()), **options), append=False)


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_test_environment, django_db_blocker) -> Iterator[None]:
    """This worker's own databases (see tests/databases.py) in place of pytest-django's."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(TransactionTestCase, "_fixture_teardown", databases.empty_tables)
        with databases.clones(f"{worker}_{os.getpid()}"):
            with django_db_blocker.block():
                yield


@pytest.fixture(scope="session", autouse=True)
def static_files_looked_at_once() -> Iterator[None]:
    """Each test client has middleware of its own, and WhiteNoise's looks at every static file: 0.07 s a client."""
    scan, known = WhiteNoiseMiddleware.update_files_dictionary, {}

    def once(self: WhiteNoiseMiddleware, root: str, prefix: str) -> None:
        if (root, prefix) not in known:
            scan(self, root, prefix)
            known[root, prefix] = dict(self.files)
        self.files.update(known[root, prefix])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "update_files_dictionary", once)
        yield


@pytest.fixture
def process_environment(transactional_db) -> dict[str, str]:
    """The environment of another process (a server, a command) that works on this test's databases."""
    return {**os.environ, **databases.addresses()}


@pytest.fixture(autouse=True)
def no_language_left_behind() -> Iterator[None]:
    """A request in English leaves its thread English, and the next test may ask a service without a request."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def no_keys_left_behind() -> Iterator[None]:
    """Data keys of rows that were rolled back must not live on in this process."""
    yield
    from crypto import keyring

    keyring.forget_all()
