"""What is installed is pinned by hash, and the pins name no place to fetch from."""

import json
import re

import pytest

from doctolib.dev.paths import ROOT

REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))
LOCK = json.loads((ROOT / "package-lock.json").read_text())
ADDRESS = re.compile(r"\w+://|^\s*-(i|f)\b|--(index|extra-index|find-links|trusted-host)|\s@\s|^\s*/", re.MULTILINE)


@pytest.mark.parametrize("line", ["https://host/simple", "--index-url x", "-f folder", "a @ file:///x", "/home/x"])
def test_an_address_would_be_found(line):
    assert ADDRESS.search(f"django==5.2\n{line}\n")


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_requirements_carry_no_address(path):
    assert ADDRESS.findall(path.read_text()) == []


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_each_requirement_is_one_version_with_hashes(path):
    text = re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE).replace("\\\n", " ")

    loose = [
        line for line in text.splitlines() if line and not re.fullmatch(r"\S+==\S+( +--hash=sha256:\w{64})+ *", line)
    ]

    assert loose == []


def test_the_lock_file_names_what_it_wants_by_hash_and_not_by_address():
    packages = {name: package for name, package in LOCK["packages"].items() if name}

    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if not package["integrity"].startswith("sha512-")] == []
    assert "://" not in re.sub(r'"(url|funding)": "[^"]*"', "", json.dumps(LOCK))


def test_the_lock_file_belongs_to_the_package_file():
    wanted = json.loads((ROOT / "package.json").read_text())

    kinds = ("dependencies", "devDependencies")
    assert {kind: LOCK["packages"][""].get(kind) for kind in kinds} == {kind: wanted.get(kind) for kind in kinds}


def test_every_wanted_package_is_pinned():
    for name in ("base", "build", "dev"):
        wanted = re.findall(r"^([A-Za-z][\w.-]*)", (ROOT / f"requirements/{name}.in").read_text(), re.MULTILINE)
        pinned = re.findall(r"^([\w.-]+)==", (ROOT / f"requirements/{name}.txt").read_text(), re.MULTILINE)
        assert {_normal(package) for package in wanted} <= {_normal(package) for package in pinned}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
