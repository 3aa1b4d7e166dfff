"""Wrong or missing settings stop the process and name the variable."""

import json
import subprocess
import sys

import pytest
from django.test import override_settings

from doctolib.dev.paths import ROOT

GOOD = {
    "DJANGO_SECRET_KEY": "x" * 60,
    "WWW_HOST": "www.example.org",
    "PRO_HOST": "pro.example.org",
    "ADMIN_HOST": "admin.example.org",
    "DATABASE_URL": "postgresql://doctolib_app:secret@127.0.0.1:1/doctolib",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SCOPE_TOKEN_KEY": "ab" * 32,
    "SMS_BACKEND": "doctolib.outbox.channels.PhoneSMS",
    "PLATFORM_NETWORKS": "192.0.2.0/24, 2001:db8::/48",
}
NOWHERE = {"DOCTOLIB_ENV_FILE": "/nonexistent/env"}
WRONG = [
    ("DJANGO_DEBUG", "yes"),
    ("WWW_HOST", "https://www.example.org"),
    ("PRO_HOST", "pro.example.org:port"),
    ("ADMIN_HOST", "admin example"),
    ("TRUSTED_PROXIES", "-1"),
    ("PLATFORM_NETWORKS", "192.0.2.1/24"),
    ("PLATFORM_NETWORKS", "the office"),
    ("FACTOR_SMS_PER_NETWORK", "many"),
    ("DATABASE_URL", "mysql://127.0.0.1/doctolib"),
    ("DATABASE_URL", "postgresql://127.0.0.1"),
    ("DATABASE_URL", "postgresql://127.0.0.1:port/doctolib"),
    ("DATABASE_OWNER_URL", "doctolib"),
    ("DATABASE_DEDICATED_URLS", "["),
    ("DATABASE_DEDICATED_URLS", '["postgresql://127.0.0.1/a"]'),
    ("DATABASE_DEDICATED_URLS", '{"dedicated": "127.0.0.1"}'),
    ("DATABASE_DEDICATED_OWNER_URLS", '{"dedicated": 1}'),
    ("SCOPE_TOKEN_KEY", "ab" * 31),
    ("SCOPE_TOKEN_KEY", "xy" * 32),
    ("KMS_ALLOW_LOCAL", "1"),
    ("GEOIP_FILE", "/nonexistent/city.mmdb"),
    ("EMAIL_PORT", "smtp"),
    ("EMAIL_USE_TLS", "on"),
    ("HOLDS_PER_NETWORK", "many"),
    ("SMS_PER_NETWORK", "1.5"),
    ("SMS_PER_DAY", ""),
    ("DJANGO_SECRET_KEY_FILE", "/nonexistent/secret"),  # beside DJANGO_SECRET_KEY: both
    ("EMAIL_HOST_PASSWORD_FILE", "/nonexistent/secret"),
]
# One process for all cases: what takes time is starting Python and importing Django.
EACH_CASE = """
import json, os, runpy, sys
from django.core.exceptions import ImproperlyConfigured
answers = []
for case in json.load(sys.stdin):
    os.environ.clear()
    os.environ.update(case)
    try:
        runpy.run_path("doctolib/settings.py")
        answers.append("")
    except ImproperlyConfigured as error:
        answers.append(str(error))
print(json.dumps(answers))
"""
PRODUCTION = """
import json
from doctolib import settings
print(json.dumps({name: getattr(settings, name) for name in %r}))
"""


def python(code: str, environment: dict[str, str], *, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **NOWHERE, **environment},
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def production_settings(*names: str) -> dict:
    """Settings as they are in production, with DEBUG off."""
    done = python(PRODUCTION % (names,), GOOD)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def answers(cases: list[dict[str, str]]) -> list[str]:
    """What the settings say to each environment; nothing when they take it."""
    done = python(EACH_CASE, {}, given=json.dumps([{**NOWHERE, **case} for case in cases]))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_is_required_is_enough():
    assert answers([GOOD]) == [""]


def test_a_missing_variable_is_named():
    missing = [{name: value for name, value in GOOD.items() if name != left_out} for left_out in GOOD]
    assert answers(missing) == [f"{name} is missing. See .env.example." for name in GOOD]


def test_an_empty_variable_is_missing():
    assert answers([{**GOOD, name: ""} for name in GOOD]) == [f"{name} is missing. See .env.example." for name in GOOD]


def test_a_wrong_variable_is_named_and_its_value_is_not_shown():
    said = answers([{**GOOD, name: value} for name, value in WRONG])
    named = ["DJANGO_SECRET_KEY" if name == "DJANGO_SECRET_KEY_FILE" else name for name, _ in WRONG]
    assert [text.split()[0] for text in said] == named
    assert [text for (_, value), text in zip(WRONG, said, strict=True) if len(value) > 5 and value in text] == []


def test_a_secret_may_be_a_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("x" * 60 + "\n")
    by_file = {name: value for name, value in GOOD.items() if name != "DJANGO_SECRET_KEY"}
    assert answers([{**by_file, "DJANGO_SECRET_KEY_FILE": str(secret)}]) == [""]


def test_the_process_itself_stops():
    done = python("import doctolib.settings", {})
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        "ImproperlyConfigured: DJANGO_SECRET_KEY is missing. See .env.example."
    )


def test_a_file_of_variables_is_read_where_the_environment_has_none(tmp_path):
    file = tmp_path / "env"
    file.write_text("# made by make run\n" + "".join(f"{name}={value}\n" for name, value in GOOD.items()))
    code = "from doctolib import settings; print(settings.WWW_HOST)"
    assert python(code, {"DOCTOLIB_ENV_FILE": str(file)}).stdout == "www.example.org\n"


def test_debug_is_off_unless_it_is_switched_on():
    assert production_settings("DEBUG", "SECURE_SSL_REDIRECT", "PHONE_PAGE") == {
        "DEBUG": False,
        "SECURE_SSL_REDIRECT": True,
        "PHONE_PAGE": False,
    }


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"KMS_PROVIDER": "nonsense"}, "KMS_PROVIDER is 'nonsense'"),
        ({}, "KMS_ALLOW_LOCAL=true"),  # a master key in a file while DEBUG is off
    ],
)
def test_the_web_process_does_not_start_with_a_wrong_key_management(variables, said):
    done = python("import doctolib.wsgi", {**GOOD, **variables})
    assert done.returncode == 1
    assert said in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"KMS_PROVIDER": "nonsense"}, "KMS_PROVIDER is 'nonsense'"),
        ({"KMS_ALLOW_LOCAL": False}, "KMS_ALLOW_LOCAL=true"),
    ],
)
def test_the_worker_does_not_start_with_a_wrong_key_management(wrong, said):
    from doctolib.celery import refuse_to_start

    with override_settings(**wrong), pytest.raises(SystemExit, match=said):
        refuse_to_start()
