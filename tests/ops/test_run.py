"""`make run`, for real, in a var/ of its own; demo data is left out because loading it takes a minute."""

import socket
import subprocess
import sys
import urllib.request

import psutil
import pytest

from doctolib.dev import processes
from tests.ops.tools import Running, clean_environment, free_port, script, step

pytestmark = pytest.mark.xdist_group("run")

ADMIN = "import psycopg; from doctolib.dev import postgres; db = psycopg.connect(postgres.admin_url(), autocommit=True)"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    port = str(free_port())
    return clean_environment(tmp_path_factory.mktemp("run") / "var", PORT=port, DEMO="false")


@pytest.fixture
def bystander():
    """A process that make run did not start, with a name like one that it did."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "celery", "gunicorn"]) as process:
        yield psutil.Process(process.pid)
        process.kill()


def test_ctrl_c_stops_what_was_started_and_nothing_else(environment, bystander):
    with Running(environment) as running:
        running.wait_until_up()
        port = environment["PORT"]
        assert all(f"http://{door}localhost:{port}/" in running.output for door in ("", "pro.", "admin."))
        assert f"http://localhost:{port}/dev/phone/" in running.output
        with urllib.request.urlopen(f"http://localhost:{port}/health/ready", timeout=10) as answer:
            assert answer.status == 200
        servers = _servers_of(environment["DOCTOLIB_VAR"])
        children = running.children()
        assert len(servers) == 2 and len(children) > 5

        assert running.press_ctrl_c() == 0

    _, alive = psutil.wait_procs([*children, *servers], timeout=1)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
    assert bystander.is_running()


def test_the_second_start_keeps_the_data_and_is_up_in_under_15_seconds(environment):
    with Running(environment) as first:
        first.wait_until_up()
        script(f"{ADMIN}; db.execute('CREATE TABLE kept ()')", environment)
    with Running(environment) as running:
        seconds, elsewhere = running.wait_until_up(), running.waited_for_others()
        tables = script(f"{ADMIN}; print(db.execute(\"SELECT to_regclass('kept')\").fetchone()[0])", environment)

    assert tables == "kept"
    assert seconds - elsewhere < 15


def test_web_and_worker_do_not_get_the_owners_addresses(monkeypatch):
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner@server/database")

    given = processes.runtime_environment({name: "secret" for name in (*processes.OWNER_ONLY, "REDIS_URL")}, port=1)

    assert given["REDIS_URL"] == "secret" and given.keys().isdisjoint(processes.OWNER_ONLY)


def test_a_port_in_use_gives_one_line_with_the_port_and_the_variable(environment):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = step("run", {**environment, "PORT": str(port)})

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"doctolib: Port {port} is in use; choose another one: PORT={port + 1} make run\n"


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none_gives_one_line(environment, port):
    done = step("run", {**environment, "PORT": port})

    assert done.stderr == f"doctolib: PORT must be a number from 1 to 65535, not {port!r}.\n"


def _servers_of(var: str) -> list[psutil.Process]:
    """PostgreSQL's and Redis' main processes of one var/ folder."""
    return [process for process in psutil.process_iter(["name", "cmdline"]) if _is_server_of(process, var)]


def _is_server_of(process: psutil.Process, var: str) -> bool:
    if process.info["name"] == "postgres":
        return f"-D {var}/" in " ".join(process.info["cmdline"] or [])
    try:
        return process.info["name"] == "redis-server" and process.cwd().startswith(var)
    except psutil.Error:  # another test's, which has just ended
        return False
