"""docker-compose.yml, the Dockerfile and .env.example, read: no engine is at hand to run them."""

import re
import shlex

import pytest
import yaml

from doctolib.dev import processes
from doctolib.dev.paths import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
LONG_RUNNING = sorted(set(SERVICES) - {"migrate"})
ONE_VERSION = re.compile(r"^[\w./-]+:v?\d+(\.\d+)+(-[\w.-]+)?$")
# How a variable's name shows that its value must not be read by everybody who may list processes.
SECRET = re.compile(r"SECRET|PASSWORD|KEY|TOKEN|DATABASE_.*URL|REDIS_URL|CERTIFICATE")


def test_all_services_are_there():
    assert sorted(SERVICES) == ["beat", "caddy", "migrate", "postgres", "redis", "urgent", "web", "worker"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_runs_one_version_as_an_ordinary_user_without_privileges(name):
    service = SERVICES[name]

    assert ONE_VERSION.match(service["image"]) or service["image"] == "doctolib:1" and service["build"] == "."
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service and "network_mode" not in service


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_a_service_has_a_health_check_and_comes_back(name):
    check = SERVICES[name]["healthcheck"]

    assert check["test"][0] in ("CMD", "CMD-SHELL") and {"interval", "timeout", "retries"} <= check.keys()
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_secrets_come_as_files(name):
    service = SERVICES[name]
    variables = service.get("environment", {})
    in_files = {value for value in variables.values() if str(value).startswith("/run/secrets/")}

    in_clear = [key for key, value in variables.items() if SECRET.search(key) and value not in in_files]

    assert sorted(set(in_clear) - {"KMS_ALLOW_LOCAL"}) == []
    assert {value.removeprefix("/run/secrets/") for value in in_files} <= set(service.get("secrets", []))
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])


def test_secrets_are_files_outside_the_repository():
    assert all(secret["file"] == f"./secrets/{name}" for name, secret in COMPOSE["secrets"].items())
    assert "/secrets/" in (ROOT / ".gitignore").read_text().split()


@pytest.mark.parametrize("name", ["web", "worker", "urgent", "beat"])
def test_the_command_is_the_one_that_make_run_starts(name):
    assert SERVICES[name]["command"] == shlex.split(processes.commands()[name])


def test_make_run_starts_nothing_that_compose_lacks():
    assert set(processes.commands()) == {"web", "worker", "urgent", "beat"}


@pytest.mark.parametrize("name", ["web", "worker", "urgent", "beat"])
def test_only_migrations_get_the_owners_addresses(name):
    given = {variable.removesuffix("_FILE") for variable in SERVICES[name]["environment"]}

    assert given.isdisjoint({*processes.OWNER_ONLY, "DATABASE_ADMIN_URL"})
    assert {"DATABASE_OWNER_URL_FILE", "DATABASE_ADMIN_URL_FILE"} <= SERVICES["migrate"]["environment"].keys()
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_only_caddy_can_be_reached_from_outside():
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "caddy": ["443:8443"]
    }
    assert COMPOSE["networks"]["back"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["back"]


def test_what_lies_on_a_disk_lies_below_the_encrypted_folder():
    mounts = [
        mount for service in SERVICES.values() for mount in service.get("volumes", []) if not mount.endswith(":ro")
    ]

    assert sorted({mount.partition(":/")[0] for mount in mounts}) == [
        f"${{ENCRYPTED_ROOT:?}}/{name}" for name in ("media", "postgres", "redis", "wal")
    ]
    assert "volumes" not in COMPOSE


def test_the_image_is_built_in_stages_from_one_version_and_runs_as_an_ordinary_user():
    stages = re.findall(r"^FROM (\S+)(?: AS (\w+))?$", DOCKERFILE, re.MULTILINE)

    assert len(stages) == 3 and all(ONE_VERSION.match(image) for image, _ in stages)
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert f"CMD {SERVICES['web']['command']}".replace("'", '"') in last
    installs = re.findall(r"^RUN .*pip install.*$", DOCKERFILE, re.MULTILINE)
    assert installs and all("--require-hashes" in line for line in installs)


def test_every_variable_is_in_the_example():
    names = set(re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    used = set()
    for path in (ROOT / "doctolib").rglob("*.py"):
        used |= set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", path.read_text()))
    used |= set(re.findall(r"environ.get\(\"([A-Z_]+)\"", (ROOT / "deploy/gunicorn.py").read_text()))
    composed = {name.removesuffix("_FILE") for name in SERVICES["migrate"]["environment"]} - {"KMS_LOCAL_KEY"}

    assert sorted((used | composed) - names) == []
    assert sorted(names - used) == []
