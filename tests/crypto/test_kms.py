"""The master key in a file, and how a provider is chosen."""

import stat
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from crypto import checks, kms
from crypto.errors import KmsRefused, KmsUnavailable
from crypto.kms.local import LocalKms

CONTEXT = {"owner": "7", "purpose": "data", "version": "1"}


@pytest.fixture
def local(tmp_path) -> LocalKms:
    return LocalKms(tmp_path / "keys" / "master")


def test_the_master_key_is_made_on_first_use_and_only_its_owner_may_read_it(local):
    wrapped = local.wrap(b"k" * 32, CONTEXT)

    assert local.unwrap(wrapped, CONTEXT) == b"k" * 32
    assert stat.S_IMODE(local.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(local.path.parent.stat().st_mode) == 0o700
    assert [file.name for file in local.path.parent.iterdir()] == ["master"]


def test_a_second_start_keeps_the_master_key(local):
    wrapped = local.wrap(b"k" * 32, CONTEXT)

    assert LocalKms(local.path).unwrap(wrapped, CONTEXT) == b"k" * 32


def test_processes_that_start_together_agree_on_one_master_key(local):
    script = (
        "import sys; from pathlib import Path; from crypto.kms.local import LocalKms;"
        "print(LocalKms(Path(sys.argv[1])).wrap(b'k' * 32, {'version': '1'}).hex())"
    )
    starts = [
        subprocess.Popen([sys.executable, "-c", script, str(local.path)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    wrapped = [bytes.fromhex(start.communicate(timeout=60)[0]) for start in starts]

    assert [local.unwrap(key, {"version": "1"}) for key in wrapped] == [b"k" * 32] * 4


def test_generated_keys_are_256_bits_and_differ(local):
    first, second = local.generate(CONTEXT), local.generate(CONTEXT)

    assert len(first.plaintext) == len(second.plaintext) == 32
    assert first.plaintext != second.plaintext
    assert local.unwrap(first.wrapped, CONTEXT) == first.plaintext
    assert first.plaintext.hex() not in repr(first)
    assert first.plaintext not in first.wrapped


@pytest.mark.parametrize("name", ["owner", "purpose", "version"])
def test_another_context_is_refused(local, name):
    wrapped = local.wrap(b"k" * 32, CONTEXT)

    with pytest.raises(KmsRefused):
        local.unwrap(wrapped, {**CONTEXT, name: "2"})


def test_each_flipped_bit_of_a_wrapped_key_is_refused(local):
    wrapped = local.wrap(b"k" * 32, CONTEXT)
    for bit in range(len(wrapped) * 8):
        flipped = bytearray(wrapped)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(KmsRefused):
            local.unwrap(bytes(flipped), CONTEXT)


def test_another_master_key_is_refused(local, tmp_path):
    wrapped = local.wrap(b"k" * 32, CONTEXT)
    other = LocalKms(tmp_path / "other")
    other.wrap(b"", CONTEXT)

    with pytest.raises(KmsRefused, match="did not wrap"):
        other.unwrap(wrapped, CONTEXT)


def test_a_lost_master_key_is_not_replaced_when_something_is_to_be_unwrapped(local, tmp_path):
    wrapped = local.wrap(b"k" * 32, CONTEXT)
    local.path.unlink()
    again = LocalKms(local.path)

    with pytest.raises(KmsUnavailable, match="cannot be read"):
        again.unwrap(wrapped, CONTEXT)
    assert not local.path.exists()


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o602, 0o666])
def test_a_master_key_that_others_can_read_or_write_is_refused(local, mode):
    local.wrap(b"k" * 32, CONTEXT)
    local.path.chmod(mode)

    with pytest.raises(ImproperlyConfigured, match="chmod 600"):
        LocalKms(local.path).wrap(b"k" * 32, CONTEXT)


@pytest.mark.parametrize("content", ["", "abc", "00" * 31, "00" * 33, "zz" * 32, "ü" * 64])
def test_a_file_that_is_no_master_key_is_refused(local, content):
    local.path.parent.mkdir()
    local.path.write_text(content)
    local.path.chmod(0o600)

    with pytest.raises(ImproperlyConfigured, match="64 hex digits"):
        local.wrap(b"k" * 32, CONTEXT)


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(KmsUnavailable, match="cannot be read"):
        LocalKms(tmp_path / "file" / "master").wrap(b"k" * 32, CONTEXT)


def test_the_local_provider_is_refused_in_production(settings):
    settings.DEBUG, settings.KMS_ALLOW_LOCAL = False, False

    with pytest.raises(ImproperlyConfigured, match="KMS_ALLOW_LOCAL"):
        kms.service()
    assert [error.id for error in checks.key_management_is_allowed(None)] == ["crypto.E004"]


@pytest.mark.parametrize(("debug", "allowed"), [(True, False), (False, True)])
def test_the_local_provider_serves_development_and_whoever_allows_it(settings, debug, allowed):
    settings.DEBUG, settings.KMS_ALLOW_LOCAL = debug, allowed

    assert isinstance(kms.service(), LocalKms)
    assert checks.key_management_is_allowed(None) == []


@pytest.mark.parametrize("name", ["vault", "no.such.Provider"])
def test_an_unknown_provider_is_refused_by_name(settings, name):
    settings.KMS_PROVIDER = name

    with pytest.raises(ImproperlyConfigured, match=f"KMS_PROVIDER is '{name}'"):
        kms.service()
