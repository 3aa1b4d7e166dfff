"""``make run``: servers, migrations, demo data, then web, worker and beat until Ctrl-C."""

import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress

from doctolib.dev import environment, install, ports, processes, servers, translations
from doctolib.dev.paths import LOGINS, ROOT, Stop, say


def run() -> int:
    """Run everything; returns 0 after Ctrl-C or TERM, or the exit status of the process that ended by itself."""
    port = environment.web_port()
    if not ports.is_free(port):
        raise Stop(f"Port {port} is in use; choose another one: PORT={port + 1} make run")
    _end_as_by_ctrl_c()
    install.front_end()
    translations.compile_all()
    with servers.in_use() as values:
        migrate(values, demo=os.environ.get("DEMO", "true") == "true")
        return _supervise(values, port)


def migrate(values: dict[str, str], *, demo: bool = False) -> None:
    """Migrations on the owner aliases, then demo data if there is no organisation."""
    command = [str(install.PYTHON), "-m", "doctolib.dev.database", *(["--demo"] if demo else [])]
    say("migrations")
    # In a session of its own it gets one Ctrl-C, from us, and time to take back a half-loaded demo.
    with subprocess.Popen(command, cwd=ROOT, env=processes.full_environment(values), start_new_session=True) as child:
        try:
            status = child.wait()
        except KeyboardInterrupt:
            child.send_signal(signal.SIGINT)
            child.wait(timeout=60)
            raise
    if status != 0:
        raise Stop("The databases could not be brought up to date; the lines above say why.")


def _supervise(values: dict[str, str], port: int) -> int:
    from honcho.compat import ProcessManager
    from honcho.manager import Manager

    class OneByOne(ProcessManager):
        """TERM goes to each process alone, not to its children: a worker lets them finish their tasks."""

        def terminate(self, pid: int) -> None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    manager = Manager()
    manager._procmgr = OneByOne()
    runtime = processes.runtime_environment(values, port=port)
    for name, command in processes.commands().items():
        manager.add_process(name, f"exec {command}", cwd=str(ROOT), env=runtime)
    threading.Thread(target=_greet, args=(values, port), daemon=True).start()
    manager.loop()
    stopped_by_us = manager.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM)
    return 0 if stopped_by_us else manager.returncode or 0


def _greet(values: dict[str, str], port: int) -> None:
    """Say where everything is, once the web process answers."""
    if not _answers(f"http://127.0.0.1:{port}/health/live", host=values["WWW_HOST"]):
        return
    print(
        f"\n  Patients        http://{values['WWW_HOST']}/\n"
        f"  Clinic staff    http://{values['PRO_HOST']}/\n"
        f"  Platform        http://{values['ADMIN_HOST']}/\n"
        f"  Phone (SMS and e-mail that would have been sent)  http://{values['WWW_HOST']}/dev/phone/\n\n"
        f"{LOGINS.read_text()}\n  Ctrl-C stops everything.\n",
        flush=True,
    )


def _answers(url: str, *, host: str, seconds: float = 60) -> bool:
    request = urllib.request.Request(url, headers={"Host": host})
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(request, timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def _end_as_by_ctrl_c() -> None:
    """A closed terminal and TERM end the set-up as Ctrl-C does; honcho takes over INT and TERM while it runs."""

    def interrupt(number: int, frame: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
