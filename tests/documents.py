"""For tests of documents: files as people send them, a storage of the test's own, a clamd that speaks its protocol."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture
def document_files(settings, tmp_path) -> Path:
    """The folder in which this test's documents lie."""
    folder = tmp_path / "documents"
    documents = settings.STORAGES["documents"]
    options = {**documents["OPTIONS"], "location": folder}
    settings.STORAGES = {**settings.STORAGES, "documents": {**documents, "OPTIONS": options}}
    return folder


def stored(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def pdf(name: str = "Überweisung.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def picture(format: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options) -> bytes:
    """Left half red, right half white."""
    image = Image.new(mode, size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    out = BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def photo(name: str = "IMG_0815.jpeg", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or picture(), "image/jpeg")


class Clamd:
    """One connection after the other, answered as clamd does: FOUND for the EICAR test file.

    ``reply`` answers something else; ``silent`` reads and never answers.
    """

    def __init__(self, *, reply: bytes | None = None, silent: bool = False) -> None:
        self.reply, self.silent = reply, silent
        self.seen: list[bytes] = []
        self.done = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:  # closed
                return
            with connection, connection.makefile("rb") as incoming:
                assert incoming.read(10) == b"zINSTREAM\0"
                content = b""
                while length := int.from_bytes(incoming.read(4), "big"):
                    content += incoming.read(length)
                self.seen.append(content)
                if self.silent:
                    self.done.wait()
                    continue
                found = b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"
                connection.sendall((self.reply or found) + b"\0")


@contextmanager
def clamd(settings, **options) -> Iterator[Clamd]:
    """A scanner that the settings point to."""
    daemon = Clamd(**options)
    thread = threading.Thread(target=daemon.serve, daemon=True)
    thread.start()
    settings.VIRUS_SCANNER, settings.CLAMD_ADDRESS = "patients.scanners.clamd", daemon.address
    try:
        yield daemon
    finally:
        daemon.done.set()
        daemon.listener.shutdown(socket.SHUT_RDWR)
        daemon.listener.close()
        thread.join(5)
