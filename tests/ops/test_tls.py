"""The Caddyfile in a real Caddy from the distribution, in front of the real site with production settings."""

import os
import re
import socket
import ssl
import subprocess
import time
import urllib.request
from contextlib import contextmanager

import pytest
from cryptography import x509

from doctolib.dev import install
from doctolib.dev.checks import PRODUCTION
from doctolib.dev.paths import ROOT
from tests.ops.tools import free_port

CADDYFILE = (ROOT / "deploy/Caddyfile").read_text()
HOSTS = {"WWW_HOST": "localhost", "PRO_HOST": "pro.localhost", "ADMIN_HOST": "admin.localhost"}
SUITES = ("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")

pytestmark = pytest.mark.xdist_group("tls")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed RSA-4096 certificate for the three hosts."""
    folder = tmp_path_factory.mktemp("certificate")
    names = ",".join(f"DNS:{host}" for host in HOSTS.values())
    command = (
        "openssl req -x509 -newkey rsa:4096 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out certificate.pem"
    )
    subprocess.run(
        [*command.split(), "-addext", f"subjectAltName={names}"], cwd=folder, check=True, capture_output=True
    )
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def caddy(certificate, tmp_path):
    """Caddy with the project's Caddyfile. Returns its port and the port where it expects the site."""
    port, upstream = free_port(), free_port()
    environment = {
        **HOSTS,
        "PATH": os.environ["PATH"],
        "HTTPS_PORT": str(port),
        "UPSTREAM": f"127.0.0.1:{upstream}",
        "TLS_CERTIFICATE": str(certificate[0]),
        "TLS_KEY": str(certificate[1]),
        "HOME": str(tmp_path),
    }
    command = ["caddy", "run", "--config", str(ROOT / "deploy/Caddyfile"), "--adapter", "caddyfile"]
    with _process(command, environment, tmp_path / "caddy.log", port):
        yield port, upstream


def test_tls_1_3_is_all_that_is_offered_and_each_suite_that_is_wanted_can_be_had(caddy):
    port, _ = caddy

    agreed = {suite: _openssl(port, "-tls1_3", "-ciphersuites", suite) for suite in SUITES}

    for suite, output in agreed.items():
        assert f"New, TLSv1.3, Cipher is {suite}" in output
        assert "Server public key is 4096 bit" in output
    for old in ("-tls1_2", "-tls1_1", "-tls1"):
        refused = _openssl(port, old, "-cipher", "DEFAULT@SECLEVEL=0")
        assert "protocol version" in refused and "Cipher is (NONE)" in refused


def test_the_certificate_is_rsa_4096(certificate):
    assert x509.load_pem_x509_certificate(certificate[0].read_bytes()).public_key().key_size == 4096


def test_each_door_takes_its_certificate_from_files_and_tls_1_3_only():
    assert re.findall(r"^https://\{\$(\w+)\}:\{\$HTTPS_PORT\} \{\n\timport door\n\}", CADDYFILE, re.MULTILINE) == [
        *HOSTS
    ]
    assert "tls {$TLS_CERTIFICATE} {$TLS_KEY} {\n\t\tprotocols tls1.3\n\t}" in CADDYFILE
    assert CADDYFILE.count("tls ") == 1 and "admin off" in CADDYFILE and "auto_https off" in CADDYFILE


@pytest.mark.django_db(transaction=True)
def test_the_site_itself_comes_over_tls_with_production_settings(caddy, certificate, process_environment, tmp_path):
    port, upstream = caddy
    environment = {**process_environment, **PRODUCTION, **HOSTS, "WEB_BIND": f"127.0.0.1:{upstream}"}
    environment["MEDIA_ROOT"] = str(tmp_path / "media")
    collect = [install.PYTHON, "manage.py", "collectstatic", "--no-input", "-v", "0"]
    subprocess.run(collect, cwd=ROOT, env=environment, check=True)
    command = [install.VENV / "bin/gunicorn", "--config", "deploy/gunicorn.py", "doctolib.wsgi:application"]

    with _process(command, environment, tmp_path / "web.log", upstream):
        answers = {path: _get(port, certificate[0], path) for path in ("/health/ready", "/")}

    assert {path: answer.status for path, answer in answers.items()} == {"/health/ready": 200, "/": 200}
    headers = answers["/"].headers
    assert "max-age=63072000" in headers["Strict-Transport-Security"]
    assert headers["Server"] is None
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def _get(port: int, certificate, path: str):
    context = ssl.create_default_context(cafile=str(certificate))
    answer = urllib.request.urlopen(f"https://localhost:{port}{path}", context=context, timeout=20)
    answer.read()
    return answer


def _openssl(port: int, *options: str) -> str:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost", *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=20)
    return done.stdout + done.stderr


@contextmanager
def _process(command, environment, log, port):
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            _wait_for(port, process, log)
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(port: int, process: subprocess.Popen, log, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
