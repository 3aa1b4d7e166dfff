"""gunicorn's settings, the same file in development and production; what differs comes from the environment."""

import os
from pathlib import Path

_DEVELOPMENT = os.environ.get("DJANGO_DEBUG") == "true"
_BASE = Path(__file__).resolve().parent.parent

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
graceful_timeout = 20  # seconds
# Heartbeats in memory: a slow disk must not look like a dead worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# No access log: addresses carry names of patients' clinics and tokens. The application logs requests by id.
accesslog = None
# Django decides by TRUSTED_PROXIES what a proxy may say.
forwarded_allow_ips = ""
# It would lie in the home folder, which a container has not and two checkouts would share.
control_socket_disable = True

reload = _DEVELOPMENT
reload_extra_files = [
    str(path) for pattern in ("templates/**/*.html", "locale/**/*.mo") for path in _BASE.glob(pattern)
] if _DEVELOPMENT else []  # fmt: skip
