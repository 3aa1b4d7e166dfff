"""Loopback ports: chosen free once, then kept, so that addresses written down stay true."""

import json
import socket

from doctolib.dev.paths import VAR, private_folder


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether nobody listens on ``port``."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def kept(name: str) -> int:
    """The port of the server ``name``: the one from last time unless a stranger has taken it meanwhile.

    Call it only while that server is down.
    """
    path = private_folder(VAR) / "ports.json"
    ports: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    if name not in ports or not is_free(ports[name]):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports[name] = probe.getsockname()[1]
        path.write_text(json.dumps(ports))
    return ports[name]


def written(name: str) -> int | None:
    """The port that ``name`` had last, running or not."""
    path = VAR / "ports.json"
    return json.loads(path.read_text()).get(name) if path.exists() else None
