"""clamd over a real socket, as its protocol has it."""

import pytest

from patients import scanners
from patients.scanners import ScannerAway, is_clean
from tests.documents import EICAR, clamd


def test_a_clean_file_passes_and_arrives_whole(settings):
    with clamd(settings) as daemon:
        assert is_clean([b"ab", b"", b"c" * 100_000])

    assert daemon.seen == [b"ab" + b"c" * 100_000]


def test_a_virus_is_found_across_chunks(settings):
    with clamd(settings):
        assert not is_clean([EICAR[:20], EICAR[20:]])


@pytest.mark.parametrize(
    "reply", [b"INSTREAM size limit exceeded. ERROR", b"stream: Can't allocate memory ERROR", b"", b"<html>OK</html>"]
)
def test_whatever_is_not_a_verdict_is_none(settings, reply):
    with clamd(settings, reply=reply or b"\0"), pytest.raises(ScannerAway):
        is_clean([b"x"])


def test_a_daemon_that_does_not_answer_is_away(settings, monkeypatch):
    monkeypatch.setattr(scanners, "TIMEOUT", 0.2)
    with clamd(settings, silent=True), pytest.raises(ScannerAway, match="TimeoutError"):
        is_clean([b"x"])


def test_a_daemon_that_is_not_there_is_away(settings):
    with clamd(settings):
        pass  # stopped

    with pytest.raises(ScannerAway, match="ConnectionRefusedError"):
        is_clean([b"x"])


def test_a_unix_socket_that_is_not_there_is_away(settings, tmp_path):
    settings.VIRUS_SCANNER, settings.CLAMD_ADDRESS = "patients.scanners.clamd", str(tmp_path / "clamd.sock")

    with pytest.raises(ScannerAway, match="FileNotFoundError"):
        is_clean([b"x"])
