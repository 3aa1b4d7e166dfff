"""Virus scanners: a function that takes a file's chunks and says whether they are clean (settings.VIRUS_SCANNER)."""

import socket
from collections.abc import Callable, Iterable

from django.conf import settings
from django.utils.module_loading import import_string

Scanner = Callable[[Iterable[bytes]], bool]
TIMEOUT = 10  # seconds without an answer
LONGEST_REPLY = 4096


class ScannerAway(Exception):
    """The scanner does not answer, or not as one: try again later."""


def is_clean(chunks: Iterable[bytes]) -> bool:
    """Ask the configured scanner. Raises ScannerAway. It waits for a network: call it outside of scopes."""
    scanner: Scanner = import_string(settings.VIRUS_SCANNER)
    return scanner(chunks)


def none(chunks: Iterable[bytes]) -> bool:
    """No scanner: every file passes. For development, and where another system scans."""
    return True


def clamd(chunks: Iterable[bytes]) -> bool:
    """ClamAV's daemon at settings.CLAMD_ADDRESS, ``host:port`` or the path of a socket, by its INSTREAM command.

    Its protocol: ``man clamd``. The file goes over the wire in clear, so the daemon belongs into the same network.
    """
    try:
        with _connected() as connection:
            connection.sendall(b"zINSTREAM\0")
            for chunk in chunks:
                if chunk:  # an empty one would end the stream
                    connection.sendall(len(chunk).to_bytes(4, "big") + chunk)
            connection.sendall(bytes(4))
            reply = _reply(connection)
    except OSError as error:
        raise ScannerAway(type(error).__name__) from None
    if reply.endswith(b" FOUND"):
        return False
    if reply == b"stream: OK":
        return True
    raise ScannerAway("clamd reports an error.")


def _connected() -> socket.socket:
    address = settings.CLAMD_ADDRESS
    if "/" not in address:
        host, _colon, port = address.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=TIMEOUT)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(TIMEOUT)
    connection.connect(address)
    return connection


def _reply(connection: socket.socket) -> bytes:
    reply = b""
    while not reply.endswith(b"\0") and len(reply) < LONGEST_REPLY:
        part = connection.recv(LONGEST_REPLY)
        if not part:
            break
        reply += part
    return reply.rstrip(b"\0\n")
